//! Telling the error handler, where it can block without harm.
//!
//! A handler is user code that may take long or never return. On an executor's thread, or on the
//! driver's, it would stop the scheduler with it. So it is called on the thread of a job that
//! blocks, or else by a *turn*: a blocking closure that takes one failure after the other.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering},
};

use super::Shared;
use crate::{
    JobFailure, SpawnError, context,
    engine::{End, Unhandled, id_of},
    job::{JobError, JobOutcome},
};

/// How many handlers are called at a time.
const TURNS: usize = 4;
/// How many further ones may replace those that hang.
const REPLACEMENTS: usize = 16;

/// The failures that wait for a turn.
#[derive(Default)]
pub(super) struct Teller(Mutex<Line>);

#[derive(Default)]
struct Line {
    ends: VecDeque<End>,
    turns: usize,
    /// Handlers that were written off and have not returned.
    hung: usize,
}

impl Teller {
    fn lock(&self) -> MutexGuard<'_, Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a failure in line. Returns whether a turn is to be started for it.
    fn add(&self, end: End) -> bool {
        let mut line = self.lock();
        line.ends.push_back(end);
        line.take_turn()
    }

    /// A handler hangs. Returns whether a turn is to be started in its place.
    fn note_hung(&self) -> bool {
        let mut line = self.lock();
        line.hung += 1;
        line.take_turn()
    }

    /// A handler that was written off has returned after all.
    fn note_returned(&self) {
        let mut line = self.lock();
        line.hung = line.hung.saturating_sub(1);
    }

    /// The next failure of a turn; without one the turn is over.
    fn next(&self) -> Option<End> {
        let mut line = self.lock();
        let next = line.ends.pop_front();
        line.turns -= usize::from(next.is_none());
        next
    }
}

impl Line {
    fn take_turn(&mut self) -> bool {
        let wanted = !self.ends.is_empty() && self.turns < TURNS + self.hung.min(REPLACEMENTS);
        self.turns += usize::from(wanted);
        wanted
    }
}

impl Shared {
    /// A job has ended: the error handler first, then the waiters.
    pub(crate) fn resolve(&self, end: End) {
        let failed = matches!(end.outcome, JobOutcome::Failed(_));
        if !failed {
            if let Some(cell) = &end.cell {
                cell.resolve(end.outcome);
            }
        } else if context::inside_blocking() || self.is_lost() {
            self.tell(end);
        } else if self.teller.add(end) {
            self.start_turn();
        }
    }

    /// A handler has not returned within its grace: others are called beside it.
    pub(super) fn handler_hung(&self, unhandled: Unhandled) {
        unhandled.resolve();
        if self.teller.note_hung() {
            self.start_turn();
        }
    }

    fn start_turn(&self) {
        let taken = match self.me() {
            Some(shared) => {
                let turn = Turn(shared.clone());
                shared.spawn_blocking(Box::new(move || turn.run()))
            }
            None => Err(SpawnError::no_runtime("the scheduler is gone")),
        };
        // A turn that is not taken is dropped, which takes it on this thread.
        drop(taken);
    }

    fn tell(&self, end: End) {
        if let JobOutcome::Failed(error) = &end.outcome {
            self.call_handler(&end, error);
        }
        let handled = self.call(|engine, now| engine.handle_handled(end.key, now));
        match handled {
            // Also to those who have got a handle only while the failure was being handled.
            Some(unhandled) => unhandled.resolve(),
            None => self.teller.note_returned(),
        }
    }

    fn call_handler(&self, end: &End, error: &JobError) {
        let cold = end.cold.as_deref();
        let failure = JobFailure {
            job: id_of(end.key),
            name: cold.and_then(|cold| cold.name.clone()),
            error: error.clone(),
            schedule: cold.and_then(|cold| cold.schedule_id.clone()),
            attempt: cold.map_or(1, |cold| cold.attempts()),
            policy: cold.and_then(|cold| cold.policy.clone()),
            spawned_at: cold.and_then(|cold| cold.made_at),
        };
        if !self.call_back(|| self.error_handler.on_error(&failure)) {
            self.handler_panics.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A turn of telling failures, taken wherever it ends.
struct Turn(Arc<Shared>);

impl Turn {
    fn run(self) {
        drop(self);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        while let Some(end) = self.0.teller.next() {
            self.0.tell(end);
        }
    }
}
