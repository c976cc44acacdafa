//! What became of a schedule's instants: one record for each, the latest ones remembered.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};

use super::plan::Occurrence;
use crate::{
    Decision, RunCause, Span, Verdict,
    job::{JobId, JobOutcome},
};

/// The decisions about one schedule, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    decisions: VecDeque<Decision>,
}

impl Ledger {
    /// Notes a decision; the oldest gives way if there are more than `limit`, which is one at least.
    pub(crate) fn note(&mut self, decision: Decision, limit: usize) {
        self.trim(limit.max(1) - 1);
        self.decisions.push_back(decision);
    }

    /// Forgets the oldest decisions, of which there may be `limit` at most.
    pub(crate) fn trim(&mut self, limit: usize) {
        let surplus = self.decisions.len().saturating_sub(limit);
        self.decisions.drain(..surplus);
    }

    /// Notes what became of an occurrence. One that was kept has a record already, which changes.
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

    /// What the run for `into` was to stand for shares its fate: there has been no run.
    pub(crate) fn share_fate(&mut self, into: DateTime<Utc>, verdict: Verdict) {
        let stands = |known: &&mut Decision| known.verdict == Verdict::Coalesced { into };
        if let Some(others) = self.decisions.iter_mut().rev().find(stands) {
            others.verdict = verdict;
        }
    }

    /// Notes how the job of an occurrence ended.
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

    /// The decision about an instant: the latest one, unless all it says is that a backfill did not
    /// come to it.
    pub(crate) fn about(&self, instant: DateTime<Utc>) -> Option<&Decision> {
        let about = |known: &&Decision| known.span.contains(instant);
        let tells = |known: &&Decision| {
            known.cause != RunCause::Backfill || !matches!(known.verdict, Verdict::Skipped(_))
        };
        let mut latest = self.decisions.iter().rev().filter(about);
        latest.clone().find(tells).or_else(|| latest.next())
    }

    /// Whether there is a record of a run, or of none, for this instant itself.
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
