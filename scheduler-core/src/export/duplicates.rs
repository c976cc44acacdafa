//! A document as written: a JSON value, and its duplicate keys.

use std::{cell::RefCell, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value};

use super::{ImportProblem, error::Problems};
use crate::trigger::joined;

/// A value, and the duplicate keys in it.
pub(super) struct Tree {
    pub(super) value: Value,
    pub(super) problems: Problems,
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let problems = RefCell::new(Problems::default());
        let root = Node {
            place: &Place::Root,
            problems: &problems,
        };
        let value = root.deserialize(deserializer)?;
        Ok(Self {
            value,
            problems: problems.into_inner(),
        })
    }
}

/// Path of a value, formatted only for an error.
enum Place<'a> {
    Root,
    Field(&'a Self, &'a str),
    Item(&'a Self, usize),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, part) = match self {
            Self::Root => return Ok(()),
            Self::Field(around, key) => (around.to_string(), (*key).to_owned()),
            Self::Item(around, number) => (around.to_string(), format!("[{number}]")),
        };
        f.write_str(&joined(&path, &part))
    }
}

/// Reads one value.
#[derive(Clone, Copy)]
struct Node<'a> {
    place: &'a Place<'a>,
    problems: &'a RefCell<Problems>,
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Value, E> {
        Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_none<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Value, D::Error> {
        inner.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        loop {
            let place = Place::Item(self.place, items.len());
            let item = Node {
                place: &place,
                ..self
            };
            match list.next_element_seed(item)? {
                Some(item) => items.push(item),
                None => return Ok(Value::Array(items)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            let place = Place::Field(self.place, &key);
            let field = Node {
                place: &place,
                ..self
            };
            let value = map.next_value_seed(field)?;
            if fields.contains_key(&key) {
                let problem = || ImportProblem::new(place.to_string(), "duplicate field");
                self.problems.borrow_mut().add(problem);
            } else {
                fields.insert(key, value);
            }
        }
        Ok(Value::Object(fields))
    }
}
