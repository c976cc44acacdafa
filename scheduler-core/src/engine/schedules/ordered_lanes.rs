//! Lanes whose waiting runs start in their order, so that an arrival or an end need not check all of them.
//!
//! A [pass](super::overlap::pass) over all waiting runs finds such a lane. A change of a policy or a pause makes
//! another pass necessary.

use std::collections::VecDeque;

use super::{
    Schedules,
    due_runs::Dropped,
    run_lanes::{Lane, LaneOf, Waiting},
};
use crate::{
    Overlap, SkipReason,
    engine::{Key, cx::Cx, jobs::Jobs, occurrence::Occurrence},
};

impl Schedules {
    /// Returns the limit of active runs under which the runs of a schedule start in their order.
    fn limit_in_order(&self, key: Key) -> Option<usize> {
        let record = self.get(key)?;
        let policies = record.policies();
        let ages = policies.misfire.window.is_some() || policies.hours.is_some();
        let is_plain = policies.overlap == Overlap::BufferAll && !ages && !record.is_paused();
        is_plain.then_some(policies.max_instances)
    }

    /// Returns the limit of active runs with which the runs that a pass has kept start in their order.
    pub(super) fn order_of(&self, kept: &VecDeque<Waiting>) -> Option<usize> {
        let limit = self.limit_in_order(kept.front()?.schedule)?;
        let follows = |one: &Waiting| self.limit_in_order(one.schedule) == Some(limit);
        kept.iter().all(follows).then_some(limit)
    }

    /// Makes the next arrival or end of a run check all waiting runs, because the policies of a schedule or its
    /// pause change.
    pub(super) fn forget_order(&mut self, key: Key) {
        let of = self.lane_of(key);
        if let Some(lane) = of.and_then(|of| self.present_lane_mut(&of)) {
            lane.in_order = None;
        }
    }

    /// Returns whether an instant of a schedule waits behind all others of its lane.
    pub(super) fn arrives_in_order(&self, key: Key, of: &LaneOf) -> bool {
        let order = self.lane_at(of).and_then(Lane::order);
        order.is_some() && order == self.limit_in_order(key)
    }

    /// Buffers instants behind all others, as far as they fit.
    pub(super) fn buffer_last(&mut self, key: Key, of: &LaneOf, due: Vec<Occurrence>, cx: &mut Cx) {
        let met = self.oldest_counting(of);
        for occurrence in due {
            let buffer = self.get(key).map(|record| record.policies().buffer_limit);
            let waiting = self.lane_at(of).map(|lane| lane.waiting.len());
            if waiting >= buffer {
                let dropped = Dropped {
                    reason: SkipReason::BufferFull,
                    met,
                };
                self.drop_occurrence(key, &occurrence, dropped, cx);
                continue;
            }
            self.note_kept(key, &occurrence, met, cx);
            if let Some(record) = self.get_mut(key) {
                record.stats_mut().presence.waiting += 1;
            }
            if let Some(lane) = self.lane_mut(of) {
                lane.waiting.push_back(Waiting {
                    schedule: key,
                    occurrence: occurrence.on_record(),
                    fresh: false,
                });
            }
        }
    }

    /// Starts the first runs of a lane, as many as may be active.
    pub(super) fn start_first(&mut self, of: &LaneOf, limit: usize, jobs: &mut Jobs, cx: &mut Cx) {
        while let Some(lane) = self.lane_at(of)
            && self.count_up_to(limit, of, lane) < limit
        {
            let first = self.lane_mut(of).and_then(|lane| lane.waiting.pop_front());
            let Some(first) = first else {
                break;
            };
            self.note_unbuffered(first.schedule);
            self.start_run(first.schedule, first.occurrence, jobs, cx);
            self.drop_if_done(first.schedule, cx);
        }
    }
}
