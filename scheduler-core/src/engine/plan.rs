//! Questions to triggers and their answers: pure, and outside the lock, because triggers are user
//! code.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    jitter, misfire,
    search::{self, Standstill, first_from, latest_due, step},
    slab::Key,
};
use crate::{
    RunCause, SkipReason, Span,
    panic::Contained,
    schedule::Policies,
    trigger::{Asked, Timeline, Trigger},
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
    /// What the shifts of its starts come from.
    pub(super) seed: u64,
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
    /// Nothing but by how much the start for `nominal` is to be shifted.
    Shift { nominal: DateTime<Utc> },
}

impl Ask {
    /// Whether it is about the first instant of a schedule that becomes live.
    pub(super) const fn is_first(self) -> bool {
        matches!(self, Self::First { .. })
    }
}

/// The answer.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// The trigger from now on, if a relative one has become absolute.
    pub(crate) trigger: Option<(Contained<Arc<dyn Trigger>>, Timeline)>,
    /// The instants to run for, in order.
    pub(super) runs: Vec<Occurrence>,
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
pub(super) struct Passed {
    pub(super) span: Span,
    pub(super) reason: SkipReason,
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

/// Asks the trigger. A panic, a standstill or too much work of it becomes a fault (`TM-009`,
/// `TM-011`).
pub(crate) fn plan(request: &PlanRequest) -> Plan {
    let (answer, cost) = search::asked(|| match request.ask {
        Ask::First { wall, elapsed } => request.first(wall, elapsed),
        Ask::Due { nominal, now, wall } => misfire::due(request, nominal, now, wall),
        Ask::Resume { nominal, from } => request.resume(nominal, from, Plan::default()),
        Ask::ResumeNow {
            nominal,
            since,
            now,
            wall,
        } => request.resume_now(nominal, since, now, wall),
        Ask::Shift { nominal } => request.wait_for(Some(nominal), Plan::default()),
    });
    let plan = answer.unwrap_or_else(Plan::faulted);
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
        self.passed.push(Passed { span, reason });
        Ok(())
    }
}

impl PlanRequest {
    pub(super) fn policies(&self) -> &Policies {
        const DEFAULT: &Policies = &Policies::DEFAULT;
        self.policies.as_deref().unwrap_or(DEFAULT)
    }

    fn first(&self, wall: DateTime<Utc>, elapsed: DateTime<Utc>) -> Result<Plan, Standstill> {
        let at = |trigger: &Arc<dyn Trigger>| match trigger.timeline() {
            Timeline::Wall => wall,
            Timeline::Elapsed => elapsed,
        };
        let anchored = self.trigger.anchored(at(&self.trigger)).map(Contained::new);
        let absolute = Self {
            trigger: anchored.clone().unwrap_or_else(|| self.trigger.clone()),
            ..self.clone()
        };
        let first = absolute.trigger.first_from(at(&absolute.trigger));
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
        let trigger = &*self.trigger;
        let last = latest_due(trigger, nominal, search::before(since.min(now)))?;
        let due = misfire::Due::until(self, nominal, last, now, wall)?;
        if !due.is_to_come() {
            let plan = due.plan()?;
            return match step(trigger, last)? {
                Some(next) => self.resume(next, now, plan),
                None => Ok(plan),
            };
        }
        if last == nominal {
            return self.wait_for(Some(nominal), Plan::default());
        }
        let earlier = latest_due(trigger, nominal, search::before(last))?;
        let due = misfire::Due::until(self, nominal, earlier, now, wall)?;
        self.wait_for(Some(last), due.plan()?)
    }

    fn resume(
        &self,
        nominal: DateTime<Utc>,
        from: DateTime<Utc>,
        mut plan: Plan,
    ) -> Result<Plan, Standstill> {
        if nominal >= from {
            return self.wait_for(Some(nominal), plan);
        }
        let trigger = &*self.trigger;
        let last = latest_due(trigger, nominal, search::before(from))?;
        plan.pass(trigger, nominal, last, SkipReason::Paused)?;
        self.wait_for(first_from(trigger, from)?, plan)
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
