//! Parses JSON and other formats into rules as data.

use std::str::FromStr;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{
    AllOfSpec, AnyOfSpec, BoundedSpec, CalendarIntervalSpec, CronSpec, ExcludingSpec,
    ExclusionSpec, IntervalSpec, JitteredSpec, LimitedSpec, OnCalendarSpec, OnceSpec, TriggerSpec,
    data::Data,
    fields::{self, Fields, FromData},
};
use crate::TriggerError;

/// Parses JSON.
///
/// # Errors
///
/// [`TriggerError::Json`] for invalid JSON, and other errors with their position.
///
/// ```
/// use scheduler_triggers::TriggerSpec;
///
/// let json = r#"{"type":"any_of","triggers":[{"type":"once","at":"2024-02-30"}]}"#;
/// let error = json.parse::<TriggerSpec>().unwrap_err();
/// assert_eq!((error.path(), error.kind()), ("triggers[0].at", "time"));
/// ```
impl FromStr for TriggerSpec {
    type Err = TriggerError;

    fn from_str(json: &str) -> Result<Self, TriggerError> {
        let data = serde_json::from_str(json).map_err(|error| TriggerError::Json {
            problem: error.to_string(),
        })?;
        Self::from_data(data)
    }
}

/// Converts a JSON value. The errors are those of [`TriggerSpec::from_str`].
impl TryFrom<Value> for TriggerSpec {
    type Error = TriggerError;

    fn try_from(json: Value) -> Result<Self, TriggerError> {
        let data = Data::deserialize(json).map_err(|error| TriggerError::Json {
            problem: error.to_string(),
        })?;
        Self::from_data(data)
    }
}

impl FromData for TriggerSpec {
    fn from_data(data: Data) -> Result<Self, TriggerError> {
        let mut fields = Fields::of(data, "a trigger, which is an object with a \"type\"")?;
        let read = fields.kind("trigger", &KINDS, &READERS)?;
        read(fields)
    }
}

macro_rules! read_from_data {
    ($($spec:ty),*) => {$(
        impl<'de> Deserialize<'de> for $spec {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                fields::deserialize(deserializer)
            }
        }
    )*};
}

read_from_data!(TriggerSpec, ExclusionSpec);

/// Deserializes the fields of one type of rule, without its `type`.
macro_rules! read_from_fields {
    ($($spec:ty),*) => {$(
        impl FromData for $spec {
            fn from_data(data: Data) -> Result<Self, TriggerError> {
                Self::read(Fields::of(data, "an object")?)
            }
        }

        read_from_data!($spec);
    )*};
}

read_from_fields!(
    AllOfSpec,
    AnyOfSpec,
    BoundedSpec,
    CalendarIntervalSpec,
    CronSpec,
    ExcludingSpec,
    IntervalSpec,
    JitteredSpec,
    LimitedSpec,
    OnCalendarSpec,
    OnceSpec
);

/// Defines the types of triggers, each with its name and its data.
macro_rules! kinds {
    ($($name:literal $kind:ident $spec:ident;)*) => {
        const KINDS: [&str; [$($name),*].len()] = [$($name),*];

        const READERS: [fn(Fields) -> Result<TriggerSpec, TriggerError>; KINDS.len()] =
            [$(|fields| $spec::read(fields).map(TriggerSpec::$kind)),*];
    };
}

kinds! {
    "all_of" AllOf AllOfSpec;
    "any_of" AnyOf AnyOfSpec;
    "bounded" Bounded BoundedSpec;
    "calendar_interval" CalendarInterval CalendarIntervalSpec;
    "cron" Cron CronSpec;
    "excluding" Excluding ExcludingSpec;
    "interval" Interval IntervalSpec;
    "jittered" Jittered JitteredSpec;
    "limited" Limited LimitedSpec;
    "on_calendar" OnCalendar OnCalendarSpec;
    "once" Once OnceSpec;
}
