//! A length of time, as it is written down.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{
    data::Data,
    fields::{self, FromData, unexpected},
};
use crate::{TriggerError, expression, text};

/// A length of time as it is written down: `"1h30m"`, `"PT1H30M"`, `"90s"`, or a number of seconds.
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
        // What is too long for units is a number of seconds, with a fraction as text.
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

/// `18446744073709551615.999999999s`, as a length is written that is too long for units.
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
