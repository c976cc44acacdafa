//! Stores the ledgers of schedules, including those of recently removed schedules.

use std::collections::{BTreeMap, VecDeque};

use super::{
    Schedules,
    ledger::{Ledger, Record, Ruling},
    plan::Passed,
    record::ScheduleRecord,
};
use crate::{
    Decision, EventKind, HistoryPage, Result, RunCause, ScheduleId, SkipReason, Span, Verdict,
    engine::{Key, cx::Cx, jobs::id_of, occurrence::Occurrence},
};

/// Number of removed schedules whose histories are kept.
const DEPARTED: usize = 100;

/// The histories of recently removed schedules.
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
    pub(super) const fn keep_all(&mut self) {
        self.limit = usize::MAX;
    }

    pub(super) fn ledger_mut(&mut self, id: &ScheduleId) -> Option<&mut Ledger> {
        self.ledgers.get_mut(id)
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
    pub(super) fn revive(&mut self, record: &mut ScheduleRecord) {
        if let Some(ledger) = self.take(&record.id) {
            record.stats_mut().ledger = ledger;
        }
    }
}

impl Schedules {
    pub(super) fn history_limit(&self, record: &ScheduleRecord, cx: &Cx) -> usize {
        record
            .policies()
            .history
            .unwrap_or_else(|| cx.options().history)
    }

    /// Applies a new limit to existing records too (`LG-004`).
    pub(super) fn trim_history(&mut self, key: Key, cx: &Cx) {
        let Some(record) = self.get_mut(key) else {
            return;
        };
        let limit = record
            .policies()
            .history
            .unwrap_or_else(|| cx.options().history);
        if let Some(stats) = record.stats.as_deref_mut() {
            stats.ledger.trim(limit);
        }
    }

    /// Calls `note` with the ledger of a schedule and the limit of its records, if the schedule
    /// keeps a history.
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
            return Some(&mut self.get_mut(key)?.stats_mut().ledger);
        }
        let id = record.id.clone();
        match self.listed_as(&id) {
            Some(key) => Some(&mut self.get_mut(key)?.stats_mut().ledger),
            None => self.departed.of(&id),
        }
    }

    /// Adds a record under an id, even if its schedule was removed.
    pub(super) fn note_under(&mut self, id: &ScheduleId, record: Record, limit: usize) {
        let ledger = match self.listed_as(id) {
            Some(key) => self.get_mut(key).map(|it| &mut it.stats_mut().ledger),
            None => self.departed.of(id),
        };
        if let Some(ledger) = ledger {
            ledger.note(record, limit);
        }
    }

    /// Records the result of a run.
    pub(in crate::engine) fn note_occurrence(
        &mut self,
        key: Key,
        occurrence: &Occurrence,
        ruling: impl Into<Ruling>,
        cx: &Cx,
    ) {
        let ruling = ruling.into();
        self.note(
            key,
            |ledger, limit| {
                ledger.note_occurrence(occurrence, ruling, cx.wall(), limit);
            },
            cx,
        );
    }

    /// Records and publishes a buffered run. `met` is the active run that it waits for, if there is one.
    pub(super) fn note_kept(
        &mut self,
        key: Key,
        occurrence: &Occurrence,
        met: Option<Key>,
        cx: &mut Cx,
    ) {
        self.note_others(key, occurrence, None, cx);
        self.note_occurrence(key, occurrence, Ruling::meeting(met, Verdict::Buffered), cx);
        let Some(schedule) = self.get(key).map(|record| record.id.clone()) else {
            return;
        };
        let nominal = occurrence.nominal;
        cx.publish(|| EventKind::OccurrenceKept {
            schedule,
            nominal: nominal.date(),
        });
    }

    pub(super) fn note_started(&mut self, key: Key, occurrence: &Occurrence, job: Key, cx: &Cx) {
        if let Some(record) = self.get_mut(key) {
            let stats = record.stats_mut();
            stats.started += 1;
            stats.last = Some(occurrence.nominal);
        }
        self.note_occurrence(key, occurrence, Verdict::Started(id_of(job)), cx);
    }

    /// Records and publishes instants that do not run.
    pub(super) fn note_passed(&mut self, key: Key, passed: &Passed, cx: &mut Cx) {
        let verdict = Verdict::not_run(passed.reason);
        self.note_span(key, passed.span, passed.cause, verdict, cx);
        self.count_skipped(key, passed.span, passed.reason, cx);
    }

    fn note_span(&mut self, key: Key, span: Span, cause: RunCause, verdict: Verdict, cx: &Cx) {
        self.note(
            key,
            |ledger, limit| {
                ledger.note(Record::new(&span, cause, cx.wall(), verdict), limit);
            },
            cx,
        );
    }

    /// Records the instants that a run replaces: they are coalesced into it, or share its reason if it does not
    /// start.
    pub(super) fn note_others(
        &mut self,
        key: Key,
        occurrence: &Occurrence,
        given_up: Option<SkipReason>,
        cx: &mut Cx,
    ) {
        let into = occurrence.nominal;
        let coalesced = || Verdict::Coalesced { into: into.date() };
        match (occurrence.others, given_up) {
            (Some(span), given_up) => {
                let cause = match occurrence.cause {
                    repeat @ RunCause::ClockRepeat(_) => repeat,
                    _ => RunCause::Due,
                };
                let verdict = given_up.map_or_else(coalesced, Verdict::not_run);
                self.note_span(key, span, cause, verdict, cx);
                let reason = given_up.unwrap_or(SkipReason::Coalesced);
                self.count_skipped(key, span, reason, cx);
            }
            (None, Some(reason)) if occurrence.covers.is_some() => {
                // They are on record, as part of a run that there will not be.
                let verdict = Verdict::not_run(reason);
                self.note(key, |ledger, _| ledger.share_fate(into, verdict), cx);
            }
            (None, _) => {}
        }
    }

    pub(super) fn count_skipped(&mut self, key: Key, span: Span, reason: SkipReason, cx: &mut Cx) {
        let Some(record) = self.get_mut(key) else {
            return;
        };
        let schedule = record.id.clone();
        record.stats_mut().skipped += span.count.known();
        self.publish_skipped(schedule, span, reason, cx);
    }

    pub(in crate::engine) fn publish_skipped(
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

    pub(super) fn listed_as(&self, id: &ScheduleId) -> Option<Key> {
        self.ids.get(id).copied()
    }

    /// Keeps the history of a removed schedule under its id, for its remaining runs and for a later schedule
    /// with the same id (`LG-006`).
    pub(super) fn keep_history(&mut self, key: Key) {
        let Some(record) = self.records.get_mut(key) else {
            return;
        };
        let Some(stats) = &mut record.stats else {
            return;
        };
        if !stats.ledger.is_empty() {
            let ledger = std::mem::take(&mut stats.ledger);
            self.departed.keep(record.id.clone(), ledger);
        }
    }

    pub(in crate::engine) fn history(&self, id: &ScheduleId) -> Result<Vec<Decision>> {
        Ok(self.records_of(id)?.map(Record::decision).collect())
    }

    pub(in crate::engine) fn history_page(
        &self,
        id: &ScheduleId,
        page: &HistoryPage,
    ) -> Result<Vec<Decision>> {
        let ledger = self.ledger(id)?;
        page.check()?;
        let records = ledger.into_iter().flat_map(Ledger::records);
        let records = records.map(|record| (record.identity(), record));
        Ok(page.choose(records).map(Record::decision).collect())
    }

    pub(in crate::engine) fn records_of(
        &self,
        id: &ScheduleId,
    ) -> Result<impl Iterator<Item = &Record>> {
        let ledger = self.ledger(id)?;
        Ok(ledger.into_iter().flat_map(Ledger::records))
    }

    pub(in crate::engine) fn ledger(&self, id: &ScheduleId) -> Result<Option<&Ledger>> {
        match self.listed(id) {
            Ok(record) => Ok(record.ledger()),
            Err(unknown) => self.departed.ledgers.get(id).map(Some).ok_or(unknown),
        }
    }
}
