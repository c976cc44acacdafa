//! Parsed data, with every field of an object. A duplicate field is kept, so that it can be
//! reported.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use super::build::DEEPEST;

/// A value of JSON or a similar format.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Data {
    Flag(bool),
    Float(f64),
    List(Vec<Self>),
    Negative(i64),
    Null,
    Object(BTreeMap<String, Self>),
    Text(String),
    /// A value nested more deeply than any rule; its content was skipped.
    TooDeep,
    /// An object in which this field is duplicate.
    Twice(String),
    Whole(u64),
}

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Level(LEVELS).deserialize(deserializer)
    }
}

/// Deserializes a value, with the number of nesting levels that may follow below it.
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

/// Writes the value for messages: in full if it is short, or else its type.
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

/// Returns the text in quotes, shortened if it is long.
pub(super) fn quoted(text: &str) -> String {
    text.chars().take(LONGEST_QUOTE).collect()
}

/// The maximum number of levels of data. A nested rule takes at most two, an object and a list. The
/// rest is for the content of the innermost rule.
const LEVELS: usize = 2 * DEEPEST + 4;
const LONGEST_QUOTE: usize = 40;
