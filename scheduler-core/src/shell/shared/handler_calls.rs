//! Calls the error handler on threads where it may block.
//!
//! A handler is user code that may take long or never return. On a thread of the executor or of the
//! driver it would stop the scheduler. So it is called on the thread of a blocking job, or by a
//! *turn*: a blocking closure that calls the handler for one failure after the other. If the
//! runtime refuses or drops a turn, the driver takes it. If the driver is lost, every lost job gets
//! its outcome before a handler is called. No unfinished job is left then, so a handler that blocks
//! on one returns at once.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering},
};

use super::Shared;
use crate::{
    JobFailure, SpawnError,
    base::text::brief_of,
    engine::{End, Key, Unhandled, id_of},
    job::{JobCell, JobError, JobOutcome, caller},
};

/// Maximum number of handler calls at the same time.
const TURNS: usize = 4;
/// Maximum number of characters of the text of an error in a ledger.
const ERROR_LENGTH: usize = 500;
/// Maximum number of further calls in place of calls that hang.
const REPLACEMENTS: usize = 16;

/// Failed jobs whose error handlers have not been called. A *turn* calls them one after the other.
#[derive(Default)]
pub(super) struct HandlerQueue(Mutex<Queue>);

#[derive(Default)]
struct Queue {
    ends: VecDeque<End>,
    turns: usize,
    /// Number of handler calls that exceeded their grace and have not returned.
    hung: usize,
    keeper: Keeper,
    /// Whether the runtime has dropped a turn, which the driver must now take.
    is_postponed: bool,
}

/// The thread that calls the handler if the runtime takes no turn.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Keeper {
    /// There is no driver; the thread that finds a failure calls the handler.
    #[default]
    Nobody,
    /// The driver. A thread on which the runtime drops a task may not: a handler may wait for a job
    /// that the same thread is about to drop.
    Driver,
    /// The thread that drops the driver, once every lost job has its outcome.
    Loss,
}

/// Next step for a queued failure.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    /// Do nothing; a turn will handle the failure.
    Wait,
    /// Start a turn.
    Start,
    /// Run a turn on the calling thread.
    Take,
}

impl HandlerQueue {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a failure.
    fn add(&self, end: End) -> Next {
        let mut queue = self.lock();
        queue.ends.push_back(end);
        queue.take_turn()
    }

    /// Records that a handler call exceeded its grace. Another turn may start in its place.
    fn note_hung(&self) -> Next {
        let mut queue = self.lock();
        queue.hung += 1;
        queue.take_turn()
    }

    /// Records that a handler call has returned after its grace.
    fn note_returned(&self) {
        let mut queue = self.lock();
        queue.hung = queue.hung.saturating_sub(1);
    }

    /// Records that the driver runs.
    fn note_driver(&self) {
        self.lock().keeper = Keeper::Driver;
    }

    /// Handles the drop of the driver. Returns the queued failures with their cells; their handlers are called
    /// when the loss is complete.
    fn begin_loss(&self) -> Vec<(Key, Option<Arc<JobCell>>, JobOutcome)> {
        let mut queue = self.lock();
        queue.keeper = Keeper::Loss;
        let ends = queue.ends.iter();
        ends.map(|end| (end.key, end.cell.clone(), end.outcome.clone()))
            .collect()
    }

    /// Records that the driver is gone. Returns whether the caller must run a turn.
    fn note_no_driver(&self) -> bool {
        let mut queue = self.lock();
        queue.keeper = Keeper::Nobody;
        queue.is_postponed = false;
        queue.take_turn() == Next::Take
    }

    /// Records that a turn was dropped. Returns true if the driver takes it, and false if the
    /// caller must.
    fn postpone(&self) -> bool {
        let mut queue = self.lock();
        let postpones = queue.keeper != Keeper::Nobody;
        if postpones {
            queue.turns -= 1;
            queue.is_postponed = true;
        }
        postpones
    }

    /// Returns whether the driver must take a turn, and counts the turn as running.
    fn take_postponed(&self) -> bool {
        let mut queue = self.lock();
        let takes = std::mem::take(&mut queue.is_postponed);
        queue.turns += usize::from(takes);
        takes
    }

    /// Returns the next waiting failure. If none waits, counts the turn as ended.
    fn next(&self) -> Option<End> {
        let mut queue = self.lock();
        let next = queue.ends.pop_front();
        queue.turns -= usize::from(next.is_none());
        next
    }
}

impl Queue {
    fn take_turn(&mut self) -> Next {
        let is_free = self.turns < TURNS + self.hung.min(REPLACEMENTS);
        let next = match self.keeper {
            _ if self.ends.is_empty() => Next::Wait,
            Keeper::Nobody => Next::Take,
            Keeper::Driver if is_free => Next::Start,
            Keeper::Driver | Keeper::Loss => Next::Wait,
        };
        self.turns += usize::from(next != Next::Wait);
        next
    }
}

impl Shared {
    /// Has the error handler called for a failed job. Its waiters wake after that.
    pub(super) fn handle_failure(&self, end: End) {
        if self.is_lost() {
            // The handler may wait for another job that was lost with this one.
            if let Some(cell) = &end.cell {
                cell.resolve(end.outcome.clone());
            }
            self.go_on(self.handler_queue.add(end));
        } else if caller::inside_blocking() {
            self.resolve_failure(&end);
        } else {
            self.go_on(self.handler_queue.add(end));
        }
    }

    fn go_on(&self, next: Next) {
        match next {
            Next::Wait => {}
            Next::Start => self.start_turn(),
            Next::Take => self.take_turn(),
        }
    }

    /// Records that the driver runs; it handles failures whose turns the runtime refuses.
    pub(super) fn note_driver_up(&self) {
        self.handler_queue.note_driver();
    }

    /// Handles the remaining failures at the end of the driver.
    pub(crate) fn call_remaining_handlers(&self) {
        if self.handler_queue.note_no_driver() {
            self.take_turn();
        }
    }

    /// Handles failures whose turns the runtime refused or dropped. The driver calls it. Returns whether there were
    /// any.
    pub(crate) fn call_postponed_handlers(&self) -> bool {
        let takes = self.handler_queue.take_postponed();
        if takes {
            self.take_turn();
        }
        takes
    }

    /// Calls the handler for all queued failures.
    fn take_turn(&self) {
        while let Some(end) = self.handler_queue.next() {
            self.resolve_failure(&end);
        }
    }

    /// Sets the outcomes of the queued failures because the driver is being dropped. Returns their
    /// jobs. Runs wakers.
    pub(super) fn begin_loss(&self) -> BTreeSet<Key> {
        let queued = self.handler_queue.begin_loss();
        let mut keys = BTreeSet::new();
        for (key, cell, outcome) in queued {
            keys.insert(key);
            if let Some(cell) = cell {
                cell.resolve(outcome);
            }
        }
        keys
    }

    /// Handles a handler call that exceeded its grace: other failures are handled beside it.
    pub(super) fn handler_hung(&self, unhandled: Unhandled) {
        unhandled.resolve();
        self.go_on(self.handler_queue.note_hung());
    }

    fn start_turn(&self) {
        let taken = match self.me() {
            Some(shared) => {
                let turn = Turn(Some(shared.clone()));
                shared.spawn_blocking(Box::new(move || turn.run()))
            }
            None => Err(SpawnError::no_runtime("the scheduler was dropped")),
        };
        // A refused turn is dropped, and its drop passes it to the driver.
        drop(taken);
    }

    /// Calls the error handler, then wakes the waiters.
    fn resolve_failure(&self, end: &End) {
        if let JobOutcome::Failed(error) = &end.outcome {
            self.note_error(end, error);
            if !self.is_retried(end, error) {
                self.call_handler(end, error);
            }
        }
        let handled = self.call(|engine, now| engine.handle_handled(end.key, now));
        match handled {
            // Wakes also the waiters that got a handle while the failure was being handled.
            Some(unhandled) => unhandled.resolve(),
            None => self.handler_queue.note_returned(),
        }
    }

    /// Returns whether another attempt of a durable job follows, perhaps on another node. As in memory, the error handler
    /// receives only the last failure.
    #[cfg(feature = "store")]
    fn is_retried(&self, end: &End, error: &JobError) -> bool {
        let run = self.store.as_ref().zip(end.cell.as_ref());
        run.is_some_and(|(store, cell)| store.runs().retries(self, cell, error))
    }

    #[cfg(not(feature = "store"))]
    #[expect(clippy::unused_self, reason = "the form of the other one")]
    const fn is_retried(&self, _: &End, _: &JobError) -> bool {
        false
    }

    /// Adds the text of the error to the record of a failed run. The text is formed by user code, so without the
    /// lock.
    fn note_error(&self, end: &End, error: &JobError) {
        let extras = end.extras.as_deref();
        let Some(schedule) = extras.and_then(|extras| extras.schedule_id.as_ref()) else {
            return;
        };
        let mut text = String::from("the text of the error panicked");
        self.call_back(|| text = brief_of(error, ERROR_LENGTH));
        let text = Arc::from(text);
        self.ask(|engine, _| engine.note_error(schedule, id_of(end.key), &text));
    }

    fn call_handler(&self, end: &End, error: &JobError) {
        let extras = end.extras.as_deref();
        let failure = JobFailure {
            job: id_of(end.key),
            name: extras.and_then(|extras| extras.name.clone()),
            error: error.clone(),
            schedule: extras.and_then(|extras| extras.schedule_id.clone()),
            attempt: extras.map_or(1, |extras| extras.started_attempts()),
            policy: extras.and_then(|extras| extras.policy.clone()),
            spawned_at: extras.and_then(|extras| extras.made_at),
        };
        if !self.call_back(|| self.error_handler.on_error(&failure)) {
            self.handler_panics.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A turn of handler calls. If it is dropped unused, the driver takes it.
struct Turn(Option<Arc<Shared>>);

impl Turn {
    fn run(mut self) {
        if let Some(shared) = self.0.take() {
            shared.take_turn();
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(shared) = self.0.take() else {
            return;
        };
        if shared.handler_queue.postpone() {
            shared.wake.ring();
        } else {
            shared.take_turn();
        }
    }
}
