//! [`PlanRequest`] and [`Plan`]: trigger calls and their results. Pure, and run without the lock, because
//! triggers are user code.

use std::{borrow::Cow, sync::Arc};

use super::{ask::Ask, jitter, misfire};
use crate::{
    Result, RunCause, SkipReason, Span,
    base::{panic::Contained, unix_time::UnixTime},
    engine::{occurrence::Runs, slab::Key},
    schedule::{
        Policies,
        repeats::Passes,
        search::{self, Standstill, latest_due, step},
    },
    trigger::{Asked, Repeats, Timeline, Trigger},
};

/// A requested trigger call.
#[derive(Clone)]
pub(crate) struct PlanRequest {
    pub(crate) schedule: Key,
    /// Revision of the schedule. A later revision makes the result void.
    pub(super) revision: u32,
    pub(crate) trigger: Contained<Arc<dyn Trigger>>,
    /// Policies of the schedule; `None` for the defaults.
    pub(super) policies: Option<Arc<Policies>>,
    /// Ranges of instants that were decided before the wall clock was set back, and may repeat.
    pub(super) passes: Option<Arc<Passes>>,
    /// Seed of the jitter.
    pub(super) seed: u64,
    /// Delay, in nanoseconds, of the start for which the schedule has waited. It may exceed the present limit of the jitter.
    pub(super) waited: u64,
    /// Where the trigger is called.
    pub(crate) asked: Asked,
    /// Number of member calls in the last trigger call.
    pub(in crate::engine) last_cost: u32,
    pub(super) ask: Ask,
}

/// Result of a trigger call.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// The anchored trigger, if the trigger was relative.
    pub(crate) trigger: Option<(Contained<Arc<dyn Trigger>>, Timeline)>,
    /// The instants to run, in order.
    pub(super) runs: Runs,
    /// The instants that do not run.
    pub(super) passed: Vec<Passed>,
    /// The next instant.
    pub(super) next: Option<Next>,
    /// Fault of the trigger, which ends the schedule.
    pub(super) fault: Option<Standstill>,
    /// Number of member calls in this trigger call.
    pub(crate) cost: u32,
}

/// Instants that are not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Passed {
    pub(super) span: Span,
    pub(super) reason: SkipReason,
    /// Cause of the instants.
    pub(super) cause: RunCause,
}

/// The next instant of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Next {
    pub(super) nominal: UnixTime,
    /// Jitter of the start for this instant, in nanoseconds.
    pub(super) shift: u64,
}

/// A range of instants to which the same passes apply.
pub(super) struct Stretch<'a> {
    pub(super) rule: Cow<'a, PlanRequest>,
    /// End of the range, inclusive.
    pub(super) until: UnixTime,
}

/// Calls the trigger. A panic, a lack of progress or an exceeded budget becomes a fault (`TM-009`,
/// `TM-011`).
pub(crate) fn plan(request: &PlanRequest) -> Plan {
    let (answer, cost) = search::asked(|| match request.ask {
        Ask::First {
            wall,
            elapsed,
            taken,
        } => request.first(wall, elapsed, taken),
        Ask::Due { nominal, now, wall } => misfire::due(request, nominal, now, wall),
        Ask::Resume { nominal, from } => request.resume(nominal, from, Plan::default()),
        Ask::ResumeNow {
            nominal,
            since,
            now,
            wall,
        } => request.resume_now(nominal, since, now, wall),
        Ask::SetBack { nominal, from, now } => request.set_back(nominal, from, now),
        Ask::Shift { nominal } => request.wait_for(Some(nominal), Plan::default()),
    });
    let mut plan = answer.unwrap_or_else(Plan::faulted);
    for passed in &mut plan.passed {
        passed.cause = request
            .cause(UnixTime::of(passed.span.from))
            .unwrap_or_default();
    }
    Plan { cost, ..plan }
}

impl Plan {
    fn faulted(problem: Standstill) -> Self {
        Self {
            fault: Some(problem),
            ..Self::default()
        }
    }

    /// Returns the next instant.
    pub(crate) fn next_nominal(&self) -> Option<UnixTime> {
        self.next.map(|next| next.nominal)
    }

    /// Records the instants from `from` to `to` as not run.
    pub(super) fn pass(
        &mut self,
        trigger: &dyn Trigger,
        from: UnixTime,
        to: UnixTime,
        reason: SkipReason,
    ) -> Result<(), Standstill> {
        let span = search::span(trigger, from, to)?;
        let cause = RunCause::Due;
        self.passed.push(Passed {
            span,
            reason,
            cause,
        });
        Ok(())
    }
}

impl PlanRequest {
    pub(super) fn policies(&self) -> &Policies {
        const DEFAULT: &Policies = &Policies::DEFAULT;
        self.policies.as_deref().unwrap_or(DEFAULT)
    }

    fn first(
        &self,
        wall: UnixTime,
        elapsed: UnixTime,
        taken: Option<UnixTime>,
    ) -> Result<Plan, Standstill> {
        let at = |trigger: &Arc<dyn Trigger>| match trigger.timeline() {
            Timeline::Wall => wall,
            Timeline::Elapsed => elapsed,
        };
        let anchored = self
            .trigger
            .anchored(at(&self.trigger).date())
            .map(Contained::new);
        let absolute = Self {
            trigger: anchored.clone().unwrap_or_else(|| self.trigger.clone()),
            ..self.clone()
        };
        let from = at(&absolute.trigger).date();
        let first = match absolute.trigger.first_from(from).map(UnixTime::of) {
            Some(first) if taken == Some(first) => match step(&*absolute.trigger, first)? {
                Some(next) => absolute.first_at(next)?,
                None => None,
            },
            Some(first) => absolute.first_at(first)?,
            None => None,
        };
        let plan = Plan {
            trigger: anchored.map(|trigger| (trigger, absolute.trigger.timeline())),
            ..Plan::default()
        };
        absolute.wait_for(first, plan)
    }

    /// Skips the instants from `since` on, which came during the pause. An earlier instant, whose
    /// start was delayed by jitter, follows the misfire policy.
    fn resume_now(
        &self,
        nominal: UnixTime,
        since: UnixTime,
        now: UnixTime,
        wall: UnixTime,
    ) -> Result<Plan, Standstill> {
        if nominal >= since.min(now) {
            return self.resume(nominal, now, Plan::default());
        }
        let stretch = self.stretch(nominal, search::before(since.min(now)));
        let trigger = &*stretch.rule.trigger;
        let last = latest_due(trigger, nominal, stretch.until)?;
        let due = misfire::Due::until(&stretch.rule, nominal, last, now, wall)?;
        if !due.is_to_come() {
            let plan = due.plan()?;
            return match self.following(last)? {
                Some(next) => self.resume(next, now, plan),
                None => Ok(plan),
            };
        }
        if last == nominal {
            return self.wait_for(Some(nominal), Plan::default());
        }
        let earlier = latest_due(trigger, nominal, search::before(last))?;
        let due = misfire::Due::until(&stretch.rule, nominal, earlier, now, wall)?;
        self.wait_for(Some(last), due.plan()?)
    }

    fn resume(
        &self,
        nominal: UnixTime,
        from: UnixTime,
        mut plan: Plan,
    ) -> Result<Plan, Standstill> {
        let mut next = Some(nominal);
        while let Some(first) = next.filter(|&first| first < from) {
            let stretch = self.stretch(first, search::before(from));
            let trigger = &*stretch.rule.trigger;
            let last = latest_due(trigger, first, stretch.until)?;
            plan.pass(trigger, first, last, SkipReason::Paused)?;
            next = self.following(last)?;
        }
        self.wait_for(next, plan)
    }

    fn set_back(
        &self,
        nominal: UnixTime,
        from: UnixTime,
        now: UnixTime,
    ) -> Result<Plan, Standstill> {
        let first = match &self.passes {
            Some(passes) => passes.first_since(&*self.trigger, from, now)?,
            None => None,
        };
        self.wait_for(Some(first.unwrap_or(nominal)), Plan::default())
    }

    /// Returns the next instant after an instant of the trigger.
    pub(super) fn following(&self, after: UnixTime) -> Result<Option<UnixTime>, Standstill> {
        match step(&*self.trigger, after)? {
            Some(next) => self.first_at(next),
            None => Ok(None),
        }
    }

    /// Returns the next instant for a preview, which ends if the trigger fails.
    pub(crate) fn preview_after(&self, after: UnixTime) -> Option<UnixTime> {
        let (answer, _) = search::asked(|| self.following(after));
        answer.ok().flatten()
    }

    /// Returns the question with another trigger.
    pub(crate) fn with_trigger(self, trigger: Contained<Arc<dyn Trigger>>) -> Self {
        Self { trigger, ..self }
    }

    /// Returns `instant`, an instant of the trigger, if it runs. Otherwise returns the next one
    /// that does.
    fn first_at(&self, instant: UnixTime) -> Result<Option<UnixTime>, Standstill> {
        match &self.passes {
            Some(passes) if passes.holds(instant) => passes.first_from(&*self.trigger, instant),
            _ => Ok(Some(instant)),
        }
    }

    /// Returns the cause of a repeated instant.
    pub(super) fn cause(&self, instant: UnixTime) -> Option<RunCause> {
        self.passes.as_ref()?.cause(instant)
    }

    /// Returns whether any instants may repeat.
    pub(super) const fn repeats(&self) -> bool {
        self.passes.is_some()
    }

    /// Returns whether only patterns, and no fixed times, run again around `at`.
    pub(super) fn holds(&self, at: UnixTime) -> bool {
        self.passes.as_ref().is_some_and(|passes| passes.holds(at))
    }

    /// Returns the range around `at`, up to `until`, to which the same passes apply.
    pub(super) fn stretch(&self, at: UnixTime, until: UnixTime) -> Stretch<'_> {
        let Some(passes) = &self.passes else {
            let rule = Cow::Borrowed(self);
            return Stretch { rule, until };
        };
        let until = until.min(passes.end_of_stretch(at));
        let part = match self.trigger.repeats() {
            Repeats::Part(part) if passes.holds(at) => Some(part),
            _ => None,
        };
        let rule = match part {
            Some(part) => Cow::Owned(Self {
                trigger: Contained::new(part),
                ..self.clone()
            }),
            None => Cow::Borrowed(self),
        };
        Stretch { rule, until }
    }

    /// Sets the next instant and its jitter.
    pub(super) fn wait_for(
        &self,
        nominal: Option<UnixTime>,
        mut plan: Plan,
    ) -> Result<Plan, Standstill> {
        if let Some(nominal) = nominal {
            let shift = self.shift(nominal)?;
            plan.next = Some(Next { nominal, shift });
        }
        Ok(plan)
    }

    /// Returns the jitter, at `now`, of the instant that the schedule has waited for. A change that
    /// shortens the jitter makes the start due, but not late.
    pub(super) fn shift_of_awaited(
        &self,
        nominal: UnixTime,
        now: UnixTime,
    ) -> Result<u64, Standstill> {
        let shift = self.shift(nominal)?;
        Ok(jitter::held_up(shift, self.waited, nominal, now))
    }

    /// Returns the jitter of the start for `nominal`.
    pub(super) fn shift(&self, nominal: UnixTime) -> Result<u64, Standstill> {
        let limit = self.policies().jitter;
        if limit.is_zero() {
            return Ok(0);
        }
        let following = step(&*self.trigger, nominal)?;
        Ok(jitter::shift(self.seed, nominal, following, limit))
    }
}
