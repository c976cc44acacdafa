//! Finds notes: legal content of a rule that is probably not intended.

use chrono::{DateTime, Month as Name, Utc};

use super::{
    Cron, MonthEnd, Note, Rule, Trigger as _,
    month::{Month, MonthDays},
    token::Token,
    values::Reader,
};

/// Notes about the text from which a rule was parsed.
#[derive(Debug, Clone, Default)]
pub(super) struct Written(Vec<Note>);

impl Written {
    /// Records the steps of a field that are larger than their range.
    pub(super) fn note_steps(&mut self, reader: Reader, list: Token<'_>) {
        let notes = list.items().filter_map(|item| {
            let first = reader.oversized_step(item)?;
            let part = item.part(reader.field);
            Some(Note::LongStep { part, first })
        });
        self.0.extend(notes);
    }

    /// Records that a star in one day field makes a day match both, where `rule` would let either be
    /// enough.
    pub(super) fn note_starred_days(&mut self, rule: &Rule) {
        let both_restrict = rule.month_days_restrict && rule.week_days_restrict;
        let both_limit = rule.limits_dates() && rule.limits_weekdays();
        let is_starred = both_limit && !both_restrict;
        self.0.extend(is_starred.then_some(Note::StarredDays));
    }
}

/// Always equal: rules are compared by their meaning, not by their text.
impl PartialEq for Written {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Written {}

impl Cron {
    /// Returns notes about legal content that is probably not intended, for editors and checks. Most
    /// expressions have none.
    ///
    /// * A step larger than its range ([`Note::LongStep`]). The note is about the text that the rule
    ///   was read from: the canonical text of a range with such a step has none.
    /// * Both day fields restrict the days, and either is enough ([`Note::EitherDay`]).
    /// * Both day fields limit the days, and a star in one makes a day match both
    ///   ([`Note::StarredDays`]). `DAYS=and`, or [`DayRule::And`](crate::DayRule::And), says that this is
    ///   intended.
    /// * The rule names a fixed time of day which a clock change of its zone skips between 2026 and
    ///   2053, by which time every kind of year has occurred ([`Note::SkippedTime`]).
    /// * The day does not exist in some of the months ([`Note::SkippedMonths`]), or in leap years only
    ///   ([`Note::LeapYearsOnly`]).
    /// * No instant matches ([`Note::NeverDue`]).
    ///
    /// ```
    /// # use scheduler_triggers::{Cron, Note};
    /// assert_eq!(Cron::parse("0 0 31 2 *")?.notes(), [Note::NeverDue]);
    /// assert!(matches!(Cron::parse("0 0 31 * *")?.notes()[..], [Note::SkippedMonths { .. }]));
    /// assert!(Cron::parse("0 9 * * MON-FRI")?.notes().is_empty());
    /// # Ok::<(), scheduler_triggers::CronError>(())
    /// ```
    #[must_use]
    pub fn notes(&self) -> Vec<Note> {
        let mut notes = self.written.0.clone();
        notes.extend(self.rule.either_day.then_some(Note::EitherDay));
        if self.next_after(DateTime::<Utc>::MIN_UTC).is_none() {
            notes.push(Note::NeverDue);
            return notes;
        }
        if self.rule.is_fixed_time() {
            notes.extend(self.walk().skipped_time());
        }
        notes.extend(self.rule.day_notes());
        notes
    }
}

impl Rule {
    /// Returns notes about dates that do not exist in every month.
    pub(crate) fn day_notes(&self) -> impl Iterator<Item = Note> {
        let of_leap_years = self.is_of_leap_years().then_some(Note::LeapYearsOnly);
        self.skipped_months().into_iter().chain(of_leap_years)
    }

    /// Returns the months of the rule that have none of its days in any year.
    fn skipped_months(&self) -> Option<Note> {
        let is_skipped = |month: &u32| self.lacks_days(LEAP_YEAR, *month);
        let months = self.months.iter().filter(is_skipped);
        let names = months.filter_map(|month| Name::try_from(u8::try_from(month).ok()?).ok());
        let months: Vec<_> = names.collect();
        let instead = self.month_end();
        (!months.is_empty()).then_some(Note::SkippedMonths { months, instead })
    }

    /// Returns the replacement for the days of the rule that every month has.
    fn month_end(&self) -> MonthEnd {
        let days = &self.month_days;
        let is_of_weekdays = days.dates.is_empty() && days.from_end.is_empty();
        match days.near.first() {
            Some(date) if is_of_weekdays => MonthEnd::NearestWeekday(date),
            None if is_of_weekdays => MonthEnd::Weekday,
            _ => MonthEnd::Day,
        }
    }

    fn is_of_leap_years(&self) -> bool {
        let mut months = self.months.iter();
        months
            .any(|month| self.lacks_days(COMMON_YEAR, month) && !self.lacks_days(LEAP_YEAR, month))
    }

    /// Returns whether the month is too short for all dates of the rule. Weekdays that some months lack, such
    /// as the fifth Friday, are intended.
    fn lacks_days(&self, year: i32, month: u32) -> bool {
        let days = &self.month_days;
        let has_weekdays = days.weekdays != MonthDays::default().weekdays;
        let month = Month::new(year, month);
        let is_short = month.is_some_and(|month| days.in_month(&month).is_empty());
        is_short && !has_weekdays && !self.either_day
    }
}

const COMMON_YEAR: i32 = 2027;
const LEAP_YEAR: i32 = 2028;
