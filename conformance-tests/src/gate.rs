//! Gates that block a job until the case opens them, so that "while it runs" is a state and not a
//! duration.

use std::{
    cell::RefCell,
    future::poll_fn,
    panic::Location,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Poll, Waker},
};

use crate::limits::patience;

thread_local! {
    /// The marks created on this thread.
    static MARKS: RefCell<Vec<Mark>> = const { RefCell::new(Vec::new()) };
}

/// A point that the case must reach; clones share one mark.
///
/// If neither this mark nor another from the same source line is reached, the situation under test
/// never occurred. The case has then proved nothing, even if it passed: see [`unreached`]. Create
/// marks on the thread that runs the case, because each thread has its own list.
#[derive(Clone)]
pub(crate) struct Mark {
    is_reached: Arc<AtomicBool>,
    made_at: &'static Location<'static>,
}

impl Default for Mark {
    #[track_caller]
    fn default() -> Self {
        let mark = Self::optional();
        MARKS.with_borrow_mut(|marks| marks.push(mark.clone()));
        mark
    }
}

impl Mark {
    #[track_caller]
    fn optional() -> Self {
        Self {
            is_reached: Arc::default(),
            made_at: Location::caller(),
        }
    }

    pub(crate) fn reach(&self) {
        self.is_reached.store(true, Ordering::SeqCst);
    }
}

/// Returns a message with the first source line whose marks were all unreached. Clears the marks of
/// this thread.
pub(crate) fn unreached() -> Option<String> {
    let marks = MARKS.take();
    let is_reached = |site| {
        let mut marks = marks.iter();
        marks.any(|mark| mark.made_at == site && mark.is_reached.load(Ordering::SeqCst))
    };
    let mut sites = marks.iter().map(|mark| mark.made_at);
    let site = sites.find(|site| !is_reached(*site))?;
    let (file, line) = (site.file(), site.line());
    Some(format!("no job reached the mark at {file}:{line}"))
}

/// A gate that is closed until [`open`](Self::open); clones share one gate. A job must reach it,
/// or the case has proved nothing (see [`Mark`]).
#[derive(Clone)]
pub(crate) struct Gate {
    state: Arc<Mutex<State>>,
    mark: Mark,
}

#[derive(Default)]
struct State {
    is_open: bool,
    waiting: Vec<Waker>,
}

impl Default for Gate {
    #[track_caller]
    fn default() -> Self {
        Self {
            state: Arc::default(),
            mark: Mark::default(),
        }
    }
}

impl Gate {
    /// Creates a gate that need not be reached.
    #[track_caller]
    pub(crate) fn optional() -> Self {
        Self {
            state: Arc::default(),
            mark: Mark::optional(),
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
        self.mark.reach();
        poll_fn(|cx| {
            let mut state = self.lock();
            if state.is_open {
                return Poll::Ready(());
            }
            state.waiting.push(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

/// A shared counter; clones count together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counter(Arc<Count>);

#[derive(Debug, Default)]
struct Count {
    value: Mutex<usize>,
    grown: Condvar,
}

impl Counter {
    pub(crate) fn add(&self) {
        *self.lock() += 1;
        self.0.grown.notify_all();
    }

    pub(crate) fn get(&self) -> usize {
        *self.lock()
    }

    /// Blocks until the counter is at least `count`. Returns the value, which is smaller if the
    /// patience ends first.
    pub(crate) fn wait_for(&self, count: usize) -> usize {
        let is_smaller = |value: &mut usize| *value < count;
        let waited = self
            .0
            .grown
            .wait_timeout_while(self.lock(), patience(), is_smaller);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn lock(&self) -> MutexGuard<'_, usize> {
        self.0.value.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns a value that increments the counter when it is dropped.
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
    use scheduler_core::implement::block_on;

    use super::*;

    #[test]
    fn a_mark_that_was_not_reached_is_named() {
        for round in 0..3 {
            let gate = Gate::default();
            gate.open();
            if round == 1 {
                block_on(gate.pass());
            }
        }
        let _alone = Gate::optional();
        Mark::default().reach();
        assert_eq!(unreached(), None, "one of them was reached");
        Mark::default().reach();
        let (gate, line) = (Gate::default(), line!());
        gate.open();
        let wanted = format!("no job reached the mark at {}:{line}", file!());
        assert_eq!(unreached(), Some(wanted));
        assert_eq!(unreached(), None, "it is said once");
    }

    #[test]
    fn a_counter_is_awaited() {
        let counter = Counter::default();
        let other = counter.clone();
        let adding = std::thread::spawn(move || (0..3).for_each(|_| other.add()));
        assert_eq!(counter.wait_for(3), 3);
        adding.join().expect("the thread ends");
    }
}
