//! [`OnCalendar`]: due when the local time of a zone matches a calendar event of systemd.

mod component;
mod describe;
mod error;
mod event;
mod field;
mod notes;
mod number;
mod parse;
mod rule;
mod shorthand;
#[cfg(test)]
mod tests;

use std::{fmt, ops::RangeInclusive, str::FromStr, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};

pub use self::{error::OnCalendarError, field::CalendarField};
use self::{event::Event, notes::Written, parse::Parsed, rule::Timetable};
use super::{
    ClockEffects, Fold, Gap, Repeats, Trigger, Zone,
    cron::{EmptyRange, Readings, Walk, default_policies},
    equality::same_rule,
};
#[cfg(feature = "serde")]
use super::{OnCalendarSpec, TriggerError, TriggerSpec, spec::written};

/// A calendar event, in the grammar of `OnCalendar=` in systemd's timer units.
///
/// ```text
/// Mon..Fri *-*-* 09:00:00 Europe/Berlin
/// weekdays year-month-day hour:minute:second zone
/// ```
///
/// Each part may be omitted. Without weekdays or a date, every day matches; without a time it is
/// midnight, without a second 0, and without a zone UTC or that of [`in_zone`](Self::in_zone). A
/// value is `*`, or a list of numbers (`9,17`), ranges (`9..17`) and repetitions (`0/15`,
/// `9..17/2`). Seconds have a fraction of up to six digits. `~` in front of the day counts back:
/// `*-02~01` is the last day of February, `Mon *-05~07/1` the last Monday of May. Weekdays have
/// short names or full ones, in either case; years may have two digits, from 1970 to 2069.
/// `@1395716396` is an instant. Names that stand for whole events: `minutely`, `hourly`, `daily`,
/// `weekly` (on Monday), `monthly`, `quarterly`, `semiannually`, `yearly`.
///
/// Differences from systemd 252: surrounding white space is ignored, the zone is matched ignoring
/// case and may be an offset such as `+05:30`, and the local zone has no name. As in systemd, years
/// end with 2199.
///
/// # Clock changes
///
/// A *fixed* time of day (plain numbers and lists) runs once at a clock change: a skipped time at
/// the first instant after the gap ([`Gap::AtGapEnd`]), a repeated one in the first pass
/// ([`Fold::First`]). A time that *follows the clock* (a star, a range or a repetition
/// among hour, minute and second) is due at every real instant that matches. systemd skips times in
/// a gap, and the second pass of every event, even of `hourly`. To get that, set
/// [`gap`](Self::gap)`(Gap::Skip)` and [`fold`](Self::fold)`(Fold::First)`.
///
/// ```
/// use chrono::{DateTime, Utc};
/// use scheduler_triggers::{OnCalendar, Trigger};
///
/// let event = OnCalendar::parse("Mon..Fri *-*-* 09:00:00 Europe/Berlin")?;
/// let friday_noon: DateTime<Utc> = "2024-03-29T11:00:00Z".parse()?;
/// let monday_nine: DateTime<Utc> = "2024-04-01T07:00:00Z".parse()?;
/// assert_eq!(event.next_after(friday_noon), Some(monday_nine));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct OnCalendar {
    inner: Arc<Inner>,
    zone: Zone,
    /// Whether the text includes the zone even if it is UTC.
    shown: Shown,
    gap: Gap,
    fold: Fold,
    empty_range: EmptyRange,
    written: Written,
}

#[derive(Debug, PartialEq, Eq)]
struct Inner {
    event: Event,
    timetable: Timetable,
}

/// Whether the zone is part of the text. It does not affect equality.
#[derive(Debug, Clone, Copy)]
enum Shown {
    Always,
    UnlessUtc,
}

impl PartialEq for Shown {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Shown {}

impl OnCalendar {
    /// Parses a calendar event. The default zone is UTC.
    ///
    /// Settings may precede the event: `GAP=skip`, `FOLD=both`.
    ///
    /// # Errors
    ///
    /// [`OnCalendarError`], with the component and the column.
    ///
    /// ```
    /// # use scheduler_triggers::OnCalendar;
    /// let event = OnCalendar::parse("wed..sat,tue 12-10-15 1:2:3")?;
    /// assert_eq!(event.to_string(), "Tue..Sat 2012-10-15 01:02:03");
    /// assert!(OnCalendar::parse("*-*-* 24:00").is_err());
    /// # Ok::<(), scheduler_triggers::OnCalendarError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, OnCalendarError> {
        Self::parse_in(text, Zone::utc())
    }

    /// Parses a calendar event. The default zone is `zone`.
    ///
    /// # Errors
    ///
    /// The errors of [`parse`](Self::parse).
    ///
    /// ```
    /// # use scheduler_triggers::{OnCalendar, Zone};
    /// let event = OnCalendar::parse_in("daily", Zone::named("Asia/Tokyo")?)?;
    /// assert_eq!(event.to_string(), "*-*-* 00:00:00 Asia/Tokyo");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn parse_in(text: &str, zone: Zone) -> Result<Self, OnCalendarError> {
        let Parsed {
            event,
            notes,
            zone: named,
            gap,
            fold,
        } = parse::parse(text)?;
        let timetable = Timetable::of(&event);
        let policies = default_policies(timetable.is_fixed_time());
        Ok(Self {
            inner: Arc::new(Inner { event, timetable }),
            shown: if named.is_some() {
                Shown::Always
            } else {
                Shown::UnlessUtc
            },
            zone: named.unwrap_or(zone),
            gap: gap.unwrap_or(policies.0),
            fold: fold.unwrap_or(policies.1),
            empty_range: EmptyRange::default(),
            written: Written(notes),
        })
    }

    /// Sets the zone. The local times stay the same.
    ///
    /// ```
    /// # use scheduler_triggers::{OnCalendar, Zone};
    /// let event = OnCalendar::parse("daily")?.in_zone(Zone::named("Asia/Tokyo")?);
    /// assert_eq!(event.zone().to_string(), "Asia/Tokyo");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn in_zone(self, zone: Zone) -> Self {
        Self {
            zone,
            shown: Shown::Always,
            empty_range: EmptyRange::default(),
            ..self
        }
    }

    /// Sets the policy for a local time that a clock change skips.
    ///
    /// ```
    /// # use scheduler_triggers::{OnCalendar, Trigger, Zone, dst::{Fold, Gap}};
    /// let event = OnCalendar::parse("02:30 Europe/Berlin")?;
    /// // Berlin has no 02:30 on this day.
    /// assert!(event.matches("2024-03-31T01:00:00Z".parse()?));
    /// assert!(!event.gap(Gap::Skip).matches("2024-03-31T01:00:00Z".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn gap(self, gap: Gap) -> Self {
        Self {
            gap,
            empty_range: EmptyRange::default(),
            ..self
        }
    }

    /// Sets the policy for a local time that a clock change repeats.
    ///
    /// ```
    /// # use scheduler_triggers::{OnCalendar, Trigger, Zone, dst::{Fold, Gap}};
    /// let event = OnCalendar::parse("02:30 Europe/Berlin")?;
    /// // Berlin has 02:30 twice on this day.
    /// assert!(event.matches("2024-10-27T00:30:00Z".parse()?));
    /// assert!(event.fold(Fold::Last).matches("2024-10-27T01:30:00Z".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn fold(self, fold: Fold) -> Self {
        Self {
            fold,
            empty_range: EmptyRange::default(),
            ..self
        }
    }

    /// Returns the zone of the clock.
    ///
    /// ```
    /// # use scheduler_triggers::{OnCalendar, Trigger, Zone, dst::{Fold, Gap}};
    /// let event = OnCalendar::parse("02:30 Europe/Berlin")?;
    /// assert_eq!(event.zone().to_string(), "Europe/Berlin");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    fn event(&self) -> &Event {
        &self.inner.event
    }

    fn timetable(&self) -> &Timetable {
        &self.inner.timetable
    }

    fn is_never(&self) -> bool {
        self.next_after(DateTime::<Utc>::MIN_UTC).is_none()
    }

    fn walk(&self) -> Walk<'_, Timetable> {
        Walk {
            rule: self.timetable(),
            zone: &self.zone,
            gap: self.gap,
            fold: self.fold,
            empty_range: &self.empty_range,
        }
    }

    fn default_policies(&self) -> (Gap, Fold) {
        default_policies(self.timetable().is_fixed_time())
    }
}

impl Trigger for OnCalendar {
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let found = self.walk().first_from(micros(after).saturating_add(1))?;
        DateTime::from_timestamp_micros(found)
    }

    fn prev_before(&self, before: DateTime<Utc>) -> Option<DateTime<Utc>> {
        // An instant with nanoseconds is later than its microsecond.
        let ceiling = before.checked_add_signed(TimeDelta::nanoseconds(999));
        let until = micros(ceiling.unwrap_or(before)).saturating_sub(1);
        DateTime::from_timestamp_micros(self.walk().last_until(until)?)
    }

    fn clock_effects(&self, range: RangeInclusive<DateTime<Utc>>) -> ClockEffects<'_> {
        ClockEffects::new(self.walk().clock_effects(range))
    }

    fn may_block(&self) -> bool {
        false
    }

    /// Returns whether both passes of a repeated hour run: for times that follow the clock, or by
    /// request.
    fn repeats(&self) -> Repeats {
        let (_, fold) = self.default_policies();
        let both = Fold::Both;
        Repeats::of_pattern(fold == both || self.fold == both)
    }

    fn equals(&self, other: &dyn Trigger) -> bool {
        same_rule(self, other)
    }

    #[cfg(feature = "serde")]
    fn spec(&self) -> Result<TriggerSpec, TriggerError> {
        let (gap, fold) = self.default_policies();
        Ok(TriggerSpec::OnCalendar(OnCalendarSpec {
            expr: self.event().to_string(),
            tz: Some(written::zone(&self.zone)?),
            gap: (self.gap != gap).then_some(self.gap),
            fold: (self.fold != fold).then_some(self.fold),
            ..OnCalendarSpec::default()
        }))
    }

    fn fmt_rule(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.describe())
    }
}

/// Formats the event as `systemd-analyze calendar` does, after the policies that differ from the
/// default: `GAP=skip Mon..Fri *-*-* 02:30:00 Europe/Berlin`. The text parses back to an equal
/// rule.
impl fmt::Display for OnCalendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (gap, fold) = self.default_policies();
        if self.gap != gap {
            write!(f, "GAP={} ", self.gap)?;
        }
        if self.fold != fold {
            write!(f, "FOLD={} ", self.fold)?;
        }
        fmt::Display::fmt(self.event(), f)?;
        match self.shown {
            Shown::UnlessUtc if self.zone == Zone::utc() => Ok(()),
            _ => write!(f, " {}", self.zone),
        }
    }
}

impl fmt::Debug for OnCalendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OnCalendar({self})")
    }
}

impl FromStr for OnCalendar {
    type Err = OnCalendarError;

    fn from_str(text: &str) -> Result<Self, OnCalendarError> {
        Self::parse(text)
    }
}

/// Returns whole microseconds since 1970, rounded down. A leap second counts as its last
/// microsecond.
fn micros(at: DateTime<Utc>) -> i64 {
    let second = at.timestamp().saturating_mul(Timetable::UNITS);
    second.saturating_add(i64::from(at.timestamp_subsec_micros().min(999_999)))
}
