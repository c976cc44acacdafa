//! How choices and times of day are written.

use std::{fmt, str::FromStr};

use chrono::{NaiveTime, Timelike};
use serde::{Deserialize, Deserializer, Serializer, de};

/// `10:00:00`, with a fraction or without seconds if need be.
pub(super) fn time_of_day(text: &str) -> Result<NaiveTime, String> {
    let seconds = NaiveTime::parse_from_str(text, "%H:%M:%S%.f");
    let parsed =
        seconds.or_else(|error| NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| error));
    match parsed {
        Ok(time) if time.nanosecond() < 1_000_000_000 => Ok(time),
        Ok(_) => Err("seconds go from 0 to 59".into()),
        Err(error) => Err(error.to_string()),
    }
}

pub(super) fn time_text(time: NaiveTime) -> String {
    time.format("%H:%M:%S%.f").to_string()
}

/// An optional choice, by its name.
pub(super) mod choice {
    use super::{Deserialize, Deserializer, FromStr, Serializer, de, fmt};

    pub(crate) fn serialize<T: fmt::Display, S: Serializer>(
        choice: &Option<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match choice {
            Some(choice) => serializer.serialize_str(&choice.to_string().replace('-', "_")),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
    where
        T: FromStr<Err: fmt::Display>,
        D: Deserializer<'de>,
    {
        let name = Option::<String>::deserialize(deserializer)?;
        name.map(|name| name.parse().map_err(de::Error::custom))
            .transpose()
    }
}

/// A time of day.
pub(super) mod time {
    use super::{Deserialize, Deserializer, NaiveTime, Serializer, de, time_of_day, time_text};

    pub(crate) fn serialize<S: Serializer>(
        time: &NaiveTime,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&time_text(*time))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<NaiveTime, D::Error> {
        let text = String::deserialize(deserializer)?;
        time_of_day(&text).map_err(|error| {
            de::Error::custom(format_args!("{text:?} is not a time of day: {error}"))
        })
    }
}

/// A time of day that may be left out.
pub(super) mod optional_time {
    use super::{Deserialize, Deserializer, NaiveTime, Serializer, time};

    pub(crate) fn serialize<S: Serializer>(
        time: &Option<NaiveTime>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => time::serialize(time, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<NaiveTime>, D::Error> {
        #[derive(Deserialize)]
        struct Time(#[serde(with = "time")] NaiveTime);
        Ok(Option::<Time>::deserialize(deserializer)?.map(|time| time.0))
    }
}
