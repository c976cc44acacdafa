//! Time rules: pure functions from an instant to the next one.
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
//! A [`Trigger`] never reads a clock and keeps no state: the same question always has the same
//! answer. What to do with an instant that has passed or that meets a running job is the decision of
//! a scheduler, not of the rule.
//!
//! | rule | due |
//! |---|---|
//! | [`Once`] | at one instant, or after a delay |
//! | [`Interval`] | every so many seconds of elapsed time |
//! | [`CalendarInterval`] | every so many days, weeks, months or years, at a time of day |
//! | [`Cron`] | by a cron expression, in the dialect of cron, Quartz or Jenkins |
//! | [`OnCalendar`] | by a calendar event of systemd |
//! | [`AllOf`], [`AnyOf`] | when all rules, or any of several, are due |
//! | [`Excluding`], [`Bounded`], [`Limited`], [`Jittered`] | as another rule, with exceptions, bounds, a number of times or a random delay |
//!
//! [`parse_expression`] reads any rule that has a textual form. The crate needs no runtime and starts
//! no thread, and it builds for `wasm32-unknown-unknown`. Zones are those of the system, or the
//! [compiled-in ones](Zone::bundled).
//!
//! # Features
//!
//! `serde`: rules as data, see `TriggerSpec`.

mod all_of;
mod any_of;
mod backward;
mod bounded;
mod calendar;
mod clock;
mod cron;
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

use std::{any::Any, fmt, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};

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
    cron::{
        Cron, CronBuilder, CronError, CronField, DayRule, Dialect, GapPolicy, Note, Ocps,
        OverlapPolicy, Part, Preset,
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
    zone::{NearestZones, Zone, ZoneError},
};

/// A pure rule that yields the instants at which a schedule is due.
///
/// Only [`next_after`](Self::next_after) has to be written; everything else follows from it.
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
///   `None` when there is none ever after. A trigger that answers with an instant that is not later
///   is *faulted*: its schedule stops, everything else goes on (`TM-009`).
/// * It MUST be monotone: `a <= b` implies `next_after(a) <= next_after(b)`, `None` being last. The
///   engine finds the latest missed instant by bisection on this property, and
///   [`prev_before`](Self::prev_before) rests on it.
/// * It SHOULD be quick; it is called without any lock held. One that [may block](Self::may_block)
///   is asked on a thread for blocking work, so that no other schedule waits for it. A panic faults
///   the schedule (`TM-011`).
pub trait Trigger: Any + fmt::Debug + Send + Sync {
    /// The first instant strictly after `after`, or `None` if there is none ever again.
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>>;

    /// The last instant strictly before `before`, or `None` if there is none.
    ///
    /// By default it is found by bisection, in some two hundred questions to
    /// [`next_after`](Self::next_after) at most. A rule that is relative to the instant its schedule
    /// becomes live has none.
    fn prev_before(&self, before: DateTime<Utc>) -> Option<DateTime<Utc>> {
        backward::prev_before(|after| self.next_after(after), before)
    }

    /// Whether it is due at exactly this instant.
    fn matches(&self, at: DateTime<Utc>) -> bool {
        let just_before = at.checked_sub_signed(TimeDelta::nanoseconds(1));
        just_before.is_some_and(|before| self.next_after(before) == Some(at))
    }

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

    /// Which instants run again when the wall clock is set back by up to three hours and shows them
    /// once more. By default none: what has a record is not repeated (`TM-005`).
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

    /// For a rule that is relative to the instant its schedule becomes live ("every 10 s",
    /// "in 5 min"): the absolute rule. `None` if the rule is absolute already.
    fn anchored(&self, live: DateTime<Utc>) -> Option<Arc<dyn Trigger>> {
        let _ = live;
        None
    }

    /// Whether a question may take long or block its thread: true until something else is said, and
    /// false for the triggers of this module, unless a member says otherwise.
    ///
    /// A scheduler asks a trigger that may block on a thread for blocking work, and any other one at
    /// once, on the thread that drives the scheduler or that calls it. So the next
    /// instant of a schedule whose trigger may block is known only some time after the schedule was
    /// added. Asked once, when a schedule is made.
    ///
    /// ```
    /// # use scheduler_triggers::{Cron, Trigger};
    /// assert!(!Cron::parse("@daily")?.may_block());
    /// # Ok::<(), scheduler_triggers::CronError>(())
    /// ```
    fn may_block(&self) -> bool {
        true
    }

    /// Whether `other` is the same rule: what `==` between two `dyn Trigger` asks.
    ///
    /// By default only the very same object is. A trigger that is [`PartialEq`] answers
    /// `same_rule(self, other)`, see [`same_rule`].
    fn equals(&self, other: &dyn Trigger) -> bool {
        equality::same_object(self, other)
    }

    /// The rule as data: `trigger.spec()?.build()?` is equal to it. A rule that is relative to the
    /// instant its schedule becomes live stays so.
    ///
    /// A trigger of your own has none, unless it can say itself by one of the kinds there are.
    ///
    /// # Errors
    ///
    /// [`TriggerError::NotData`] for a rule that has no such form, or that has one inside it; others
    /// for what could not be read back, such as a year of five digits.
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

    /// The rule in words, for people: what [`Display`](fmt::Display) of a `dyn Trigger` prints.
    ///
    /// # Errors
    ///
    /// Those of the formatter.
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

/// The clock a trigger's instants belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Timeline {
    /// Instants of the wall clock: they follow it when it is set.
    Wall,
    /// Elapsed time: instants move neither when the wall clock jumps nor when it is slewed.
    Elapsed,
}

/// The example of the README is run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
