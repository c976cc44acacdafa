//! [`Ledger`]: one record for each decided instant of a schedule, bounded.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chrono::{DateTime, Utc};

use crate::{
    Decision, RunCause, Span, Verdict,
    engine::occurrence::Occurrence,
    job::{JobId, JobOutcome},
};

/// The records of one schedule, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    decisions: VecDeque<Decision>,
    /// Number of the oldest record. Records are numbered in order, from 0.
    first: u64,
    /// Index of the records that may still change, so that changing one needs no linear search.
    open: Open,
    /// Number of records that were examined in order to change one.
    #[cfg(test)]
    pub(in crate::engine) looks: std::cell::Cell<usize>,
}

/// Numbers of the records that are not final.
#[derive(Debug, Default)]
struct Open {
    /// Buffered runs, by nominal time.
    buffered: BTreeSet<(DateTime<Utc>, u64)>,
    /// Coalesced instants, by the nominal time of the run that replaces them.
    coalesced: BTreeSet<(DateTime<Utc>, u64)>,
    started: BTreeMap<JobId, u64>,
}

impl Open {
    fn add(&mut self, number: u64, decision: &Decision) {
        match decision.verdict {
            Verdict::Buffered => _ = self.buffered.insert((decision.span.from, number)),
            Verdict::Coalesced { into } => _ = self.coalesced.insert((into, number)),
            Verdict::Started(job) => _ = self.started.insert(job, number),
            _ => {}
        }
    }

    fn remove(&mut self, number: u64, decision: &Decision) {
        match decision.verdict {
            Verdict::Buffered => _ = self.buffered.remove(&(decision.span.from, number)),
            Verdict::Coalesced { into } => _ = self.coalesced.remove(&(into, number)),
            Verdict::Started(job) => _ = self.started.remove(&job),
            _ => {}
        }
    }
}

impl Ledger {
    /// Adds a record, and drops the oldest if there are more than `limit`, which is at least one.
    pub(crate) fn note(&mut self, decision: Decision, limit: usize) {
        self.trim(limit.max(1) - 1);
        let number = self.first + self.decisions.len() as u64;
        self.open.add(number, &decision);
        self.decisions.push_back(decision);
    }

    /// Drops the oldest records beyond `limit`.
    pub(crate) fn trim(&mut self, limit: usize) {
        while self.decisions.len() > limit
            && let Some(oldest) = self.decisions.pop_front()
        {
            self.open.remove(self.first, &oldest);
            self.first += 1;
        }
    }

    fn decision(&self, number: u64) -> Option<&Decision> {
        #[cfg(test)]
        self.looks.set(self.looks.get() + 1);
        let index = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.decisions.get(index)
    }

    /// Replaces the verdict of a decision. Returns the decision.
    fn decide(&mut self, number: u64, verdict: Verdict) -> Option<&Decision> {
        let index = usize::try_from(number.checked_sub(self.first)?).ok()?;
        let decision = self.decisions.get_mut(index)?;
        self.open.remove(number, decision);
        decision.verdict = verdict;
        self.open.add(number, decision);
        Some(decision)
    }

    /// Records the result of a run. The record of a buffered run is updated.
    pub(crate) fn note_occurrence(
        &mut self,
        occurrence: &Occurrence,
        verdict: Verdict,
        at: DateTime<Utc>,
        limit: usize,
    ) {
        let cause = occurrence.cause;
        let is_it = |number: &u64| self.decision(*number).is_some_and(|it| it.cause == cause);
        let known = latest(&self.open.buffered, occurrence.nominal).find(is_it);
        match known {
            Some(number) => _ = self.decide(number, verdict),
            None => {
                let span = Span::single(occurrence.nominal);
                self.note(Decision::new(span, cause, at, verdict), limit);
            }
        }
    }

    /// Updates the records of the instants that the run for `into` would have replaced, because
    /// that run did not start.
    pub(crate) fn share_fate(&mut self, into: DateTime<Utc>, verdict: Verdict) {
        let others = latest(&self.open.coalesced, into).next();
        if let Some(others) = others {
            self.decide(others, verdict);
        }
    }

    /// Records the outcome of the job of a run.
    pub(crate) fn note_end(&mut self, job: JobId, outcome: &JobOutcome, began: bool) {
        let Some(&number) = self.open.started.get(&job) else {
            return;
        };
        let verdict = match outcome {
            JobOutcome::Cancelled(reason) if !began => Verdict::Cancelled {
                job,
                reason: *reason,
            },
            outcome => Verdict::Ran {
                job,
                outcome: outcome.kind(),
            },
        };
        let into = self.decide(number, verdict).map(|known| known.span.from);
        if let (Verdict::Cancelled { .. }, Some(into)) = (verdict, into) {
            self.share_fate(into, verdict);
        }
    }

    pub(crate) fn decisions(&self) -> impl Iterator<Item = &Decision> {
        self.decisions.iter()
    }

    /// Returns the latest record of an instant. Records of backfills that did not reach it are
    /// ignored.
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

/// Returns the numbers of the records under a nominal time, the latest first.
fn latest(
    numbers: &BTreeSet<(DateTime<Utc>, u64)>,
    nominal: DateTime<Utc>,
) -> impl Iterator<Item = u64> {
    let own = numbers.range((nominal, 0)..=(nominal, u64::MAX));
    own.rev().map(|&(_, number)| number)
}
