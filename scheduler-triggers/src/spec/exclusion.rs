//! The data form of the exclusions of `excluding`.

use chrono::{NaiveDate, NaiveTime, Weekday};
use serde::Serialize;

use super::{
    TriggerSpec,
    build::Scope,
    data::{Data, quoted},
    error_path::Place as _,
    fields::{Fields, FromData},
    names::time,
};
use crate::{Exclusion, TriggerError};

/// An [`Exclusion`] as data. Each has an optional `tz`; the default is the zone of the rule that it
/// applies to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ExclusionSpec {
    /// `{"type":"date_range","from":"2024-12-24","to":"2025-01-01"}`, both included.
    DateRange {
        /// The first day.
        from: NaiveDate,
        /// The last day.
        to: NaiveDate,
        /// The zone of the calendar.
        #[serde(skip_serializing_if = "Option::is_none")]
        tz: Option<String>,
    },
    /// `{"type":"dates","dates":["2024-12-25"]}`
    Dates {
        /// The days.
        dates: Vec<NaiveDate>,
        /// The zone of the calendar.
        #[serde(skip_serializing_if = "Option::is_none")]
        tz: Option<String>,
    },
    /// `{"type":"time_of_day","from":"22:00:00","to":"06:00:00"}`; the end is not excluded.
    TimeOfDay {
        /// The first excluded time.
        #[serde(serialize_with = "time")]
        from: NaiveTime,
        /// The end of the excluded times, exclusive.
        #[serde(serialize_with = "time")]
        to: NaiveTime,
        /// The zone of the clock.
        #[serde(skip_serializing_if = "Option::is_none")]
        tz: Option<String>,
    },
    /// `{"type":"trigger","trigger":{…}}`
    Trigger {
        /// The rule whose instants are excluded.
        trigger: Box<TriggerSpec>,
        /// The zone of a rule that names none.
        #[serde(skip_serializing_if = "Option::is_none")]
        tz: Option<String>,
    },
    /// `{"type":"weekdays","weekdays":["sat","sun"]}`
    Weekdays {
        /// The days of the week.
        weekdays: Vec<Weekday>,
        /// The zone of the calendar.
        #[serde(skip_serializing_if = "Option::is_none")]
        tz: Option<String>,
    },
    /// `{"type":"yearly","dates":["12-25"]}`
    Yearly {
        /// The excluded dates, as month and day.
        dates: Vec<String>,
        /// The zone of the calendar.
        #[serde(skip_serializing_if = "Option::is_none")]
        tz: Option<String>,
    },
}

impl FromData for ExclusionSpec {
    fn from_data(data: Data) -> Result<Self, TriggerError> {
        let mut fields = Fields::of(data, "an exclusion, which is an object with a \"type\"")?;
        let read = fields.kind("exclusion", &KINDS, &READERS)?;
        read(fields)
    }
}

impl ExclusionSpec {
    fn date_range(mut fields: Fields) -> Result<Self, TriggerError> {
        fields.only(&["from", "to", "tz"])?;
        Ok(Self::DateRange {
            from: fields.required("from")?,
            to: fields.required("to")?,
            tz: fields.optional("tz")?,
        })
    }

    fn dates(mut fields: Fields) -> Result<Self, TriggerError> {
        fields.only(&["dates", "tz"])?;
        Ok(Self::Dates {
            dates: fields.required("dates")?,
            tz: fields.optional("tz")?,
        })
    }

    fn time_of_day(mut fields: Fields) -> Result<Self, TriggerError> {
        fields.only(&["from", "to", "tz"])?;
        Ok(Self::TimeOfDay {
            from: fields.required("from")?,
            to: fields.required("to")?,
            tz: fields.optional("tz")?,
        })
    }

    fn trigger(mut fields: Fields) -> Result<Self, TriggerError> {
        fields.only(&["trigger", "tz"])?;
        Ok(Self::Trigger {
            trigger: fields.required("trigger")?,
            tz: fields.optional("tz")?,
        })
    }

    fn weekdays(mut fields: Fields) -> Result<Self, TriggerError> {
        fields.only(&["weekdays", "tz"])?;
        Ok(Self::Weekdays {
            weekdays: fields.required("weekdays")?,
            tz: fields.optional("tz")?,
        })
    }

    fn yearly(mut fields: Fields) -> Result<Self, TriggerError> {
        fields.only(&["dates", "tz"])?;
        Ok(Self::Yearly {
            dates: fields.required("dates")?,
            tz: fields.optional("tz")?,
        })
    }

    pub(super) fn build(&self, scope: &Scope<'_>) -> Result<Exclusion, TriggerError> {
        let named = Scope::named(self.tz())?;
        let zone = named.as_ref().unwrap_or(scope.zone);
        match self {
            Self::DateRange { from, to, .. } => Exclusion::date_range(*from, *to, zone.clone()),
            Self::Dates { dates, .. } => Ok(Exclusion::dates(dates.iter().copied(), zone.clone())),
            Self::TimeOfDay { from, to, .. } => Exclusion::time_of_day(*from, *to, zone.clone()),
            Self::Trigger { trigger, .. } => {
                let inside = scope.inside(Some(zone))?;
                Ok(Exclusion::rule(
                    trigger.build_inside(&inside).at("trigger")?.trigger,
                ))
            }
            Self::Weekdays { weekdays, .. } => {
                Ok(Exclusion::weekdays(weekdays.iter().copied(), zone.clone()))
            }
            Self::Yearly { dates, .. } => {
                let dates = dates.iter().enumerate();
                let dates =
                    dates.map(|(index, date)| month_and_day(date).at(&format!("dates[{index}]")));
                Exclusion::yearly(dates.collect::<Result<Vec<_>, _>>()?, zone.clone())
            }
        }
    }

    fn tz(&self) -> Option<&String> {
        match self {
            Self::DateRange { tz, .. }
            | Self::Dates { tz, .. }
            | Self::TimeOfDay { tz, .. }
            | Self::Trigger { tz, .. }
            | Self::Weekdays { tz, .. }
            | Self::Yearly { tz, .. } => tz.as_ref(),
        }
    }
}

/// Parses a date such as `12-25`.
fn month_and_day(text: &str) -> Result<(u32, u32), TriggerError> {
    let numbers = text
        .split_once('-')
        .and_then(|(month, day)| Some((month.parse().ok()?, day.parse().ok()?)));
    numbers.ok_or_else(|| TriggerError::Calendar {
        what: "a day of the year",
        found: quoted(text),
        expected: "a month and a day such as 12-25",
    })
}

/// The values of `type`.
const KINDS: [&str; 6] = [
    "date_range",
    "dates",
    "time_of_day",
    "trigger",
    "weekdays",
    "yearly",
];

/// The readers of the kinds, in the order of [`KINDS`].
const READERS: [fn(Fields) -> Result<ExclusionSpec, TriggerError>; KINDS.len()] = [
    ExclusionSpec::date_range,
    ExclusionSpec::dates,
    ExclusionSpec::time_of_day,
    ExclusionSpec::trigger,
    ExclusionSpec::weekdays,
    ExclusionSpec::yearly,
];
