//! Triggers: pure rules that compute the next instant after a given one.
//!
//! ```
//! use scheduler_triggers::{Cron, Trigger, Zone};
//!
//! let mornings = Cron::parse("30 6 * * MON-FRI")?.in_zone(Zone::named("Europe/Berlin")?);
//! let friday = "2024-03-29T12:00:00Z".parse()?;
//! assert_eq!(mornings.next_after(friday), Some("2024-04-01T04:30:00Z".parse()?));
//! assert_eq!(mornings.prev_before(friday), Some("2024-03-29T05:30:00Z".parse()?));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A [`Trigger`] reads no clock and has no observable state: the same argument always returns the same
//! instant. A scheduler, not the trigger, decides about late instants and overlapping runs.
//!
//! | trigger | due |
//! |---|---|
//! | [`Once`] | at one instant, or after a delay |
//! | [`Interval`] | after each period of elapsed time |
//! | [`CalendarInterval`] | after each period of days, weeks, months or years, at a time of day |
//! | [`Cron`] | by a cron expression, in the dialect of cron, Quartz or Jenkins |
//! | [`OnCalendar`] | by a calendar event of systemd |
//! | [`AllOf`], [`AnyOf`] | when all of several triggers are due, or any of them |
//! | [`Excluding`], [`Bounded`], [`Limited`], [`Jittered`] | as another trigger, with exceptions, bounds, a maximum number of instants, or delays |
//!
//! [`parse_expression`] reads any trigger that has a textual form. The crate needs no runtime, starts
//! no thread, and builds for `wasm32-unknown-unknown`. Time zones come from the system's database, or
//! from the [compiled-in one](Zone::bundled).
//!
//! # Features
//!
//! `serde`: triggers as data, see `TriggerSpec`.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod all_of;
mod any_of;
mod backward;
mod bounded;
mod calendar;
mod clock;
mod clock_effect;
mod cron;
pub mod dst;
mod equality;
mod error;
mod excluding;
mod exclusion;
mod expression;
mod instant;
mod interval;
mod jittered;
mod limited;
mod members;
mod on_calendar;
mod once;
mod pointer;
mod search;
#[cfg(feature = "serde")]
mod spec;
#[doc(hidden)]
pub mod suggest;
mod text;
mod upcoming;
#[doc(hidden)]
pub mod work;
mod zone;

use std::{any::Any, fmt, ops::RangeInclusive, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};

use self::dst::{Fold, Gap};

#[cfg(feature = "serde")]
#[doc(hidden)]
pub use self::spec::joined;
#[cfg(feature = "serde")]
pub use self::spec::{
    AllOfSpec, AnyOfSpec, BoundedSpec, CalendarIntervalSpec, CronSpec, ExcludingSpec,
    ExclusionSpec, IntervalSpec, JitteredSpec, Length, LimitedSpec, Moment, OnCalendarSpec,
    OnceSpec, TriggerSpec,
};
pub use self::{
    all_of::AllOf,
    any_of::AnyOf,
    bounded::Bounded,
    calendar::{CalendarInterval, Period},
    clock::Repeats,
    clock_effect::{ClockEffect, ClockEffectKind, ClockEffects},
    cron::{
        Cron, CronBuilder, CronError, CronField, DayRule, Dialect, MonthEnd, Note, Ocps, Part,
        Preset,
    },
    equality::same_rule,
    error::TriggerError,
    excluding::Excluding,
    exclusion::Exclusion,
    expression::{Expression, parse_expression},
    interval::Interval,
    jittered::Jittered,
    limited::Limited,
    on_calendar::{CalendarField, OnCalendar, OnCalendarError},
    once::Once,
    upcoming::{Upcoming, upcoming, upcoming_from},
    zone::{NearestZones, Transition, Transitions, Zone, ZoneError},
};

/// A pure rule that computes the instants at which a schedule is due.
///
/// Only [`next_after`](Self::next_after) is required; all other methods have defaults based on it.
///
/// ```
/// use chrono::{DateTime, TimeDelta, Utc};
/// use scheduler_triggers::Trigger;
///
/// /// At every multiple of 100 000 s.
/// #[derive(Debug)]
/// struct Round;
///
/// impl Trigger for Round {
///     fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
///         DateTime::from_timestamp((after.timestamp().div_euclid(100_000) + 1) * 100_000, 0)
///     }
/// }
///
/// let now = DateTime::from_timestamp(1_700_000_123, 0).unwrap();
/// assert_eq!(Round.prev_before(now), DateTime::from_timestamp(1_700_000_000, 0));
/// assert!(!Round.matches(now));
/// ```
///
/// # Behavior
///
/// * [`next_after`](Self::next_after) MUST return an instant strictly later than its argument, or
///   `None` if there is no further instant. A trigger that returns an instant that is not later
///   *faults* its schedule: that schedule stops, all others continue (`TM-009`).
/// * It MUST be monotone: `a <= b` implies `next_after(a) <= next_after(b)`, where `None` is the
///   greatest value. The scheduler finds the latest missed instant by bisection, and the default
///   [`prev_before`](Self::prev_before) relies on it too.
/// * It SHOULD be quick. It is called without a lock. A trigger that [may block](Self::may_block) is
///   called on a thread for blocking work, so that no other schedule waits for it. A panic faults the
///   schedule (`TM-011`).
pub trait Trigger: Any + fmt::Debug + Send + Sync {
    /// Returns the first instant strictly after `after`, or `None` if there is none.
    ///
    /// ```
    /// # use chrono::{DateTime, Utc};
    /// # use scheduler_triggers::{Cron, Interval, Timeline, Trigger};
    /// let daily = Cron::parse("@daily")?;
    /// let day: DateTime<Utc> = "2024-06-01T00:00:00Z".parse()?;
    /// assert_eq!(daily.next_after(day), Some("2024-06-02T00:00:00Z".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>>;

    /// Returns the last instant strictly before `before`, or `None` if there is none.
    ///
    /// The default implementation bisects, with at most some two hundred calls of
    /// [`next_after`](Self::next_after). A trigger that is relative to the start of its schedule returns
    /// `None`.
    ///
    /// ```
    /// # use chrono::{DateTime, Utc};
    /// # use scheduler_triggers::{Cron, Interval, Timeline, Trigger};
    /// let daily = Cron::parse("@daily")?;
    /// let day: DateTime<Utc> = "2024-06-01T00:00:00Z".parse()?;
    /// assert_eq!(daily.prev_before(day), Some("2024-05-31T00:00:00Z".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn prev_before(&self, before: DateTime<Utc>) -> Option<DateTime<Utc>> {
        backward::prev_before(|after| self.next_after(after), before)
    }

    /// Returns whether the trigger is due at exactly this instant.
    ///
    /// ```
    /// # use chrono::{DateTime, Utc};
    /// # use scheduler_triggers::{Cron, Interval, Timeline, Trigger};
    /// let daily = Cron::parse("@daily")?;
    /// let day: DateTime<Utc> = "2024-06-01T00:00:00Z".parse()?;
    /// assert!(daily.matches(day));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn matches(&self, at: DateTime<Utc>) -> bool {
        let just_before = at.checked_sub_signed(TimeDelta::nanoseconds(1));
        just_before.is_some_and(|before| self.next_after(before) == Some(at))
    }

    /// Returns the first instant of a schedule that starts at `live`: by default the first one at or after
    /// it. A trigger with a single instant returns it even if it has passed, so that the misfire policy
    /// decides about it.
    ///
    /// ```
    /// # use chrono::{DateTime, Utc};
    /// # use scheduler_triggers::{Cron, Interval, Timeline, Trigger};
    /// let daily = Cron::parse("@daily")?;
    /// let day: DateTime<Utc> = "2024-06-01T00:00:00Z".parse()?;
    /// assert_eq!(daily.first_from(day), Some(day));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn first_from(&self, live: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let just_before = live.checked_sub_signed(TimeDelta::nanoseconds(1));
        self.next_after(just_before.unwrap_or(DateTime::<Utc>::MIN_UTC))
    }

    /// Returns the clock that the instants follow.
    ///
    /// ```
    /// # use chrono::{DateTime, Utc};
    /// # use scheduler_triggers::{Cron, Interval, Timeline, Trigger};
    /// let minute = Interval::every(std::time::Duration::from_secs(60))?;
    /// assert_eq!(minute.timeline(), Timeline::Elapsed);
    /// assert_eq!(Cron::parse("@daily")?.timeline(), Timeline::Wall);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn timeline(&self) -> Timeline {
        Timeline::Wall
    }

    /// Returns which instants run again when the wall clock is set back by up to three hours and reaches
    /// them a second time. By default none (`TM-005`).
    ///
    /// ```
    /// use scheduler_triggers::{Cron, Repeats, Trigger};
    ///
    /// assert!(matches!(Cron::parse("*/5 * * * *")?.repeats(), Repeats::Always));
    /// assert!(matches!(Cron::parse("30 2 * * *")?.repeats(), Repeats::Never));
    /// # Ok::<(), scheduler_triggers::CronError>(())
    /// ```
    fn repeats(&self) -> Repeats {
        Repeats::Never
    }

    /// Returns an iterator over what the clock changes in `range` do to the local times of the trigger, in
    /// order: which times they move, skip or repeat.
    ///
    /// By default there is no effect, as for a trigger that does not follow the local clock. A trigger that is
    /// relative to the start of its schedule has effects once it is [anchored](Self::anchored). The cost grows
    /// with the number of clock changes in the range.
    ///
    /// ```
    /// # use scheduler_triggers::{Cron, Trigger, Zone};
    /// let berlin = Zone::bundled("Europe/Berlin")?;
    /// let year = "2026-01-01T00:00:00Z".parse()?..="2026-12-31T00:00:00Z".parse()?;
    /// let at_nine = Cron::parse("0 9 * * *")?.in_zone(berlin.clone());
    /// assert_eq!(at_nine.clock_effects(year.clone()).count(), 0);
    ///
    /// let nightly = Cron::parse("GAP=skip 30 2 * * *")?.in_zone(berlin);
    /// let skipped = nightly.clock_effects(year).next().unwrap();
    /// let expected = "the clocks of Europe/Berlin skip 2026-03-29 02:30:00: the rule is not due then";
    /// assert_eq!(skipped.to_string(), expected);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn clock_effects(&self, range: RangeInclusive<DateTime<Utc>>) -> ClockEffects<'_> {
        let _ = range;
        ClockEffects::none()
    }

    /// Converts a trigger that is relative to the start of its schedule ("every 10 s", "in 5 min") into
    /// an absolute one. Returns `None` if the trigger is absolute.
    ///
    /// ```
    /// # use chrono::{DateTime, Utc};
    /// # use scheduler_triggers::{Cron, Interval, Timeline, Trigger};
    /// let daily = Cron::parse("@daily")?;
    /// let day: DateTime<Utc> = "2024-06-01T00:00:00Z".parse()?;
    /// let minute = Interval::every(std::time::Duration::from_secs(60))?;
    /// assert!(minute.anchored(day).is_some_and(|minute| minute.next_after(day) > Some(day)));
    /// assert!(daily.anchored(day).is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn anchored(&self, live: DateTime<Utc>) -> Option<Arc<dyn Trigger>> {
        let _ = live;
        None
    }

    /// Returns whether a call may take long or block its thread. The default is true. The triggers of
    /// this crate return false, unless a member returns true.
    ///
    /// A scheduler calls a trigger that may block on a thread for blocking work, and any other trigger
    /// directly, on the thread of the driver or of the caller. The next instant of a blocking trigger is
    /// therefore known only some time after its schedule was added. Read once, when a schedule is created.
    ///
    /// ```
    /// # use scheduler_triggers::{Cron, Trigger};
    /// assert!(!Cron::parse("@daily")?.may_block());
    /// # Ok::<(), scheduler_triggers::CronError>(())
    /// ```
    fn may_block(&self) -> bool {
        true
    }

    /// Returns whether `other` is the same rule. `==` between two `dyn Trigger` calls it.
    ///
    /// By default only the same object is equal. A trigger that implements [`PartialEq`] should return
    /// `same_rule(self, other)`, see [`same_rule`].
    ///
    /// ```
    /// # use chrono::{DateTime, Utc};
    /// # use scheduler_triggers::{Cron, Interval, Timeline, Trigger};
    /// let (daily, midnight) = (Cron::parse("@daily")?, Cron::parse("0 0 * * *")?);
    /// assert!(daily.equals(&midnight));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn equals(&self, other: &dyn Trigger) -> bool {
        equality::same_object(self, other)
    }

    /// Returns the trigger as data: `trigger.spec()?.build()?` is equal to it. A relative trigger stays
    /// relative.
    ///
    /// By default a user's trigger has no such form. Override this if one of the existing kinds can express
    /// it. The data is read back as that kind, and no longer equals the user's trigger.
    ///
    /// # Errors
    ///
    /// [`TriggerError::NotData`] if the trigger, or one inside it, has no such form. Other errors for values
    /// that could not be read back, such as a year of five digits.
    ///
    /// ```
    /// use std::{sync::Arc, time::Duration};
    ///
    /// use scheduler_triggers::{Interval, Jittered, Trigger};
    ///
    /// let often: Arc<dyn Trigger> = Arc::new(Interval::every(Duration::from_secs(90))?);
    /// let spread = Jittered::new(often, Duration::from_secs(5), "backup");
    /// let json = serde_json::to_string(&spread.spec()?)?;
    /// let expected = r#"{"type":"jittered","trigger":{"type":"interval","every":"1m 30s"},"up_to":"5s","seed":"backup"}"#;
    /// assert_eq!(json, expected);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "serde")]
    fn spec(&self) -> Result<TriggerSpec, TriggerError> {
        Err(TriggerError::NotData {
            rule: format!("{self:?}"),
        })
    }

    /// Describes the trigger in plain English, in one line. A user's trigger is described by its [`fmt::Debug`]
    /// text, unless it overrides [`fmt_rule`](Self::fmt_rule).
    ///
    /// ```
    /// use std::{sync::Arc, time::Duration};
    ///
    /// use scheduler_triggers::{AnyOf, Cron, Interval, Trigger};
    ///
    /// let often: Arc<dyn Trigger> = Arc::new(Interval::every(Duration::from_secs(90))?);
    /// assert_eq!(often.describe(), "every 1m 30s");
    /// let either = AnyOf::new([often, Arc::new(Cron::parse("0 9 2-8 * *")?)])?;
    /// assert_eq!(either.describe(), "any of (every 1m 30s; at 09:00, from the 2nd to the 8th)");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn describe(&self) -> String {
        text::Rule(self).to_string()
    }

    /// Formats the description of the trigger. [`Display`](fmt::Display) of a `dyn Trigger` calls it.
    ///
    /// ```
    /// # use scheduler_triggers::{Cron, Trigger};
    /// let daily = Cron::parse("0 9 * * *")?;
    /// assert_eq!((&daily as &dyn Trigger).to_string(), daily.describe());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of the formatter.
    fn fmt_rule(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl fmt::Display for dyn Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_rule(f)
    }
}

impl PartialEq for dyn Trigger {
    fn eq(&self, other: &Self) -> bool {
        self.equals(other)
    }
}

impl Eq for dyn Trigger {}

/// The clock that the instants of a trigger follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Timeline {
    /// The wall clock: the instants move with it when it is set.
    Wall,
    /// Elapsed time: setting or slewing the wall clock does not move the instants.
    Elapsed,
}

/// Runs the example of the README as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
