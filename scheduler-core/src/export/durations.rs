//! Durations in their text form, such as `"1h30m"`.

use std::time::Duration;

use chrono::TimeDelta;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::trigger::Length;

pub(super) fn serialize<S: Serializer>(length: &Duration, to: S) -> Result<S::Ok, S::Error> {
    Length(*length).serialize(to)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    Length::deserialize(from).map(|length| length.0)
}

/// Optional durations in their text form.
pub(super) mod optional {
    use super::*;

    pub(in crate::export) fn serialize<S: Serializer>(
        length: &Option<Duration>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        length.map(Length).serialize(to)
    }

    pub(in crate::export) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Duration>, D::Error> {
        let length = Option::<Length>::deserialize(from)?;
        Ok(length.map(|length| length.0))
    }
}

/// A duration with a sign: `"-1h"` means that the timeline is ahead by an hour.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signed(pub(super) TimeDelta);

impl<'de> Deserialize<'de> for Signed {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let (sign, length) = match text.strip_prefix('-') {
            Some(length) => (-1, length),
            None => (1, &*text),
        };
        let length = serde_json::from_value::<Length>(length.into()).map_err(D::Error::custom)?;
        let delta = TimeDelta::from_std(length.0).map_err(D::Error::custom)?;
        Ok(Self(delta * sign))
    }
}

/// Serializes a field with a signed duration.
pub(super) mod signed {
    use super::*;

    pub(in crate::export) fn serialize<S: Serializer>(
        delta: &TimeDelta,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        let length = Length(delta.abs().to_std().unwrap_or_default());
        let text = serde_json::to_value(length).map_err(serde::ser::Error::custom)?;
        let text = text.as_str().unwrap_or_default();
        let sign = if *delta < TimeDelta::zero() { "-" } else { "" };
        to.collect_str(&format_args!("{sign}{text}"))
    }
}
