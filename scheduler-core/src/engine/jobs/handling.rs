//! [`Handling`]: failed jobs whose error handler has not returned.
//!
//! A failed job stays listed, and its waiters wait, until the error handler has returned (`LC-033`). A
//! handler that exceeds its grace is no longer waited for (`LC-034`).

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Weak},
};

use super::{ending::End, record::JobExtras};
use crate::engine::{
    Action, Engine, Key,
    time::{NEVER, nanos},
};
use crate::{
    Now,
    base::unix_time::UnixTime,
    contract::shutdown::JobRef,
    job::{JobCell, JobControl, JobFacts, JobHost, JobInfo, JobOutcome, JobStatus},
};

/// The failures that are being handled, with their deadlines.
#[derive(Default)]
pub(in crate::engine) struct Handling {
    open: BTreeMap<Key, Unhandled>,
    due: BTreeSet<(u64, Key)>,
}

/// A failure whose handler has not returned.
pub(crate) struct Unhandled {
    info: JobInfo,
    outcome: JobOutcome,
    cell: Option<Arc<JobCell>>,
    due: u64,
}

impl Unhandled {
    /// Wakes the waiters without waiting for the handler. Runs wakers.
    pub(crate) fn resolve(self) {
        if let Some(cell) = self.cell {
            cell.resolve(self.outcome);
        }
    }

    /// State shared with handles of the job.
    fn make_cell(&mut self, host: &Weak<dyn JobHost>) -> Arc<JobCell> {
        let info = &self.info;
        let make = || {
            let facts = JobFacts {
                name: info.name.clone(),
                schedule: info.schedule.clone(),
                policy: info.policy.clone(),
                run: None,
            };
            let nominal = UnixTime::default();
            Arc::new(JobCell::of_job(info.id, nominal, facts, Some(host.clone())))
        };
        self.cell.get_or_insert_with(make).clone()
    }
}

impl Handling {
    pub(in crate::engine) fn len(&self) -> usize {
        self.open.len()
    }

    pub(in crate::engine) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    fn add(&mut self, key: Key, unhandled: Unhandled) {
        self.due.insert((unhandled.due, key));
        self.open.insert(key, unhandled);
    }

    /// Removes a failure and sets the outcome of its job. Both happen under the lock, so that a caller that sees
    /// no job left sees every outcome set.
    fn remove(&mut self, key: Key) -> Option<Unhandled> {
        let unhandled = self.open.remove(&key)?;
        self.due.remove(&(unhandled.due, key));
        if let Some(cell) = &unhandled.cell {
            cell.settle(unhandled.outcome.clone());
        }
        Some(unhandled)
    }

    pub(in crate::engine) fn contains(&self, key: Key) -> bool {
        self.open.contains_key(&key)
    }

    /// Returns the state of the job of a failure.
    pub(in crate::engine) fn info(&self, key: Key) -> Option<JobInfo> {
        self.open.get(&key).map(|unhandled| unhandled.info.clone())
    }

    /// Returns the states of the jobs of all failures.
    pub(in crate::engine) fn infos(&self) -> impl Iterator<Item = JobInfo> {
        self.open.values().map(|unhandled| unhandled.info.clone())
    }

    /// Returns the shared state of the job of a failure.
    pub(in crate::engine) fn attach_cell(
        &mut self,
        key: Key,
        host: &Weak<dyn JobHost>,
    ) -> Option<Arc<JobCell>> {
        Some(self.open.get_mut(&key)?.make_cell(host))
    }

    /// Returns the first failure whose grace has elapsed.
    fn overdue(&self, elapsed: u64) -> Option<Key> {
        let first = self.due.first();
        first.and_then(|&(due, key)| (due <= elapsed).then_some(key))
    }
}

impl Engine {
    /// Records a failure before the call of the error handler.
    pub(in crate::engine) fn await_handler(&mut self, end: &End, now: &Now) {
        let grace = nanos(self.cx.options.handler_grace);
        let due = self.cx.clocks.elapsed(now).saturating_add(grace);
        let unhandled = Unhandled {
            info: info_of(end),
            outcome: end.outcome.clone(),
            cell: end.cell.clone(),
            due,
        };
        self.jobs.handling.add(end.key, unhandled);
        self.cx.deadlines.note(due);
    }

    /// Records the return of an error handler. Returns the failure, to be dropped after unlocking, unless the
    /// handler had exceeded its grace.
    pub(crate) fn handle_handled(&mut self, key: Key, now: &Now) -> Option<Unhandled> {
        self.cx.begin(now);
        let handled = self.jobs.handling.remove(key);
        self.backfill_run_handled(key);
        self.check_closed(now);
        handled
    }

    /// Stops waiting for handlers whose grace has elapsed.
    pub(in crate::engine) fn handle_handlers(&mut self, elapsed: u64, now: &Now) {
        while let Some(key) = self.jobs.handling.overdue(elapsed) {
            self.write_off(key);
        }
        self.check_closed(now);
    }

    /// Stops waiting for all handlers except those of the failures `told`.
    pub(in crate::engine) fn write_off_handlers(&mut self, told: &BTreeSet<Key>) {
        let open = self.jobs.handling.due.iter().map(|&(_, key)| key);
        let hung: Vec<Key> = open.filter(|key| !told.contains(key)).collect();
        hung.into_iter().for_each(|key| self.write_off(key));
    }

    fn write_off(&mut self, key: Key) {
        let Some(unhandled) = self.jobs.handling.remove(key) else {
            return;
        };
        self.backfill_run_handled(key);
        self.cx.outbox.counters.hung_handlers += 1;
        let info = &unhandled.info;
        self.note_hung_handler(JobRef::new(info.id, info.name.clone()));
        self.cx
            .outbox
            .actions
            .push_back(Action::HandlerHung(Box::new(unhandled)));
    }

    #[cfg(test)]
    pub(in crate::engine) fn handling_keys(&self) -> Vec<Key> {
        self.jobs.handling.open.keys().copied().collect()
    }

    pub(in crate::engine) fn handler_deadline(&self) -> u64 {
        let first = self.jobs.handling.due.first();
        first.map_or(NEVER, |&(due, _)| due)
    }
}

/// Returns the state of a failed job whose error handler runs.
fn info_of(end: &End) -> JobInfo {
    let (cold, cell) = (end.cold.as_deref(), end.cell.as_deref());
    let mut info = JobInfo::new(
        super::id_of(end.key),
        cold.and_then(|cold| cold.name.clone()),
        JobStatus::Handling,
        cold.and_then(|cold| cold.schedule_id.clone()),
    );
    info.attempt = cold.map_or(1, JobExtras::attempts);
    info.progress = cell.and_then(JobControl::progress);
    if let Some(cold) = cold {
        info.policy = cold.policy.clone();
        info.spawned_at = cold.made_at;
    }
    info
}
