//! The steps of the bodies of jobs, and their times.

use scheduler_core::State;

use super::{JobState, Machine, Stage};
use crate::model::{
    execute::FINALE,
    scenario::Millis,
    trace::{Actor, Did, Ending, Label},
    work::Step,
};

/// The progress of a body.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Body {
    /// The current step.
    step: Option<u16>,
    since: Millis,
    pub(super) ended: Option<Ending>,
    pub(super) dropped: bool,
}

impl Body {
    /// Records that a call of the body has returned.
    pub(super) const fn touch(&mut self, now: Millis) {
        self.since = now;
    }

    pub(super) const fn is_at_a_step(&self) -> bool {
        self.step.is_some()
    }
}

impl Machine {
    /// Returns the state after an action of a job's body, or `None` if it is not allowed.
    pub(super) fn body_did(mut self, label: Label, did: Did) -> Option<Self> {
        if did == Did::Dropped {
            return self.body_dropped(label);
        }
        let now = self.now;
        let is_next = self.is_next(label, did)?;
        let body = &mut self.job_mut(label)?.body;
        match did {
            Did::Step(step) => body.step = Some(step),
            Did::Ended(how) => body.ended = Some(how),
            Did::Dropped => {}
        }
        body.since = now;
        is_next.then_some(self)
    }

    fn is_next(&self, label: Label, did: Did) -> Option<bool> {
        let job = self.jobs.get(&label)?;
        let abandoned = matches!(job.stage, Stage::Done(_)) && job.body.step.is_some();
        let body = &job.body;
        if !(job.stage == Stage::Running || abandoned) || body.dropped || body.ended.is_some() {
            return Some(false);
        }
        let is_free = self.step_over(label, job)? <= self.now;
        let next = body.step.map_or(0, |step| step + 1);
        let steps = u16::try_from(job.script.steps.len()).unwrap_or(u16::MAX);
        Some(match did {
            Did::Step(step) => is_free && step == next && next < steps && !job.must_stop(),
            Did::Ended(how) if Some(how) == job.ending_step() => true,
            Did::Ended(Ending::Well) => {
                let all_done = next == steps && job.ending_step().is_none();
                is_free && (all_done || job.is_interrupted(self.now))
            }
            Did::Ended(_) | Did::Dropped => false,
        })
    }

    /// Returns when the current step ends; `Millis::MAX` if no time is known.
    fn step_over(&self, label: Label, job: &JobState) -> Option<Millis> {
        const NEVER: Millis = Millis::MAX;
        let body = &job.body;
        let Some(step) = body.step else {
            return Some(body.since);
        };
        let told_at = job.told.map_or(NEVER, |told| told.at);
        let over = match job.script.steps.get(usize::from(step))? {
            Step::Witness | Step::Yield | Step::Fail | Step::Panic => body.since,
            Step::Sleep(length) | Step::Deaf(length) => body.since.saturating_add(*length),
            Step::Gate(gate) => self.gates.get(gate).copied().unwrap_or(NEVER),
            Step::UntilTold => told_at.min(self.gates.get(&FINALE).copied().unwrap_or(NEVER)),
            Step::Call(_) if self.ops.contains_key(&Actor::Job(label)) => NEVER,
            Step::Call(_) => body.since,
        };
        let interrupted = if job.is_interruptible() {
            told_at
        } else {
            NEVER
        };
        Some(over.min(interrupted).max(body.since))
    }

    /// Records the drop of a body, which must happen exactly once and not too early (`JB-013`).
    fn body_dropped(mut self, label: Label) -> Option<Self> {
        let (now, may_fail) = (self.now, self.may_fail);
        let Some(job) = self.jobs.get(&label) else {
            return self.refused_body_dropped(label);
        };
        // The gate turns it away: it got its permit at the very end of `start_within`.
        let expired = self.has_timed_out(job) && job.attempts.has_not_begun();
        let never_begins = self.ends_paused(job) || expired;
        let job = self.job_mut(label)?;
        let told_to = job.told.is_some_and(|told| told.drop_at <= now);
        let dropped_by_order = told_to && !job.script.blocking && job.is_running();
        let blocking_unbegun = told_to && job.body.step.is_none() && job.is_running();
        let unbegun = job.stage == Stage::Claimed && (job.told.is_some() || never_begins);
        let over = job.body.ended.is_some() || matches!(job.stage, Stage::Done(_));
        let legal = over || unbegun || dropped_by_order || blocking_unbegun || may_fail;
        if job.body.dropped || !legal {
            return None;
        }
        job.body.dropped = true;
        self.ops.remove(&Actor::Job(label));
        self.forget(label);
        Some(self)
    }

    /// Accepts the drop of a body that was never accepted; its submission must still be pending.
    fn refused_body_dropped(mut self, label: Label) -> Option<Self> {
        let submits = |call: &crate::model::scenario::Call| {
            call.job().is_some_and(|job| Label::Job(job.tag) == label)
        };
        let op = self.ops.values_mut().find(|op| submits(&op.call))?;
        let first = !std::mem::replace(&mut op.body_dropped, true);
        first.then_some(self)
    }

    /// Returns the time by which the body must act or be dropped.
    pub(super) fn body_due(&self, label: Label, job: &JobState) -> Option<Millis> {
        let body = &job.body;
        match &job.stage {
            Stage::Done(_) => {
                let unborn = body.step.is_none() && job.script.repeated;
                let due = self.done_body_due(label, job);
                due.filter(|_| !body.dropped && !unborn)
            }
            Stage::Running if body.ended.is_some() || body.dropped => Some(0),
            Stage::Running => {
                let drop_at = job.told.map(|told| told.drop_at);
                let drop_at = drop_at.filter(|_| !job.script.blocking);
                let over = self.step_over(label, job).filter(|&at| at < Millis::MAX);
                over.into_iter().chain(drop_at).min()
            }
            _ => None,
        }
    }

    /// Returns when the body of a finished job must be dropped. A body that never ran is dropped at
    /// once; an abandoned one continues by itself.
    fn done_body_due(&self, label: Label, job: &JobState) -> Option<Millis> {
        if job.body.step.is_none() {
            return (!job.held).then_some(0);
        }
        if job.body.ended.is_some() {
            return Some(0);
        }
        let goes_on = job.script.blocking && self.state == State::ShutDown;
        let over = self.step_over(label, job).filter(|&at| at < Millis::MAX);
        over.filter(|_| goes_on)
    }
}

impl JobState {
    /// Returns how the current step ends the job, if it does.
    fn ending_step(&self) -> Option<Ending> {
        let step = self.body.step?;
        match self.script.steps.get(usize::from(step))? {
            Step::Fail => Some(Ending::Failing),
            Step::Panic => Some(Ending::Panicking),
            _ => None,
        }
    }

    /// Returns whether a blocking body is at a step that a cancellation ends.
    fn is_interruptible(&self) -> bool {
        let step = self
            .body
            .step
            .and_then(|step| self.script.steps.get(usize::from(step)));
        self.script.blocking && matches!(step, Some(Step::Sleep(_) | Step::Gate(_)))
    }

    fn is_interrupted(&self, now: Millis) -> bool {
        self.is_interruptible() && self.told.is_some_and(|told| told.at <= now)
    }

    /// Returns whether the body was cancelled before its step could end by itself.
    fn must_stop(&self) -> bool {
        let step = self
            .body
            .step
            .and_then(|step| self.script.steps.get(usize::from(step)));
        let slept = match step {
            Some(Step::Sleep(length)) => self.body.since.saturating_add(*length),
            _ => return false,
        };
        self.is_interruptible() && self.told.is_some_and(|told| told.at < slept)
    }
}
