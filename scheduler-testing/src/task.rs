//! A spawned task that runs only when it is its turn.

use std::{
    any::Any,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
};

use scheduler_core::runtime::BoxFuture;

use super::{
    participant::Participant,
    turns::{Bell, Id, Kind},
    world::World,
};

/// The future that the inner executor polls in place of the task.
///
/// The order of the fields matters: the task must be dropped before its turn is given back.
pub(super) struct SerialTask {
    task: Option<BoxFuture<'static, ()>>,
    waker: Waker,
    participant: Participant,
}

impl SerialTask {
    pub(super) fn new(world: &Arc<World>, task: BoxFuture<'static, ()>) -> Self {
        let id = world.join(Kind::Task, Bell::Executor(None));
        let world = world.clone();
        Self {
            task: Some(task),
            waker: Waker::from(Arc::new(TurnWaker {
                world: world.clone(),
                id,
            })),
            participant: Participant::new(world, id),
        }
    }

    /// Polls the task once. A completed or panicked task is dropped within its last turn, so that the effects
    /// of its destructors are ordered too.
    fn step(&mut self) -> Result<Poll<()>, Box<dyn Any + Send>> {
        let _current = self.participant.enter();
        let Some(task) = &mut self.task else {
            return Ok(Poll::Ready(()));
        };
        let mut cx = Context::from_waker(&self.waker);
        let step = catch_unwind(AssertUnwindSafe(|| task.as_mut().poll(&mut cx)));
        if !matches!(step, Ok(Poll::Pending)) {
            self.task = None;
        }
        step
    }
}

impl Future for SerialTask {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        if !this.participant.begin(cx.waker()) {
            return Poll::Pending;
        }
        let step = this.step();
        match &step {
            Ok(Poll::Pending) => this.participant.pause(cx.waker().clone()),
            Ok(Poll::Ready(())) | Err(_) => this.participant.leave(),
        }
        step.unwrap_or_else(|panic| resume_unwind(panic))
    }
}

/// Waker of the task: a wake-up joins the queue.
struct TurnWaker {
    world: Arc<World>,
    id: Id,
}

impl Wake for TurnWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.world.wake(self.id);
    }
}
