//! [`Passes`]: instants that are repeated because the wall clock was set back. Pure.
//!
//! A *pass* is the range of instants that a schedule decided between two steps back of the clock. Each
//! step back closes the present pass; its instants have records. After a small step back, patterns in it
//! run again and fixed times do not. After a large one all run again (`TM-005`).

use super::search::{Standstill, before, first_from};
use crate::{
    RunCause,
    base::unix_time::UnixTime,
    trigger::{Repeats, Trigger},
};

/// Largest step back, in nanoseconds, after which fixed times are not repeated.
const SMALL: i128 = 3 * 3_600 * 1_000_000_000;

/// Maximum number of closed passes; the oldest are dropped.
pub(crate) const MOST: usize = 64;

/// The closed passes of one schedule, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Passes {
    closed: Vec<Pass>,
    /// The step back about which the trigger is being asked, until it has returned the begin of the
    /// present pass.
    asked: Option<StepBack>,
}

/// Instants that were decided before the wall clock was set back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pass {
    pub(crate) from: UnixTime,
    /// End of the pass, exclusive.
    pub(crate) until: UnixTime,
    pub(crate) again: Again,
}

/// Rule for which instants of a closed pass run again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    Patterns,
    All,
}

/// A step of the wall clock back from `from` or later, noticed at `now`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StepBack {
    pub(crate) from: UnixTime,
    pub(crate) now: UnixTime,
}

impl Again {
    /// Returns which instants run again after a step back of this size.
    pub(crate) const fn after(step: i128) -> Self {
        if step <= SMALL {
            Self::Patterns
        } else {
            Self::All
        }
    }
}

impl Pass {
    fn contains(&self, at: UnixTime) -> bool {
        self.from <= at && at < self.until
    }
}

impl Passes {
    /// Creates the passes of an imported schedule.
    #[cfg_attr(
        not(feature = "serde"),
        allow(dead_code, reason = "only imports have them")
    )]
    pub(crate) const fn of(closed: Vec<Pass>) -> Self {
        let asked = None;
        Self { closed, asked }
    }

    #[cfg_attr(
        not(feature = "serde"),
        allow(dead_code, reason = "only exports look at it")
    )]
    pub(crate) fn closed(&self) -> &[Pass] {
        &self.closed
    }

    /// Closes the present pass, because the schedule goes back. A pass whose first instant is not
    /// known yet has decided nothing, and neither has an empty one; both are dropped.
    pub(crate) fn go_back(&mut self, pass: Pass, step: StepBack) {
        if self.asked.replace(step).is_some() || pass.from >= pass.until {
            return;
        }
        if self.closed.len() == MOST {
            self.closed.remove(0);
        }
        self.closed.push(pass);
    }

    /// Records that the trigger has returned the begin of the present pass, or is called again.
    pub(crate) fn note_answer(&mut self) {
        self.asked = None;
    }

    /// Returns the step back about which the trigger is being asked.
    pub(crate) const fn asked(&self) -> Option<StepBack> {
        self.asked
    }

    /// Returns how many times an instant was decided.
    pub(crate) fn count(&self, at: UnixTime) -> u32 {
        let closed = self.closed.iter().filter(|pass| pass.contains(at)).count();
        u32::try_from(closed).unwrap_or(u32::MAX)
    }

    /// Returns the cause of a repeated instant.
    pub(crate) fn cause(&self, at: UnixTime) -> Option<RunCause> {
        let count = self.count(at);
        (count > 0).then_some(RunCause::ClockRepeat(count))
    }

    /// Returns whether only patterns, and no fixed times, run again around `at`.
    pub(crate) fn holds(&self, at: UnixTime) -> bool {
        let mut latest = self.closed.iter().rev();
        let latest = latest.find(|pass| pass.contains(at));
        latest.is_some_and(|pass| pass.again == Again::Patterns)
    }

    /// Returns the first time after `at` at which another pass begins or ends.
    pub(crate) fn boundary(&self, at: UnixTime) -> Option<UnixTime> {
        let ends = self.closed.iter().flat_map(|pass| [pass.from, pass.until]);
        ends.filter(|&end| end > at).min()
    }

    /// Returns the first instant at or after `at` that runs.
    pub(crate) fn first_from(
        &self,
        trigger: &dyn Trigger,
        at: UnixTime,
    ) -> Result<Option<UnixTime>, Standstill> {
        let mut at = at;
        loop {
            let Some(next) = first_from(trigger, at)? else {
                return Ok(None);
            };
            if !self.holds(next) {
                return Ok(Some(next));
            }
            let end = self.boundary(next);
            let repeated = match trigger.repeats() {
                Repeats::Always => return Ok(Some(next)),
                Repeats::Never => None,
                Repeats::Part(part) => first_from(&*part, next)?,
            };
            match (repeated, end) {
                (Some(repeated), Some(end)) if repeated < end => return Ok(Some(repeated)),
                (_, Some(end)) => at = end,
                (repeated, None) => return Ok(repeated),
            }
        }
    }

    /// Returns the first instant at or after `from` without a record, or at or after `now` that repeats. The clock
    /// was set at an unknown time between the two: recorded instants are not repeated there, and others are not
    /// skipped.
    pub(crate) fn first_since(
        &self,
        trigger: &dyn Trigger,
        from: UnixTime,
        now: UnixTime,
    ) -> Result<Option<UnixTime>, Standstill> {
        let mut at = from;
        loop {
            let next = self.first_from(trigger, at)?;
            let Some(known) = next.filter(|&next| next < now && self.count(next) > 0) else {
                return Ok(next);
            };
            at = self.boundary(known).map_or(now, |end| end.min(now));
        }
    }

    /// Returns the end of the range around `at` to which the same passes apply.
    pub(crate) fn end_of_stretch(&self, at: UnixTime) -> UnixTime {
        self.boundary(at).map_or(UnixTime::LATEST, before)
    }
}

/// Returns the time just after `at`.
pub(crate) fn just_after(at: UnixTime) -> UnixTime {
    at.saturating_add(1)
}
