//! [`LocalRun`]: a future that runs another one on the thread of a local runtime.

use std::{
    any::Any,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use super::{
    super::runtime::SpawnError,
    tasks::{Arrival, Arrivals, LocalTask, has_ended},
};
use crate::{
    base::panic::destroy,
    job::caller::{self, Scope},
    sync::waker_slot::WakerSlot,
};

/// The value of a future, or its panic.
type End<T> = Result<T, Box<dyn Any + Send>>;

/// Runs a future on the thread of a local runtime. It is sent there by the first poll. Dropping this drops it there.
pub(crate) struct LocalRun<T> {
    cell: Arc<Cell<T>>,
    /// `None` once it was sent.
    arrival: Option<(Arc<Arrivals>, Arrival)>,
}

impl<T: Send + 'static> LocalRun<T> {
    pub(super) fn new<F>(arrivals: Arc<Arrivals>, make: impl FnOnce() -> F + Send + 'static) -> Self
    where
        F: Future<Output = T> + 'static,
    {
        let cell = Arc::new(Cell {
            state: Mutex::new(State::Runs),
            waiter: WakerSlot::new(),
            runner: WakerSlot::new(),
            scope: Mutex::new(None),
        });
        // Taken along, so that a task that never reaches its executor ends its waiter.
        let guard = EndGuard(cell.clone());
        let make = move || guard.start(make);
        Self {
            cell,
            arrival: Some((arrivals, Arrival::Make(Box::new(make)))),
        }
    }
}

impl<T> Future for LocalRun<T> {
    type Output = Result<T, SpawnError>;

    /// A panic of the future continues here.
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.cell.waiter.store(cx.waker());
        if let Some((arrivals, arrival)) = self.arrival.take() {
            *lock(&self.cell.scope) = caller::innermost();
            arrivals.push(arrival)?;
        }
        let ended = {
            let mut state = self.cell.lock();
            match &*state {
                State::Runs => return Poll::Pending,
                State::Ended(_) | State::Over => std::mem::replace(&mut *state, State::Over),
            }
        };
        match ended {
            State::Ended(Ok(value)) => Poll::Ready(Ok(value)),
            State::Ended(Err(panic)) => resume_unwind(panic),
            State::Runs | State::Over => Poll::Ready(Err(has_ended())),
        }
    }
}

impl<T> Drop for LocalRun<T> {
    fn drop(&mut self) {
        let ended = std::mem::replace(&mut *self.cell.lock(), State::Over);
        self.cell.waiter.clear();
        // The executor polls the future once more, and drops it then.
        self.cell.runner.wake();
        destroy(ended);
    }
}

/// The state that the future on the thread shares with its waiter.
struct Cell<T> {
    state: Mutex<State<T>>,
    waiter: WakerSlot,
    runner: WakerSlot,
    /// The job that waits, so that calls of the future count as calls of that job.
    scope: Mutex<Option<Scope>>,
}

enum State<T> {
    Runs,
    Ended(End<T>),
    /// The waiter has the value or was dropped, or the future was dropped.
    Over,
}

impl<T> Cell<T> {
    /// Sets the end, unless there is one.
    fn end(&self, end: State<T>) {
        let left_over = {
            let mut state = self.lock();
            match *state {
                State::Runs => std::mem::replace(&mut *state, end),
                State::Ended(_) | State::Over => end,
            }
        };
        destroy(left_over);
        self.waiter.wake();
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        lock(&self.state)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends the waiter with an error when it is dropped, unless the future has ended.
struct EndGuard<T>(Arc<Cell<T>>);

impl<T: 'static> EndGuard<T> {
    /// Calls `make` on the thread of the runtime.
    fn start<F>(self, make: impl FnOnce() -> F) -> LocalTask
    where
        F: Future<Output = T> + 'static,
    {
        let made = {
            let scope = *lock(&self.0.scope);
            let _inside = scope.map(caller::enter);
            catch_unwind(AssertUnwindSafe(make))
        };
        match made {
            Ok(future) => Box::pin(Local {
                future: Some(Box::pin(future)),
                guard: self,
            }),
            Err(panic) => {
                self.0.end(State::Ended(Err(panic)));
                Box::pin(async {})
            }
        }
    }
}

impl<T> Drop for EndGuard<T> {
    fn drop(&mut self) {
        self.0.end(State::Over);
    }
}

/// The future, on its thread.
struct Local<F: Future> {
    /// `None` once it has ended.
    future: Option<Pin<Box<F>>>,
    guard: EndGuard<F::Output>,
}

impl<F: Future> Future for Local<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let cell = self.guard.0.clone();
        cell.runner.store(cx.waker());
        let is_wanted = matches!(*cell.lock(), State::Runs);
        let polled = match &mut self.future {
            Some(future) if is_wanted => {
                let scope = *lock(&cell.scope);
                let _inside = scope.map(caller::enter);
                catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx)))
            }
            _ => {
                destroy(self.future.take());
                return Poll::Ready(());
            }
        };
        let end = match polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(value)) => Ok(value),
            Err(panic) => Err(panic),
        };
        // Dropped before the waiter is woken: a job has ended only when its future is gone.
        destroy(self.future.take());
        cell.end(State::Ended(end));
        Poll::Ready(())
    }
}

/// Drops the future before the waiter is woken.
impl<F: Future> Drop for Local<F> {
    fn drop(&mut self) {
        destroy(self.future.take());
        // The task would keep its own waker otherwise.
        self.guard.0.runner.clear();
    }
}
