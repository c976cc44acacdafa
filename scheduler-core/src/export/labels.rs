//! Lengths of time as they are written down.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::trigger::Length;

pub(super) fn serialize<S: Serializer>(length: &Duration, to: S) -> Result<S::Ok, S::Error> {
    Length(*length).serialize(to)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    Length::deserialize(from).map(|length| length.0)
}

/// The same for a length that there may be.
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
