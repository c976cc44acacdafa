//! Surplus runs: accepted under a higher limit of active runs than the present one (`OV-013`).
//!
//! A run is accepted by the policy at that time. A later change may allow fewer runs. Running bodies
//! continue then, but a body or a retry begins only while fewer runs are active than the schedule allows
//! now. Until then the run waits in its lane, without a permit and without a token. The oldest waits
//! first in line.

use super::run_lanes::{Lane, LaneOf};
use crate::{
    Now, Overlap,
    engine::{
        Engine, Key,
        jobs::{JobRecord, Stage},
    },
    job::Body,
};

/// Reason why a run does not start although a permit is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum Wait {
    /// Its schedule is paused.
    Paused,
    /// The maximum number of other runs is active.
    Surplus,
}

impl Engine {
    /// Returns why the job must wait although a permit is free; `None` if it may start.
    pub(in crate::engine) fn wait_of(&self, job: Key) -> Option<Wait> {
        let cold = self.jobs.records.get(job)?.cold.as_deref()?;
        let schedule = cold.schedule.filter(|_| !cold.is_asked_for())?;
        if self.schedules.get(schedule)?.is_paused() {
            return Some(Wait::Paused);
        }
        let limit = self.limit_beside(schedule)?;
        let lane = self.schedules.lane(schedule)?;
        let goes = lane.active_len() > limit && self.is_full(lane, limit, job);
        goes.then_some(Wait::Surplus)
    }

    /// Returns how many runs of its lane the schedule allows at the same time.
    fn limit_beside(&self, schedule: Key) -> Option<usize> {
        let policies = self.schedules.get(schedule)?.policies();
        (policies.overlap != Overlap::AllowAll).then_some(policies.max_instances)
    }

    /// Returns whether `limit` other runs are active. Active runs are among the oldest, so few are examined.
    fn is_full(&self, lane: &Lane, limit: usize, job: Key) -> bool {
        let others = self.going(lane).filter(|&other| other != job);
        others.take(limit).count() == limit
    }

    /// Returns the runs that have a permit and count for the overlap policy.
    fn going<'a>(&'a self, lane: &'a Lane) -> impl Iterator<Item = Key> + 'a {
        let goes = |&job: &Key| self.is_running(job);
        self.schedules.counting(lane).filter(goes)
    }

    /// Parks a run until fewer runs of its lane are active.
    pub(in crate::engine) fn hold_surplus(&mut self, job: Key) {
        let turn = self.turn_in_line(job);
        let Some(record) = self.jobs.records.get_mut(job) else {
            return;
        };
        record.stage = Stage::Surplus;
        let schedule = record.cold.as_ref().and_then(|cold| cold.schedule);
        self.jobs.queue.surplus += 1;
        let of = schedule.and_then(|schedule| self.schedules.lane_of(schedule));
        if let Some(lane) = of.and_then(|of| self.schedules.lane_mut(&of)) {
            lane.hold(turn, job);
        }
    }

    /// Parks a run that has a permit, and releases the permit.
    pub(in crate::engine) fn hold_surplus_at_gate(&mut self, job: Key, body: Body) -> Option<Body> {
        self.take_permit_back(job);
        self.note_returned(job);
        self.hold_surplus(job);
        self.keep_body(job, body)
    }

    /// Releases parked runs of a lane up to the limit, oldest first. Runs of paused schedules stay.
    pub(in crate::engine) fn release_surplus(&mut self, of: &LaneOf, now: &Now) {
        let Some(lane) = self
            .schedules
            .lane_at(of)
            .filter(|lane| lane.held().len() > 0)
        else {
            return;
        };
        let mut going = self.going(lane).count();
        let mut released = Vec::new();
        for (turn, job) in lane.held() {
            let record = self.jobs.records.get(job);
            let schedule = record.and_then(JobRecord::schedule);
            // During a drain, runs of paused schedules leave the queue permanently.
            let goes = |&key: &Key| self.cx.lifecycle.drains || !self.is_paused(key);
            let Some(schedule) = schedule.filter(goes) else {
                continue;
            };
            match self.limit_beside(schedule) {
                None => {}
                Some(limit) if going < limit => going += 1,
                Some(_) => break,
            }
            released.push((turn, job));
        }
        if released.is_empty() {
            return;
        }
        if let Some(lane) = self.schedules.lane_mut(of) {
            released.iter().for_each(|held| lane.release(held));
        }
        for (_, job) in released {
            self.jobs.queue.surplus -= 1;
            self.return_to_line(job);
        }
        self.fill(now);
    }

    /// Handles a run that is no longer active, but has not finished.
    pub(in crate::engine) fn release_beside(&mut self, job: Key, now: &Now) {
        let schedule = self.jobs.records.get(job).and_then(JobRecord::schedule);
        if let Some(of) = schedule.and_then(|schedule| self.schedules.lane_of(schedule)) {
            self.release_surplus(&of, now);
        }
    }

    /// Makes runs cross the gate while more of them are accepted than may be active.
    pub(in crate::engine) fn watch_surplus(&mut self, of: &LaneOf) {
        let Some(lane) = self.schedules.lane_at(of) else {
            return;
        };
        let accepted = self.schedules.counting(lane).count();
        let has_surplus = |schedule| {
            let limit = self.limit_beside(schedule);
            limit.is_some_and(|limit| accepted > limit)
        };
        if lane.schedules().any(has_surplus) {
            self.ask_about_schedules();
        }
    }

    fn is_paused(&self, schedule: Key) -> bool {
        let record = self.schedules.get(schedule);
        record.is_some_and(|record| record.is_paused())
    }
}

impl JobRecord {
    /// The schedule in whose lane it is.
    pub(in crate::engine) fn schedule(&self) -> Option<Key> {
        self.cold.as_ref()?.schedule
    }
}
