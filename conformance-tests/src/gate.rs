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
    /// The gates that were made on this thread.
    static GATES: RefCell<Vec<Gate>> = const { RefCell::new(Vec::new()) };
}

/// Closed until it is opened; clones are the same gate.
///
/// Something has to come to it, or to another that is made in the same place. If nothing does, what
/// the case is about has never come about, and it has proved nothing, however well it went: see
/// [`unreached`].
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
        let gate = Self::optional();
        GATES.with_borrow_mut(|gates| gates.push(gate.clone()));
        gate
    }
}

/// Where gates were made on this thread, since the last call, to none of which anything came.
pub(crate) fn unreached() -> Option<String> {
    let gates = GATES.take();
    let is_reached = |site| {
        let mut gates = gates.iter();
        gates.any(|gate| gate.made_at == site && gate.lock().is_reached)
    };
    let mut sites = gates.iter().map(|gate| gate.made_at);
    let site = sites.find(|site| !is_reached(*site))?;
    let (file, line) = (site.file(), site.line());
    Some(format!("nothing came to the gate of {file}:{line}"))
}

impl Gate {
    /// One to which nothing has to come.
    #[track_caller]
    pub(crate) fn optional() -> Self {
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
        for round in 0..3 {
            let gate = Gate::default();
            gate.open();
            if round == 1 {
                block_on(gate.pass());
            }
        }
        let _alone = Gate::optional();
        assert_eq!(unreached(), None, "something came to one of them");
        let (gate, line) = (Gate::default(), line!());
        gate.open();
        let wanted = format!("nothing came to the gate of {}:{line}", file!());
        assert_eq!(unreached(), Some(wanted));
        assert_eq!(unreached(), None, "it is said once");
    }
}
