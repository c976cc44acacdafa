//! When work is due: pure rules from an instant to the next one.
//!
//! A trigger never reads a clock and keeps no state: the same question always has the same answer.
//! What to do with an instant that has passed (misfire) or meets a running job (overlap) is decided
//! by the engine, not here.

mod any_of;
mod bounded;
mod calendar;
mod cron;
mod error;
mod expression;
mod instant;
mod interval;
mod once;
mod upcoming;
mod zone;

use std::{fmt, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};

pub use self::{
    any_of::AnyOf,
    bounded::Bounded,
    calendar::{CalendarInterval, Period},
    cron::{
        Cron, CronBuilder, CronError, CronField, DayRule, Dialect, GapPolicy, OverlapPolicy, Part,
        Preset,
    },
    error::TriggerError,
    expression::{Expression, parse_expression},
    interval::Interval,
    once::Once,
    upcoming::{Upcoming, upcoming},
    zone::{Zone, ZoneError},
};

/// A pure rule that yields the instants at which a schedule is due.
///
/// # Behavior
///
/// * [`next_after`](Self::next_after) MUST return an instant strictly later than its argument, or
///   `None` when there is none ever after. A trigger that answers with an instant that is not later
///   is *faulted*: its schedule stops, everything else goes on (`TM-009`).
/// * It MUST be monotone: `a <= b` implies `next_after(a) <= next_after(b)`, `None` being last. The
///   engine finds the latest missed instant by bisection on this property.
/// * It MUST be quick and MUST NOT block; it is called without any lock held. A panic faults the
///   schedule (`TM-011`).
pub trait Trigger: fmt::Debug + Send + Sync + 'static {
    /// The first instant strictly after `after`, or `None` if there is none ever again.
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>>;

    /// The first instant of a schedule that becomes live at `live`: by default the first one at or
    /// after it. A trigger with a single instant answers it even if it has passed, so that the
    /// schedule's misfire policy decides about it.
    fn first_from(&self, live: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let just_before = live.checked_sub_signed(TimeDelta::nanoseconds(1));
        self.next_after(just_before.unwrap_or(DateTime::<Utc>::MIN_UTC))
    }

    /// Which clock the instants belong to.
    fn timeline(&self) -> Timeline {
        Timeline::Wall
    }

    /// For a rule that is relative to the instant its schedule becomes live ("every 10 s",
    /// "in 5 min"): the absolute rule. `None` if the rule is absolute already.
    fn anchored(&self, live: DateTime<Utc>) -> Option<Arc<dyn Trigger>> {
        let _ = live;
        None
    }
}

/// The clock a trigger's instants belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Timeline {
    /// Instants of the wall clock: they follow it when it is set.
    Wall,
    /// Elapsed time: instants move neither when the wall clock jumps nor when it is slewed.
    Elapsed,
}
