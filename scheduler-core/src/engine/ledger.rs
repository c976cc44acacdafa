//! [`Ledger`]: one record for each decided instant of a schedule, bounded.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};

use super::plan::Occurrence;
use crate::{
    Decision, RunCause, Span, Verdict,
    job::{JobId, JobOutcome},
};

/// The records of one schedule, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    decisions: VecDeque<Decision>,
}

impl Ledger {
    /// Adds a record, and drops the oldest if there are more than `limit`, which is at least one.
    pub(crate) fn note(&mut self, decision: Decision, limit: usize) {
        self.trim(limit.max(1) - 1);
        self.decisions.push_back(decision);
    }

    /// Drops the oldest records beyond `limit`.
    pub(crate) fn trim(&mut self, limit: usize) {
        let surplus = self.decisions.len().saturating_sub(limit);
        self.decisions.drain(..surplus);
    }

    /// Records the result of a run. The record of a buffered run is updated.
    pub(crate) fn note_occurrence(
        &mut self,
        occurrence: &Occurrence,
        verdict: Verdict,
        at: DateTime<Utc>,
        limit: usize,
    ) {
        let known = self.decisions.iter_mut().rev().find(|known| {
            known.verdict == Verdict::Buffered
                && known.span.from == occurrence.nominal
                && known.cause == occurrence.cause
        });
        match known {
            Some(known) => known.verdict = verdict,
            None => {
                let span = Span::single(occurrence.nominal);
                self.note(Decision::new(span, occurrence.cause, at, verdict), limit);
            }
        }
    }

    /// Updates the instants that the run for `into` would have replaced, because that run did not start.
    pub(crate) fn share_fate(&mut self, into: DateTime<Utc>, verdict: Verdict) {
        let stands = |known: &&mut Decision| known.verdict == Verdict::Coalesced { into };
        if let Some(others) = self.decisions.iter_mut().rev().find(stands) {
            others.verdict = verdict;
        }
    }

    /// Records the outcome of the job of a run.
    pub(crate) fn note_end(&mut self, job: JobId, outcome: &JobOutcome, began: bool) {
        let is_it = |known: &&mut Decision| known.verdict == Verdict::Started(job);
        let Some(decision) = self.decisions.iter_mut().rev().find(is_it) else {
            return;
        };
        decision.verdict = match outcome {
            JobOutcome::Cancelled(reason) if !began => Verdict::Cancelled {
                job,
                reason: *reason,
            },
            outcome => Verdict::Ran {
                job,
                outcome: outcome.kind(),
            },
        };
        let (into, verdict) = (decision.span.from, decision.verdict);
        if matches!(verdict, Verdict::Cancelled { .. }) {
            self.share_fate(into, verdict);
        }
    }

    pub(crate) fn decisions(&self) -> impl Iterator<Item = &Decision> {
        self.decisions.iter()
    }

    /// Returns the latest record of an instant, ignoring records that a backfill did not reach it.
    pub(crate) fn about(&self, instant: DateTime<Utc>) -> Option<&Decision> {
        let about = |known: &&Decision| known.span.contains(instant);
        let tells = |known: &&Decision| {
            known.cause != RunCause::Backfill || !matches!(known.verdict, Verdict::Skipped(_))
        };
        let mut latest = self.decisions.iter().rev().filter(about);
        latest.clone().find(tells).or_else(|| latest.next())
    }

    /// Returns whether there is a record for exactly this instant.
    pub(crate) fn decides(&self, instant: DateTime<Utc>) -> bool {
        let is_due = |cause| !matches!(cause, RunCause::RunNow | RunCause::Backfill);
        let is_end = |span: &Span| span.from == instant || span.to == instant;
        let mut known = self.decisions.iter();
        known.any(|known| is_due(known.cause) && is_end(&known.span))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.decisions.is_empty()
    }
}
