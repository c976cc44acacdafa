//! Calls the error handler on threads where it may block.
//!
//! A handler is user code that may take long or never return. On a thread of the executor or of the
//! driver it would stop the scheduler. So it is called on the thread of a blocking job, or by a
//! *turn*: a blocking closure that calls the handler for one failure after the other. If the
//! runtime refuses or drops a turn, the driver takes it. If the driver is lost, every lost job gets
//! its outcome before a handler is called.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering},
};

use super::Shared;
use crate::{
    JobFailure, SpawnError,
    engine::{End, Key, Unhandled, id_of},
    job::{JobCell, JobError, JobOutcome, caller},
};

/// Maximum number of handler calls at the same time.
const TURNS: usize = 4;
/// Maximum number of further calls in place of calls that hang.
const REPLACEMENTS: usize = 16;

/// Failed jobs whose error handlers have not been called. A *turn* calls them one after the other.
#[derive(Default)]
pub(super) struct Teller(Mutex<Line>);

#[derive(Default)]
struct Line {
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

impl Teller {
    fn lock(&self) -> MutexGuard<'_, Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a failure.
    fn add(&self, end: End) -> Next {
        let mut line = self.lock();
        line.ends.push_back(end);
        line.take_turn()
    }

    /// Records that a handler call exceeded its grace. Another turn may start in its place.
    fn note_hung(&self) -> Next {
        let mut line = self.lock();
        line.hung += 1;
        line.take_turn()
    }

    /// Records that a handler call has returned after its grace.
    fn note_returned(&self) {
        let mut line = self.lock();
        line.hung = line.hung.saturating_sub(1);
    }

    /// Records that the driver runs.
    fn note_driver(&self) {
        self.lock().keeper = Keeper::Driver;
    }

    /// Handles the drop of the driver. Returns the queued failures with their cells; their handlers are called
    /// when the loss is complete.
    fn begin_loss(&self) -> Vec<(Key, Option<Arc<JobCell>>, JobOutcome)> {
        let mut line = self.lock();
        line.keeper = Keeper::Loss;
        let ends = line.ends.iter();
        ends.map(|end| (end.key, end.cell.clone(), end.outcome.clone()))
            .collect()
    }

    /// Records that the driver is gone. Returns whether the caller must run a turn.
    fn note_no_driver(&self) -> bool {
        let mut line = self.lock();
        line.keeper = Keeper::Nobody;
        line.is_postponed = false;
        line.take_turn() == Next::Take
    }

    /// Records that a turn was dropped. Returns true if the driver takes it, and false if the
    /// caller must.
    fn postpone(&self) -> bool {
        let mut line = self.lock();
        let postpones = line.keeper != Keeper::Nobody;
        if postpones {
            line.turns -= 1;
            line.is_postponed = true;
        }
        postpones
    }

    /// Returns whether the driver must take a turn, and counts the turn as running.
    fn take_postponed(&self) -> bool {
        let mut line = self.lock();
        let takes = std::mem::take(&mut line.is_postponed);
        line.turns += usize::from(takes);
        takes
    }

    /// Returns the next waiting failure. If none waits, counts the turn as ended.
    fn next(&self) -> Option<End> {
        let mut line = self.lock();
        let next = line.ends.pop_front();
        line.turns -= usize::from(next.is_none());
        next
    }
}

impl Line {
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
    /// Handles the end of a job: calls the error handler for a failure, then wakes the waiters.
    pub(crate) fn resolve(&self, end: End) {
        let failed = matches!(end.outcome, JobOutcome::Failed(_));
        if !failed {
            // The engine has set the outcome under its lock (`LC-033`), so only the waiters must be woken.
            if let Some(cell) = &end.cell {
                cell.announce();
            }
        } else if self.is_lost() {
            // Resolved first, because the handler may wait for another job that was lost with this one.
            if let Some(cell) = &end.cell {
                cell.resolve(end.outcome.clone());
            }
            self.go_on(self.teller.add(end));
        } else if caller::inside_blocking() {
            self.tell(&end);
        } else {
            self.go_on(self.teller.add(end));
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
    pub(super) fn begin_telling(&self) {
        self.teller.note_driver();
    }

    /// Handles the remaining failures at the end of the driver.
    pub(crate) fn end_telling(&self) {
        if self.teller.note_no_driver() {
            self.take_turn();
        }
    }

    /// Handles failures whose turns the runtime refused or dropped. The driver calls it. Returns whether there were
    /// any.
    pub(crate) fn tell_postponed(&self) -> bool {
        let takes = self.teller.take_postponed();
        if takes {
            self.take_turn();
        }
        takes
    }

    /// Calls the handler for all queued failures.
    fn take_turn(&self) {
        while let Some(end) = self.teller.next() {
            self.tell(&end);
        }
    }

    /// Sets the outcomes of the queued failures because the driver is being dropped. Returns their
    /// jobs. Runs wakers.
    pub(super) fn begin_loss(&self) -> BTreeSet<Key> {
        let in_line = self.teller.begin_loss();
        let mut keys = BTreeSet::new();
        for (key, cell, outcome) in in_line {
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
        self.go_on(self.teller.note_hung());
    }

    fn start_turn(&self) {
        let taken = match self.me() {
            Some(shared) => {
                let turn = Turn(Some(shared.clone()));
                shared.spawn_blocking(Box::new(move || turn.run()))
            }
            None => Err(SpawnError::no_runtime("the scheduler is gone")),
        };
        // A refused turn is dropped, and its drop passes it to the driver.
        drop(taken);
    }

    fn tell(&self, end: &End) {
        if let JobOutcome::Failed(error) = &end.outcome {
            self.call_handler(end, error);
        }
        let handled = self.call(|engine, now| engine.handle_handled(end.key, now));
        match handled {
            // Wakes also the waiters that got a handle while the failure was being handled.
            Some(unhandled) => unhandled.resolve(),
            None => self.teller.note_returned(),
        }
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
        if shared.teller.postpone() {
            shared.wake.ring();
        } else {
            shared.take_turn();
        }
    }
}
