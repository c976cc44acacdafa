//! Questions to triggers and their answers: pure, and outside the lock, because triggers are user
//! code.

use std::{borrow::Cow, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    jitter, misfire,
    repeats::Passes,
    runs::Runs,
    search::{self, Standstill, latest_due, step},
    slab::Key,
};
use crate::{
    RunCause, SkipReason, Span,
    panic::Contained,
    schedule::Policies,
    trigger::{Asked, Repeats, Timeline, Trigger},
};

/// A question to a trigger.
#[derive(Clone)]
pub(crate) struct PlanRequest {
    pub(crate) schedule: Key,
    /// The state of the schedule that the question is about: a later one makes the answer void.
    pub(super) revision: u32,
    pub(crate) trigger: Contained<Arc<dyn Trigger>>,
    /// `None` for the default ones.
    pub(super) policies: Option<Arc<Policies>>,
    /// What came already, and comes again since the wall clock was set back.
    pub(super) passes: Option<Arc<Passes>>,
    /// What the shifts of its starts come from.
    pub(super) seed: u64,
    /// How far the start is shifted that the schedule has waited for: further than by its policies, if
    /// those have been changed meanwhile.
    pub(super) waited: TimeDelta,
    /// Where it is asked.
    pub(crate) asked: Asked,
    /// How many questions to its members the trigger took the last time.
    pub(super) last_cost: u32,
    pub(super) ask: Ask,
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ask {
    /// The first instant of a schedule that becomes live; the readings of both timelines.
    First {
        wall: DateTime<Utc>,
        elapsed: DateTime<Utc>,
        /// An instant that has been decided already, by the rule that the schedule had before.
        taken: Option<DateTime<Utc>>,
    },
    /// What to do now that `nominal` is due, and what comes after.
    Due {
        nominal: DateTime<Utc>,
        /// The reading of its timeline.
        now: DateTime<Utc>,
        wall: DateTime<Utc>,
    },
    /// The first instant from `from` on, of a schedule that was paused while it waited for
    /// `nominal`.
    Resume {
        nominal: DateTime<Utc>,
        from: DateTime<Utc>,
    },
    /// The same for one that goes on now. What came before its pause was not to be passed over.
    ResumeNow {
        nominal: DateTime<Utc>,
        /// When the pause began, and the reading now, both of its timeline.
        since: DateTime<Utc>,
        now: DateTime<Utc>,
        wall: DateTime<Utc>,
    },
    /// The first instant from `from` on, now that the wall clock was set back to `now`, of a schedule
    /// that waits for `nominal`. When between the two the clock was set is not known.
    SetBack {
        nominal: DateTime<Utc>,
        from: DateTime<Utc>,
        now: DateTime<Utc>,
    },
    /// Nothing but by how much the start for `nominal` is to be shifted.
    Shift { nominal: DateTime<Utc> },
}

impl Ask {
    /// Whether it is about the first instant of a schedule that becomes live.
    pub(super) const fn is_first(self) -> bool {
        matches!(self, Self::First { .. })
    }

    /// What the wall clock showed when it was asked, as far as that matters.
    pub(super) const fn wall(self) -> Option<DateTime<Utc>> {
        match self {
            Self::First { wall, .. } | Self::Due { wall, .. } | Self::ResumeNow { wall, .. } => {
                Some(wall)
            }
            Self::SetBack { now, .. } => Some(now),
            Self::Resume { .. } | Self::Shift { .. } => None,
        }
    }
}

/// The answer.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// The trigger from now on, if a relative one has become absolute.
    pub(crate) trigger: Option<(Contained<Arc<dyn Trigger>>, Timeline)>,
    /// The instants to run for, in order.
    pub(super) runs: Runs,
    /// The instants that are not run.
    pub(super) passed: Vec<Passed>,
    /// The next instant to wait for.
    pub(super) next: Option<Next>,
    /// What the trigger did wrong: the schedule is over.
    pub(super) fault: Option<Standstill>,
    /// How many questions to its members the trigger took.
    pub(crate) cost: u32,
}

/// An instant that is to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Occurrence {
    pub(crate) nominal: DateTime<Utc>,
    /// The instants it stands for, if it is more than one.
    pub(crate) covers: Option<Span>,
    /// Those of them that are not itself, until they are on record: they share its fate.
    pub(super) others: Option<Span>,
    pub(crate) cause: RunCause,
    /// It was noticed later than the grace allows, and keeps the pace of such.
    pub(super) late: bool,
    /// How far its start is shifted: what it is not late by.
    pub(super) shift: TimeDelta,
}

/// Instants that are not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Passed {
    pub(super) span: Span,
    pub(super) reason: SkipReason,
    /// Why they were due.
    pub(super) cause: RunCause,
}

/// An instant to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Next {
    pub(super) nominal: DateTime<Utc>,
    /// How far its start is shifted.
    pub(super) shift: TimeDelta,
}

impl Occurrence {
    /// The same once the others that it stands for are on record.
    pub(super) const fn on_record(self) -> Self {
        Self {
            others: None,
            ..self
        }
    }

    pub(super) const fn new(nominal: DateTime<Utc>, cause: RunCause) -> Self {
        Self {
            nominal,
            covers: None,
            others: None,
            cause,
            late: false,
            shift: TimeDelta::zero(),
        }
    }
}

/// Instants among which one rule holds.
pub(super) struct Stretch<'a> {
    pub(super) rule: Cow<'a, PlanRequest>,
    /// The last point of them.
    pub(super) until: DateTime<Utc>,
}

/// Asks the trigger. A panic, a standstill or too much work of it becomes a fault (`TM-009`,
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
        passed.cause = request.cause(passed.span.from).unwrap_or_default();
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

    /// The instant it says to wait for.
    pub(crate) fn next_nominal(&self) -> Option<DateTime<Utc>> {
        self.next.map(|next| next.nominal)
    }

    /// Notes that the instants from `from` to `to` are not run.
    pub(super) fn pass(
        &mut self,
        trigger: &dyn Trigger,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
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
        wall: DateTime<Utc>,
        elapsed: DateTime<Utc>,
        taken: Option<DateTime<Utc>>,
    ) -> Result<Plan, Standstill> {
        let at = |trigger: &Arc<dyn Trigger>| match trigger.timeline() {
            Timeline::Wall => wall,
            Timeline::Elapsed => elapsed,
        };
        let anchored = self.trigger.anchored(at(&self.trigger)).map(Contained::new);
        let absolute = Self {
            trigger: anchored.clone().unwrap_or_else(|| self.trigger.clone()),
            ..self.clone()
        };
        let first = match absolute.trigger.first_from(at(&absolute.trigger)) {
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

    /// Instants from `since` on came during the pause and are passed over. What came before, and was
    /// held up by the shift of its start, goes by the misfire policy, as after any other delay.
    fn resume_now(
        &self,
        nominal: DateTime<Utc>,
        since: DateTime<Utc>,
        now: DateTime<Utc>,
        wall: DateTime<Utc>,
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
        nominal: DateTime<Utc>,
        from: DateTime<Utc>,
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
        nominal: DateTime<Utc>,
        from: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Plan, Standstill> {
        let first = match &self.passes {
            Some(passes) => passes.first_since(&*self.trigger, from, now)?,
            None => None,
        };
        self.wait_for(Some(first.unwrap_or(nominal)), Plan::default())
    }

    /// The next instant that runs after one of the rule.
    pub(super) fn following(
        &self,
        after: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, Standstill> {
        match step(&*self.trigger, after)? {
            Some(next) => self.first_at(next),
            None => Ok(None),
        }
    }

    /// The same for a preview, which ends where the trigger fails.
    pub(crate) fn preview_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let (answer, _) = search::asked(|| self.following(after));
        answer.ok().flatten()
    }

    /// The same question about another trigger.
    pub(crate) fn with_trigger(self, trigger: Contained<Arc<dyn Trigger>>) -> Self {
        Self { trigger, ..self }
    }

    /// An instant of the rule if it runs, or else the next one that does.
    fn first_at(&self, instant: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Standstill> {
        match &self.passes {
            Some(passes) if passes.holds(instant) => passes.first_from(&*self.trigger, instant),
            _ => Ok(Some(instant)),
        }
    }

    /// Why a run for an instant runs, if it comes again.
    pub(super) fn cause(&self, instant: DateTime<Utc>) -> Option<RunCause> {
        self.passes.as_ref()?.cause(instant)
    }

    /// Whether any instants come again.
    pub(super) const fn repeats(&self) -> bool {
        self.passes.is_some()
    }

    /// Whether the instants around `at` have records, and fixed times among them are not repeated.
    pub(super) fn holds(&self, at: DateTime<Utc>) -> bool {
        self.passes.as_ref().is_some_and(|passes| passes.holds(at))
    }

    /// The rule by which instants around `at` run, and how far that goes: no further than `until`.
    pub(super) fn stretch(&self, at: DateTime<Utc>, until: DateTime<Utc>) -> Stretch<'_> {
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

    /// The plan with the instant to wait for, and the shift of its start.
    pub(super) fn wait_for(
        &self,
        nominal: Option<DateTime<Utc>>,
        mut plan: Plan,
    ) -> Result<Plan, Standstill> {
        if let Some(nominal) = nominal {
            let shift = self.shift(nominal)?;
            plan.next = Some(Next { nominal, shift });
        }
        Ok(plan)
    }

    /// The same at `now`, for the instant that the schedule has waited for. A change that shortens the
    /// shift makes the start due, and not late.
    pub(super) fn shift_of_awaited(
        &self,
        nominal: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<TimeDelta, Standstill> {
        let shift = self.shift(nominal)?;
        Ok(jitter::held_up(shift, self.waited, nominal, now))
    }

    /// How far the start for `nominal` is shifted.
    pub(super) fn shift(&self, nominal: DateTime<Utc>) -> Result<TimeDelta, Standstill> {
        let limit = self.policies().jitter;
        if limit.is_zero() {
            return Ok(TimeDelta::zero());
        }
        let following = step(&*self.trigger, nominal)?;
        Ok(jitter::shift(self.seed, nominal, following, limit))
    }
}
