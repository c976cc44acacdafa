//! Deadlines: time cannot pass them, and the scheduler is not idle before them.

use scheduler_core::{State, lifecycle::Operation};

use super::{JobState, Machine, Phase, Stage};
use crate::model::{
    scenario::{Call, Millis},
    trace::{Actor, Label},
};

impl Machine {
    /// Returns the earliest deadline of something that has not happened yet.
    pub(in crate::model) fn due(&self) -> Option<Millis> {
        let jobs = self
            .jobs
            .iter()
            .filter_map(|(&label, job)| self.job_due(label, job));
        let calls = self
            .ops
            .iter()
            .filter_map(|(&by, op)| self.call_due(by, op));
        let own = [
            self.state_due(),
            self.closing_due(),
            self.schedules_due(),
            self.rates_due(),
        ];
        jobs.chain(calls).chain(own.into_iter().flatten()).min()
    }

    fn state_due(&self) -> Option<Millis> {
        let idle = self.running() == 0 && !self.has_more_to_drain();
        let must = match self.state {
            State::Starting => !self.driver_held,
            State::ShuttingDown => idle && !self.handlers_held,
            State::ShutDown => false,
            _ => self.left && !self.is_held_by_a_call(),
        };
        must.then_some(0)
    }

    fn schedules_due(&self) -> Option<Millis> {
        if !self.orphans.is_empty() || self.has_undecided() || self.has_kept_to_start() {
            return Some(0);
        }
        let next = self.schedules.values().filter_map(|schedule| schedule.next);
        next.min().filter(|_| self.state == State::Running)
    }

    fn job_due(&self, label: Label, job: &JobState) -> Option<Millis> {
        let closing = matches!(self.state, State::ShuttingDown | State::ShutDown);
        let own = match &job.stage {
            _ if job.is_waiting() && job.removed => Some(0),
            _ if job.is_waiting() && closing && !self.drains_job(job) => Some(0),
            Stage::Delayed(due) => due.filter(|_| self.starts_jobs()),
            Stage::Retrying(due) => Some(*due).filter(|_| self.starts_jobs()),
            Stage::Returned => self.returned_due(job),
            Stage::Deciding => Some(0),
            Stage::Throttled => None,
            Stage::Claimed if self.must_return(job) => Some(0),
            Stage::Queued => {
                let number = job.script.policy.queue;
                let starts = self.is_first(label) && self.may_start_later(number);
                starts.then(|| self.queue_ready_at(number))
            }
            Stage::Claimed if self.is_held_at_gate(job) => None,
            Stage::Claimed => (!job.held).then_some(0),
            Stage::Running | Stage::Done(_) => None,
        };
        let is_told = job.to_be_told && job.is_running() || job.replaced.is_some();
        let told = (is_told && !job.is_done()).then_some(0);
        let abandoned = (self.abandons() && job.is_running()).then_some(0);
        let body = self.body_due(label, job);
        let timed_out = job.attempts.to_be_cancelled.then_some(0);
        let limit = self.limit_due(job);
        let all = [own, told, abandoned, body, timed_out, limit];
        all.into_iter().flatten().min()
    }

    fn call_due(&self, by: Actor, op: &super::Op) -> Option<Millis> {
        let must = match &op.phase {
            Phase::Settled(_) => true,
            Phase::Invoked => match &*op.call {
                Call::Submit(_) => {
                    let starves = !op.waited && self.is_starved(by);
                    starves || !self.is_accepting() || self.all_have_room()
                }
                // The call may turn into a wait without a line in the trace.
                call => !self.handlers_held || call.operation() != Operation::WaitIdle,
            },
            Phase::Starting(_) => self.state != State::Starting,
            Phase::Joined => self.wait_is_over(&op.call) && !self.handlers_held,
        };
        must.then_some(0)
    }

    pub(super) fn is_held_at_gate(&self, job: &JobState) -> bool {
        self.is_gate_shut(job) && job.told.is_none() && !job.attempts.is_last
    }

    /// Returns whether there are slots for all pending submissions, so that their order does not
    /// matter.
    fn all_have_room(&self) -> bool {
        self.invoked().all(|(_, call)| match &*call {
            Call::Submit(job) => self.has_room(job),
            _ => true,
        })
    }

    const fn is_accepting(&self) -> bool {
        !matches!(self.state, State::ShuttingDown | State::ShutDown)
    }

    fn wait_is_over(&self, call: &Call) -> bool {
        match call {
            Call::Wait(job) => {
                let stage = self.jobs.get(&Label::Job(*job)).map(|job| &job.stage);
                matches!(stage, Some(Stage::Done(_)))
            }
            Call::WaitIdle => self.is_idle(),
            _ => self.state == State::ShutDown,
        }
    }

    /// Returns a description of something that must still happen although the scenario has ended.
    pub(in crate::model) fn leftover(&self) -> Option<String> {
        if self.state != State::ShutDown {
            return Some(format!("it is {} in the end", self.state));
        }
        let unborn = |job: &JobState| !job.body.has_begun() && job.script.repeated;
        let alive = |(label, job): (&Label, &std::rc::Rc<JobState>)| {
            let is_gone = job.body.dropped || unborn(job);
            (!is_gone).then(|| format!("the body of {label} was never destroyed (JB-013)"))
        };
        let waits = self.ops.keys().next();
        let waits = waits.map(|by| format!("a call of {by:?} never answered"));
        self.jobs.iter().find_map(alive).or(waits)
    }
}

impl super::Body {
    pub(super) const fn has_begun(&self) -> bool {
        self.ended.is_some() || self.dropped || self.is_at_a_step()
    }
}
