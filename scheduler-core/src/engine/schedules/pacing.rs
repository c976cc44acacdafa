//! Paces catch-up runs: one after the other, with a minimum time between starts (`MF-008`).
//!
//! One catch-up run at a time is passed to the overlap policy. The next one follows a pace after that
//! run has started or was dropped. The start may be long after its acceptance.

use std::{
    collections::{VecDeque, vec_deque},
    time::Duration,
};

use super::Schedules;
use crate::{
    SkipReason,
    engine::{
        Key,
        cx::Cx,
        jobs::{Jobs, StartRules},
        occurrence::Occurrence,
        time::{DUE_PER_TURN, Due, Kind, nanos},
    },
};

/// The catch-up runs of one schedule.
#[derive(Default)]
pub(crate) struct Pacing {
    /// Waiting catch-up runs.
    kept: VecDeque<Occurrence>,
    /// The catch-up run that was passed to the overlap policy and has not started.
    turn: Option<Occurrence>,
    /// Deadline before which the next catch-up run does not start.
    ready: u64,
    /// Armed deadline of the next catch-up run.
    due: Due,
}

impl Pacing {
    /// Returns the waiting catch-up runs, in order.
    pub(super) fn kept(&self) -> vec_deque::Iter<'_, Occurrence> {
        self.kept.iter()
    }

    /// Removes all waiting catch-up runs.
    pub(super) fn give_up(&mut self) -> VecDeque<Occurrence> {
        std::mem::take(&mut self.kept)
    }
}

impl Schedules {
    /// Records as buffered those of the last `come` catch-up runs that still wait.
    fn note_paced(&mut self, key: Key, come: usize, cx: &mut Cx) {
        let stats = self.get(key).and_then(|it| it.stats.as_deref());
        let Some(kept) = stats.map(|stats| &stats.pacing.kept) else {
            return;
        };
        let waiting: Vec<_> = kept
            .range(kept.len().saturating_sub(come)..)
            .copied()
            .collect();
        for occurrence in waiting {
            self.note_kept(key, &occurrence, None, cx);
        }
        if let Some(pacing) = self.pacing_mut(key) {
            let from = pacing.kept.len().saturating_sub(come);
            let noted = pacing.kept.range_mut(from..);
            noted.for_each(|one| *one = one.on_record());
        }
    }

    fn pacing_mut(&mut self, key: Key) -> Option<&mut Pacing> {
        let record = self.get_mut(key)?;
        Some(&mut record.stats.as_deref_mut()?.pacing)
    }

    /// Arms the pace deadline, unless it is armed.
    fn set_pace(&mut self, key: Key, cx: &mut Cx) {
        if let Some(pacing) = self.pacing_mut(key).filter(|pacing| !pacing.due.is_set()) {
            let ready = pacing.ready;
            cx.deadlines.set(Kind::Pace, key, &mut pacing.due, ready);
        }
    }

    /// Records that the passed-on catch-up run has started or was dropped; the next one follows a pace
    /// later. Ignores other runs.
    pub(in crate::engine) fn finish_paced_turn(
        &mut self,
        key: Key,
        what: &Occurrence,
        cx: &mut Cx,
    ) {
        let elapsed = cx.elapsed();
        let Some(record) = self.get_mut(key) else {
            return;
        };
        let (pace, paused) = (record.policies().misfire.pace, record.is_paused());
        let Some(pacing) = record.stats.as_deref_mut().map(|stats| &mut stats.pacing) else {
            return;
        };
        let is_it =
            |turn: &mut Occurrence| (turn.nominal, turn.cause) == (what.nominal, what.cause);
        if pacing.turn.take_if(is_it).is_none() {
            return;
        }
        pacing.ready = elapsed.saturating_add(nanos(pace));
        if !pacing.kept.is_empty() && !paused {
            self.set_pace(key, cx);
        }
    }

    /// Drops the waiting catch-up runs of a schedule.
    pub(super) fn drop_paced(&mut self, key: Key, reason: SkipReason, cx: &mut Cx) {
        self.stop_pacing(key, cx);
        let paced = self.pacing_mut(key).map(Pacing::give_up);
        for occurrence in paced.unwrap_or_default() {
            self.drop_occurrence(key, &occurrence, reason, cx);
        }
    }

    /// Disarms the pace deadline of a schedule that is paused or removed.
    pub(super) fn stop_pacing(&mut self, key: Key, cx: &mut Cx) {
        if let Some(pacing) = self.pacing_mut(key) {
            cx.deadlines.clear(Kind::Pace, key, &mut pacing.due);
        }
    }

    /// Adds catch-up runs.
    pub(super) fn add_paced(
        &mut self,
        key: Key,
        late: Vec<Occurrence>,
        jobs: &mut Jobs,
        cx: &mut Cx,
    ) {
        let Some(record) = self.get_mut(key).filter(|_| !late.is_empty()) else {
            return;
        };
        let (limit, come) = (record.policies().buffer_limit, late.len());
        let kept = &mut record.stats_mut().pacing.kept;
        kept.extend(late);
        let surplus = kept.len().saturating_sub(limit);
        let given_up: Vec<_> = kept.drain(..surplus).collect();
        for occurrence in given_up {
            self.drop_occurrence(key, &occurrence, SkipReason::TooMany, cx);
        }
        self.start_next_paced(key, cx.elapsed(), jobs, cx);
        self.note_paced(key, come, cx);
    }

    /// Passes the next catch-up run of a schedule to the overlap policy, if the pace allows.
    pub(super) fn start_next_paced(
        &mut self,
        key: Key,
        elapsed: u64,
        jobs: &mut Jobs,
        cx: &mut Cx,
    ) {
        while let Some(pacing) = self.pacing_mut(key)
            && pacing.turn.is_none()
            && !pacing.kept.is_empty()
        {
            if pacing.ready > elapsed {
                return self.set_pace(key, cx);
            }
            let Some(occurrence) = pacing.kept.pop_front() else {
                return;
            };
            if let Some(reason) = self.too_late(key, &occurrence, cx) {
                // Nothing starts, so the next run need not wait for a pace.
                self.drop_occurrence(key, &occurrence, reason, cx);
                continue;
            }
            if let Some(pacing) = self.pacing_mut(key) {
                pacing.turn = Some(occurrence);
            }
            return self.start_or_wait(key, occurrence, jobs, cx);
        }
    }

    /// Handles expired pace deadlines.
    pub(in crate::engine) fn handle_paces(&mut self, elapsed: u64, jobs: &mut Jobs, cx: &mut Cx) {
        for _ in 0..DUE_PER_TURN {
            if !cx.lifecycle.starts_jobs() {
                return;
            }
            let Some(key) = cx.deadlines.pop_due(Kind::Pace, elapsed) else {
                return;
            };
            self.stop_pacing(key, cx);
            self.start_next_paced(key, elapsed, jobs, cx);
            self.drop_if_done(key, cx);
        }
    }

    /// Applies a changed pace; the time since the last start counts.
    pub(super) fn change_pace(&mut self, key: Key, before: Duration, jobs: &mut Jobs, cx: &mut Cx) {
        let Some(record) = self.get(key) else {
            return;
        };
        let (pace, paused) = (record.policies().misfire.pace, record.is_paused());
        if pace == before {
            return;
        }
        self.stop_pacing(key, cx);
        let Some(pacing) = self.pacing_mut(key) else {
            return;
        };
        if pace.is_zero() {
            let all = std::mem::take(pacing).kept;
            return self.start_or_wait_all(key, all.into(), jobs, cx);
        }
        let started = pacing.ready.checked_sub(nanos(before));
        pacing.ready = started.map_or(0, |at| at.saturating_add(nanos(pace)));
        if !paused {
            self.start_next_paced(key, cx.elapsed(), jobs, cx);
        }
    }
}
