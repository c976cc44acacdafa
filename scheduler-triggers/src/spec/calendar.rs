//! The data form of `calendar_interval`.

use chrono::{DateTime, NaiveTime, Utc};
use serde::Serialize;

use super::{
    Moment,
    build::{Built, Scope},
    error_path::Place as _,
    fields::Fields,
    names::{choice, optional_time},
};
use crate::{CalendarInterval, Fold, Gap, Period, TriggerError, Zone};

/// The data form of `CalendarInterval`:
/// `{"type":"calendar_interval","months":2,"time":"10:00:00","tz":"Europe/Berlin","start":"2024-01-31"}`
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CalendarIntervalSpec {
    /// Number of calendar years.
    #[serde(skip_serializing_if = "is_zero")]
    pub years: u32,
    /// Number of calendar months.
    #[serde(skip_serializing_if = "is_zero")]
    pub months: u32,
    /// Number of weeks of seven days.
    #[serde(skip_serializing_if = "is_zero")]
    pub weeks: u32,
    /// Number of calendar days, regardless of their length.
    #[serde(skip_serializing_if = "is_zero")]
    pub days: u32,
    /// The time of day. The default is the time of the start, or midnight if the start is a date.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "optional_time"
    )]
    pub time: Option<NaiveTime>,
    /// The zone of the clock and the calendar.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tz: Option<String>,
    /// The first date. The default is the date on which the schedule starts. With a time of day,
    /// nothing is due before that time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<Moment>,
    /// The last possible date or instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<Moment>,
    /// The policy for a time of day that a clock change skips.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "choice")]
    pub gap: Option<Gap>,
    /// The policy for a time of day that a clock change repeats.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "choice")]
    pub fold: Option<Fold>,
}

impl CalendarIntervalSpec {
    pub(super) fn read(mut fields: Fields) -> Result<Self, TriggerError> {
        fields.only(&FIELDS)?;
        Ok(Self {
            years: fields.or_default("years")?,
            months: fields.or_default("months")?,
            weeks: fields.or_default("weeks")?,
            days: fields.or_default("days")?,
            time: fields.optional("time")?,
            tz: fields.optional("tz")?,
            start: fields.optional("start")?,
            end: fields.optional("end")?,
            gap: fields.optional("gap")?,
            fold: fields.optional("fold")?,
        })
    }

    pub(super) fn build(&self, scope: &Scope<'_>) -> Result<Built, TriggerError> {
        let named = Scope::named(self.tz.as_ref())?;
        let zone = named.as_ref().unwrap_or(scope.zone);
        self.check_order(zone).at("end")?;
        let begin = self.start.map(|start| start.reading_in(zone));
        let time = self.time.or_else(|| begin.map(|begin| begin.time()));
        let mut interval = match begin {
            Some(begin) => CalendarInterval::every(self.period(), begin.date())?,
            None => CalendarInterval::from_live(self.period())?,
        };
        interval = interval
            .at(time.unwrap_or(NaiveTime::MIN))
            .in_zone(zone.clone())
            .gap(self.gap.unwrap_or(Gap::AtGapEnd))
            .fold(self.fold.unwrap_or(Fold::First));
        if let Some(Moment::Date(end)) = self.end {
            interval = interval.ending_on(end);
        }
        let start = exact(self.start, zone).at("start")?;
        let end = exact(self.end, zone).at("end")?;
        Ok(Built::new(interval, named).bounded(start, end))
    }

    fn period(&self) -> Period {
        Period {
            years: self.years,
            months: self.months,
            weeks: self.weeks,
            days: self.days,
        }
    }

    /// Checks that the end is not before the start. Two dates are compared as dates, because a date
    /// that a zone skips has no instants.
    pub(crate) fn check_order(&self, zone: &Zone) -> Result<(), TriggerError> {
        let (Some(start), Some(end)) = (self.start, self.end) else {
            return Ok(());
        };
        let is_before = match (start, end) {
            (Moment::Date(start), Moment::Date(end)) => end < start,
            (start, end) => end.latest_in(zone)? < start.earliest_in(zone)?,
        };
        if is_before {
            let [start, end] = [start, end].map(|bound| bound.to_string());
            return Err(TriggerError::EndBeforeStart { start, end });
        }
        Ok(())
    }
}

/// Returns the instant of a bound that is not a date.
fn exact(bound: Option<Moment>, zone: &Zone) -> Result<Option<DateTime<Utc>>, TriggerError> {
    let bound = bound.filter(|bound| !matches!(bound, Moment::Date(_)));
    bound.map(|bound| bound.earliest_in(zone)).transpose()
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

const FIELDS: [&str; 10] = [
    "years", "months", "weeks", "days", "time", "tz", "start", "end", "gap", "fold",
];
