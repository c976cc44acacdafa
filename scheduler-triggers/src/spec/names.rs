//! The data forms of choices, dates and times of day.

use std::fmt;

use chrono::{NaiveDate, NaiveTime, Timelike, Weekday};
use serde::Serializer;

use super::{
    data::{Data, quoted},
    fields::{FromData, unexpected},
};
use crate::{DayRule, Fold, Gap, TriggerError};

/// Parses `10:00:00`, with an optional fraction and optional seconds.
pub(super) fn time_of_day(text: &str) -> Result<NaiveTime, TriggerError> {
    let seconds = NaiveTime::parse_from_str(text, "%H:%M:%S%.f");
    let parsed = seconds.or_else(|_| NaiveTime::parse_from_str(text, "%H:%M"));
    let time = parsed.ok().filter(|time| time.nanosecond() < 1_000_000_000);
    let expected = "a form such as 10:00:00 or 10:00, up to 23:59:59";
    time.ok_or_else(|| invalid("a time of day", text, expected))
}

pub(super) fn time_text(time: NaiveTime) -> String {
    time.format("%H:%M:%S%.f").to_string()
}

/// Parses `2024-12-25`.
pub(super) fn date(text: &str) -> Result<NaiveDate, TriggerError> {
    let expected = "a day that exists, in the form 2024-12-25";
    text.parse().map_err(|_| invalid("a date", text, expected))
}

/// Serializes an optional enum value by its name, in snake case.
pub(super) fn choice<T: fmt::Display, S: Serializer>(
    choice: &Option<T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match choice {
        Some(choice) => serializer.serialize_str(&choice.to_string().replace('-', "_")),
        None => serializer.serialize_none(),
    }
}

/// Serializes a time of day.
pub(super) fn time<S: Serializer>(time: &NaiveTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time_text(*time))
}

/// Serializes an optional time of day.
pub(super) fn optional_time<S: Serializer>(
    at: &Option<NaiveTime>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => time(at, serializer),
        None => serializer.serialize_none(),
    }
}

macro_rules! read_choices {
    ($($choice:ty, $expected:literal;)*) => {$(
        impl FromData for $choice {
            fn from_data(data: Data) -> Result<Self, TriggerError> {
                match data {
                    Data::Text(name) => Ok(name.parse()?),
                    other => Err(unexpected($expected, &other)),
                }
            }
        }
    )*};
}

read_choices!(
    DayRule, "\"or\" or \"and\"";
    Gap, "\"at_gap_end\", \"shift_by_delta\" or \"skip\"";
    Fold, "\"first\", \"last\" or \"both\"";
);

/// Data that is not text is refused with the same error as an invalid text.
macro_rules! read_from_text {
    ($($value:ty => $read:expr;)*) => {$(
        impl FromData for $value {
            fn from_data(data: Data) -> Result<Self, TriggerError> {
                match data {
                    Data::Text(text) => $read(&text),
                    Data::TooDeep => Err(unexpected("text", &data)),
                    other => $read(&other.to_string()),
                }
            }
        }
    )*};
}

read_from_text!(
    NaiveDate => date;
    NaiveTime => time_of_day;
    Weekday => weekday;
);

fn weekday(name: &str) -> Result<Weekday, TriggerError> {
    let expected = "mon, tue, wed, thu, fri, sat, sun or a whole name";
    let day = name.parse();
    day.map_err(|_| invalid("a day of the week", name, expected))
}

fn invalid(what: &'static str, found: &str, expected: &'static str) -> TriggerError {
    TriggerError::Calendar {
        what,
        found: quoted(found),
        expected,
    }
}
