//! The end of a backfill, which comes after the error handlers of its runs have returned (`LC-033`).

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
    /// The number of such runs for each backfill.
    counts: BTreeMap<BackfillId, usize>,
    /// Backfills that wait for nothing else.
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

    /// Removes a run. Returns its backfill if that was the last thing it waited for.
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

    /// The report of a backfill that waits for error handlers only. It has not ended.
    pub(super) fn report(&self, id: BackfillId) -> Option<BackfillReport> {
        let over = self.over.get(&id)?;
        Some(BackfillReport {
            end: None,
            ..over.report.clone()
        })
    }

    /// Waits for no error handler any longer. Returns the backfills that waited for nothing else.
    fn take(&mut self) -> impl Iterator<Item = Over> + use<> {
        std::mem::take(self).over.into_values()
    }

    pub(super) fn cells(&self) -> impl Iterator<Item = Arc<BackfillCell>> {
        self.over.values().map(|over| over.cell.clone())
    }
}

impl Backfills {
    /// Ends a backfill for those who wait for it, unless error handlers of its runs are to return
    /// first.
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

    /// The error handler of a job has returned, or is not waited for any longer.
    pub(in crate::engine) fn run_handled(&mut self, job: Key, cx: &mut Cx) {
        if let Some(over) = self.unhandled.remove(job) {
            self.resolve(over, cx);
        }
    }

    /// Ends the backfills that wait for error handlers only: with the runtime gone, a handler may wait for
    /// its own backfill, and nothing would time it out.
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
