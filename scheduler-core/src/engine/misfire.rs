//! Which of a schedule's due instants run.
//!
//! An instant is *missed* when it is noticed later than the grace, or when a later instant of the
//! same schedule is due as well. However long the gap, the work is bounded: the latest due instant
//! is found by bisection, never by listing.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    late::age_limit,
    plan::{Occurrence, Plan, PlanRequest},
    search::{Standstill, before, first_from, last_due, latest_due, span, step},
};
use crate::{MisfirePolicy, RunCause, SkipReason, Which, trigger::Trigger};

/// What to do now that `nominal` is due, and what comes after.
pub(super) fn due(
    request: &PlanRequest,
    nominal: DateTime<Utc>,
    now: DateTime<Utc>,
    wall: DateTime<Utc>,
) -> Result<Plan, Standstill> {
    if !request.repeats() {
        // Nearly always one instant is due, and what follows it is known by then.
        let next = step(&*request.trigger, nominal)?;
        if next.is_none_or(|next| next > now) {
            let due = Due::until(request, nominal, nominal, now, wall)?;
            return request.wait_for(next, due.plan()?);
        }
    }
    let stretch = request.stretch(nominal, now);
    let due = Due::find(&stretch.rule, nominal, stretch.until, now, wall)?;
    request.wait_for(request.following(due.latest)?, due.plan()?)
}

/// The due instants of a schedule.
pub(super) struct Due<'a> {
    request: &'a PlanRequest,
    trigger: &'a dyn Trigger,
    first: DateTime<Utc>,
    latest: DateTime<Utc>,
    /// The time as it was to be when the latest of them came, without the shift of its start.
    now: DateTime<Utc>,
    /// The shift of that start.
    shift: TimeDelta,
    /// The wall clock.
    wall: DateTime<Utc>,
    grace: TimeDelta,
}

impl<'a> Due<'a> {
    fn find(
        request: &'a PlanRequest,
        first: DateTime<Utc>,
        until: DateTime<Utc>,
        now: DateTime<Utc>,
        wall: DateTime<Utc>,
    ) -> Result<Self, Standstill> {
        let trigger = &*request.trigger;
        let latest = latest_due(trigger, first, until)?;
        let due = Self::until(request, first, latest, now, wall)?;
        if latest > first && due.is_to_come() {
            // Which only the latest one can be.
            let latest = latest_due(trigger, first, before(latest))?;
            return Self::until(request, first, latest, now, wall);
        }
        Ok(due)
    }

    /// Those from `first` to `latest`.
    pub(super) fn until(
        request: &'a PlanRequest,
        first: DateTime<Utc>,
        latest: DateTime<Utc>,
        now: DateTime<Utc>,
        wall: DateTime<Utc>,
    ) -> Result<Self, Standstill> {
        let shift = if latest == first {
            request.shift_of_awaited(latest, now)?
        } else {
            request.shift(latest)?
        };
        let grace = request.policies().misfire.grace;
        let unshifted = if shift.is_zero() {
            now
        } else {
            now.checked_sub_signed(shift).unwrap_or(now)
        };
        Ok(Self {
            request,
            trigger: &*request.trigger,
            first,
            latest,
            now: unshifted,
            shift,
            wall,
            grace: TimeDelta::from_std(grace).unwrap_or(TimeDelta::MAX),
        })
    }

    /// Whether the start for the latest of them is still to come.
    pub(super) fn is_to_come(&self) -> bool {
        self.now < self.latest
    }

    /// What becomes of them.
    pub(super) fn plan(&self) -> Result<Plan, Standstill> {
        let mut plan = Plan::default();
        let first = if self.request.holds(self.first) {
            self.leave_late_repeats()?
        } else {
            Some(self.first)
        };
        if let Some(first) = first
            && let Some(first) = self.drop_too_old(first, &mut plan)?
        {
            self.decide(first, &mut plan)?;
        }
        Ok(plan)
    }

    /// What comes again after a small step back of the clock has a record: if it is late as well, it
    /// is not made up for, and nothing is added to the record. Answers the first that is not late.
    fn leave_late_repeats(&self) -> Result<Option<DateTime<Utc>>, Standstill> {
        if !self.is_late(self.first) {
            return Ok(Some(self.first));
        }
        let Some(oldest) = self.now.checked_sub_signed(self.grace) else {
            return Ok(Some(self.first));
        };
        let left = first_from(self.trigger, oldest)?;
        Ok(left.filter(|&left| left <= self.latest))
    }

    /// How late it is for `instant`.
    fn lateness(&self, instant: DateTime<Utc>) -> TimeDelta {
        self.now.signed_duration_since(instant)
    }

    /// Whether `instant` is later than the grace; the boundary is not (`MF-001`).
    fn is_late(&self, instant: DateTime<Utc>) -> bool {
        self.lateness(instant) > self.grace
    }

    /// Passes over what no policy may run any more; answers the first instant that is left.
    fn drop_too_old(
        &self,
        first: DateTime<Utc>,
        plan: &mut Plan,
    ) -> Result<Option<DateTime<Utc>>, Standstill> {
        let Some((age, reason)) = age_limit(self.request.policies(), self.wall) else {
            return Ok(Some(first));
        };
        if self.lateness(first) <= age {
            return Ok(Some(first));
        }
        let Some(oldest) = self.now.checked_sub_signed(age) else {
            return Ok(Some(first));
        };
        let left = first_from(self.trigger, oldest)?.filter(|&left| left <= self.latest);
        let end = match left {
            Some(left) => latest_due(self.trigger, first, before(left))?,
            None => self.latest,
        };
        plan.pass(self.trigger, first, end, reason)?;
        Ok(left)
    }

    /// Applies the policy to the instants from `first` on.
    fn decide(&self, first: DateTime<Utc>, plan: &mut Plan) -> Result<(), Standstill> {
        match self.request.policies().misfire.policy {
            MisfirePolicy::Skip => self.skip(first, plan),
            MisfirePolicy::FireOnce(which) => self.fire_once(first, which, plan),
            MisfirePolicy::FireAll { max } => self.fire_all(first, max, plan),
        }
    }

    fn occurrence(&self, nominal: DateTime<Utc>) -> Occurrence {
        let late = self.is_late(nominal);
        let fresh = if late {
            RunCause::CatchUp
        } else {
            RunCause::Due
        };
        let cause = self.request.cause(nominal).unwrap_or(fresh);
        Occurrence {
            late,
            shift: self.shift,
            ..Occurrence::new(nominal, cause)
        }
    }

    fn skip(&self, first: DateTime<Utc>, plan: &mut Plan) -> Result<(), Standstill> {
        let mut end = self.latest;
        if !self.is_late(self.latest) {
            plan.runs.push(self.occurrence(self.latest));
            if first == self.latest {
                return Ok(());
            }
            end = latest_due(self.trigger, first, before(self.latest))?;
        }
        self.skip_until(first, end, plan)
    }

    /// Passes over instants: the late ones for being late, those within the grace for the later one
    /// that runs.
    fn skip_until(
        &self,
        first: DateTime<Utc>,
        end: DateTime<Utc>,
        plan: &mut Plan,
    ) -> Result<(), Standstill> {
        let within = match self.now.checked_sub_signed(self.grace) {
            Some(oldest) => first_from(self.trigger, oldest.max(first))?,
            None => Some(first),
        };
        let Some(within) = within.filter(|&within| within <= end) else {
            return plan.pass(self.trigger, first, end, SkipReason::Misfire);
        };
        if within > first {
            let late = latest_due(self.trigger, first, before(within))?;
            plan.pass(self.trigger, first, late, SkipReason::Misfire)?;
        }
        plan.pass(self.trigger, within, end, SkipReason::Superseded)
    }

    /// One run for all; it knows which they are (`MF-004`).
    fn fire_once(
        &self,
        first: DateTime<Utc>,
        which: Which,
        plan: &mut Plan,
    ) -> Result<(), Standstill> {
        if first == self.latest {
            plan.runs.push(self.occurrence(first));
            return Ok(());
        }
        let all = span(self.trigger, first, self.latest)?;
        let (nominal, from, to) = match which {
            Which::Earliest => {
                let second = step(self.trigger, first)?.unwrap_or(self.latest);
                (first, second, self.latest)
            }
            Which::Latest => {
                let last_but_one = latest_due(self.trigger, first, before(self.latest))?;
                (self.latest, first, last_but_one)
            }
        };
        plan.runs.push(Occurrence {
            covers: Some(all),
            others: Some(span(self.trigger, from, to)?),
            ..self.occurrence(nominal)
        });
        Ok(())
    }

    fn fire_all(
        &self,
        first: DateTime<Utc>,
        max: usize,
        plan: &mut Plan,
    ) -> Result<(), Standstill> {
        let runs = last_due(self.trigger, first, self.latest, max)?;
        if let Some(&start) = runs.first().filter(|&&start| start > first) {
            let end = latest_due(self.trigger, first, before(start))?;
            plan.pass(self.trigger, first, end, SkipReason::TooMany)?;
        }
        plan.runs
            .extend(runs.into_iter().map(|nominal| self.occurrence(nominal)));
        Ok(())
    }
}
