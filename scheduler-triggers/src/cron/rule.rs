//! The rule of an expression, without a zone: which local times match.

use super::{
    CronField,
    bits::Bits,
    month::{Month, MonthDays, WeekDays},
    values::{Form, Values},
    years::Years,
};

/// The local times that match an expression.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Rule {
    pub(crate) seconds: Values,
    pub(crate) minutes: Values,
    pub(crate) hours: Values,
    pub(crate) month_days: MonthDays,
    pub(crate) months: Bits,
    pub(crate) week_days: WeekDays,
    /// Weeks of the year that match, by ISO 8601.
    pub(crate) weeks: Bits,
    pub(crate) years: Years,
    /// Whether the day of month restricts the days; without a leading star it does.
    pub(crate) month_days_restrict: bool,
    /// Whether the day of week restricts the days.
    pub(crate) week_days_restrict: bool,
    /// Whether either of the two day fields is enough, if both restrict.
    pub(crate) either_day: bool,
    /// Whether no year has a matching day, as found by [`Rule::skip_empty_years`].
    pub(crate) is_never: bool,
}

impl Rule {
    /// Returns the days of a month that match.
    pub(crate) fn days_in(&self, month: &Month) -> Bits {
        let by_date = self.month_days.in_month(month);
        let by_weekday = self.week_days.in_month(month);
        let days = if self.either_day {
            by_date | by_weekday
        } else {
            by_date & by_weekday
        };
        if self.has_every_week() {
            return days;
        }
        days & month.days_in_weeks(self.weeks)
    }

    /// Returns whether the day of month excludes some dates.
    pub(super) fn limits_dates(&self) -> bool {
        !Bits::range(1, 31).is_subset_of(self.month_days.dates)
    }

    /// Returns whether the day of week excludes some weekdays.
    pub(super) fn limits_weekdays(&self) -> bool {
        let (first, last) = (0, 6);
        self.week_days.every != Bits::range(first, last)
    }

    pub(crate) fn has_every_week(&self) -> bool {
        self.weeks == Self::every_week()
    }

    pub(crate) fn every_week() -> Bits {
        let (first, last) = CronField::Week.bounds();
        Bits::range(first, last)
    }

    /// Returns whether the time of day is fixed: written without any star, range or step.
    pub(crate) fn is_fixed_time(&self) -> bool {
        [self.seconds, self.minutes, self.hours]
            .iter()
            .all(|field| field.form == Form::Points)
    }

    /// Returns whether the time is fixed by the criterion of Vixie cron, which tests only for a
    /// leading star.
    pub(crate) fn has_no_leading_star(&self) -> bool {
        [self.minutes, self.hours]
            .iter()
            .all(|field| field.form != Form::Star)
    }
}
