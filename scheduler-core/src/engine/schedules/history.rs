//! Stores the ledgers of schedules, and for a while those of removed ones.

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, Utc};

use super::{
    Schedules,
    ledger::Ledger,
    plan::{Passed, PlanRequest},
    record::ScheduleRecord,
};
use crate::{
    Decision, EventKind, Explanation, Result, RunCause, ScheduleId, SkipReason, Span, Verdict,
    engine::{
        Key,
        cx::Cx,
        jobs::{RunEnded, id_of},
        occurrence::Occurrence,
    },
    schedule::search::{self, before},
};

/// Number of removed schedules whose histories are kept.
const DEPARTED: usize = 100;

/// The histories of removed schedules.
pub(crate) struct Departed {
    ledgers: BTreeMap<ScheduleId, Ledger>,
    order: VecDeque<ScheduleId>,
    /// Maximum number of histories.
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

    /// Keeps all histories from now on, because a shutdown adds no more schedules.
    pub(in crate::engine) const fn keep_all(&mut self) {
        self.limit = usize::MAX;
    }

    /// Returns the ledger of a removed schedule, and creates it if there is none.
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

    /// Takes the history of an earlier schedule with the same id.
    pub(in crate::engine) fn revive(&mut self, record: &mut ScheduleRecord) {
        if let Some(ledger) = self.take(&record.id) {
            record.life().ledger = ledger;
        }
    }
}

/// Facts about an instant without a record of its own.
pub(crate) struct Undecided {
    pub(crate) question: PlanRequest,
    /// The next instant of the schedule.
    pub(crate) waits_for: Option<DateTime<Utc>>,
    /// The reading of its timeline.
    pub(crate) reading: DateTime<Utc>,
    /// The record of a range that may contain it.
    pub(crate) stretch: Option<Decision>,
    /// The trigger has ended.
    pub(crate) is_over: bool,
    /// When the schedule got its trigger, if it had another one before.
    pub(crate) ruled_since: Option<DateTime<Utc>>,
}

/// First half of `explain`, computed under the lock.
pub(crate) enum Known {
    Decision(Decision),
    Undecided(Box<Undecided>),
    Nothing,
}

impl Known {
    /// Computes the explanation. It calls the trigger, so it must not run under the lock.
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

impl Schedules {
    pub(in crate::engine) fn history_limit(&self, record: &ScheduleRecord, cx: &Cx) -> usize {
        record.policies().history.unwrap_or(cx.options.history)
    }

    /// Applies a new limit to existing records too (`LG-004`).
    pub(in crate::engine) fn trim_history(&mut self, key: Key, cx: &Cx) {
        let Some(record) = self.get_mut(key) else {
            return;
        };
        let limit = record.policies().history.unwrap_or(cx.options.history);
        if let Some(life) = record.life.as_deref_mut() {
            life.ledger.trim(limit);
        }
    }

    /// Calls `note` with the ledger of a schedule and its limit, if it keeps a history.
    pub(in crate::engine) fn note(
        &mut self,
        key: Key,
        note: impl FnOnce(&mut Ledger, usize),
        cx: &Cx,
    ) {
        let Some(record) = self.get(key) else {
            return;
        };
        let limit = self.history_limit(record, cx);
        if limit > 0
            && let Some(ledger) = self.ledger_mut(key)
        {
            note(ledger, limit);
        }
    }

    /// Returns the ledger of an id: that of the listed schedule, or of the removed one.
    fn ledger_mut(&mut self, key: Key) -> Option<&mut Ledger> {
        let record = self.get(key)?;
        if !record.over {
            return Some(&mut self.get_mut(key)?.life().ledger);
        }
        let id = record.id.clone();
        match self.listed_as(&id) {
            Some(key) => Some(&mut self.get_mut(key)?.life().ledger),
            None => self.departed.of(&id),
        }
    }

    /// Adds a record under an id, even if its schedule was removed.
    pub(in crate::engine) fn note_under(
        &mut self,
        id: &ScheduleId,
        decision: Decision,
        limit: usize,
    ) {
        let ledger = match self.listed_as(id) {
            Some(key) => self.get_mut(key).map(|it| &mut it.life().ledger),
            None => self.departed.of(id),
        };
        if let Some(ledger) = ledger {
            ledger.note(decision, limit);
        }
    }

    /// Records the result of a run.
    pub(in crate::engine) fn note_occurrence(
        &mut self,
        key: Key,
        occurrence: &Occurrence,
        verdict: Verdict,
        cx: &Cx,
    ) {
        self.note(
            key,
            |ledger, limit| {
                ledger.note_occurrence(occurrence, verdict, cx.wall(), limit);
            },
            cx,
        );
    }

    /// Records and publishes a buffered run.
    pub(in crate::engine) fn note_kept(&mut self, key: Key, occurrence: &Occurrence, cx: &mut Cx) {
        self.note_others(key, occurrence, None, cx);
        self.note_occurrence(key, occurrence, Verdict::Buffered, cx);
        let Some(schedule) = self.get(key).map(|record| record.id.clone()) else {
            return;
        };
        let nominal = occurrence.nominal;
        cx.publish(|| EventKind::OccurrenceKept { schedule, nominal });
    }

    pub(in crate::engine) fn note_started(
        &mut self,
        key: Key,
        occurrence: &Occurrence,
        job: Key,
        cx: &Cx,
    ) {
        if let Some(record) = self.get_mut(key) {
            let life = record.life();
            life.started += 1;
            life.last = Some(occurrence.nominal);
        }
        self.note_occurrence(key, occurrence, Verdict::Started(id_of(job)), cx);
    }

    /// Records and publishes instants that do not run.
    pub(in crate::engine) fn pass_over(&mut self, key: Key, passed: &Passed, cx: &mut Cx) {
        let verdict = Verdict::not_run(passed.reason);
        self.note_span(key, passed.span, passed.cause, verdict, cx);
        self.announce_skipped(key, passed.span, passed.reason, cx);
    }

    fn note_span(&mut self, key: Key, span: Span, cause: RunCause, verdict: Verdict, cx: &Cx) {
        self.note(
            key,
            |ledger, limit| {
                ledger.note(Decision::new(span, cause, cx.wall(), verdict), limit);
            },
            cx,
        );
    }

    /// Records the instants that a run replaces: they are coalesced into it, or share its reason if it does not
    /// start.
    pub(in crate::engine) fn note_others(
        &mut self,
        key: Key,
        occurrence: &Occurrence,
        given_up: Option<SkipReason>,
        cx: &mut Cx,
    ) {
        let into = occurrence.nominal;
        let verdict = given_up.map_or(Verdict::Coalesced { into }, Verdict::not_run);
        if let Some(span) = occurrence.others {
            let cause = match occurrence.cause {
                repeat @ RunCause::ClockRepeat(_) => repeat,
                _ => RunCause::Due,
            };
            self.note_span(key, span, cause, verdict, cx);
            let reason = given_up.unwrap_or(SkipReason::Coalesced);
            self.announce_skipped(key, span, reason, cx);
        } else if occurrence.covers.is_some() && given_up.is_some() {
            // They are on record, as part of a run that there will not be.
            self.note(key, |ledger, _| ledger.share_fate(into, verdict), cx);
        }
    }

    pub(in crate::engine) fn announce_skipped(
        &mut self,
        key: Key,
        span: Span,
        reason: SkipReason,
        cx: &mut Cx,
    ) {
        let Some(record) = self.get_mut(key) else {
            return;
        };
        let schedule = record.id.clone();
        record.life().skipped += span.count.known();
        self.tell_skipped(schedule, span, reason, cx);
    }

    pub(in crate::engine) fn tell_skipped(
        &mut self,
        schedule: ScheduleId,
        span: Span,
        reason: SkipReason,
        cx: &mut Cx,
    ) {
        cx.publish(|| EventKind::OccurrencesSkipped {
            schedule,
            span,
            reason,
        });
    }

    /// Records the outcome of the job of a run.
    pub(in crate::engine) fn note_run_end(&mut self, run: &RunEnded) {
        let is_listed = |key: &Key| self.get(*key).is_some_and(|own| !own.over);
        let own = run.schedule.filter(is_listed);
        let key = own.or_else(|| self.listed_as(&run.schedule_id));
        let ledger = match key.and_then(|key| self.get_mut(key)) {
            Some(record) => record.life.as_deref_mut().map(|life| &mut life.ledger),
            None => self.departed.ledgers.get_mut(&run.schedule_id),
        };
        if let Some(ledger) = ledger {
            ledger.note_end(id_of(run.job), &run.outcome, run.began);
        }
    }

    fn listed_as(&self, id: &ScheduleId) -> Option<Key> {
        self.ids.get(id).copied()
    }

    /// Keeps the history of a removed schedule under its id, for its remaining runs and for a later schedule
    /// with the same id (`LG-006`).
    pub(in crate::engine) fn keep_history(&mut self, key: Key) {
        let Some(record) = self.records.get_mut(key) else {
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

    pub(in crate::engine) fn history(&self, id: &ScheduleId) -> Result<Vec<Decision>> {
        Ok(self.decisions_of(id)?.cloned().collect())
    }

    pub(in crate::engine) fn decisions_of(
        &self,
        id: &ScheduleId,
    ) -> Result<impl Iterator<Item = &Decision>> {
        let ledger = self.ledger(id)?;
        Ok(ledger.into_iter().flat_map(Ledger::decisions))
    }

    fn ledger(&self, id: &ScheduleId) -> Result<Option<&Ledger>> {
        match self.listed(id) {
            Ok(record) => Ok(record.ledger()),
            Err(unknown) => self.departed.ledgers.get(id).map(Some).ok_or(unknown),
        }
    }

    /// Creates the record of a buffered run, which a short history may have dropped.
    fn kept_record(&self, id: &ScheduleId, at: DateTime<Utc>, cx: &Cx) -> Option<Decision> {
        let kept = self.kept_at(self.listed_as(id)?, at)?;
        let span = Span::single(kept.nominal);
        Some(Decision::new(
            span,
            kept.cause,
            cx.wall(),
            Verdict::Buffered,
        ))
    }

    /// Returns the facts about an instant of a schedule.
    pub(in crate::engine) fn explain(
        &self,
        id: &ScheduleId,
        instant: DateTime<Utc>,
        cx: &Cx,
    ) -> Result<Known> {
        let decision = self.ledger(id)?.and_then(|ledger| ledger.about(instant));
        let is_exact = |decision: &&Decision| decision.span.from == decision.span.to;
        if let Some(decision) = decision.filter(is_exact) {
            return Ok(Known::Decision(decision.clone()));
        }
        if let Some(kept) = self
            .kept_record(id, instant, cx)
            .filter(|_| decision.is_none())
        {
            return Ok(Known::Decision(kept));
        }
        let Ok((question, waits_for)) = self.preview(id, cx) else {
            return Ok(decision.cloned().map_or(Known::Nothing, Known::Decision));
        };
        let record = self.listed(id)?;
        Ok(Known::Undecided(Box::new(Undecided {
            reading: record.reading(cx),
            is_over: record.ended.is_some(),
            ruled_since: record.life.as_ref().and_then(|life| life.ruled_since),
            question,
            waits_for,
            stretch: decision.cloned(),
        })))
    }
}
