//! Updates and replaces schedules.

use std::sync::Arc;

use super::{Schedules, ask::Ask, timeline::TimelineState};
use crate::{
    Error, EventKind, Operation, Result, Schedule, ScheduleChange, ScheduleId, SkipReason, Task,
    base::unix_time::{UnixTime, nanos_of},
    engine::{Discarded, Key, cx::Cx, jobs::Jobs},
    permit,
    schedule::{Label, Policies, repeats::Passes, search::before},
};

impl Schedules {
    /// Sets the next instant. Pending trigger results become void, and due instants before `next` are
    /// recorded.
    fn move_cursor(
        &mut self,
        key: Key,
        next: Option<UnixTime>,
        (timeline_state, passes): (TimelineState, Option<Arc<Passes>>),
        cx: &mut Cx,
    ) {
        let (Some(next), Some(record)) = (next, self.get(key)) else {
            return;
        };
        if record.nominal == Some(next) {
            return;
        }
        let reading = record.reading(cx);
        self.disarm_schedule(key, cx);
        let until = reading.min(before(next));
        self.retire_until(key, until, SkipReason::ScheduleChanged, cx);
        let Some(record) = self.get_mut(key) else {
            return;
        };
        record.nominal = Some(next);
        record.shift = 0;
        record.timeline_state = timeline_state;
        if passes.is_some() || record.stats.is_some() {
            record.stats_mut().passes = passes;
        }
        if cx.lifecycle.has_started() {
            self.request_first(key, cx);
        }
    }

    /// Moves the cursor to a wall-clock time, on the timeline that the schedule has (`SC-026`).
    fn set_next(&mut self, key: Key, next: Option<UnixTime>, cx: &mut Cx) {
        let (Some(next), Some(record)) = (next, self.get(key)) else {
            return;
        };
        let passes = record.stats.as_ref().and_then(|stats| stats.passes.clone());
        let (next, timeline_state) = (record.own(cx, next), record.timeline_state);
        self.move_cursor(key, Some(next), (timeline_state, passes), cx);
    }

    fn set_task(&mut self, key: Key, task: Option<Task>, cx: &mut Cx) {
        let (Some(task), Some(record)) = (task, self.get_mut(key)) else {
            return;
        };
        let old = std::mem::replace(&mut record.task, task);
        self.forget_failures(key);
        cx.discard(Discarded::Task(old));
    }

    /// Applies a change, all of it or nothing (`SC-007`).
    pub(in crate::engine) fn update(
        &mut self,
        id: &ScheduleId,
        mut change: ScheduleChange,
        jobs: &mut Jobs,
        cx: &mut Cx,
    ) -> Result<()> {
        let changed = permit(cx.lifecycle.state(), Operation::Add)
            .map_err(Error::from)
            .and_then(|()| self.key_of_schedule(id))
            .and_then(|key| self.change(key, &mut change, jobs, cx).map(|()| key));
        self.discard_later(change, cx);
        let (key, id) = (changed?, id.clone());
        cx.publish(|| EventKind::ScheduleUpdated(id));
        self.after_change(key, jobs, cx);
        Ok(())
    }

    /// Replaces the definition of a schedule.
    pub(super) fn replace_schedule(
        &mut self,
        id: ScheduleId,
        key: Key,
        schedule: Schedule,
        jobs: &mut Jobs,
        cx: &mut Cx,
    ) -> Result<ScheduleId> {
        let (paused, next) = (schedule.paused.clone(), schedule.next.map(UnixTime::of));
        let (since, timeline_state) = (
            schedule.paused_since.map(UnixTime::of),
            TimelineState::of(nanos_of(schedule.lag), &schedule.decided),
        );
        let passes = schedule.decided.passes.clone();
        let mut change = ScheduleChange::all(schedule);
        let changed = self.change(key, &mut change, jobs, cx);
        self.discard_later(change, cx);
        changed?;
        cx.publish(|| EventKind::ScheduleReplaced(id.clone()));
        if let Some(reason) = paused {
            self.pause(key, reason, since, cx);
        }
        self.move_cursor(key, next, (timeline_state, passes), cx);
        self.after_change(key, jobs, cx);
        Ok(id)
    }

    /// Applies a change, and moves its values into the schedule.
    fn change(
        &mut self,
        key: Key,
        change: &mut ScheduleChange,
        jobs: &mut Jobs,
        cx: &mut Cx,
    ) -> Result<()> {
        let Some(record) = self.get(key) else {
            return Ok(());
        };
        let mut policies = record.policies().clone();
        let mut label = record.label.as_deref().cloned().unwrap_or_default();
        change.apply(&mut policies, &mut label);
        policies.validate()?;
        label.validate()?;
        if let Some(task) = &change.task {
            self.check_task(task, jobs)?;
        }
        // First, because a shorter pace would let them start.
        self.drop_paced_of_old_trigger(key, change, cx);
        self.set_policies(key, policies, label, jobs, cx);
        self.set_task(key, change.task.take(), cx);
        self.set_trigger(key, change, cx);
        self.set_next(key, change.next.map(UnixTime::of), cx);
        Ok(())
    }

    fn set_policies(
        &mut self,
        key: Key,
        policies: Policies,
        label: Label,
        jobs: &mut Jobs,
        cx: &mut Cx,
    ) {
        let lane = self.lane_of(key);
        self.forget_order(key);
        let Some(record) = self.get_mut(key) else {
            return;
        };
        let regroups = record.policies().group != policies.group;
        let pace = record.policies().misfire.pace;
        let shifts = record.policies().jitter != policies.jitter;
        let is_plain = policies == Policies::DEFAULT;
        record.policies = (!is_plain).then(|| Arc::new(policies));
        record.label = (label != Label::default()).then(|| Box::new(label));
        // A paused one is asked when it is resumed. While its trigger is being asked, the answer
        // shows that it was asked by another policy.
        let shifted = record.nominal.filter(|_| shifts && record.due.is_set());
        if let Some(lane) = lane.filter(|_| regroups) {
            self.change_lane(key, &lane, jobs, cx);
        }
        self.trim_history(key, cx);
        self.change_pace(key, pace, jobs, cx);
        if let Some(nominal) = shifted {
            self.disarm_schedule(key, cx);
            self.request(key, Ask::Shift { nominal }, cx);
        }
    }

    /// Starts buffered runs that the new policies allow.
    fn after_change(&mut self, key: Key, jobs: &mut Jobs, cx: &mut Cx) {
        if let Some(lane) = self.lane_of(key) {
            self.watch_surplus(&lane, cx);
            self.start_allowed(&lane, jobs, cx);
        }
    }
}
