//! Flaws of the history of schedules.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use scheduler_core::{
    Result, ScheduleId,
    schedule::{Decision, Explanation, HistoryPage, SkipReason, Verdict},
};

use super::twist::{Scene, Twist};

/// A twist that changes the history that the scheduler returns.
pub(super) struct Retells(pub(super) fn(Vec<Decision>) -> Vec<Decision>);

#[async_trait]
impl Twist for Retells {
    fn history(&self, on: &Scene, id: &ScheduleId) -> Result<Vec<Decision>> {
        Ok((self.0)(on.inner.schedule(id).history()?))
    }
}

/// Mutant 186: each instant has two records.
pub(super) const WRITES_TWICE: Retells = Retells(|history| {
    let twice = history.into_iter();
    twice.flat_map(|known| [known.clone(), known]).collect()
});
/// Mutant 187: a record is not updated after the start of its run.
pub(super) const FORGETS_THE_END: Retells = Retells(|mut history| {
    for known in &mut history {
        if let Verdict::Ran { job, .. } | Verdict::Cancelled { job, .. } = known.verdict {
            known.verdict = Verdict::Started(job);
        }
    }
    history
});
/// Mutant 188: every instant that does not run has the same reason.
pub(super) const HAS_ONE_REASON: Retells = Retells(|mut history| {
    for known in &mut history {
        if let Verdict::Skipped(_) | Verdict::Missed(_) = known.verdict {
            known.verdict = Verdict::Skipped(SkipReason::Overlap);
        }
    }
    history
});

/// Mutant 816: the record of a finished run has no report.
pub(super) const REPORTS_NO_RUN: Retells = Retells(|mut history| {
    history.iter_mut().for_each(|known| known.run = None);
    history
});
/// Mutant 817: no record names the run that its instant met.
pub(super) const MEETS_NOBODY: Retells = Retells(|mut history| {
    history.iter_mut().for_each(|known| known.met = None);
    history
});

/// Mutant 860: a page of the history ignores its range.
pub(super) struct IgnoresTheRange;

#[async_trait]
impl Twist for IgnoresTheRange {
    fn history_page(
        &self,
        on: &Scene,
        id: &ScheduleId,
        page: &HistoryPage,
    ) -> Result<Vec<Decision>> {
        page.select(&[])?;
        on.inner.schedule(id).history()
    }
}

/// Mutant 861: every page of a history is the first one.
pub(super) struct BeginsAgain;

#[async_trait]
impl Twist for BeginsAgain {
    fn history_page(
        &self,
        on: &Scene,
        id: &ScheduleId,
        page: &HistoryPage,
    ) -> Result<Vec<Decision>> {
        let schedule = on.inner.schedule(id);
        let wanted = schedule.history_page(page)?;
        let first = schedule.history()?.into_iter();
        Ok(first.take(wanted.len()).collect())
    }
}

/// Mutant 362: due instants of a replaced trigger have no record.
pub(super) const FORGETS_WHAT_IS_GIVEN_UP: Retells = Retells(|mut history| {
    use SkipReason::{ScheduleChanged, ScheduleRemoved};
    let given_up = |reason| matches!(reason, ScheduleChanged | ScheduleRemoved);
    history.retain(|known| !known.verdict.reason().is_some_and(given_up));
    history
});

/// Mutant 190: explain returns nothing without a record.
pub(super) struct ExplainsRecordsOnly;

#[async_trait]
impl Twist for ExplainsRecordsOnly {
    fn explain(&self, on: &Scene, id: &ScheduleId, at: DateTime<Utc>) -> Result<Explanation> {
        Ok(match on.inner.schedule(id).explain(at)? {
            Explanation::Decided(decision) => Explanation::Decided(decision),
            _ => Explanation::NoRecord,
        })
    }
}

/// Mutant 191: the history is dropped with its schedule.
pub(super) struct DropsTheHistory;

#[async_trait]
impl Twist for DropsTheHistory {
    fn history(&self, on: &Scene, id: &ScheduleId) -> Result<Vec<Decision>> {
        match on.inner.schedule(id).info() {
            Ok(_) => on.inner.schedule(id).history(),
            Err(unknown) => Err(unknown),
        }
    }
}
