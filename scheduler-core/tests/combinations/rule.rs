//! Triggers whose instants can be computed by arithmetic alone.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use scheduler_core::{
    Trigger,
    trigger::{Cron, Interval, Limited},
};

/// Distance in seconds between two instants of a trigger.
pub(crate) const PERIOD: i64 = 10;

/// Returns the anchor of the instants.
pub(crate) fn dawn() -> DateTime<Utc> {
    DateTime::from_timestamp(1_773_144_000, 0).unwrap()
}

/// Returns the begin of the scenarios, between two instants.
pub(crate) fn morning() -> DateTime<Utc> {
    dawn() + TimeDelta::seconds(1)
}

/// A trigger whose instants are [`PERIOD`] seconds apart, counted from the dawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// An interval, which follows elapsed time.
    Interval,
    /// An interval, shifted by half a period.
    LaterInterval,
    /// A cron expression, which follows the wall clock.
    Cron,
    /// A cron expression, shifted by half a period.
    LaterCron,
    /// The interval, limited to this number of instants.
    Limited(usize),
}

impl Rule {
    pub(crate) fn trigger(self) -> Arc<dyn Trigger> {
        let interval = || {
            let every = Interval::every(Duration::from_secs(PERIOD as u64)).unwrap();
            let first = TimeDelta::seconds(PERIOD + self.offset());
            every.starting_at(dawn() + first)
        };
        match self {
            Self::Interval | Self::LaterInterval => Arc::new(interval()),
            Self::Cron => Arc::new(Cron::parse("*/10 * * * * *").unwrap()),
            Self::LaterCron => Arc::new(Cron::parse("5/10 * * * * *").unwrap()),
            Self::Limited(max) => {
                let limited = Limited::new(Arc::new(interval()), max).unwrap();
                Arc::new(limited.counting_from(dawn()))
            }
        }
    }

    /// Returns another trigger on the same timeline.
    pub(crate) const fn other(self) -> Self {
        match self {
            Self::Interval | Self::Limited(_) => Self::LaterInterval,
            Self::LaterInterval => Self::Interval,
            Self::Cron => Self::LaterCron,
            Self::LaterCron => Self::Cron,
        }
    }

    pub(crate) const fn is_on_wall(self) -> bool {
        matches!(self, Self::Cron | Self::LaterCron)
    }

    /// Returns the seconds by which the instants are after multiples of the period, counted from
    /// the dawn.
    const fn offset(self) -> i64 {
        match self {
            Self::LaterInterval | Self::LaterCron => PERIOD / 2,
            _ => 0,
        }
    }

    /// Returns the instant after `instant`, by arithmetic alone.
    pub(crate) fn next_after(self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let first = dawn() + TimeDelta::seconds(self.offset());
        let passed = (instant - first).num_nanoseconds().unwrap();
        let passed = passed.div_euclid(PERIOD * 1_000_000_000);
        let least = if self.is_on_wall() { i64::MIN } else { 1 };
        let number = (passed + 1).max(least);
        match self {
            Self::Limited(max) if number > max as i64 => None,
            _ => Some(first + TimeDelta::seconds(number * PERIOD)),
        }
    }

    /// Returns the instants after `from` and not after `to`.
    pub(crate) fn instants(self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        let next = |at: &DateTime<Utc>| self.next_after(*at);
        let all = std::iter::successors(self.next_after(from), next);
        all.take_while(|instant| *instant <= to).collect()
    }
}
