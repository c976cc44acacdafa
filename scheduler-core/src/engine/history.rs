//! Keeping the ledgers: of schedules that are there, and for a while of those that are gone.

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, Utc};

use super::{
    Engine,
    jobs::{Cold, id_of},
    ledger::Ledger,
    plan::{Occurrence, Passed, PlanRequest},
    record::ScheduleRecord,
    search::{self, before},
    slab::Key,
};
use crate::{
    Decision, EventKind, Explanation, Now, Result, RunCause, RunFacts, ScheduleId, SkipReason,
    Span, Verdict, job::JobOutcome,
};

/// The histories of how many schedules are kept after their end.
const DEPARTED: usize = 100;

/// The histories of schedules that are gone.
pub(crate) struct Departed {
    ledgers: BTreeMap<ScheduleId, Ledger>,
    order: VecDeque<ScheduleId>,
    /// How many there may be.
    limit: usize,
}

impl Default for Departed {
    fn default() -> Self {
        Self {
            ledgers: BTreeMap::new(),
            order: VecDeque::new(),
            limit: DEPARTED,
        }
    }
}

impl Departed {
    fn keep(&mut self, id: ScheduleId, ledger: Ledger) {
        if self.ledgers.insert(id.clone(), ledger).is_none() {
            self.order.push_back(id);
        }
        while self.order.len() > self.limit {
            if let Some(oldest) = self.order.pop_front() {
                self.ledgers.remove(&oldest);
            }
        }
    }

    /// From now on none is forgotten: the scheduler shuts down, and there are no more schedules to come.
    pub(super) const fn keep_all(&mut self) {
        self.limit = usize::MAX;
    }

    /// The ledger of a schedule that is gone, made now if there is none.
    fn of(&mut self, id: &ScheduleId) -> Option<&mut Ledger> {
        if !self.ledgers.contains_key(id) {
            self.keep(id.clone(), Ledger::default());
        }
        self.ledgers.get_mut(id)
    }

    fn take(&mut self, id: &ScheduleId) -> Option<Ledger> {
        let ledger = self.ledgers.remove(id)?;
        self.order.retain(|known| known != id);
        Some(ledger)
    }

    /// A schedule whose id was known before goes on with its history.
    pub(super) fn revive(&mut self, record: &mut ScheduleRecord) {
        if let Some(ledger) = self.take(&record.id) {
            record.life().ledger = ledger;
        }
    }
}

/// What is known about an instant that has no record.
pub(crate) struct Undecided {
    pub(crate) question: PlanRequest,
    /// The instant the schedule waits for.
    pub(crate) waits_for: Option<DateTime<Utc>>,
    /// The reading of its timeline.
    pub(crate) reading: DateTime<Utc>,
    /// A record of a stretch that it may belong to.
    pub(crate) stretch: Option<Decision>,
    /// Its rule has come to its end: it waits for no instant.
    pub(crate) is_over: bool,
    /// Since when the schedule has had its rule, if it had another one before.
    pub(crate) ruled_since: Option<DateTime<Utc>>,
}

/// The first half of the answer to "what about this instant?".
pub(crate) enum Known {
    Decision(Decision),
    Undecided(Box<Undecided>),
    Nothing,
}

impl Known {
    /// The answer; asks the trigger, so not under the lock.
    pub(crate) fn explain(self, instant: DateTime<Utc>) -> Explanation {
        let undecided = match self {
            Self::Decision(decision) => return Explanation::Decided(decision),
            Self::Nothing => return Explanation::NoRecord,
            Self::Undecided(undecided) => undecided,
        };
        let (answer, _) = search::asked(|| Ok(undecided.explain(instant)));
        answer.unwrap_or(Explanation::NoRecord)
    }
}

impl Undecided {
    fn explain(&self, instant: DateTime<Utc>) -> Explanation {
        let trigger = &self.question.trigger;
        let is_some = trigger.next_after(before(instant)) == Some(instant);
        // The ends of a stretch are instants, whichever rule it is of. Of an earlier rule that is
        // all there is to know.
        let is_known = |stretch: &&Decision| {
            let span = &stretch.span;
            let is_end = span.from == instant || span.to == instant;
            is_end || self.ruled_since.is_some_and(|since| stretch.at <= since)
        };
        match &self.stretch {
            Some(stretch) if is_known(&stretch) => Explanation::Decided(stretch.clone()),
            _ if !is_some => Explanation::NoSuchInstant {
                next: trigger.next_after(instant),
            },
            Some(stretch) => Explanation::Decided(stretch.clone()),
            None if self.is_over => Explanation::NoRecord,
            None if self.waits_for.is_some_and(|next| instant < next) => Explanation::NoRecord,
            None if instant > self.reading => Explanation::NotYet,
            None => Explanation::Undecided,
        }
    }
}

impl Engine {
    pub(super) fn history_limit(&self, record: &ScheduleRecord) -> usize {
        record.policies().history.unwrap_or(self.options.history)
    }

    /// Another limit holds at once, also for what is remembered already (`LG-004`).
    pub(super) fn trim_history(&mut self, key: Key) {
        let Some(record) = self.schedules.get_mut(key) else {
            return;
        };
        let limit = record.policies().history.unwrap_or(self.options.history);
        if let Some(life) = record.life.as_deref_mut() {
            life.ledger.trim(limit);
        }
    }

    /// Lets a schedule note something, if it has a history: its ledger, and how much that may hold.
    pub(super) fn note(&mut self, key: Key, note: impl FnOnce(&mut Ledger, usize)) {
        let Some(record) = self.schedules.get(key) else {
            return;
        };
        let limit = self.history_limit(record);
        if limit > 0
            && let Some(ledger) = self.ledger_mut(key)
        {
            note(ledger, limit);
        }
    }

    /// Where a schedule notes: once it is off the list, with its id's successor or among those gone.
    fn ledger_mut(&mut self, key: Key) -> Option<&mut Ledger> {
        let record = self.schedules.get(key)?;
        if !record.over {
            return Some(&mut self.schedules.get_mut(key)?.life().ledger);
        }
        let id = record.id.clone();
        match self.listed_as(&id) {
            Some(key) => Some(&mut self.schedules.get_mut(key)?.life().ledger),
            None => self.departed.of(&id),
        }
    }

    /// Notes a decision under an id, whatever has become of its schedule.
    pub(super) fn note_under(&mut self, id: &ScheduleId, decision: Decision, limit: usize) {
        let ledger = match self.listed_as(id) {
            Some(key) => self.schedules.get_mut(key).map(|it| &mut it.life().ledger),
            None => self.departed.of(id),
        };
        if let Some(ledger) = ledger {
            ledger.note(decision, limit);
        }
    }

    /// Notes what became of an occurrence.
    pub(super) fn note_occurrence(
        &mut self,
        key: Key,
        occurrence: &Occurrence,
        verdict: Verdict,
        now: &Now,
    ) {
        self.note(key, |ledger, limit| {
            ledger.note_occurrence(occurrence, verdict, now.wall, limit);
        });
    }

    /// Notes and announces an instant that is kept.
    pub(super) fn note_kept(&mut self, key: Key, occurrence: &Occurrence, now: &Now) {
        self.note_others(key, occurrence, None, now);
        self.note_occurrence(key, occurrence, Verdict::Buffered, now);
        let Some(schedule) = self.schedules.get(key).map(|record| record.id.clone()) else {
            return;
        };
        let nominal = occurrence.nominal;
        self.publish(now, |_| EventKind::OccurrenceKept { schedule, nominal });
    }

    pub(super) fn note_started(&mut self, key: Key, occurrence: &Occurrence, job: Key, now: &Now) {
        if let Some(record) = self.schedules.get_mut(key) {
            let life = record.life();
            life.started += 1;
            life.last = Some(occurrence.nominal);
        }
        self.note_occurrence(key, occurrence, Verdict::Started(id_of(job)), now);
    }

    /// Notes and announces instants that are not run.
    pub(super) fn pass_over(&mut self, key: Key, passed: &Passed, now: &Now) {
        let verdict = Verdict::not_run(passed.reason);
        self.note_span(key, passed.span, passed.cause, verdict, now);
        self.announce_skipped(key, passed.span, passed.reason, now);
    }

    fn note_span(&mut self, key: Key, span: Span, cause: RunCause, verdict: Verdict, now: &Now) {
        self.note(key, |ledger, limit| {
            ledger.note(Decision::new(span, cause, now.wall, verdict), limit);
        });
    }

    /// The instants for which an occurrence stands share its fate: its run is theirs, and if it is
    /// given up for a reason, so are they.
    pub(super) fn note_others(
        &mut self,
        key: Key,
        occurrence: &Occurrence,
        given_up: Option<SkipReason>,
        now: &Now,
    ) {
        let into = occurrence.nominal;
        let verdict = given_up.map_or(Verdict::Coalesced { into }, Verdict::not_run);
        if let Some(span) = occurrence.others {
            let cause = match occurrence.cause {
                repeat @ RunCause::ClockRepeat(_) => repeat,
                _ => RunCause::Due,
            };
            self.note_span(key, span, cause, verdict, now);
            let reason = given_up.unwrap_or(SkipReason::Coalesced);
            self.announce_skipped(key, span, reason, now);
        } else if occurrence.covers.is_some() && given_up.is_some() {
            // They are on record, as part of a run that there will not be.
            self.note(key, |ledger, _| ledger.share_fate(into, verdict));
        }
    }

    pub(super) fn announce_skipped(&mut self, key: Key, span: Span, reason: SkipReason, now: &Now) {
        let Some(record) = self.schedules.get_mut(key) else {
            return;
        };
        let schedule = record.id.clone();
        record.life().skipped += span.count.known();
        self.tell_skipped(schedule, span, reason, now);
    }

    pub(super) fn tell_skipped(
        &mut self,
        schedule: ScheduleId,
        span: Span,
        reason: SkipReason,
        now: &Now,
    ) {
        self.publish(now, |_| EventKind::OccurrencesSkipped {
            schedule,
            span,
            reason,
        });
    }

    /// Notes how the job of an occurrence ended.
    pub(super) fn note_run_end(
        &mut self,
        cold: &Cold,
        job: Key,
        outcome: &JobOutcome,
        began: bool,
    ) {
        let Some(id) = &cold.schedule_id else {
            return;
        };
        let is_listed = |key: &Key| self.schedules.get(*key).is_some_and(|own| !own.over);
        let own = cold.schedule.filter(is_listed);
        let key = own.or_else(|| self.listed_as(id));
        let ledger = match key.and_then(|key| self.schedules.get_mut(key)) {
            Some(record) => record.life.as_deref_mut().map(|life| &mut life.ledger),
            None => self.departed.ledgers.get_mut(id),
        };
        if let Some(ledger) = ledger {
            ledger.note_end(id_of(job), outcome, began);
        }
    }

    fn listed_as(&self, id: &ScheduleId) -> Option<Key> {
        self.schedule_ids.get(id).copied()
    }

    /// Keeps the history of a schedule that goes off the list: it is that of its id from now on,
    /// also of its runs that are still going, and of a successor (`LG-006`).
    pub(super) fn keep_history(&mut self, key: Key) {
        let Some(record) = self.schedules.get_mut(key) else {
            return;
        };
        let Some(life) = &mut record.life else {
            return;
        };
        if !life.ledger.is_empty() {
            let ledger = std::mem::take(&mut life.ledger);
            self.departed.keep(record.id.clone(), ledger);
        }
    }

    pub(crate) fn history(&self, id: &ScheduleId) -> Result<Vec<Decision>> {
        Ok(self.decisions_of(id)?.cloned().collect())
    }

    pub(super) fn decisions_of(&self, id: &ScheduleId) -> Result<impl Iterator<Item = &Decision>> {
        let ledger = self.ledger(id)?;
        Ok(ledger.into_iter().flat_map(Ledger::decisions))
    }

    fn ledger(&self, id: &ScheduleId) -> Result<Option<&Ledger>> {
        match self.listed(id) {
            Ok(record) => Ok(record.ledger()),
            Err(unknown) => self.departed.ledgers.get(id).map(Some).ok_or(unknown),
        }
    }

    /// The record of an instant that is kept, made now: a short history may have lost it.
    fn kept_record(&self, id: &ScheduleId, at: DateTime<Utc>, now: &Now) -> Option<Decision> {
        let kept = self.kept_at(self.listed_as(id)?, at)?;
        let span = Span::single(kept.nominal);
        Some(Decision::new(span, kept.cause, now.wall, Verdict::Buffered))
    }

    /// What is known about an instant of a schedule.
    pub(crate) fn explain(
        &self,
        id: &ScheduleId,
        instant: DateTime<Utc>,
        now: &Now,
    ) -> Result<Known> {
        let decision = self.ledger(id)?.and_then(|ledger| ledger.about(instant));
        let is_exact = |decision: &&Decision| decision.span.from == decision.span.to;
        if let Some(decision) = decision.filter(is_exact) {
            return Ok(Known::Decision(decision.clone()));
        }
        if let Some(kept) = self
            .kept_record(id, instant, now)
            .filter(|_| decision.is_none())
        {
            return Ok(Known::Decision(kept));
        }
        let Ok((question, waits_for)) = self.preview(id, now) else {
            return Ok(decision.cloned().map_or(Known::Nothing, Known::Decision));
        };
        let record = self.listed(id)?;
        Ok(Known::Undecided(Box::new(Undecided {
            reading: record.reading(&self.clocks, now),
            is_over: record.ended.is_some(),
            ruled_since: record.life.as_ref().and_then(|life| life.ruled_since),
            question,
            waits_for,
            stretch: decision.cloned(),
        })))
    }
}

impl Occurrence {
    /// What its job is told about it, if that is anything special.
    pub(super) fn facts(&self) -> Option<Box<RunFacts>> {
        let special = self.cause != RunCause::Due || self.covers.is_some();
        special.then(|| {
            Box::new(RunFacts {
                cause: self.cause,
                covers: self.covers,
                backfill: None,
            })
        })
    }
}
