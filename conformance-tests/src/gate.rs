//! What holds a job until the case lets it go: "while it runs" is a state, not a duration.

use std::{
    cell::RefCell,
    future::poll_fn,
    panic::Location,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Poll, Waker},
};

thread_local! {
    /// The gates that were made on this thread, for something to come to.
    static GATES: RefCell<Vec<Gate>> = const { RefCell::new(Vec::new()) };
}

/// Closed until it is opened; clones are the same gate.
///
/// Something has to come to it. A case in which nothing does was about something that never came
/// about, and has proved nothing, however well it went: see [`unreached`].
#[derive(Clone)]
pub(crate) struct Gate {
    state: Arc<Mutex<State>>,
    made_at: &'static Location<'static>,
}

#[derive(Default)]
struct State {
    is_open: bool,
    is_reached: bool,
    waiting: Vec<Waker>,
}

impl Default for Gate {
    #[track_caller]
    fn default() -> Self {
        let gate = Self::for_nobody();
        GATES.with_borrow_mut(|gates| gates.push(gate.clone()));
        gate
    }
}

/// Of the gates that were made on this thread since the last call: one to which nothing came.
pub(crate) fn unreached() -> Option<String> {
    let gates = GATES.take();
    let gate = gates.iter().find(|gate| !gate.lock().is_reached)?;
    let (file, line) = (gate.made_at.file(), gate.made_at.line());
    Some(format!("nothing came to the gate of {file}:{line}"))
}

impl Gate {
    /// For what must not come to it.
    #[track_caller]
    pub(crate) fn for_nobody() -> Self {
        Self {
            state: Arc::default(),
            made_at: Location::caller(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn open(&self) {
        let wakers = {
            let mut state = self.lock();
            state.is_open = true;
            std::mem::take(&mut state.waiting)
        };
        wakers.into_iter().for_each(Waker::wake);
    }

    pub(crate) async fn pass(&self) {
        poll_fn(|cx| {
            let mut state = self.lock();
            state.is_reached = true;
            if state.is_open {
                return Poll::Ready(());
            }
            state.waiting.push(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

/// Counts; clones are the same counter.
#[derive(Clone, Default)]
pub(crate) struct Counter(Arc<AtomicUsize>);

impl Counter {
    pub(crate) fn add(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    /// Something that counts when it is dropped.
    pub(crate) fn on_drop(&self) -> CountsDrop {
        CountsDrop(self.clone())
    }
}

pub(crate) struct CountsDrop(Counter);

impl Drop for CountsDrop {
    fn drop(&mut self) {
        self.0.add();
    }
}

#[cfg(test)]
mod tests {
    use scheduler_core::block_on;

    use super::*;

    #[test]
    fn a_gate_to_which_nothing_came_is_named() {
        let (reached, line) = (Gate::default(), line!());
        reached.open();
        block_on(reached.pass());
        let _nobody = Gate::for_nobody();
        assert_eq!(unreached(), None);
        let gate = Gate::default();
        gate.open();
        let wanted = format!("nothing came to the gate of {}:{}", file!(), line + 6);
        assert_eq!(unreached(), Some(wanted));
        assert_eq!(unreached(), None, "it is said once");
    }
}
