//! Data as it was written: every field of an object, even one that is there twice.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use super::build::DEEPEST;

/// What JSON and its like consist of.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Data {
    Flag(bool),
    Float(f64),
    List(Vec<Self>),
    Negative(i64),
    Null,
    Object(BTreeMap<String, Self>),
    Text(String),
    /// What is nested more deeply than a rule can be: it was passed over.
    TooDeep,
    /// An object with this field twice.
    Twice(String),
    Whole(u64),
}

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Level(LEVELS).deserialize(deserializer)
    }
}

/// Reads a value; so many levels may be left below it.
#[derive(Clone, Copy)]
struct Level(usize);

impl<'de> DeserializeSeed<'de> for Level {
    type Value = Data;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Data, D::Error> {
        if self.0 == 0 {
            return IgnoredAny::deserialize(deserializer).map(|_| Data::TooDeep);
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level {
    type Value = Data;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object, a list, text, a number, true, false or null")
    }

    fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Data, E> {
        Ok(Data::Flag(flag))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Data, E> {
        Ok(Data::Float(number))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Data, E> {
        let whole = u64::try_from(number).map(Data::Whole);
        Ok(whole.unwrap_or(Data::Negative(number)))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Data, E> {
        Ok(Data::Whole(number))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Data, E> {
        Ok(Data::Text(text.into()))
    }

    fn visit_none<E: de::Error>(self) -> Result<Data, E> {
        Ok(Data::Null)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Data, E> {
        Ok(Data::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Data, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Data, D::Error> {
        self.deserialize(inner)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Data, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(Self(self.0 - 1))? {
            items.push(item);
        }
        Ok(Data::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Data, A::Error> {
        let (mut fields, mut twice) = (BTreeMap::new(), None);
        while let Some(name) = map.next_key::<String>()? {
            let value = map.next_value_seed(Self(self.0 - 1))?;
            if fields.insert(name.clone(), value).is_some() {
                twice.get_or_insert(name);
            }
        }
        Ok(twice.map_or(Data::Object(fields), Data::Twice))
    }
}

/// What was found, for messages: the value if it is short, or else what kind of value it is.
impl fmt::Display for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => flag.fmt(f),
            Self::Float(number) => write!(f, "{number:?}"),
            Self::List(_) => f.write_str("a list"),
            Self::Negative(number) => number.fmt(f),
            Self::Null => f.write_str("null"),
            Self::Object(_) | Self::Twice(_) => f.write_str("an object"),
            Self::Text(text) => write!(f, "{:?}", quoted(text)),
            Self::TooDeep => f.write_str("more of them"),
            Self::Whole(number) => number.fmt(f),
        }
    }
}

/// The text, or its beginning.
pub(super) fn quoted(text: &str) -> String {
    text.chars().take(LONGEST_QUOTE).collect()
}

/// A rule has at most two levels for each that it is nested: an object and a list. One more is for
/// what there is in the innermost one.
const LEVELS: usize = 2 * DEEPEST + 4;
const LONGEST_QUOTE: usize = 40;
