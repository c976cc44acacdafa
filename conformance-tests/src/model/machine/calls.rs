//! Silent steps, which leave no line: calls that take effect, jobs that join the queue, timeouts of
//! a shutdown.

use scheduler_core::{
    ErrorKind, State,
    lifecycle::{LifecycleError, Operation},
};

use super::{JobState, Machine, Order, Phase, Stage, table::permit};
use crate::model::{
    scenario::{Call, Millis},
    trace::{Actor, Answer, Label},
    work::JobSpec,
};
use std::rc::Rc;

impl Machine {
    /// Returns every state that one silent step leads to.
    pub(in crate::model) fn silent_steps(&self) -> Vec<Self> {
        let mut next = Vec::new();
        for (&by, op) in &self.ops {
            match op.phase {
                Phase::Invoked => next.extend(self.decide(by, &op.call)),
                Phase::Starting(attempt) => next.extend(self.settle_start(by, attempt)),
                Phase::Joined => next.extend(self.settle_wait(by, &op.call)),
                Phase::Settled(_) => {}
            }
        }
        next.extend(self.join_queue());
        next.extend(self.call_for_tokens());
        next.extend(self.return_jobs());
        next.extend(self.claim_again());
        next.extend(self.end_attempts());
        next.extend(self.phase_over());
        next
    }

    /// Lets a call take effect without an event.
    fn decide(&self, by: Actor, call: &Call) -> Vec<Self> {
        match call {
            Call::Cancel { job, grace } => self.decide_cancel(by, *job, *grace),
            Call::Wait(job) => self.decide_wait(by, *job),
            Call::DropHandle(job) => {
                let mut next = self.settle(by, Answer::Ok);
                next.handles.remove(job);
                vec![next]
            }
            call => {
                let gone = self.left.then(|| self.settle(by, Answer::Gone));
                gone.into_iter().chain(self.decide_call(by, call)).collect()
            }
        }
    }

    fn decide_call(&self, by: Actor, call: &Call) -> Option<Self> {
        if let Err(error) = self.allows(by, call) {
            return Some(self.settle(by, refused(error)));
        }
        match call {
            Call::Pause if self.state == State::Paused => Some(self.settle(by, Answer::Ok)),
            Call::Resume if self.state == State::Running => Some(self.settle(by, Answer::Ok)),
            Call::Shutdown(how) if self.state == State::ShuttingDown => {
                let mut next = self.clone();
                next.join_shutdown(*how);
                next.set_phase(by, Phase::Joined);
                Some(next)
            }
            Call::RequestShutdown(how) if self.state == State::ShuttingDown => {
                let mut next = self.settle(by, Answer::Ok);
                next.join_shutdown(*how);
                Some(next)
            }
            Call::Stopped | Call::WaitIdle => {
                let mut next = self.clone();
                next.set_phase(by, Phase::Joined);
                Some(next)
            }
            Call::TrySubmit(job) | Call::Post(job) => self
                .decide_unknown_queue(by, job.policy.queue)
                .or_else(|| self.decide_full(by, job)),
            Call::Add(schedule) => {
                let known = self.schedules.contains_key(&schedule.id);
                known.then(|| self.settle(by, refused_as(ErrorKind::DuplicateId)))
            }
            Call::PauseQueue(number) => self.decide_unknown_queue(by, *number),
            Call::ResumeQueue(number) => self.decide_resume_queue(by, *number),
            Call::Remove(id) | Call::RunNow(id) => {
                let unknown = !self.schedules.contains_key(id);
                unknown.then(|| self.settle(by, refused_as(ErrorKind::NotFound)))
            }
            Call::Submit(_) if self.is_starved(by) => {
                Some(self.settle(by, refused(LifecycleError::WouldDeadlock)))
            }
            Call::Submit(job) => self.decide_unknown_queue(by, job.policy.queue),
            Call::Look => Some(self.settle(by, Answer::Ok)),
            _ => None,
        }
    }

    /// Applies the lifecycle table, with its row for calls from inside.
    fn allows(&self, by: Actor, call: &Call) -> Result<(), LifecycleError> {
        let waits = match call {
            Call::Shutdown(_) => true,
            Call::Stopped | Call::WaitIdle => self.state != State::ShutDown,
            _ => false,
        };
        if waits && matches!(by, Actor::Job(_)) {
            permit(self.state, Operation::WaitInside)?;
        }
        permit(self.state, call.operation())
    }

    /// Refuses a job because no slot is free beyond those reserved for waiters (`AJ-022`). The
    /// trace does not show which submissions wait until they return.
    fn decide_full(&self, by: Actor, job: &JobSpec) -> Option<Self> {
        let queue = self.config.queue(job.policy.queue)?;
        queue.limit.filter(|_| job.delay == 0)?;
        let full = self.places(job) <= self.submissions_to(job.policy.queue);
        full.then(|| self.settle(by, refused_as(ErrorKind::QueueFull)))
    }

    fn decide_cancel(&self, by: Actor, job: u16, grace: Millis) -> Vec<Self> {
        let mut next = self.without_handle(by, job);
        if !self.handles.contains(&job) {
            return next;
        }
        let Some(state) = self.jobs.get(&Label::Job(job)) else {
            return next;
        };
        if matches!(state.stage, Stage::Done(_)) {
            next.push(self.settle(by, Answer::Cancel("TooLate".into())));
        } else if state.told.is_some() {
            let mut again = self.settle(by, Answer::Cancel("Requested".into()));
            again.tell(Label::Job(job), "Requested", grace);
            next.push(again);
        }
        next
    }

    fn decide_wait(&self, by: Actor, job: u16) -> Vec<Self> {
        let mut next = self.without_handle(by, job);
        if self.handles.contains(&job) {
            if self.refuses_wait(by, Label::Job(job)) {
                next.push(self.settle(by, refused(LifecycleError::WouldDeadlock)));
            } else {
                let mut waiting = self.clone();
                waiting.set_phase(by, Phase::Joined);
                next.push(waiting);
            }
        }
        next
    }

    fn refuses_wait(&self, by: Actor, target: Label) -> bool {
        let Actor::Job(waiter) = by else {
            return false;
        };
        let stage = self.jobs.get(&target).map(|job| &job.stage);
        !matches!(stage, Some(Stage::Done(_))) && self.would_deadlock(waiter, target)
    }

    /// Returns the states in which there is no handle to the job, or not yet.
    fn without_handle(&self, by: Actor, job: u16) -> Vec<Self> {
        let submits = |op: &super::Op| op.call.job().is_some_and(|spec| spec.tag == job);
        let known = self.handles.contains(&job) && !self.ops.values().any(submits);
        if known {
            return Vec::new();
        }
        vec![self.settle(by, Answer::NoHandle)]
    }

    /// Lets a pending start return its result.
    fn settle_start(&self, by: Actor, attempt: u8) -> Option<Self> {
        let latest = self.attempt == attempt;
        match self.state {
            State::Starting if latest => None,
            State::Running | State::Paused if latest => Some(self.settle(by, Answer::Ok)),
            State::ShuttingDown | State::ShutDown => {
                Some(self.settle(by, refused(LifecycleError::ShutDown)))
            }
            _ => Some(self.settle(by, refused_as(ErrorKind::Spawn))),
        }
    }

    /// Lets a waiting call return, if its condition holds.
    fn settle_wait(&self, by: Actor, call: &Call) -> Option<Self> {
        let answer = match call {
            Call::Wait(job) => match &self.jobs.get(&Label::Job(*job))?.stage {
                Stage::Done(outcome) => Answer::Outcome(outcome.clone()),
                _ => return None,
            },
            Call::WaitIdle if self.is_idle() => Answer::Ok,
            Call::Stopped if self.state == State::ShutDown => Answer::Ok,
            Call::Shutdown(_) if self.state == State::ShutDown && self.abandoned => {
                refused_as(ErrorKind::Timeout)
            }
            Call::Shutdown(_) if self.state == State::ShutDown => Answer::Ok,
            _ => return None,
        };
        Some(self.settle(by, answer))
    }

    /// Moves the delayed job with the earliest time to the queue.
    fn join_queue(&self) -> Option<Self> {
        if !self.starts_jobs() {
            return None;
        }
        let starts = |job: &JobState| self.state == State::Running || self.drains_job(job);
        let due = |(&label, job): (&Label, &Rc<JobState>)| {
            let at = job.waits_until().filter(|&at| at <= self.now)?;
            starts(job).then_some((at, job.serial, label))
        };
        let (at, _, label) = self.jobs.iter().filter_map(due).min()?;
        let mut next = self.clone();
        let job = next.job_mut(label)?;
        job.stage = Stage::Queued;
        job.takes_room = false;
        next.line_of(label)?.push(label);
        next.limit_waiting(label, at);
        Some(next)
    }

    /// Requests the cancellation of a running job. A later request can only shorten its grace.
    pub(super) fn tell(&mut self, label: Label, reason: &'static str, grace: Millis) {
        let (at, drop_at) = (self.now, self.now.saturating_add(grace));
        if let Some(job) = self.job_mut(label) {
            match &mut job.told {
                Some(order) => order.hasten(reason, drop_at),
                told => *told = Some(Order::new(reason, at, drop_at)),
            }
        }
    }
}

fn refused(error: LifecycleError) -> Answer {
    refused_as(scheduler_core::Error::from(error).kind())
}

pub(super) fn refused_as(kind: ErrorKind) -> Answer {
    Answer::Refused(format!("{kind:?}"))
}
