//! [`Ledger`]: one record for each decided instant of a schedule, bounded.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use crate::{
    Count, Decision, RunCause, RunReport, Span, Verdict,
    base::unix_time::UnixTime,
    engine::{
        Key,
        jobs::{RunEnded, id_of},
        occurrence::Occurrence,
    },
    job::{JobId, JobOutcome},
    schedule::Identity,
};

/// A record. Users see it as a [`Decision`].
#[derive(Debug, Clone)]
pub(crate) struct Record {
    /// The first and the last instant.
    pub(in crate::engine) from: UnixTime,
    to: UnixTime,
    count: Count,
    pub(in crate::engine) cause: RunCause,
    /// Wall-clock time of the decision.
    at: UnixTime,
    pub(in crate::engine) verdict: Verdict,
    /// The active run because of which the instant did not start at once.
    met: Option<JobId>,
    /// How the run went, once its job has finished.
    ran: Option<Ran>,
}

/// How the job of a run went. Users see it as a [`RunReport`].
#[derive(Debug, Clone)]
struct Ran {
    began: Option<UnixTime>,
    ended: UnixTime,
    attempts: u32,
    error: Option<Arc<str>>,
}

impl Ran {
    fn report(&self) -> RunReport {
        let mut report = RunReport::new(self.ended.date());
        report.began = self.began.map(UnixTime::date);
        report.attempts = self.attempts;
        report.error = self.error.clone();
        report
    }
}

/// A verdict, and the active run that led to it, if one did.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Ruling {
    verdict: Verdict,
    met: Option<JobId>,
}

impl Ruling {
    /// Creates the ruling about an instant that met the run `met`.
    pub(super) fn meeting(met: Option<Key>, verdict: Verdict) -> Self {
        Self {
            verdict,
            met: met.map(id_of),
        }
    }
}

impl From<Verdict> for Ruling {
    fn from(verdict: Verdict) -> Self {
        Self { verdict, met: None }
    }
}

impl Record {
    /// Creates the record of a range of instants.
    pub(in crate::engine) const fn new(
        span: &Span,
        cause: RunCause,
        at: UnixTime,
        verdict: Verdict,
    ) -> Self {
        Self {
            from: UnixTime::of(span.from),
            to: UnixTime::of(span.to),
            count: span.count,
            cause,
            at,
            verdict,
            met: None,
            ran: None,
        }
    }

    /// Creates the record of one instant.
    pub(super) const fn single(
        instant: UnixTime,
        cause: RunCause,
        at: UnixTime,
        ruling: Ruling,
    ) -> Self {
        Self {
            from: instant,
            to: instant,
            count: Count::Exactly(1),
            cause,
            at,
            verdict: ruling.verdict,
            met: ruling.met,
            ran: None,
        }
    }

    /// Returns whether it is about one instant.
    pub(in crate::engine) fn is_single(&self) -> bool {
        self.from == self.to
    }

    fn contains(&self, instant: UnixTime) -> bool {
        self.from <= instant && instant <= self.to
    }

    pub(super) fn identity(&self) -> Identity {
        Identity {
            from: self.from,
            to: self.to,
            cause: self.cause,
            at: self.at,
        }
    }

    pub(super) fn decision(&self) -> Decision {
        let span = Span::new(self.from.date(), self.to.date(), self.count);
        let mut decision = Decision::new(span, self.cause, self.at.date(), self.verdict);
        decision.met = self.met;
        decision.run = self.ran.as_ref().map(Ran::report);
        decision
    }
}

/// The records of one schedule, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    records: VecDeque<Record>,
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
    buffered: BTreeSet<(UnixTime, u64)>,
    /// Coalesced instants, by the nominal time of the run that replaces them.
    coalesced: BTreeSet<(UnixTime, u64)>,
    started: BTreeMap<JobId, u64>,
    /// Failed runs whose error text is not recorded yet.
    untold: BTreeMap<JobId, u64>,
}

impl Open {
    fn add(&mut self, number: u64, record: &Record) {
        match record.verdict {
            Verdict::Buffered => _ = self.buffered.insert((record.from, number)),
            Verdict::Coalesced { into } => _ = self.coalesced.insert((UnixTime::of(into), number)),
            Verdict::Started(job) => _ = self.started.insert(job, number),
            _ => {}
        }
    }

    fn remove(&mut self, number: u64, record: &Record) {
        match record.verdict {
            Verdict::Buffered => _ = self.buffered.remove(&(record.from, number)),
            Verdict::Coalesced { into } => _ = self.coalesced.remove(&(UnixTime::of(into), number)),
            Verdict::Started(job) => _ = self.started.remove(&job),
            Verdict::Ran { job, .. } => _ = self.untold.remove(&job),
            _ => {}
        }
    }
}

impl Ledger {
    /// Adds a record, and drops the oldest if there are more than `limit`, which is at least one.
    pub(crate) fn note(&mut self, record: Record, limit: usize) {
        self.trim(limit.max(1) - 1);
        let number = self.first + self.records.len() as u64;
        self.open.add(number, &record);
        self.records.push_back(record);
    }

    /// Drops the oldest records beyond `limit`.
    pub(crate) fn trim(&mut self, limit: usize) {
        while self.records.len() > limit
            && let Some(oldest) = self.records.pop_front()
        {
            self.open.remove(self.first, &oldest);
            self.first += 1;
        }
    }

    fn record(&self, number: u64) -> Option<&Record> {
        #[cfg(test)]
        self.looks.set(self.looks.get() + 1);
        self.records.get(self.index(number)?)
    }

    fn record_mut(&mut self, number: u64) -> Option<&mut Record> {
        let index = self.index(number)?;
        self.records.get_mut(index)
    }

    /// Returns the place of the record with this number, if it is kept.
    fn index(&self, number: u64) -> Option<usize> {
        usize::try_from(number.checked_sub(self.first)?).ok()
    }

    /// Replaces the verdict of a decision. Returns the decision.
    fn decide(&mut self, number: u64, ruling: Ruling) -> Option<&mut Record> {
        let index = self.index(number)?;
        let record = self.records.get_mut(index)?;
        self.open.remove(number, record);
        record.verdict = ruling.verdict;
        // A buffered run that starts keeps the run that it waited for.
        record.met = ruling.met.or(record.met);
        self.open.add(number, record);
        Some(record)
    }

    /// Records the result of a run. The record of a buffered run is updated.
    pub(crate) fn note_occurrence(
        &mut self,
        occurrence: &Occurrence,
        ruling: Ruling,
        at: UnixTime,
        limit: usize,
    ) {
        let cause = occurrence.cause;
        let is_it = |number: &u64| self.record(*number).is_some_and(|it| it.cause == cause);
        let known = latest(&self.open.buffered, occurrence.nominal).find(is_it);
        match known {
            Some(number) => _ = self.decide(number, ruling),
            None => self.note(Record::single(occurrence.nominal, cause, at, ruling), limit),
        }
    }

    /// Updates the records of the instants that the run for `into` would have replaced, because
    /// that run did not start.
    pub(crate) fn share_fate(&mut self, into: UnixTime, verdict: Verdict) {
        let others = latest(&self.open.coalesced, into).next();
        if let Some(others) = others {
            self.decide(others, verdict.into());
        }
    }

    /// Records the outcome of the job of a run.
    pub(crate) fn note_end(&mut self, run: &RunEnded) {
        let job = id_of(run.job);
        let Some(&number) = self.open.started.get(&job) else {
            return;
        };
        let verdict = match &run.outcome {
            JobOutcome::Cancelled(reason) if run.began.is_none() => Verdict::Cancelled {
                job,
                reason: *reason,
            },
            outcome => Verdict::Ran {
                job,
                outcome: outcome.kind(),
            },
        };
        let Some(known) = self.decide(number, verdict.into()) else {
            return;
        };
        known.ran = Some(Ran {
            began: run.began,
            ended: run.ended,
            attempts: run.attempts,
            error: None,
        });
        let into = known.from;
        if matches!(run.outcome, JobOutcome::Failed(_)) {
            self.open.untold.insert(job, number);
        }
        if let Verdict::Cancelled { .. } = verdict {
            self.share_fate(into, verdict);
        }
    }

    /// Records the text of the error of a failed run, which is known later than its end: the text is formed by
    /// user code, and so without the lock.
    pub(crate) fn note_error(&mut self, job: JobId, error: &Arc<str>) {
        let number = self.open.untold.remove(&job);
        let record = number.and_then(|number| self.record_mut(number));
        if let Some(ran) = record.and_then(|record| record.ran.as_mut()) {
            ran.error = Some(error.clone());
        }
    }

    pub(crate) fn records(&self) -> impl Iterator<Item = &Record> + Clone {
        self.records.iter()
    }

    /// Returns the latest record of an instant. Records of backfills that did not reach it are
    /// ignored.
    pub(crate) fn about(&self, instant: UnixTime) -> Option<&Record> {
        let about = |known: &&Record| known.contains(instant);
        let tells = |known: &&Record| {
            known.cause != RunCause::Backfill || !matches!(known.verdict, Verdict::Skipped(_))
        };
        let mut latest = self.records.iter().rev().filter(about);
        latest.clone().find(tells).or_else(|| latest.next())
    }

    /// Returns whether there is a record for exactly this instant.
    pub(crate) fn decides(&self, instant: UnixTime) -> bool {
        let is_due = |cause| !matches!(cause, RunCause::RunNow | RunCause::Backfill);
        let mut known = self.records.iter();
        known.any(|known| is_due(known.cause) && [known.from, known.to].contains(&instant))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }
}

/// Returns the numbers of the records under a nominal time, the latest first.
fn latest(numbers: &BTreeSet<(UnixTime, u64)>, nominal: UnixTime) -> impl Iterator<Item = u64> {
    let own = numbers.range((nominal, 0)..=(nominal, u64::MAX));
    own.rev().map(|&(_, number)| number)
}
