//! [`Live`]: the tasks that have reached their executor.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use super::tasks::LocalTask;
use crate::base::panic::{Contained, caught, destroy};

/// Holds the future of each task. Many executors do not drop their tasks when they end, so that their waiters would
/// wait forever (`R2`).
#[derive(Default)]
pub(super) struct Live {
    futures: RefCell<BTreeMap<u64, Rc<Slot>>>,
    last: Cell<u64>,
    is_closed: Cell<bool>,
}

/// Empty while the future is polled, and after its end.
type Slot = Cell<Option<Contained<LocalTask>>>;

impl Live {
    /// Returns a task that the executor may keep: it does not own the future alone.
    pub(super) fn hold(self: &Rc<Self>, future: LocalTask) -> LocalTask {
        let number = self.last.get() + 1;
        self.last.set(number);
        let slot = Rc::new(Cell::new(Some(Contained::new(future))));
        self.futures.borrow_mut().insert(number, slot.clone());
        let live = self.clone();
        Box::pin(Held { number, slot, live })
    }

    /// Drops every future.
    pub(super) fn close(&self) {
        self.is_closed.set(true);
        // Taken first: a destructor may wake the executor, which drops a task.
        let futures = self.futures.take();
        futures.into_values().for_each(|slot| destroy(slot.take()));
    }
}

/// A task as its executor has it. A panic is caught: it would end the thread with all other tasks.
struct Held {
    number: u64,
    slot: Rc<Slot>,
    live: Rc<Live>,
}

impl Future for Held {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(mut future) = self.slot.take() else {
            return Poll::Ready(());
        };
        let polled = caught(|| future.as_mut().poll(cx));
        if matches!(polled, Ok(Poll::Pending)) && !self.live.is_closed.get() {
            self.slot.set(Some(future));
            return Poll::Pending;
        }
        destroy(future);
        Poll::Ready(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let slot = self.live.futures.borrow_mut().remove(&self.number);
        drop(slot);
        destroy(self.slot.take());
    }
}
