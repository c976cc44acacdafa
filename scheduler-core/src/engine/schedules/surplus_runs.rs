//! Surplus runs: accepted under a higher limit of active runs than the present one (`OV-013`).
//!
//! A run is accepted by the policy at that time. A later change may allow fewer runs. Running
//! bodies continue then, but a body or a retry begins only while fewer runs are active than the
//! schedule allows now. Until then the run waits, without a permit and without a token. The oldest
//! run is the first in the queue.

use std::collections::BTreeSet;

use super::{
    Schedules,
    run_lanes::{Lane, LaneOf},
};
use crate::{
    Overlap,
    engine::{Cx, Key, jobs::Jobs},
};

impl Schedules {
    /// Returns whether a run must wait until fewer runs of its lane are active.
    pub(super) fn is_surplus(&self, schedule: Key, job: Key, jobs: &Jobs) -> bool {
        let (Some(limit), Some(lane)) = (self.limit_beside(schedule), self.lane(schedule)) else {
            return false;
        };
        lane.active_len() > limit && self.is_full(schedule, limit, job, jobs)
    }

    /// Returns how many runs of its lane the schedule allows at the same time.
    fn limit_beside(&self, schedule: Key) -> Option<usize> {
        let policies = self.get(schedule)?.policies();
        (policies.overlap != Overlap::AllowAll).then_some(policies.max_instances)
    }

    /// Returns whether `limit` other runs of its lane are active.
    fn is_full(&self, schedule: Key, limit: usize, job: Key, jobs: &Jobs) -> bool {
        match self.lane_of(schedule) {
            Some(LaneOf::Group(_)) => self.is_group_full(schedule, limit, job, jobs),
            _ => jobs.going_of(schedule) - usize::from(jobs.is_running(job)) >= limit,
        }
    }

    /// Active runs are among the oldest of a group, so few are examined.
    fn is_group_full(&self, schedule: Key, limit: usize, job: Key, jobs: &Jobs) -> bool {
        let Some(lane) = self.lane(schedule) else {
            return false;
        };
        let others = self.going(lane, jobs).filter(|&other| other != job);
        others.take(limit).count() == limit
    }

    /// Returns the runs that have a permit and count for the overlap policy.
    fn going<'a>(&'a self, lane: &'a Lane, jobs: &'a Jobs) -> impl Iterator<Item = Key> + 'a {
        let goes = |&job: &Key| jobs.is_running(job);
        self.counting(lane).filter(goes)
    }

    /// Releases surplus runs of a lane up to the limit, oldest first. Runs of paused schedules stay.
    pub(super) fn release_surplus(&self, of: &LaneOf, jobs: &mut Jobs, cx: &mut Cx) {
        if !jobs.has_surplus() {
            return;
        }
        let released = match of {
            LaneOf::Schedule(key) => self.released_of(*key, jobs, cx),
            LaneOf::Group(_) => self.released_in_group(of, jobs, cx),
        };
        for &job in &released {
            jobs.release_surplus(job);
        }
        if !released.is_empty() {
            jobs.fill(self, cx);
        }
    }

    /// Returns the surplus runs to release of a schedule without a group.
    fn released_of(&self, schedule: Key, jobs: &Jobs, cx: &Cx) -> Vec<Key> {
        if self.stays_aside(schedule, cx) {
            return Vec::new();
        }
        let limit = self.limit_beside(schedule).unwrap_or(usize::MAX);
        let free = limit.saturating_sub(jobs.going_of(schedule));
        let held = jobs.surplus_of(schedule).map(|(_, job)| job);
        held.take(free).collect()
    }

    /// Returns the surplus runs to release of a group.
    fn released_in_group(&self, of: &LaneOf, jobs: &Jobs, cx: &Cx) -> Vec<Key> {
        let Some(lane) = self.lane_at(of) else {
            return Vec::new();
        };
        let mut going = self.going(lane, jobs).count();
        let schedules: BTreeSet<Key> = lane.schedules().collect();
        let held = |schedule| {
            jobs.surplus_of(schedule)
                .map(move |place| (place, schedule))
        };
        let mut held: Vec<_> = schedules.into_iter().flat_map(held).collect();
        held.sort_unstable();
        let mut released = Vec::new();
        for ((_, job), schedule) in held {
            if self.stays_aside(schedule, cx) {
                continue;
            }
            match self.limit_beside(schedule) {
                None => {}
                Some(limit) if going < limit => going += 1,
                Some(_) => break,
            }
            released.push(job);
        }
        released
    }

    /// Returns whether the runs of a paused schedule stay. During a drain they leave the queue permanently.
    fn stays_aside(&self, schedule: Key, cx: &Cx) -> bool {
        self.is_paused(schedule) && !cx.lifecycle.drains()
    }

    /// Handles a run that is no longer active, but has not finished: another run may start.
    pub(in crate::engine) fn release_beside(&self, schedule: Key, jobs: &mut Jobs, cx: &mut Cx) {
        if let Some(of) = self.lane_of(schedule) {
            self.release_surplus(&of, jobs, cx);
        }
    }

    /// Makes runs cross the gate while more are accepted than may be active.
    pub(super) fn watch_surplus(&self, of: &LaneOf, cx: &mut Cx) {
        let Some(lane) = self.lane_at(of) else {
            return;
        };
        let accepted = self.counting(lane).count();
        let has_surplus = |schedule| {
            let limit = self.limit_beside(schedule);
            limit.is_some_and(|limit| accepted > limit)
        };
        if lane.schedules().any(has_surplus) {
            cx.ask_about_schedules();
        }
    }

    fn is_paused(&self, schedule: Key) -> bool {
        let record = self.get(schedule);
        record.is_some_and(|record| record.is_paused())
    }
}
