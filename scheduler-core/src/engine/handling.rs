//! Failures that the error handler has not finished with.
//!
//! A job that failed is off the record, but neither the scheduler nor anybody who waits for it is
//! past that job before the handler has returned (`LC-033`). A handler that takes longer than its
//! grace is not waited for any longer (`LC-034`).

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    Action, Engine,
    clock::{NEVER, nanos},
    ending::End,
    slab::Key,
};
use crate::{
    Now,
    job::{JobCell, JobOutcome},
    shutdown::JobRef,
};

/// The failures that are being handled, and until when they are waited for.
#[derive(Default)]
pub(super) struct Handling {
    open: BTreeMap<Key, Unhandled>,
    due: BTreeSet<(u64, Key)>,
}

/// A failure whose handler has not returned.
pub(crate) struct Unhandled {
    job: JobRef,
    outcome: JobOutcome,
    cell: Option<Arc<JobCell>>,
    due: u64,
}

impl Unhandled {
    /// Gives the outcome to those who wait, without the handler. Runs wakers.
    pub(crate) fn resolve(self) {
        if let Some(cell) = self.cell {
            cell.resolve(self.outcome);
        }
    }
}

impl Handling {
    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    fn add(&mut self, key: Key, unhandled: Unhandled) {
        self.due.insert((unhandled.due, key));
        self.open.insert(key, unhandled);
    }

    fn remove(&mut self, key: Key) -> Option<Unhandled> {
        let unhandled = self.open.remove(&key)?;
        self.due.remove(&(unhandled.due, key));
        Some(unhandled)
    }

    /// The first one that is not waited for at `elapsed` any more.
    fn overdue(&self, elapsed: u64) -> Option<Key> {
        let first = self.due.first();
        first.and_then(|&(due, key)| (due <= elapsed).then_some(key))
    }
}

impl Engine {
    /// A job has failed, and the error handler is about to be told.
    pub(super) fn await_handler(&mut self, end: &End, now: &Now) {
        let grace = nanos(self.options.handler_grace);
        let due = self.clocks.elapsed(now).saturating_add(grace);
        let name = end.cold.as_ref().and_then(|cold| cold.name.clone());
        let unhandled = Unhandled {
            job: JobRef::new(super::id_of(end.key), name),
            outcome: end.outcome.clone(),
            cell: end.cell.clone(),
            due,
        };
        self.handling.add(end.key, unhandled);
        self.note_deadline(due);
    }

    /// The error handler has returned. Returns the failure, to be destroyed without a lock, unless
    /// the handler took too long and was written off.
    pub(crate) fn handle_handled(&mut self, key: Key, now: &Now) -> Option<Unhandled> {
        let handled = self.handling.remove(key);
        self.check_closed(now);
        handled
    }

    /// Writes off the handlers whose grace is over.
    pub(super) fn handle_handlers(&mut self, elapsed: u64, now: &Now) {
        while let Some(key) = self.handling.overdue(elapsed) {
            self.write_off(key);
        }
        self.check_closed(now);
    }

    /// Waits for no handler any longer.
    pub(super) fn write_off_handlers(&mut self) {
        while let Some(key) = self.handling.overdue(NEVER) {
            self.write_off(key);
        }
    }

    fn write_off(&mut self, key: Key) {
        let Some(unhandled) = self.handling.remove(key) else {
            return;
        };
        self.metrics.hung_handlers += 1;
        self.note_hung_handler(&unhandled.job);
        self.actions
            .push_back(Action::HandlerHung(Box::new(unhandled)));
    }

    #[cfg(test)]
    pub(super) fn handling_keys(&self) -> Vec<Key> {
        self.handling.open.keys().copied().collect()
    }

    pub(super) fn handler_deadline(&self) -> u64 {
        let first = self.handling.due.first();
        first.map_or(NEVER, |&(due, _)| due)
    }
}
