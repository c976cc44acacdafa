//! A length of time, as it is written down.

use std::{fmt, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::trigger::{TriggerError, expression, text};

/// A length of time as it is written down: `"1h30m"`, `"PT1H30M"`, `"90s"`, or a number of seconds.
///
/// ```
/// use std::time::Duration;
///
/// use scheduler_core::trigger::Length;
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
        deserializer.deserialize_any(LengthVisitor)
    }
}

struct LengthVisitor;

impl de::Visitor<'_> for LengthVisitor {
    type Value = Length;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a length of time, such as \"1h30m\" or a number of seconds")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Length, E> {
        match long(text) {
            Some(length) => Ok(Length(length)),
            None => expression::duration(text).map(Length).map_err(E::custom),
        }
    }

    fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Length, E> {
        Ok(Length(Duration::from_secs(seconds)))
    }

    fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<Length, E> {
        let length = u64::try_from(seconds).map(Duration::from_secs);
        length
            .map(Length)
            .map_err(|_| E::custom(out_of_range(seconds)))
    }

    fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<Length, E> {
        let length = Duration::try_from_secs_f64(seconds);
        length
            .map(Length)
            .map_err(|_| E::custom(out_of_range(seconds)))
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

fn out_of_range(seconds: impl fmt::Display) -> TriggerError {
    TriggerError::OutOfRange {
        what: "a length of time",
        found: format!("{seconds} seconds"),
    }
}
