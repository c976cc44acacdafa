//! Parses JSON and other formats into rules as data.

use std::str::FromStr;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{
    ExclusionSpec, TriggerSpec,
    data::Data,
    fields::{self, Fields, FromData},
    kinds::each_kind,
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

/// Defines the list of kinds, and how the fields of each kind are read.
macro_rules! read_kinds {
    ($($name:literal $kind:ident $spec:ident;)*) => {
        pub(crate) const KINDS: [&str; [$($name),*].len()] = [$($name),*];

        const READERS: [fn(Fields) -> Result<TriggerSpec, TriggerError>; KINDS.len()] =
            [$(|fields| super::$spec::read(fields).map(TriggerSpec::$kind)),*];

        $(
            impl FromData for super::$spec {
                fn from_data(data: Data) -> Result<Self, TriggerError> {
                    Self::read(Fields::of(data, "an object")?)
                }
            }

            read_from_data!(super::$spec);
        )*
    };
}

each_kind!(read_kinds);
