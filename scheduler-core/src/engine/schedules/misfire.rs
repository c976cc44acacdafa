//! Decides which due instants of a schedule run.
//!
//! An instant is *late* if it is decided later than the grace, or if a later instant of the same schedule
//! is due too. The work is bounded for gaps of any length: the latest due instant is found by bisection.

mod stretches;

use super::{
    plan::{Plan, PlanRequest},
    start_rules::age_limit,
};
use crate::{
    MisfirePolicy, RunCause, SkipReason, Which,
    base::unix_time::UnixTime,
    engine::occurrence::Occurrence,
    schedule::search::{Standstill, before, first_from, last_due, latest_due, span, step},
    trigger::Trigger,
};

/// Decides which of the due instants run: `nominal`, and those after it up to `now`.
pub(super) fn due(
    request: &PlanRequest,
    nominal: UnixTime,
    now: UnixTime,
    wall: UnixTime,
) -> Result<Plan, Standstill> {
    if !request.repeats() {
        // Usually one instant is due, and the next one is known.
        let next = step(&*request.trigger, nominal)?;
        if next.is_none_or(|next| next > now) {
            let due = Due::until(request, nominal, nominal, now, wall)?;
            return request.wait_for(next, due.plan()?);
        }
    }
    stretches::due(request, nominal, now, wall)
}

/// The due instants of a schedule, to be decided.
pub(super) struct Due<'a> {
    request: &'a PlanRequest,
    trigger: &'a dyn Trigger,
    first: UnixTime,
    latest: UnixTime,
    /// Present time on the timeline of the schedule, without the jitter of the latest instant.
    now: UnixTime,
    /// Jitter of the latest instant.
    shift: u64,
    /// The wall clock.
    wall: UnixTime,
    /// In nanoseconds.
    grace: i128,
}

impl<'a> Due<'a> {
    fn find(
        request: &'a PlanRequest,
        first: UnixTime,
        until: UnixTime,
        now: UnixTime,
        wall: UnixTime,
    ) -> Result<Self, Standstill> {
        let trigger = &*request.trigger;
        let latest = latest_due(trigger, first, until)?;
        let due = Self::until(request, first, latest, now, wall)?;
        if latest > first && due.is_to_come() {
            // Only the latest one can be on time.
            let latest = latest_due(trigger, first, before(latest))?;
            return Self::until(request, first, latest, now, wall);
        }
        Ok(due)
    }

    /// Lists the instants from `first` to `latest`.
    pub(super) fn until(
        request: &'a PlanRequest,
        first: UnixTime,
        latest: UnixTime,
        now: UnixTime,
        wall: UnixTime,
    ) -> Result<Self, Standstill> {
        let shift = if latest == first {
            request.shift_of_awaited(latest, now)?
        } else {
            request.shift(latest)?
        };
        let grace = request.policies().misfire.grace;
        let unshifted = match shift {
            0 => now,
            shift => now.checked_add(-i128::from(shift)).unwrap_or(now),
        };
        Ok(Self {
            request,
            trigger: &*request.trigger,
            first,
            latest,
            now: unshifted,
            shift,
            wall,
            grace: grace.as_nanos().cast_signed(),
        })
    }

    /// Returns whether the start of the latest instant, with its jitter, is still in the future.
    pub(super) fn is_to_come(&self) -> bool {
        self.now < self.latest
    }

    /// Applies the policies to the instants.
    pub(super) fn plan(&self) -> Result<Plan, Standstill> {
        let mut plan = Plan::default();
        if let Some(first) = self.left(&mut plan)? {
            self.decide(first, &mut plan)?;
        }
        Ok(plan)
    }

    /// Returns the first instant that the policy decides about. Drops the instants before it.
    fn left(&self, plan: &mut Plan) -> Result<Option<UnixTime>, Standstill> {
        let first = if self.request.holds(self.first) {
            self.leave_late_repeats()?
        } else {
            Some(self.first)
        };
        match first {
            Some(first) => self.drop_too_old(first, plan),
            None => Ok(None),
        }
    }

    /// Skips late repeated instants. They already have a record, so no catch-up run follows.
    /// Returns the first due instant that is not late.
    fn leave_late_repeats(&self) -> Result<Option<UnixTime>, Standstill> {
        if !self.is_late(self.first) {
            return Ok(Some(self.first));
        }
        let Some(oldest) = self.now.checked_add(-self.grace) else {
            return Ok(Some(self.first));
        };
        let left = first_from(self.trigger, oldest)?;
        Ok(left.filter(|&left| left <= self.latest))
    }

    /// Returns the lateness of `instant` in nanoseconds.
    const fn lateness(&self, instant: UnixTime) -> i128 {
        self.now.since(instant)
    }

    /// Returns whether `instant` is later than the grace, which is inclusive (`MF-001`).
    fn is_late(&self, instant: UnixTime) -> bool {
        self.lateness(instant) > self.grace
    }

    /// Drops instants that no policy may run, and returns the first remaining one.
    fn drop_too_old(
        &self,
        first: UnixTime,
        plan: &mut Plan,
    ) -> Result<Option<UnixTime>, Standstill> {
        let Some((age, reason)) = age_limit(self.request.policies(), self.wall) else {
            return Ok(Some(first));
        };
        if self.lateness(first) <= age {
            return Ok(Some(first));
        }
        let Some(oldest) = self.now.checked_add(-age) else {
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
    fn decide(&self, first: UnixTime, plan: &mut Plan) -> Result<(), Standstill> {
        match self.request.policies().misfire.policy {
            MisfirePolicy::Skip => self.skip(first, plan),
            MisfirePolicy::FireOnce(which) => self.fire_once(first, which, plan),
            MisfirePolicy::FireAll { max } => self.fire_all(first, max, plan).map(|_| ()),
        }
    }

    fn start_or_wait(&self, nominal: UnixTime) -> Occurrence {
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

    fn skip(&self, first: UnixTime, plan: &mut Plan) -> Result<(), Standstill> {
        let mut end = self.latest;
        if !self.is_late(self.latest) {
            plan.runs.push(self.start_or_wait(self.latest));
            if first == self.latest {
                return Ok(());
            }
            end = latest_due(self.trigger, first, before(self.latest))?;
        }
        self.skip_until(first, end, plan)
    }

    /// Skips instants: late ones as misfires, and those within the grace because the later one
    /// replaces them.
    fn skip_until(
        &self,
        first: UnixTime,
        end: UnixTime,
        plan: &mut Plan,
    ) -> Result<(), Standstill> {
        let within = match self.now.checked_add(-self.grace) {
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

    /// Runs once for all late instants; the run has the range of the replaced ones (`MF-004`).
    fn fire_once(&self, first: UnixTime, which: Which, plan: &mut Plan) -> Result<(), Standstill> {
        if first == self.latest {
            plan.runs.push(self.start_or_wait(first));
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
            ..self.start_or_wait(nominal)
        });
        Ok(())
    }

    /// Runs the last `max` instants. Returns their number.
    fn fire_all(&self, first: UnixTime, max: usize, plan: &mut Plan) -> Result<usize, Standstill> {
        let runs = last_due(self.trigger, first, self.latest, max)?;
        if let Some(&start) = runs.first().filter(|&&start| start > first) {
            let end = latest_due(self.trigger, first, before(start))?;
            plan.pass(self.trigger, first, end, SkipReason::TooMany)?;
        }
        let count = runs.len();
        plan.runs
            .extend(runs.into_iter().map(|nominal| self.start_or_wait(nominal)));
        Ok(count)
    }
}
