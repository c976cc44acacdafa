//! The events of the scheduler, and whether each is allowed.

use std::rc::Rc;

use super::{
    JobState, Known, Machine, Order, Phase, Script, Stage, attempts::Attempts, bodies::Body,
};
use crate::model::{
    scenario::{Call, Millis},
    trace::{Actor, Answer, Ending, Label, Nominal, Told},
};

impl Machine {
    /// Returns every state that explains the event.
    pub(super) fn told(&self, told: &Told) -> Vec<Self> {
        match told {
            Told::State { from, to, cause } => self.state_changed(from, to, cause),
            Told::Scheduled(label, nominal) => self.scheduled(*label, *nominal),
            Told::Claimed(label) => self.claimed(*label).into_iter().collect(),
            Told::Started(label) => self.started(*label).into_iter().collect(),
            Told::Cancelling(label) => self.cancelling(*label),
            Told::Throttled(label) => self.throttled(*label).into_iter().collect(),
            Told::TimedOut(label, attempt) => {
                self.timed_out(*label, *attempt).into_iter().collect()
            }
            Told::Retrying(label, attempt, due) => {
                let retrying = self.retrying(*label, *attempt, *due);
                retrying.into_iter().collect()
            }
            Told::Finished(label, outcome) => self.finished(*label, outcome),
            Told::Added(id) => self.added(*id),
            Told::Removed(id) => self.removed(*id),
            Told::Kept(id, nominal) => self.kept(*id, *nominal).into_iter().collect(),
            Told::Skipped(id, nominal, reason) => {
                self.skipped(*id, *nominal, reason).into_iter().collect()
            }
            Told::QueuePaused(number) => self.queue_paused(*number),
            Told::QueueResumed(number) => self.queue_resumed(*number),
            Told::Jumped => vec![self.clone()],
            Told::Other(_) => Vec::new(),
        }
    }

    fn scheduled(&self, label: Label, nominal: Option<Nominal>) -> Vec<Self> {
        let submits = |call: &Call| match (call, label) {
            (Call::RunNow(id), Label::Run(of, _)) => *id == of,
            (call, label) => call.job().is_some_and(|job| Label::Job(job.tag) == label),
        };
        let by_call = self
            .invoked()
            .filter(|(_, call)| submits(call) && self.is_permitted(call.operation()))
            .filter_map(|(by, call)| self.accept_call(by, &call, label));
        let mut next: Vec<Self> = by_call.collect();
        if let (Label::Run(id, _), Some(nominal)) = (label, nominal) {
            next.extend(self.occurrence(id, nominal, label));
        }
        next
    }

    fn accept_call(&self, by: Actor, call: &Call, label: Label) -> Option<Self> {
        let mut next = self.settle(by, Answer::Ok);
        if let Some(job) = call.job() {
            let room = self.has_room(job) && self.queue(job.policy.queue).is_some();
            if matches!(call, Call::Submit(_) | Call::TrySubmit(_)) {
                next.handles.insert(job.tag);
            }
            next.accept(label, Script::of_job(job), true);
            return room.then_some(next);
        }
        let Label::Run(id, _) = label else {
            return None;
        };
        next.accept(label, self.schedules.get(&id)?.script.clone(), false);
        next.job_mut(label)?.run_of = Some(id);
        Some(next)
    }

    pub(super) fn accept(&mut self, label: Label, script: Known<Script>, submitted: bool) {
        self.accepted += 1;
        let delay = script.delay;
        let live = self.has_started().then(|| self.now.saturating_add(delay));
        let stage = if delay == 0 {
            Stage::Queued
        } else {
            Stage::Delayed(live)
        };
        let job = JobState {
            script,
            stage,
            serial: self.accepted,
            takes_room: submitted && delay == 0,
            occurrence_of: None,
            run_of: None,
            removed: false,
            held: false,
            turn: 0,
            returned: false,
            ticket: None,
            attempts: Attempts::default(),
            told: None,
            replaced: None,
            to_be_told: false,
            body: Body::default(),
        };
        self.join_group(job.script.policy.rate);
        let queued = job.stage == Stage::Queued;
        self.jobs.insert(label, Rc::new(job));
        if let Some(line) = self.line_of(label).filter(|_| queued) {
            line.push(label);
            self.limit_waiting(label, self.now);
        }
    }

    fn claimed(&self, label: Label) -> Option<Self> {
        let first = self.is_first(label) && self.has_token(label);
        let can_start = self.can_start(self.queue_of(label));
        let mut next = self.clone();
        next.unqueue(label);
        next.take_token(label);
        next.turns += 1;
        let turn = next.turns;
        let job = next.job_mut(label)?;
        (job.stage, job.held, job.turn) = (Stage::Claimed, self.hold, turn);
        (first && can_start && !job.returned).then_some(next)
    }

    fn started(&self, label: Label) -> Option<Self> {
        let job = self.jobs.get(&label)?;
        let may_begin = job.told.is_none() && !self.is_gate_closed(job);
        let is_next = job.is_claimed() && may_begin && !job.attempts.is_last;
        let mut next = self.clone();
        let job = next.job_mut(label)?;
        (job.stage, job.ticket) = (Stage::Running, None);
        job.body.touch(self.now);
        next.begin_attempt(label)?;
        is_next.then_some(next)
    }

    fn cancelling(&self, label: Label) -> Vec<Self> {
        if let Some(next) = self.cancelled_by_timeout(label) {
            return vec![next];
        }
        let job = self.jobs.get(&label);
        if !job.is_some_and(|job| job.is_running() && job.told.is_none()) {
            return Vec::new();
        }
        let mut next: Vec<Self> = self.told_by_shutdown(label).into_iter().collect();
        next.extend(self.told_by_replacement(label));
        next.extend(self.cancels_of(label).map(|(by, grace)| {
            let mut next = self.settle(by, Answer::Cancel("Requested".into()));
            next.tell(label, "Requested", grace);
            next
        }));
        next
    }

    /// Returns all actors whose pending call cancels the job, with the grace.
    fn cancels_of(&self, label: Label) -> impl Iterator<Item = (Actor, Millis)> {
        self.invoked().filter_map(move |(by, call)| match *call {
            Call::Cancel { job, grace } if Label::Job(job) == label => Some((by, grace)),
            _ => None,
        })
    }

    fn finished(&self, label: Label, outcome: &str) -> Vec<Self> {
        let Some(job) = self.jobs.get(&label) else {
            return Vec::new();
        };
        let mut done = self.clone();
        done.unqueue(label);
        done.leave_line(label);
        if job.is_claimed() && outcome != "Lost" {
            done.give_back_token(label);
        }
        if let Some(job) = done.job_mut(label) {
            job.stage = Stage::Done(outcome.to_owned());
        }
        let well = outcome == "Succeeded" || outcome.starts_with("Cancelled");
        done.handlers_held |= self.hold && !well;
        let at_gate = self.state == scheduler_core::State::Paused || !job.held;
        let held = job.is_claimed() && !self.has_rate(job) && self.is_gate_shut(job) && at_gate;
        if (job.is_waiting() || held && job.told.is_none()) && outcome == "Cancelled(Requested)" {
            let prevented = |(by, _)| done.settle(by, Answer::Cancel("Prevented".into()));
            return self.cancels_of(label).map(prevented).collect();
        }
        if outcome == "Lost" && self.abandons() && job.is_running() {
            done.abandoned = true;
            return vec![done];
        }
        if self.may_end(job, outcome) {
            done.forget(label);
            vec![done]
        } else {
            Vec::new()
        }
    }

    /// Returns whether the job may end with this outcome, other than by a timely cancellation or by
    /// being abandoned.
    fn may_end(&self, job: &JobState, outcome: &str) -> bool {
        match &job.stage {
            _ if self.expires(job, outcome) || self.gives_up(job, outcome) => true,
            _ if job.is_waiting() => match outcome {
                "Cancelled(Shutdown)" => {
                    self.state == scheduler_core::State::ShuttingDown && !self.drains_job(job)
                }
                "Cancelled(ScheduleRemoved)" => job.removed,
                "Cancelled(Replaced)" => job.replaced.is_some(),
                _ => false,
            },
            Stage::Claimed if job.replaced.is_some() && self.is_held_at_gate(job) => {
                outcome == "Cancelled(Replaced)"
            }
            // The job was cancelled or held back before it began.
            Stage::Claimed if job.told.is_some() => {
                let told = job.told.map(Order::outcome);
                told.as_deref() == Some(outcome) || outcome == "Lost" && self.may_fail
            }
            Stage::Claimed if self.ends_paused(job) && outcome == "Cancelled(Shutdown)" => true,
            // The schedule was removed after the job received its permit (`SC-012`).
            Stage::Claimed if job.attempts.is_last => outcome == "Cancelled(ScheduleRemoved)",
            Stage::Claimed | Stage::Running => {
                let lost = outcome == "Lost" && self.may_fail;
                let over = job.is_body_gone() && !self.may_retry(job, outcome);
                lost || over && self.outcome(job).as_deref() == Some(outcome)
            }
            _ => false,
        }
    }

    /// Returns how a running job has ended, if it has.
    pub(super) fn outcome(&self, job: &JobState) -> Option<String> {
        let cancelled = job.told.map(Order::outcome);
        match job.body.ended {
            Some(Ending::Panicking) => Some("Panicked".into()),
            Some(Ending::Well) => cancelled.or_else(|| Some("Succeeded".into())),
            Some(Ending::Failing) => cancelled.or_else(|| Some("Failed".into())),
            None => cancelled.filter(|_| job.told.is_some_and(|told| told.drop_at <= self.now)),
        }
    }
}

impl Machine {
    /// Assigns a number to a start that is now in progress.
    pub(super) fn begin_start(&mut self, by: Actor, paused: bool) {
        self.attempt += 1;
        self.starts_paused = paused;
        self.driver_held = self.hold;
        self.set_phase(by, Phase::Starting(self.attempt));
        if let Some(op) = self.ops.get_mut(&by) {
            op.began_a_start = true;
        }
    }
}
