//! Reads the fields of a rule one by one, so that an error can name its position.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de};
use strsim::osa_distance;

use super::{
    build::DEEPEST,
    data::{Data, quoted},
    error_path::Place as _,
};
use crate::{TriggerError, suggest};

/// A type that can be converted from data.
pub(super) trait FromData: Sized {
    fn from_data(data: Data) -> Result<Self, TriggerError>;
}

/// Deserializes from any format. Its error has the text of the [`TriggerError`].
pub(super) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: FromData,
    D: Deserializer<'de>,
{
    T::from_data(Data::deserialize(deserializer)?).map_err(de::Error::custom)
}

/// The fields of an object that have not been read yet. A null field counts as absent.
#[derive(Debug)]
pub(super) struct Fields(BTreeMap<String, Data>);

impl Fields {
    /// Returns the fields of an object. `expected` describes it in the error.
    pub(super) fn of(data: Data, expected: &'static str) -> Result<Self, TriggerError> {
        match data {
            Data::Object(mut fields) => {
                fields.retain(|_, value| *value != Data::Null);
                Ok(Self(fields))
            }
            Data::Twice(field) => Err(TriggerError::Twice {
                field: quoted(&field),
            }),
            other => Err(unexpected(expected, &other)),
        }
    }

    /// Reads `type`, which must be one of `known`, and returns the value at its place in `of`.
    pub(super) fn kind<T: Copy, const COUNT: usize>(
        &mut self,
        what: &'static str,
        known: &'static [&'static str; COUNT],
        of: &[T; COUNT],
    ) -> Result<T, TriggerError> {
        let name: String = self.required("type")?;
        let mut pairs = known.iter().zip(of);
        let found = pairs.find_map(|(known, of)| (*known == name).then_some(*of));
        found.ok_or_else(|| TriggerError::UnknownType {
            what,
            nearest: nearest(&name, known),
            found: quoted(&name),
            known,
        })
    }

    /// Refuses unknown fields, so that a misspelt bound is not ignored.
    pub(super) fn only(&self, known: &'static [&'static str]) -> Result<(), TriggerError> {
        let unknown = self.0.keys().find(|name| !known.contains(&name.as_str()));
        unknown.map_or(Ok(()), |name| {
            Err(TriggerError::UnknownField {
                nearest: nearest(name, known),
                field: quoted(name),
                known,
            })
        })
    }

    /// Reads a required field.
    pub(super) fn required<T: FromData>(&mut self, name: &'static str) -> Result<T, TriggerError> {
        let field = self.optional(name)?;
        field.ok_or(TriggerError::Missing { field: name })
    }

    /// Reads an optional field.
    pub(super) fn optional<T: FromData>(
        &mut self,
        name: &'static str,
    ) -> Result<Option<T>, TriggerError> {
        let field = self.0.remove(name).map(T::from_data);
        field.transpose().at(name)
    }

    /// Reads a field, with the default of its type if it is absent.
    pub(super) fn or_default<T: FromData + Default>(
        &mut self,
        name: &'static str,
    ) -> Result<T, TriggerError> {
        Ok(self.optional(name)?.unwrap_or_default())
    }

    /// Reads all remaining fields.
    pub(super) fn rest<T: FromData>(self) -> Result<BTreeMap<String, T>, TriggerError> {
        let read = self.0.into_iter().map(|(name, data)| {
            let value = T::from_data(data).at(&name)?;
            Ok((name, value))
        });
        read.collect()
    }
}

impl FromData for String {
    fn from_data(data: Data) -> Result<Self, TriggerError> {
        match data {
            Data::Text(text) => Ok(text),
            other => Err(unexpected("text", &other)),
        }
    }
}

impl FromData for bool {
    fn from_data(data: Data) -> Result<Self, TriggerError> {
        match data {
            Data::Flag(flag) => Ok(flag),
            other => Err(unexpected("true or false", &other)),
        }
    }
}

/// 2.0 counts as a whole number, because many programs write whole numbers as floats.
impl FromData for u32 {
    fn from_data(data: Data) -> Result<Self, TriggerError> {
        let found = data.to_string();
        let fits = match data {
            Data::Whole(number) => Self::try_from(number).ok(),
            Data::Negative(_) => None,
            Data::Float(number) if number.fract() == 0.0 => whole(number),
            other => return Err(unexpected("a whole number", &other)),
        };
        fits.ok_or(TriggerError::Number {
            found,
            highest: Self::MAX,
        })
    }
}

impl FromData for usize {
    fn from_data(data: Data) -> Result<Self, TriggerError> {
        let number = u32::from_data(data)?;
        Ok(Self::try_from(number).unwrap_or(Self::MAX))
    }
}

impl<T: FromData> FromData for Vec<T> {
    fn from_data(data: Data) -> Result<Self, TriggerError> {
        let Data::List(items) = data else {
            return Err(unexpected("a list", &data));
        };
        let items = items.into_iter().enumerate();
        let read = items.map(|(index, item)| T::from_data(item).at(&format!("[{index}]")));
        read.collect()
    }
}

impl<T: FromData> FromData for Box<T> {
    fn from_data(data: Data) -> Result<Self, TriggerError> {
        T::from_data(data).map(Self::new)
    }
}

/// Returns an error for data of another type than expected.
pub(super) fn unexpected(expected: &'static str, found: &Data) -> TriggerError {
    match found {
        Data::TooDeep => TriggerError::TooDeep { deepest: DEEPEST },
        found => TriggerError::Unexpected {
            expected,
            found: found.to_string(),
        },
    }
}

fn whole(number: f64) -> Option<u32> {
    let fits = (0.0..=f64::from(u32::MAX)).contains(&number);
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is whole and fits"
    )]
    fits.then_some(number as u32)
}

/// Swapped letters count as one mistake, because the names are short.
fn nearest(name: &str, known: &[&str]) -> Vec<String> {
    let known = known.iter().map(|&known| known.to_owned());
    suggest::nearest(name, known, osa_distance)
}
