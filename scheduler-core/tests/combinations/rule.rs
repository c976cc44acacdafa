//! Rules whose instants are known by arithmetic alone.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use scheduler_core::{
    Trigger,
    trigger::{Cron, Interval, Limited},
};

/// How far apart the instants of every rule here are.
pub(crate) const PERIOD: i64 = 10;

/// The anchor of the instants.
pub(crate) fn dawn() -> DateTime<Utc> {
    DateTime::from_timestamp(1_773_144_000, 0).unwrap()
}

/// When the world begins: between two instants.
pub(crate) fn morning() -> DateTime<Utc> {
    dawn() + TimeDelta::seconds(1)
}

/// A rule whose instants are [`PERIOD`] seconds apart, counted from the dawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// An interval: follows elapsed time.
    Interval,
    /// The same, half a period later.
    LaterInterval,
    /// A cron rule: follows the wall clock.
    Cron,
    /// The same, half a period later.
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

    /// Another rule on the same timeline.
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

    /// Seconds after the dawn and the multiples of the period.
    const fn offset(self) -> i64 {
        match self {
            Self::LaterInterval | Self::LaterCron => PERIOD / 2,
            _ => 0,
        }
    }

    /// The instant after `instant`, by arithmetic alone.
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

    /// Its instants after `from` and not after `to`.
    pub(crate) fn instants(self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        let next = |at: &DateTime<Utc>| self.next_after(*at);
        let all = std::iter::successors(self.next_after(from), next);
        all.take_while(|instant| *instant <= to).collect()
    }
}
