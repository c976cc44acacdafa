//! [`Cron`]: due when the local time of a zone matches a cron expression.

mod bits;
mod builder;
mod days;
mod describe;
mod dialect;
mod display;
mod effects;
mod empty_range;
mod error;
mod field;
mod fields;
mod hash;
mod month;
mod note;
mod notes;
mod parse;
mod policy_names;
mod preset;
mod readings;
mod rule;
mod search;
mod stray_space;
#[cfg(test)]
mod tests;
mod token;
mod values;
mod walk;
mod words;
mod years;

use std::{fmt, ops::RangeInclusive, str::FromStr};

use chrono::{DateTime, Utc};

pub(super) use self::{
    bits::Bits,
    builder::default_policies,
    empty_range::EmptyRange,
    month::{Month, MonthDays, WeekDays},
    readings::Readings,
    rule::Rule,
    token::Token,
    values::{Form, Values},
    walk::Walk,
    years::Years,
};
pub use self::{
    builder::CronBuilder,
    dialect::{Dialect, Ocps},
    error::{CronError, Part},
    field::CronField,
    note::{MonthEnd, Note},
    preset::Preset,
};
use self::{fields::Fields, notes::Written};
use super::{ClockEffects, Repeats, Trigger, Zone, equality::same_rule};
#[cfg(feature = "serde")]
use super::{CronSpec, TriggerError, TriggerSpec, spec::written};
use crate::dst::{Fold, Gap};

/// A cron expression in a time zone.
///
/// | fields | order |
/// |---|---|
/// | 5 | minute, hour, day of month, month, day of week |
/// | 6 | second first |
/// | 7 | second first, year last |
///
/// Each is a list of `*`, `a`, `a-b` (which may wrap around: `22-2`, `FRI-MON`), with `/step` if
/// need be; a step larger than its range leaves the first value, see [`Cron::notes`]. Months and
/// days of the week have names, of three letters or in full, in either case. The day of month also
/// takes `L` (the last day), `L-3`, `15W` (the nearest day from Monday to Friday) and `LW`; the day
/// of week `FRI#2` (the second) and `FRIL` (the last), and the day of month takes both with names
/// of weekdays; both fields take `?` for `*`. `H` is a number chosen by a hash, and so is `0~29`,
/// one of the range; see [`CronBuilder::seed`]. Instead of fields: `@yearly`, `@annually`,
/// `@monthly`, `@weekly`, `@daily`, `@midnight`, `@hourly`. Other dialects have other forms, see
/// [`Dialect`]; for fields by name see [`Cron::fields`].
///
/// In front there may be settings: `TZ=Europe/Berlin` (or `CRON_TZ=`), `GAP=skip`, `FOLD=both`,
/// `DAYS=and` and `WEEK=1-10`, the weeks of the year by ISO 8601.
///
/// # Days
///
/// If both day fields restrict the days, either is enough, as in Vixie cron; a field that begins
/// with `*` does not restrict, and then both must match. [`DayRule::And`] always asks for both, and
/// so does a `+` in front of the day of week.
///
/// # Clock changes
///
/// By default an expression whose time of day is *fixed* (plain numbers and lists) runs once a
/// change: a skipped time at the first instant after the gap ([`Gap::AtGapEnd`], TM-016), a
/// repeated one at the first pass ([`Fold::First`], TM-017). An expression that *follows the clock*
/// (a star, a range or a step among second, minute and hour) is due at every real instant that
/// matches: no time is added for a gap, and none is left out in a fold.
///
/// ```
/// use chrono::{DateTime, Utc};
/// use scheduler_triggers::{Cron, Trigger, Zone};
///
/// let cron = Cron::parse("0 9 * * MON-FRI")?.in_zone(Zone::named("Europe/Berlin")?);
/// let friday_noon: DateTime<Utc> = "2024-03-29T11:00:00Z".parse()?;
/// let monday_nine: DateTime<Utc> = "2024-04-01T07:00:00Z".parse()?;
/// assert_eq!(cron.next_after(friday_noon), Some(monday_nine));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Cron {
    rule: Rule,
    zone: Zone,
    gap: Gap,
    fold: Fold,
    empty_range: EmptyRange,
    written: Written,
}

/// The rule for days when both the day of month and the day of week restrict them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DayRule {
    /// A day must match both: `0 0 13 * FRI` is every Friday the 13th.
    And,
    /// A day must match one of them, as in Vixie cron: every 13th and every Friday.
    #[default]
    Or,
}

impl Cron {
    /// Parses an expression. The default zone is UTC; the text may name another (`TZ=Europe/Berlin
    /// 0 9 * * *`).
    ///
    /// # Errors
    ///
    /// [`CronError`], with the field and the column.
    ///
    /// ```
    /// # use scheduler_triggers::Cron;
    /// assert!(Cron::parse("*/5 8-17 * * MON-FRI").is_ok());
    /// assert!(Cron::parse("@daily").is_ok());
    /// assert!(Cron::parse("60 * * * *").is_err());
    /// ```
    pub fn parse(expression: &str) -> Result<Self, CronError> {
        Self::builder(expression).build()
    }

    /// Returns a builder for an expression with further settings.
    ///
    /// ```
    /// # use scheduler_triggers::{Cron, DayRule, dst::Gap};
    /// let cron = Cron::builder("30 2 13 * FRI").day_rule(DayRule::And).gap(Gap::Skip).build()?;
    /// assert_eq!(cron.gap(), Gap::Skip);
    /// # Ok::<(), scheduler_triggers::CronError>(())
    /// ```
    pub fn builder(expression: &str) -> CronBuilder {
        CronBuilder::new(expression)
    }

    /// Builds a rule from named fields, as in APScheduler's `CronTrigger`. A day must match all of
    /// them.
    ///
    /// An omitted field is `*` if a finer field is given, and otherwise its smallest value. `week`,
    /// `day_of_week` and `year` default to `*`. The day of month also accepts `last`, `last fri`
    /// and `2nd mon`. Weekdays count from Sunday = 0, or from Monday = 0 with
    /// [`Dialect::Apscheduler3`]. If a field is given twice, the later one wins.
    ///
    /// ```
    /// # use scheduler_triggers::{Cron, CronField};
    /// let fields = [(CronField::DayOfMonth, "last fri"), (CronField::Hour, "0-3")];
    /// assert_eq!(Cron::fields(fields).build()?.to_string(), "0 0-3 FRIL * *");
    ///
    /// let by_name = [("week".parse()?, "1/4"), ("day_of_week".parse()?, "mon")];
    /// assert_eq!(Cron::fields(by_name).build()?.to_string(), "WEEK=1-53/4 0 0 * * MON");
    /// # Ok::<(), scheduler_triggers::CronError>(())
    /// ```
    pub fn fields<'a>(fields: impl IntoIterator<Item = (CronField, &'a str)>) -> CronBuilder {
        CronBuilder::from_fields(Fields::new(fields))
    }

    /// Sets the zone. The local times stay the same.
    ///
    /// ```
    /// # use scheduler_triggers::{Cron, Zone};
    /// let cron = Cron::parse("@daily")?.in_zone(Zone::named("Asia/Tokyo")?);
    /// assert_eq!(cron.zone().to_string(), "Asia/Tokyo");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn in_zone(self, zone: Zone) -> Self {
        Self {
            zone,
            empty_range: EmptyRange::default(),
            ..self
        }
    }

    /// Returns the zone of the clock.
    ///
    /// ```
    /// # use scheduler_triggers::{Cron, Zone};
    /// assert_eq!(Cron::parse("@daily")?.zone(), &Zone::utc());
    /// # Ok::<(), scheduler_triggers::CronError>(())
    /// ```
    #[must_use]
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// Returns the policy for a local time that a clock change skips.
    ///
    /// ```
    /// # use scheduler_triggers::{Cron, dst::Gap};
    /// assert_eq!(Cron::parse("30 2 * * *")?.gap(), Gap::AtGapEnd);
    /// assert_eq!(Cron::parse("GAP=skip 30 2 * * *")?.gap(), Gap::Skip);
    /// # Ok::<(), scheduler_triggers::CronError>(())
    /// ```
    #[must_use]
    pub fn gap(&self) -> Gap {
        self.gap
    }

    /// Returns the policy for a local time that a clock change repeats.
    ///
    /// ```
    /// # use scheduler_triggers::{Cron, dst::Fold};
    /// assert_eq!(Cron::parse("30 2 * * *")?.fold(), Fold::First);
    /// assert_eq!(Cron::parse("*/5 * * * *")?.fold(), Fold::Both);
    /// # Ok::<(), scheduler_triggers::CronError>(())
    /// ```
    #[must_use]
    pub fn fold(&self) -> Fold {
        self.fold
    }

    /// Returns the last instant strictly before `before`, or `None` if there is none.
    ///
    /// ```
    /// # use chrono::{DateTime, Utc};
    /// # use scheduler_triggers::Cron;
    /// let noon: DateTime<Utc> = "2024-03-01T12:00:00Z".parse()?;
    /// let leap_day: DateTime<Utc> = "2024-02-29T00:00:00Z".parse()?;
    /// assert_eq!(Cron::parse("0 0 29 2 *")?.prev_before(noon), Some(leap_day));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn prev_before(&self, before: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let is_whole = before.timestamp_subsec_nanos() == 0;
        let until = before.timestamp().saturating_sub(i64::from(is_whole));
        DateTime::from_timestamp(self.walk().last_until(until)?, 0)
    }

    /// Returns whether the rule is due at exactly this instant.
    ///
    /// ```
    /// # use chrono::{DateTime, Utc};
    /// # use scheduler_triggers::Cron;
    /// let nine: DateTime<Utc> = "2024-03-01T09:00:00Z".parse()?;
    /// assert!(Cron::parse("0 9 * * *")?.matches(nine));
    /// assert!(!Cron::parse("0 10 * * *")?.matches(nine));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn matches(&self, at: DateTime<Utc>) -> bool {
        self.first_from(at) == Some(at)
    }

    fn walk(&self) -> Walk<'_, Rule> {
        Walk {
            rule: &self.rule,
            zone: &self.zone,
            gap: self.gap,
            fold: self.fold,
            empty_range: &self.empty_range,
        }
    }
}

impl Trigger for Cron {
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        // Matching instants are whole seconds, so the search begins with the next one.
        let second = self
            .walk()
            .first_from(after.timestamp().saturating_add(1))?;
        DateTime::from_timestamp(second, 0)
    }

    fn prev_before(&self, before: DateTime<Utc>) -> Option<DateTime<Utc>> {
        Self::prev_before(self, before)
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
        let is_pattern = !self.rule.is_fixed_time();
        Repeats::of_pattern(is_pattern || self.fold == Fold::Both)
    }

    fn equals(&self, other: &dyn Trigger) -> bool {
        same_rule(self, other)
    }

    #[cfg(feature = "serde")]
    fn spec(&self) -> Result<TriggerSpec, TriggerError> {
        let (gap, fold) = default_policies(self.rule.is_fixed_time());
        let plain = Self {
            rule: self.rule.clone(),
            zone: Zone::utc(),
            gap,
            fold,
            empty_range: EmptyRange::default(),
            written: Written::default(),
        };
        Ok(TriggerSpec::Cron(CronSpec {
            expr: Some(plain.to_string()),
            tz: Some(written::zone(&self.zone)?),
            gap: (self.gap != gap).then_some(self.gap),
            fold: (self.fold != fold).then_some(self.fold),
            ..CronSpec::default()
        }))
    }

    fn fmt_rule(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.describe())
    }
}

impl FromStr for Cron {
    type Err = CronError;

    fn from_str(expression: &str) -> Result<Self, CronError> {
        Self::parse(expression)
    }
}

impl fmt::Debug for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cron({self})")
    }
}
