//! [`Handling`]: failed jobs whose error handler has not returned.
//!
//! A failed job stays listed, and its waiters wait, until the error handler has returned (`LC-033`). A
//! handler that exceeds its grace is no longer waited for (`LC-034`).

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Weak},
};

use super::{End, JobExtras, Jobs, id_of};
use crate::{
    base::unix_time::UnixTime,
    contract::shutdown::JobRef,
    engine::{
        Action, Cx, Key,
        time::{Deadlines, Due, Kind, NEVER, nanos},
    },
    job::{JobCell, JobControl, JobFacts, JobHost, JobInfo, JobOutcome, JobStatus},
};

/// The failures that are being handled.
#[derive(Default)]
pub(super) struct Handling {
    open: BTreeMap<Key, Unhandled>,
}

/// A failure whose error handler has not returned.
pub(crate) struct Unhandled {
    info: JobInfo,
    outcome: JobOutcome,
    cell: Option<Arc<JobCell>>,
    due: Due,
}

impl Unhandled {
    /// Wakes the waiters of the job although the handler has not returned. Runs wakers, so call it
    /// without a lock.
    pub(crate) fn resolve(self) {
        if let Some(cell) = self.cell {
            cell.resolve(self.outcome);
        }
    }

    /// Returns the state that handles of the job share, and creates it if there is none.
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
    /// Removes a failure and sets the outcome of its job. Both happen under the lock, so that a caller that sees
    /// no job left sees every outcome set.
    fn remove(&mut self, key: Key, deadlines: &mut Deadlines) -> Option<Unhandled> {
        let mut unhandled = self.open.remove(&key)?;
        deadlines.clear(Kind::Handler, key, &mut unhandled.due);
        if let Some(cell) = &unhandled.cell {
            cell.set_outcome(unhandled.outcome.clone());
        }
        Some(unhandled)
    }

    pub(super) fn contains(&self, key: Key) -> bool {
        self.open.contains_key(&key)
    }

    /// Returns the state of a failed job whose error handler has not returned.
    pub(super) fn info(&self, key: Key) -> Option<JobInfo> {
        self.open.get(&key).map(|unhandled| unhandled.info.clone())
    }

    /// Returns the states of all failed jobs whose error handlers have not returned.
    pub(super) fn infos(&self) -> impl Iterator<Item = JobInfo> {
        self.open.values().map(|unhandled| unhandled.info.clone())
    }

    /// Returns the shared state of a failed job whose error handler has not returned, and creates it if necessary.
    pub(super) fn attach_cell(
        &mut self,
        key: Key,
        host: &Weak<dyn JobHost>,
    ) -> Option<Arc<JobCell>> {
        Some(self.open.get_mut(&key)?.make_cell(host))
    }
}

impl Jobs {
    /// Records a failure before the call of the error handler.
    pub(super) fn await_handler(&mut self, end: &End, cx: &mut Cx) {
        let mut unhandled = Unhandled {
            info: info_of(end),
            outcome: end.outcome.clone(),
            cell: end.cell.clone(),
            due: Due::default(),
        };
        let due = cx
            .elapsed()
            .saturating_add(nanos(cx.options().handler_grace));
        cx.deadlines
            .set(Kind::Handler, end.key, &mut unhandled.due, due);
        self.handling.open.insert(end.key, unhandled);
    }

    /// Returns the number of failures that are being handled.
    pub(in crate::engine) fn handling(&self) -> usize {
        self.handling.open.len()
    }

    /// Records the return of an error handler. Returns the failure, to be dropped after unlocking, unless the
    /// handler had exceeded its grace.
    pub(in crate::engine) fn handle_handled(&mut self, key: Key, cx: &mut Cx) -> Option<Unhandled> {
        self.handling.remove(key, &mut cx.deadlines)
    }

    /// Stops waiting for all handlers except those of the failures `queued`. Returns the keys of their jobs.
    pub(in crate::engine) fn write_off_handlers(
        &mut self,
        queued: &BTreeSet<Key>,
        cx: &mut Cx,
    ) -> Vec<Key> {
        // The table has no row for a grace without an end.
        let due = |open: &Unhandled| open.due.at().unwrap_or(NEVER);
        let open = self.handling.open.iter();
        let hung = open.filter(|(key, _)| !queued.contains(key));
        let mut hung: Vec<_> = hung.map(|(&key, open)| (due(open), key)).collect();
        hung.sort_unstable();
        let hung: Vec<Key> = hung.into_iter().map(|(_, key)| key).collect();
        for &key in &hung {
            self.write_off(key, cx);
        }
        hung
    }

    /// Stops waiting for a handler.
    pub(in crate::engine) fn write_off(&mut self, key: Key, cx: &mut Cx) {
        let Some(unhandled) = self.handling.remove(key, &mut cx.deadlines) else {
            return;
        };
        cx.outbox.count_hung_handler();
        let info = &unhandled.info;
        cx.report
            .note_hung_handler(JobRef::new(info.id, info.name.clone()));
        cx.push(Action::HandlerHung(Box::new(unhandled)));
    }

    #[cfg(test)]
    pub(in crate::engine) fn handling_keys(&self) -> Vec<Key> {
        self.handling.open.keys().copied().collect()
    }
}

/// Returns the state of a failed job whose error handler runs.
fn info_of(end: &End) -> JobInfo {
    let (extras, cell) = (end.extras.as_deref(), end.cell.as_deref());
    let mut info = JobInfo::new(
        id_of(end.key),
        extras.and_then(|extras| extras.name.clone()),
        JobStatus::Handling,
        extras.and_then(|extras| extras.schedule_id.clone()),
    );
    info.attempt = extras.map_or(1, JobExtras::started_attempts);
    info.progress = cell.and_then(JobControl::progress);
    if let Some(extras) = extras {
        info.policy = extras.policy.clone();
        info.spawned_at = extras.made_at;
    }
    info
}
