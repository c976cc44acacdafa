//! The data form of a duration.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{
    data::Data,
    fields::{self, FromData, unexpected},
};
use crate::{TriggerError, expression, text};

/// A duration as data: `"1h30m"`, `"PT1H30M"`, `"90s"`, or a number of seconds.
///
/// ```
/// use std::time::Duration;
///
/// use scheduler_triggers::Length;
///
/// let length: Length = serde_json::from_str(r#""1h30m""#)?;
/// assert_eq!(length, Length::from(Duration::from_secs(5400)));
/// assert_eq!(serde_json::from_str::<Length>("5400")?, length);
/// assert_eq!(serde_json::to_string(&length)?, r#""1h 30m""#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Length(pub Duration);

impl From<Duration> for Length {
    fn from(length: Duration) -> Self {
        Self(length)
    }
}

impl Serialize for Length {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // A duration beyond the range of the units is written in seconds, as text with a fraction.
        let (seconds, nanos) = (self.0.as_secs(), self.0.subsec_nanos());
        match (i64::try_from(seconds), nanos) {
            (Ok(_), _) => serializer.serialize_str(&text::length(self.0)),
            (Err(_), 0) => serializer.serialize_u64(seconds),
            (Err(_), nanos) => serializer.serialize_str(&format!("{seconds}.{nanos:09}s")),
        }
    }
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        fields::deserialize(deserializer)
    }
}

impl FromData for Length {
    fn from_data(data: Data) -> Result<Self, TriggerError> {
        let refused = |problem| Err(invalid(&data, problem));
        match &data {
            Data::Text(text) => from_text(text),
            Data::Whole(seconds) => Ok(Self(Duration::from_secs(*seconds))),
            Data::Negative(_) => refused("it is negative"),
            Data::Float(seconds) => match Duration::try_from_secs_f64(*seconds) {
                Ok(length) => Ok(Self(length)),
                Err(_) if *seconds < 0.0 => refused("it is negative"),
                Err(_) => refused("it is out of range"),
            },
            Data::TooDeep => Err(unexpected("", &data)),
            _ => refused("expected text such as \"1h30m\", or a number of seconds"),
        }
    }
}

fn from_text(text: &str) -> Result<Length, TriggerError> {
    match long(text) {
        Some(length) => Ok(Length(length)),
        None => expression::duration(text).map(Length),
    }
}

/// Parses a duration that is too long for the units, such as `18446744073709551615.999999999s`.
fn long(text: &str) -> Option<Duration> {
    let (seconds, nanos) = text.strip_suffix('s')?.split_once('.')?;
    let seconds: u64 = seconds.parse().ok()?;
    let nanos: u32 = nanos.parse().ok().filter(|_| nanos.len() == 9)?;
    i64::try_from(seconds)
        .is_err()
        .then(|| Duration::new(seconds, nanos))
}

fn invalid(data: &Data, problem: &str) -> TriggerError {
    TriggerError::Duration {
        found: data.to_string(),
        problem: problem.into(),
    }
}
