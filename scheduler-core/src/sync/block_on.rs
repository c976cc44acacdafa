//! [`block_on`]: waits for a future on a plain thread.

use std::{
    cell::RefCell,
    fmt,
    future::Future,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

/// Runs `future` to completion on the calling thread, which sleeps between polls.
///
/// Every future of this crate can be awaited this way, because none needs a runtime. The future may itself
/// call `block_on`, or block the thread in another way.
///
/// ```
/// assert_eq!(scheduler_core::implement::block_on(async { 1 + 1 }), 2);
/// ```
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let call = Arc::new(Call {
        parker: parker(),
        is_woken: AtomicBool::new(false),
    });
    let waker = Waker::from(call.clone());
    let mut cx = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut cx) {
            Poll::Ready(output) => return output,
            Poll::Pending => call.sleep(),
        }
    }
}

/// One call of [`block_on`]. Calls may be nested on one thread.
struct Call {
    parker: Arc<dyn Park>,
    /// Whether the future was woken since the last poll.
    is_woken: AtomicBool,
}

impl Call {
    /// Sleeps until the future is woken.
    fn sleep(&self) {
        loop {
            // A nested wait on this thread during the poll may have consumed the wake-up.
            if self.is_woken.load(Ordering::Acquire) {
                self.parker.unpark();
            }
            let rested = self.parker.park();
            if self.is_woken.swap(false, Ordering::AcqRel) || rested == Rested::Stalled {
                return;
            }
        }
    }
}

impl Wake for Call {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.is_woken.store(true, Ordering::Release);
        self.parker.unpark();
    }
}

/// How a thread sleeps. Virtual time supplies its own parker, because it must know which threads sleep.
pub trait Park: Send + Sync {
    /// Sleeps until [`unpark`](Self::unpark). Returns at once if that was called since the last sleep, and may
    /// return early.
    fn park(&self) -> Rested;

    /// Ends the sleep.
    fn unpark(&self);
}

/// How a sleep ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rested {
    /// The sleep was ended by an unpark, or ended early.
    Unparked,
    /// The sleep ended without an unpark, because no thread is left that could call it. The future
    /// may be dropped.
    Stalled,
}

/// Makes `block_on` on this thread use `parker` until the guard is dropped.
pub fn use_parker(parker: Arc<dyn Park>) -> ParkerGuard {
    ParkerGuard {
        outer: PARKER.replace(Some(parker)),
    }
}

/// Restores the previous parker of the thread.
pub struct ParkerGuard {
    outer: Option<Arc<dyn Park>>,
}

impl fmt::Debug for ParkerGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParkerGuard").finish_non_exhaustive()
    }
}

impl Drop for ParkerGuard {
    fn drop(&mut self) {
        PARKER.set(self.outer.take());
    }
}

thread_local! {
    static PARKER: RefCell<Option<Arc<dyn Park>>> = const { RefCell::new(None) };
}

fn parker() -> Arc<dyn Park> {
    PARKER
        .with_borrow(Clone::clone)
        .unwrap_or_else(|| Arc::new(ThreadPark(thread::current())))
}

struct ThreadPark(Thread);

impl Park for ThreadPark {
    fn park(&self) -> Rested {
        thread::park();
        Rested::Unparked
    }

    fn unpark(&self) {
        self.0.unpark();
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, sync::mpsc};

    use super::*;

    /// Wakes its own task, lets the thread sleep by other means, and completes at the next poll.
    async fn sleeps_while_polled(mut sleep: impl FnMut()) {
        let mut polls = 0;
        poll_fn(|cx| {
            polls += 1;
            if polls == 2 {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            sleep();
            Poll::Pending
        })
        .await;
    }

    #[test]
    fn a_wake_is_not_used_up_by_what_sleeps_meanwhile() {
        block_on(sleeps_while_polled(thread::park));
    }

    #[test]
    fn calls_may_stand_inside_each_other() {
        block_on(sleeps_while_polled(|| {
            block_on(sleeps_while_polled(|| block_on(sleeps_while_polled(|| {}))));
        }));
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "another thread has to send")]
    fn channels_of_std_may_be_waited_for_inside() {
        for _ in 0..100 {
            let (send, receive) = mpsc::channel();
            block_on(sleeps_while_polled(|| {
                let send = send.clone();
                thread::spawn(move || send.send(()));
                receive.recv().expect("it is sent");
            }));
        }
    }
}
