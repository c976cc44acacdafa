//! Makes schedules due: calls triggers, arms timers, handles due instants.

use std::time::Duration;

use super::{
    Schedules,
    ask::Ask,
    jitter,
    plan::{Next, Plan, PlanRequest},
    record::{ScheduleRecord, ScheduleStats},
};
use crate::{
    EventKind, ScheduleEnd, Timeline,
    base::unix_time::UnixTime,
    engine::{
        Action, Discarded, Key,
        cx::Cx,
        jobs::Jobs,
        time::{JUMP, NEVER},
    },
    schedule::repeats::Again,
};

/// Tag of timer tokens of schedules, as opposed to jobs.
pub(in crate::engine) const SCHEDULE: u32 = 1 << 31;

impl Schedules {
    pub(super) fn request_first(&mut self, key: Key, cx: &mut Cx) {
        self.start_timeline(key, cx);
        let Some(record) = self.get(key) else {
            return;
        };
        let ask = match record.nominal {
            // It continues at its cursor; only its jitter must be computed.
            Some(nominal) => Ask::Shift { nominal },
            None => self.ask_first(record, cx),
        };
        self.request(key, ask, cx);
    }

    pub(super) fn ask_first(&self, record: &ScheduleRecord, cx: &Cx) -> Ask {
        let reading = record.reading(cx);
        Ask::First {
            wall: cx.wall(),
            elapsed: reading,
            taken: Some(reading)
                .filter(|_| record.has_decided_under_another_rule(reading, cx.wall())),
        }
    }

    /// Requests a call of a schedule's trigger. Results of earlier calls become void.
    pub(super) fn request(&mut self, key: Key, ask: Ask, cx: &mut Cx) {
        let Some(record) = self.get_mut(key) else {
            return;
        };
        record.ended = None;
        record.revision = record.revision.wrapping_add(1);
        let request = record.question(key, ask);
        cx.trigger_calls.begin(request.asked);
        cx.push(Action::Plan(request));
    }

    /// Handles the deadline of the schedule in `slot`, unless the entry is stale.
    pub(in crate::engine) fn handle_due(&mut self, slot: u32, deadline: u64, cx: &mut Cx) {
        let Some(key) = self.records.key_of_slot(slot) else {
            return cx.deadlines.note_discarded_timer();
        };
        let horizon = cx.horizon();
        let Some(record) = self.records.get_mut(key) else {
            return;
        };
        let due = record.due.is_for(deadline);
        let (Some(nominal), Some(start), true) = (record.nominal, record.start(), due) else {
            return cx.deadlines.note_discarded_timer();
        };
        self.armed.disarm(&mut record.due, record.timeline);
        let reading = record.reading_at(cx, horizon);
        if start > reading {
            // The wall clock was set back: not yet (`TM-002`).
            return self.arm_schedule(key, cx);
        }
        let ask = Ask::Due {
            nominal,
            now: reading,
            wall: horizon.wall,
        };
        self.request(key, ask, cx);
    }

    /// Returns whether the result of a call is still wanted, because the schedule has not changed
    /// since.
    pub(in crate::engine) fn awaits_plan(&self, request: &PlanRequest) -> bool {
        let is_awaited = |record: &ScheduleRecord| {
            // A shutdown may have to decide about the last instant of a removed schedule.
            let is_live = !record.over || self.is_undecided(request.schedule);
            record.revision == request.revision && is_live
        };
        self.get(request.schedule).is_some_and(is_awaited)
    }

    /// Keeps a schedule whose trigger has no instant in the list.
    fn note_never_due(&mut self, key: Key, cx: &mut Cx) {
        let Some(record) = self.get_mut(key) else {
            return;
        };
        record.ended = Some(ScheduleEnd::NeverDue);
        let schedule = record.id.clone();
        cx.publish(|| EventKind::ScheduleNeverDue(schedule));
    }

    /// Sets the next instant of a schedule, whose start was delayed under the limit `jitter`.
    fn wait_for_next(&mut self, key: Key, next: Next, jitter: Duration, cx: &mut Cx) {
        let Some(record) = self.get_mut(key) else {
            return;
        };
        let nominal = next.nominal;
        record.shift = if record.nominal == Some(nominal) {
            let reading = record.reading(cx);
            jitter::held_up(next.shift, record.shift, nominal, reading)
        } else {
            next.shift
        };
        record.nominal = Some(nominal);
        if record.policies().jitter == jitter {
            self.arm_schedule(key, cx);
        } else {
            self.request(key, Ask::Shift { nominal }, cx);
        }
    }

    /// Arms the timer of the next instant, unless the schedule is paused.
    pub(super) fn arm_schedule(&mut self, key: Key, cx: &mut Cx) {
        self.disarm_schedule(key, cx);
        let started = cx.lifecycle.has_started();
        let record = self.records.get_mut(key);
        let Some(record) = record.filter(|record| started && !record.is_paused()) else {
            return;
        };
        let Some(start) = record.start() else {
            return;
        };
        let due = record.deadline(cx, start);
        self.armed.arm(&mut record.due, record.timeline, due);
        if record.timeline == Timeline::Wall {
            cx.watch_wall_clock();
        }
        cx.arm(due, key.slot | SCHEDULE);
    }

    /// Disarms the timer, if one is armed.
    pub(super) fn disarm_schedule(&mut self, key: Key, cx: &mut Cx) {
        let Some(record) = self.records.get_mut(key) else {
            return;
        };
        let due = self.armed.disarm(&mut record.due, record.timeline);
        if due.is_some_and(|due| due != NEVER) {
            cx.disarm();
        }
    }

    /// Requests the first instant of every schedule that was added before the start.
    pub(in crate::engine) fn request_all_first(&mut self, cx: &mut Cx) {
        let keys: Vec<Key> = self.keys();
        for key in keys {
            self.request_first(key, cx);
        }
    }

    /// Handles the result of a trigger, unless the schedule was changed since the request.
    pub(in crate::engine) fn handle_plan(
        &mut self,
        request: &PlanRequest,
        plan: Plan,
        jobs: &mut Jobs,
        cx: &mut Cx,
    ) {
        cx.trigger_calls.end(request.asked);
        let key = request.schedule;
        let is_awaited = self.awaits_plan(request);
        let Some(record) = self.get_mut(key).filter(|_| is_awaited) else {
            if let Some((trigger, _)) = plan.trigger {
                cx.discard(Discarded::Trigger(trigger));
            }
            return;
        };
        record.last_cost = plan.cost;
        record.note_answer();
        if let Some((absolute, timeline)) = plan.trigger {
            // The result belongs to the old trigger, whose end does not matter.
            let relative = std::mem::replace(&mut record.trigger, absolute);
            record.relative = Some(relative);
            record.timeline = timeline;
            self.start_timeline(key, cx);
        }
        if let Some(problem) = plan.fault {
            self.handle_fault(key, &problem, cx);
            self.finish_deciding(key, cx);
            return;
        }
        for passed in &plan.passed {
            self.note_passed(key, passed, cx);
        }
        self.start_runs(key, plan.runs, jobs, cx);
        if self.is_undecided(key) {
            self.decide_last(key, plan.next, request.policies().jitter, cx);
            return;
        }
        self.wait_after(key, request, plan.next, cx);
    }

    /// Sets the next instant that the trigger returned, or ends the schedule.
    fn wait_after(&mut self, key: Key, request: &PlanRequest, next: Option<Next>, cx: &mut Cx) {
        match next {
            Some(next) => {
                self.wait_for_next(key, next, request.policies().jitter, cx);
            }
            // A trigger without any instant is shown as a mistake (`TM-022`).
            None if request.ask.is_first() => self.note_never_due(key, cx),
            None => self.end_trigger(key, ScheduleEnd::Exhausted, cx),
        }
        // The clock may have been set back while the trigger was asked.
        if let Some(asked) = request.ask.wall().filter(|&asked| asked > cx.wall()) {
            let step = asked.since(cx.wall());
            if step >= JUMP {
                self.set_schedule_back(key, cx.wall(), Again::after(step), cx);
            }
        }
    }
}

impl ScheduleRecord {
    /// Returns whether the present is a recorded instant of the previous trigger.
    fn has_decided_under_another_rule(&self, reading: UnixTime, wall: UnixTime) -> bool {
        let is_now = |stats: &&ScheduleStats| stats.ruled_since == Some(wall);
        let decided =
            |stats: &ScheduleStats| stats.last == Some(reading) || stats.ledger.decides(reading);
        self.stats.as_deref().filter(is_now).is_some_and(decided)
    }

    pub(super) fn question(&self, key: Key, ask: Ask) -> PlanRequest {
        let jitters = !self.policies().jitter.is_zero();
        PlanRequest {
            schedule: key,
            revision: self.revision,
            trigger: self.trigger.clone(),
            policies: self.policies.clone(),
            passes: self.stats.as_ref().and_then(|stats| stats.passes.clone()),
            seed: if jitters {
                jitter::seed(self.id.as_str())
            } else {
                0
            },
            waited: self.shift,
            asked: self.asked,
            last_cost: self.last_cost,
            ask,
        }
    }
}
