//! A sleep until an instant of virtual time.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use super::{clock::TimerKey, world::World};

/// Sets its timer when it is first polled, and frees it when it is dropped.
pub(super) struct Sleep {
    world: Arc<World>,
    deadline: Instant,
    timer: Option<TimerKey>,
}

impl Sleep {
    pub(super) fn new(world: Arc<World>, deadline: Instant) -> Self {
        Self {
            world,
            deadline,
            timer: None,
        }
    }

    fn disarm(&mut self) {
        if let Some(timer) = self.timer.take() {
            let waker = self.world.lock().clock.disarm(timer);
            drop(waker);
        }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let mut waker = Some(cx.waker().clone());
        let mut core = this.world.lock();
        let over = core.clock.arm(&mut this.timer, this.deadline, &mut waker);
        // Only code outside virtual time polls while no participant has the turn: the clock may advance.
        this.world.hand_on(core);
        if over {
            this.disarm();
            return Poll::Ready(());
        }
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.disarm();
    }
}
