//! The policies for local times that a clock change skips or repeats.
//!
//! When clocks go forward, the local times in the [`Gap`] do not exist. When they go back, those in the
//! [`Fold`] exist twice. A rule that names such a time needs a policy for each.
//!
//! ```
//! use scheduler_triggers::{Cron, Trigger, Zone, dst::{Fold, Gap}, upcoming};
//!
//! // In Berlin, 02:30 does not exist on 31 March 2024, and exists twice on 27 October.
//! let rule = Cron::builder("30 2 * * *").zone(Zone::named("Europe/Berlin")?);
//! let (march, october) = ("2024-03-30T12:00:00Z".parse()?, "2024-10-26T12:00:00Z".parse()?);
//!
//! let usual = rule.clone().build()?;
//! assert_eq!(usual.next_after(march), Some("2024-03-31T01:00:00Z".parse()?));
//!
//! let strict = rule.clone().gap(Gap::Skip).build()?;
//! assert_eq!(strict.next_after(march), Some("2024-04-01T00:30:00Z".parse()?));
//!
//! let twice = rule.fold(Fold::Both).build()?;
//! let times: Vec<_> = upcoming(&twice, october).take(2).map(|at| at.to_string()).collect();
//! assert_eq!(times, ["2024-10-27 00:30:00 UTC", "2024-10-27 01:30:00 UTC"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

/// The policy for a local time that a clock change skips (TM-016).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Gap {
    /// Runs once, at the first instant after the gap, for any number of skipped times. Times in a gap of
    /// more than three hours, which is a correction of the calendar, are skipped.
    AtGapEnd,
    /// Runs later by the length of the gap: 02:30 becomes 03:30.
    ShiftByDelta,
    /// Does not run.
    Skip,
}

impl Gap {
    /// The longest gap, in seconds, after which [`AtGapEnd`](Self::AtGapEnd) runs.
    pub(crate) const LONGEST_GAP: i64 = 3 * 3_600;
}

/// The policy for a local time that a clock change repeats (TM-017).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fold {
    /// Runs in both passes.
    Both,
    /// Runs in the first pass only.
    First,
    /// Runs in the second pass only.
    Last,
}
