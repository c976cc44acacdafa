//! [`LocalTasks`]: the tasks that arrive at the thread of a local runtime.

use std::{
    collections::VecDeque,
    fmt,
    future::{Future, poll_fn},
    pin::Pin,
    rc::Rc,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use super::{
    super::runtime::{BoxFuture, SpawnError},
    live::Live,
};
use crate::{base::panic::destroy, sync::waker_slot::WakerSlot};

/// A task that stays on its thread. Its panics are caught.
pub type LocalTask = Pin<Box<dyn Future<Output = ()>>>;

/// The tasks that arrive at the thread of a [`LocalRuntime`](super::LocalRuntime). Spawn each of them on the executor of
/// that thread.
///
/// Dropping it ends the runtime and drops the futures of all tasks, also of those that the executor keeps.
pub struct LocalTasks {
    arrivals: Arc<Arrivals>,
    live: Rc<Live>,
}

impl LocalTasks {
    pub(super) fn new(arrivals: Arc<Arrivals>) -> Self {
        let live = Rc::default();
        Self { arrivals, live }
    }

    /// Waits for the next task. Returns `None` once the runtime has ended: then stop the executor.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no task.
    pub async fn next(&mut self) -> Option<LocalTask> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// Returns the next task, as [`next`](Self::next) does, or wakes the polling task when there is one.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<LocalTask>> {
        // Stored before the look, so that an arrival after the look wakes.
        self.arrivals.reader.store(cx.waker());
        let arrival = {
            let mut state = self.arrivals.lock();
            match state.waiting.pop_front() {
                Some(arrival) => arrival,
                None if state.is_closed => return Poll::Ready(None),
                None => return Poll::Pending,
            }
        };
        Poll::Ready(Some(self.live.hold(arrival.into_task())))
    }
}

impl Drop for LocalTasks {
    fn drop(&mut self) {
        self.arrivals.close();
        self.arrivals.reader.clear();
        self.live.close();
    }
}

impl fmt::Debug for LocalTasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalTasks").finish_non_exhaustive()
    }
}

/// A task on its way to the thread.
pub(super) enum Arrival {
    Task(BoxFuture<'static, ()>),
    /// Makes the task on the thread, because it may not be sent there. Does not panic.
    Make(Box<dyn FnOnce() -> LocalTask + Send>),
}

impl Arrival {
    fn into_task(self) -> LocalTask {
        match self {
            Self::Task(task) => task,
            Self::Make(make) => make(),
        }
    }
}

/// The queue between the runtime and its thread.
pub(super) struct Arrivals {
    state: Mutex<State>,
    reader: WakerSlot,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Arrival>,
    is_closed: bool,
}

impl Arrivals {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::default(),
            reader: WakerSlot::new(),
        }
    }

    /// Sends a task to the thread.
    ///
    /// # Errors
    ///
    /// `NoRuntime` if the runtime has ended. The task has been dropped.
    pub(super) fn push(&self, arrival: Arrival) -> Result<(), SpawnError> {
        let refused = {
            let mut state = self.lock();
            if state.is_closed {
                Some(arrival)
            } else {
                state.waiting.push_back(arrival);
                None
            }
        };
        // Woken and dropped without the lock: both run code of others, which may spawn.
        if refused.is_none() {
            self.reader.wake();
            return Ok(());
        }
        destroy(refused);
        Err(has_ended())
    }

    /// Refuses all further tasks, and drops those that have not reached the executor.
    pub(super) fn close(&self) {
        let waiting = {
            let mut state = self.lock();
            state.is_closed = true;
            std::mem::take(&mut state.waiting)
        };
        self.reader.wake();
        waiting.into_iter().for_each(destroy);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn has_ended() -> SpawnError {
    SpawnError::no_runtime(
        "the thread of the local runtime has ended; keep it until the scheduler has shut down",
    )
}
