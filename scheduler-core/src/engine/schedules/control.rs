//! Pauses, resumes, updates and replaces schedules.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Schedules, footing::Footing, plan::Ask, record::Held};
use crate::{
    Error, EventKind, Now, Operation, Result, ResumeFrom, Schedule, ScheduleChange, ScheduleId,
    SkipReason, Task,
    engine::{Discarded, Engine, Key, cx::Cx},
    permit,
    schedule::{Label, Policies, repeats::Passes, search::before},
};

impl Schedules {
    /// Sets the next instant. Pending trigger results become void, and due instants before `next` are
    /// recorded.
    fn put_where_it_stood(
        &mut self,
        key: Key,
        next: Option<DateTime<Utc>>,
        (footing, passes): (Footing, Option<Arc<Passes>>),
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
        record.shift = TimeDelta::zero();
        record.footing = footing;
        if passes.is_some() || record.life.is_some() {
            record.life().passes = passes;
        }
        if cx.lifecycle.has_started() {
            self.request_first(key, cx);
        }
    }

    fn set_task(&mut self, key: Key, task: Option<Task>, cx: &mut Cx) {
        let (Some(task), Some(record)) = (task, self.get_mut(key)) else {
            return;
        };
        let old = std::mem::replace(&mut record.task, task);
        self.forget_failures(key);
        cx.discard(Discarded::Task(old));
    }
}

impl Engine {
    /// Pauses a schedule. Pausing it again replaces the reason (`SC-006`).
    pub(crate) fn pause_schedule(
        &mut self,
        id: &ScheduleId,
        reason: &str,
        now: &Now,
    ) -> Result<()> {
        self.cx.begin(now);
        permit(self.cx.lifecycle.state(), Operation::Add)?;
        let key = self.schedules.key_of_schedule(id)?;
        self.hold(key, reason.into(), None, now);
        Ok(())
    }

    /// Pauses a schedule. Without `since` the pause begins now, or keeps its begin.
    pub(in crate::engine) fn hold(
        &mut self,
        key: Key,
        reason: Arc<str>,
        since: Option<DateTime<Utc>>,
        now: &Now,
    ) {
        let Some(record) = self.schedules.get_mut(key) else {
            return;
        };
        let reading = match since {
            Some(since) => record.own(&self.cx, since),
            None => record.reading(&self.cx),
        };
        let new = Held::new(reason.clone(), since.unwrap_or(now.wall), reading);
        record.held = Some(Box::new(match record.held.take() {
            Some(held) if since.is_none() => held.for_reason(reason.clone()),
            _ => new,
        }));
        let schedule = record.id.clone();
        if record.nominal.is_some() && !record.is_asked_back() {
            // Pending trigger calls are void; the resumption repeats them.
            record.revision = record.revision.wrapping_add(1);
        }
        self.ask_about_schedules();
        self.schedules.disarm_schedule(key, &mut self.cx);
        self.schedules.stop_pacing(key, &mut self.cx);
        self.publish(now, |_| EventKind::SchedulePaused { schedule, reason });
    }

    /// Resumes a paused schedule. Has no effect on others.
    pub(crate) fn resume_schedule(
        &mut self,
        id: &ScheduleId,
        from: ResumeFrom,
        now: &Now,
    ) -> Result<()> {
        self.cx.begin(now);
        permit(self.cx.lifecycle.state(), Operation::Add)?;
        let key = self.schedules.key_of_schedule(id)?;
        let Some(record) = self.schedules.get_mut(key) else {
            return Ok(());
        };
        let Some(held) = record.held.take() else {
            return Ok(());
        };
        let schedule = record.id.clone();
        self.schedules.forget_failures(key);
        self.publish(now, |_| EventKind::ScheduleResumed(schedule));
        self.go_on(key, &held, from, now);
        Ok(())
    }

    fn go_on(&mut self, key: Key, held: &Held, from: ResumeFrom, now: &Now) {
        let Some(record) = self.schedules.get(key) else {
            return;
        };
        // Without a next instant it waits for the start of the scheduler, or for its trigger. After a step
        // back of the wall clock it waits for its trigger, too.
        if let Some(nominal) = record.nominal.filter(|_| !record.is_asked_back()) {
            let reading = record.reading(&self.cx);
            match from {
                // Its jitter may have changed during the pause.
                ResumeFrom::WhereItStood => {
                    self.schedules
                        .request(key, Ask::Shift { nominal }, &mut self.cx);
                }
                ResumeFrom::Now => {
                    let ask = Ask::ResumeNow {
                        nominal,
                        since: held.reading,
                        now: reading,
                        wall: now.wall,
                    };
                    self.schedules.request(key, ask, &mut self.cx);
                }
                ResumeFrom::At(from) if from == nominal => {
                    self.schedules
                        .request(key, Ask::Resume { nominal, from }, &mut self.cx);
                }
                ResumeFrom::At(from) => {
                    let from = record.own(&self.cx, from);
                    self.schedules
                        .request(key, Ask::Resume { nominal, from }, &mut self.cx);
                }
            }
        }
        self.jobs.release_parked(key);
        self.fill(now);
        if let Some(lane) = self.schedules.lane_of(key) {
            self.run_lane(&lane, now);
        }
        // The pause disarmed its pace deadline.
        self.next_paced(key, self.cx.clocks.elapsed(now), now);
        self.schedules.drop_if_done(key, &mut self.cx);
    }

    /// Applies a change, all of it or nothing (`SC-007`).
    pub(crate) fn update(
        &mut self,
        id: &ScheduleId,
        mut change: ScheduleChange,
        now: &Now,
    ) -> Result<()> {
        self.cx.begin(now);
        let changed = permit(self.cx.lifecycle.state(), Operation::Add)
            .map_err(Error::from)
            .map(|()| self.notice_step(now))
            .and_then(|()| self.schedules.key_of_schedule(id))
            .and_then(|key| self.change(key, &mut change, now).map(|()| key));
        self.schedules.discard_later(change, &mut self.cx);
        let (key, id) = (changed?, id.clone());
        self.publish(now, |_| EventKind::ScheduleUpdated(id));
        self.after_change(key, now);
        Ok(())
    }

    /// Replaces the definition of a schedule.
    pub(in crate::engine) fn replace_schedule(
        &mut self,
        id: ScheduleId,
        key: Key,
        schedule: Schedule,
        now: &Now,
    ) -> Result<ScheduleId> {
        let (paused, next) = (schedule.paused.clone(), schedule.next);
        let (since, footing) = (
            schedule.paused_since,
            Footing::of(schedule.lag, &schedule.decided),
        );
        let passes = schedule.decided.passes.clone();
        let mut change = ScheduleChange::all(schedule);
        let changed = self.change(key, &mut change, now);
        self.schedules.discard_later(change, &mut self.cx);
        changed?;
        self.publish(now, |_| EventKind::ScheduleReplaced(id.clone()));
        if let Some(reason) = paused {
            self.hold(key, reason, since, now);
        }
        self.schedules
            .put_where_it_stood(key, next, (footing, passes), &mut self.cx);
        self.after_change(key, now);
        Ok(id)
    }

    /// Applies a change, and moves its values into the schedule.
    fn change(&mut self, key: Key, change: &mut ScheduleChange, now: &Now) -> Result<()> {
        let Some(record) = self.schedules.get(key) else {
            return Ok(());
        };
        let mut policies = record.policies().clone();
        let mut label = record.label.as_deref().cloned().unwrap_or_default();
        change.apply(&mut policies, &mut label);
        policies.validate()?;
        label.validate()?;
        if let Some(task) = &change.task {
            self.check_task(task)?;
        }
        self.set_policies(key, policies, label, now);
        self.schedules
            .set_task(key, change.task.take(), &mut self.cx);
        self.schedules.set_trigger(key, change, &mut self.cx);
        Ok(())
    }

    fn set_policies(&mut self, key: Key, policies: Policies, label: Label, now: &Now) {
        let lane = self.schedules.lane_of(key);
        let Some(record) = self.schedules.get_mut(key) else {
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
        let shifted = record.nominal.filter(|_| shifts && record.due.is_some());
        if let Some(lane) = lane.filter(|_| regroups) {
            self.change_lane(key, &lane, now);
        }
        self.schedules.trim_history(key, &self.cx);
        self.repace(key, pace, now);
        if let Some(nominal) = shifted {
            self.schedules.disarm_schedule(key, &mut self.cx);
            self.schedules
                .request(key, Ask::Shift { nominal }, &mut self.cx);
        }
    }

    /// Starts buffered runs that the new policies allow.
    fn after_change(&mut self, key: Key, now: &Now) {
        if let Some(lane) = self.schedules.lane_of(key) {
            self.schedules.watch_surplus(&lane, &mut self.cx);
            self.run_lane(&lane, now);
        }
    }
}
