//! Instants that are due: the overlap policy starts, buffers or drops their runs.

use std::collections::VecDeque;

use super::{
    Schedules,
    ledger::Ruling,
    overlap::{self, Fate, Pass, Wish},
    record::ScheduleRecord,
    run_lanes::{Lane, LaneOf, Part, Waiting},
};
use crate::{
    SkipReason, Span, Verdict,
    engine::{
        Key,
        cx::Cx,
        jobs::{JobRecord, Jobs, Nominal, StartRules},
        occurrence::{Occurrence, Runs},
    },
    job::CancelReason,
};

/// Why an instant does not run.
pub(super) struct Dropped {
    pub(super) reason: SkipReason,
    /// The active run that the instant met.
    pub(super) met: Option<Key>,
}

impl From<SkipReason> for Dropped {
    fn from(reason: SkipReason) -> Self {
        Self { reason, met: None }
    }
}

impl Schedules {
    /// Starts the runs of a plan at once. Several late ones start one after the other.
    pub(super) fn start_runs(&mut self, key: Key, runs: Runs, jobs: &mut Jobs, cx: &mut Cx) {
        let Some(record) = self.get_mut(key) else {
            return;
        };
        let is_paced = !record.policies().misfire.pace.is_zero();
        match runs {
            Runs::None => {}
            Runs::One(run) if !(is_paced && run.late) => self.start_or_wait(key, run, jobs, cx),
            runs => {
                let mut runs = runs.into_vec();
                if is_paced {
                    let late = runs.extract_if(.., |run| run.late).collect::<Vec<_>>();
                    self.add_paced(key, late, jobs, cx);
                }
                if !runs.is_empty() {
                    self.start_or_wait_all(key, runs, jobs, cx);
                }
            }
        }
    }

    /// Applies the overlap policy to an instant that must run.
    pub(super) fn start_or_wait(
        &mut self,
        key: Key,
        due: Occurrence,
        jobs: &mut Jobs,
        cx: &mut Cx,
    ) {
        if self.may_start_at_once(key) {
            self.start_run(key, due, jobs, cx);
        } else {
            self.start_or_wait_all(key, vec![due], jobs, cx);
        }
    }

    /// Returns whether an instant of the schedule can start without a decision of the overlap
    /// policy.
    fn may_start_at_once(&self, key: Key) -> bool {
        let free = |record: &ScheduleRecord| {
            let is_alone = record.policies().group.is_none();
            is_alone
                && !record.is_paused()
                && record
                    .stats
                    .as_ref()
                    .is_none_or(|stats| stats.run_lane.is_empty())
        };
        self.get(key).is_some_and(free)
    }

    fn wish_of(&self, waiting: &Waiting) -> Option<Wish> {
        let record = self.get(waiting.schedule)?;
        let policies = record.policies();
        Some(Wish {
            policy: policies.overlap,
            limit: policies.max_instances,
            buffer: policies.buffer_limit,
            held: record.is_paused(),
        })
    }

    /// Drops the buffered runs of a schedule.
    pub(super) fn drop_kept(&mut self, key: Key, reason: SkipReason, cx: &mut Cx) {
        // Most schedules have no buffered run, and many never ran; this must not create a lane for them.
        if self.keeps_runs(key) {
            self.drop_waiting(key, reason, cx);
        }
        self.drop_paced(key, reason, cx);
    }

    fn drop_waiting(&mut self, key: Key, reason: SkipReason, cx: &mut Cx) {
        let count = self.presence(key).waiting;
        let Some(lane) = self.lane_of(key).and_then(|of| self.lane_mut(&of)) else {
            return;
        };
        for one in lane.take_waiting(key, count) {
            self.note_unbuffered(key);
            self.drop_occurrence(key, &one.occurrence, reason, cx);
        }
    }

    pub(super) fn drop_occurrence(
        &mut self,
        key: Key,
        what: &Occurrence,
        dropped: impl Into<Dropped>,
        cx: &mut Cx,
    ) {
        let Dropped { reason, met } = dropped.into();
        self.note_others(key, what, Some(reason), cx);
        let ruling = Ruling::meeting(met, Verdict::not_run(reason));
        self.note_occurrence(key, what, ruling, cx);
        self.count_skipped(key, Span::single(what.nominal.date()), reason, cx);
        self.finish_paced_turn(key, what, cx);
    }

    /// Applies the overlap policy to instants that are due.
    pub(super) fn start_or_wait_all(
        &mut self,
        key: Key,
        due: Vec<Occurrence>,
        jobs: &mut Jobs,
        cx: &mut Cx,
    ) {
        let Some(lane) = self.lane_of(key) else {
            return;
        };
        if let [only] = due[..]
            && self.may_start_at_once(key)
        {
            return self.start_run(key, only, jobs, cx);
        }
        if self.arrives_in_order(key, &lane) {
            return self.buffer_last(key, &lane, due, cx);
        }
        let fresh = |occurrence| Waiting {
            schedule: key,
            occurrence,
            fresh: true,
        };
        if let Some(record) = self.get_mut(key) {
            record.stats_mut().presence.waiting += due.len();
        }
        if let Some(lane) = self.lane_mut(&lane) {
            lane.waiting.extend(due.into_iter().map(fresh));
            lane.in_order = None;
        }
        self.start_allowed(&lane, jobs, cx);
    }

    /// Decides about each waiting run of a lane, and starts those that may start.
    pub(super) fn start_allowed(&mut self, of: &LaneOf, jobs: &mut Jobs, cx: &mut Cx) {
        self.release_surplus(of, jobs, cx);
        if let Some(limit) = self.lane_at(of).and_then(Lane::order) {
            return self.start_first(of, limit, jobs, cx);
        }
        let Some(lane) = self.lane_mut(of).filter(|lane| !lane.waiting.is_empty()) else {
            return;
        };
        let mut waiting = std::mem::take(&mut lane.waiting);
        waiting.retain(|waiting| self.get(waiting.schedule).is_some());
        let mut touched = self.drop_late(&mut waiting, cx);
        touched.extend(waiting.iter().map(|one| one.schedule));
        if !waiting.is_empty() {
            self.run_waiting(of, &waiting, jobs, cx);
        }
        for key in touched {
            self.drop_if_done(key, cx);
        }
    }

    fn run_waiting(
        &mut self,
        of: &LaneOf,
        waiting: &VecDeque<Waiting>,
        jobs: &mut Jobs,
        cx: &mut Cx,
    ) {
        let running = self.lane_at(of).map_or(0, |lane| self.count_of(of, lane));
        let starts: Vec<Wish> = waiting.iter().filter_map(|one| self.wish_of(one)).collect();
        let pass = overlap::pass(&starts, running);
        let met = self.oldest_counting(of);
        let kept = self.apply(&pass, waiting, met, jobs, cx);
        let in_order = self.order_of(&kept).filter(|_| pass.cancel.is_none());
        let Some(lane) = self.lane_mut(of) else {
            return;
        };
        (lane.waiting, lane.in_order) = (kept, in_order);
        self.cancel_oldest(of, &pass, jobs, cx);
    }

    /// Drops runs that became too late while they waited, and returns their schedules. Runs of paused schedules
    /// stay.
    fn drop_late(&mut self, waiting: &mut VecDeque<Waiting>, cx: &mut Cx) -> Vec<Key> {
        let mut late = Vec::new();
        waiting.retain(|one| {
            let paused = self.get(one.schedule);
            let paused = paused.is_some_and(ScheduleRecord::is_paused);
            let reason = self.too_late(one.schedule, &one.occurrence, cx);
            let reason = reason.filter(|_| !paused);
            late.extend(reason.map(|reason| (*one, reason)));
            reason.is_none()
        });
        for (one, reason) in &late {
            self.note_unbuffered(one.schedule);
            self.drop_occurrence(one.schedule, &one.occurrence, *reason, cx);
        }
        late.into_iter().map(|(one, _)| one.schedule).collect()
    }

    /// Carries out the decisions, and returns the runs that stay buffered.
    fn apply(
        &mut self,
        pass: &Pass,
        waiting: &VecDeque<Waiting>,
        met: Option<Key>,
        jobs: &mut Jobs,
        cx: &mut Cx,
    ) -> VecDeque<Waiting> {
        let mut kept = VecDeque::new();
        for (one, fate) in waiting.iter().zip(&pass.fates) {
            let (key, occurrence) = (one.schedule, one.occurrence);
            if *fate != Fate::Keep {
                self.note_unbuffered(key);
            }
            match *fate {
                Fate::Start | Fate::StartBeside => self.start_run(key, occurrence, jobs, cx),
                Fate::Drop(reason) => {
                    let dropped = Dropped { reason, met };
                    self.drop_occurrence(key, &occurrence, dropped, cx);
                }
                Fate::Keep => {
                    if one.fresh {
                        // A paused schedule buffers its runs whatever runs.
                        let is_paused = self.get(key).is_some_and(ScheduleRecord::is_paused);
                        self.note_kept(key, &occurrence, met.filter(|_| !is_paused), cx);
                    }
                    kept.push_back(Waiting {
                        fresh: false,
                        schedule: key,
                        occurrence: occurrence.on_record(),
                    });
                }
            }
        }
        kept
    }

    fn cancel_oldest(&mut self, of: &LaneOf, pass: &Pass, jobs: &mut Jobs, cx: &mut Cx) {
        let (Some(mode), Some(lane)) = (pass.cancel, self.lane_at(of)) else {
            return;
        };
        let oldest: Vec<Key> = self.counting(lane).take(pass.cancelled).collect();
        for job in oldest {
            let (_, run) = jobs.cancel(job, mode, CancelReason::Replaced, cx);
            self.run_ended(run.as_ref(), jobs, cx);
        }
    }

    pub(super) fn start_run(
        &mut self,
        key: Key,
        occurrence: Occurrence,
        jobs: &mut Jobs,
        cx: &mut Cx,
    ) {
        self.note_others(key, &occurrence, None, cx);
        let Some(record) = self.get(key) else {
            return;
        };
        let mut run = JobRecord::of_run(&record.task, Some(key), record.id.clone(), &occurrence);
        if record.policies().watch_starts() {
            run = run.watching(occurrence);
        }
        let job = jobs.accept_run(run, Nominal::At(occurrence.nominal), cx);
        self.enter_lane(key, job, Part::Instant, cx);
        self.note_started(key, &occurrence, job, cx);
        jobs.enqueue(job, self, cx);
    }
}
