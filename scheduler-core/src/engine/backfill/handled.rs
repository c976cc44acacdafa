//! The end of a backfill, which waits until the error handlers of its runs have returned
//! (`LC-033`).

use std::{collections::BTreeMap, sync::Arc};

use super::Backfills;
use crate::{
    BackfillControl, BackfillId, BackfillReport,
    engine::{Action, cx::Cx, slab::Key},
    schedule::BackfillCell,
};

/// Failed runs of backfills whose error handlers have not returned.
#[derive(Default)]
pub(super) struct Unhandled {
    runs: BTreeMap<Key, BackfillId>,
    /// For each backfill, the number of failed runs whose error handlers have not returned.
    counts: BTreeMap<BackfillId, usize>,
    /// Backfills that have ended except for error handlers of their runs.
    over: BTreeMap<BackfillId, Over>,
}

struct Over {
    cell: Arc<BackfillCell>,
    report: BackfillReport,
}

impl Unhandled {
    pub(super) fn add(&mut self, run: Key, id: BackfillId) {
        self.runs.insert(run, id);
        *self.counts.entry(id).or_default() += 1;
    }

    /// Removes a run. Returns its backfill if no other error handler of it is running.
    fn remove(&mut self, run: Key) -> Option<Over> {
        let id = self.runs.remove(&run)?;
        let count = self.counts.get_mut(&id)?;
        *count -= 1;
        if *count > 0 {
            return None;
        }
        self.counts.remove(&id);
        self.over.remove(&id)
    }

    /// Returns the report of a backfill that waits only for error handlers, and so has not ended.
    pub(super) fn report(&self, id: BackfillId) -> Option<BackfillReport> {
        let over = self.over.get(&id)?;
        Some(BackfillReport {
            end: None,
            ..over.report.clone()
        })
    }

    /// Stops waiting for error handlers. Returns the backfills that waited only for them.
    fn take(&mut self) -> impl Iterator<Item = Over> + use<> {
        std::mem::take(self).over.into_values()
    }

    pub(super) fn cells(&self) -> impl Iterator<Item = Arc<BackfillCell>> {
        self.over.values().map(|over| over.cell.clone())
    }
}

impl Backfills {
    /// Wakes the waiters of a backfill, unless error handlers of its runs must return first.
    pub(super) fn resolve_once_handled(
        &mut self,
        cell: Arc<BackfillCell>,
        report: BackfillReport,
        cx: &mut Cx,
    ) {
        let id = cell.id();
        let over = Over { cell, report };
        if self.unhandled.counts.contains_key(&id) {
            self.unhandled.over.insert(id, over);
        } else {
            self.resolve(over, cx);
        }
    }

    /// Handles the return of a job's error handler, or the end of its grace.
    pub(in crate::engine) fn run_handled(&mut self, job: Key, cx: &mut Cx) {
        if let Some(over) = self.unhandled.remove(job) {
            self.resolve(over, cx);
        }
    }

    /// Ends the backfills that wait only for error handlers, because the runtime is gone. A handler
    /// may wait for its own backfill, and without a driver nothing would time it out.
    pub(in crate::engine) fn resolve_unhandled(&mut self, cx: &mut Cx) {
        for over in self.unhandled.take() {
            self.resolve(over, cx);
        }
    }

    fn resolve(&mut self, Over { cell, report }: Over, cx: &mut Cx) {
        // Under the lock, so that no caller sees the scheduler idle before (`LC-033`).
        cell.set_report(report);
        cx.push(Action::BackfillOver(cell));
    }
}
