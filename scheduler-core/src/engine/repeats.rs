//! Instants that come again because the wall clock was set back: pure.
//!
//! Each time the clock is set back, the *pass* that a schedule was in is closed: what it has decided
//! from the beginning of the pass up to the instant it waited for. Instants of earlier passes have
//! records. After a small step back the patterns among them run again, and fixed times do not; after a
//! large one all do (`TM-005`).

use chrono::{DateTime, TimeDelta, Utc};

use super::search::{Standstill, TICK, before, first_from};
use crate::{
    RunCause,
    trigger::{Repeats, Trigger},
};

/// How far the clock may be set back for fixed times not to be repeated.
const SMALL: TimeDelta = TimeDelta::hours(3);

/// How many passes are remembered: a clock that is set back more often forgets the oldest.
const MOST: usize = 64;

/// The passes of one schedule that are over, the oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Passes(Vec<Pass>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pass {
    from: DateTime<Utc>,
    /// The first instant that it did not decide.
    until: DateTime<Utc>,
    again: Again,
}

/// Which instants of a pass run again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    Patterns,
    All,
}

impl Again {
    /// Which do when the clock is set back by that much.
    pub(super) fn after(step: TimeDelta) -> Self {
        if step <= SMALL {
            Self::Patterns
        } else {
            Self::All
        }
    }
}

impl Pass {
    fn contains(&self, at: DateTime<Utc>) -> bool {
        self.from <= at && at < self.until
    }
}

impl Passes {
    /// Closes a pass.
    pub(super) fn close(&mut self, from: DateTime<Utc>, until: DateTime<Utc>, again: Again) {
        if self.0.len() == MOST {
            self.0.remove(0);
        }
        self.0.push(Pass { from, until, again });
    }

    /// How often an instant has been decided.
    pub(super) fn count(&self, at: DateTime<Utc>) -> u32 {
        let closed = self.0.iter().filter(|pass| pass.contains(at)).count();
        u32::try_from(closed).unwrap_or(u32::MAX)
    }

    /// Why a run for an instant runs, if it comes again.
    pub(super) fn cause(&self, at: DateTime<Utc>) -> Option<RunCause> {
        let count = self.count(at);
        (count > 0).then_some(RunCause::ClockRepeat(count))
    }

    /// Whether of the instants around `at` only those run that are of a pattern.
    pub(super) fn holds(&self, at: DateTime<Utc>) -> bool {
        let mut latest = self.0.iter().rev();
        let latest = latest.find(|pass| pass.contains(at));
        latest.is_some_and(|pass| pass.again == Again::Patterns)
    }

    /// The first point after `at` from which on another answer may hold.
    pub(super) fn boundary(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let ends = self.0.iter().flat_map(|pass| [pass.from, pass.until]);
        ends.filter(|&end| end > at).min()
    }

    /// The first instant at or after `at` that runs.
    pub(super) fn first_from(
        &self,
        trigger: &dyn Trigger,
        at: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, Standstill> {
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

    /// The first instant at or after `from` that has not been decided, or at or after `now` that
    /// comes again. Nobody knows when between the two the clock was set: what has a record is not
    /// repeated on suspicion, and what has none is not left out.
    pub(super) fn first_since(
        &self,
        trigger: &dyn Trigger,
        from: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, Standstill> {
        let mut at = from;
        loop {
            let next = self.first_from(trigger, at)?;
            let Some(known) = next.filter(|&next| next < now && self.count(next) > 0) else {
                return Ok(next);
            };
            at = self.boundary(known).map_or(now, |end| end.min(now));
        }
    }

    /// The last point of the stretch around `at` in which one answer holds.
    pub(super) fn end_of_stretch(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        self.boundary(at).map_or(DateTime::<Utc>::MAX_UTC, before)
    }
}

/// The point after `at`.
pub(super) fn just_after(at: DateTime<Utc>) -> DateTime<Utc> {
    at.checked_add_signed(TICK).unwrap_or(at)
}
