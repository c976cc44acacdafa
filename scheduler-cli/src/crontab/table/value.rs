//! Values of TOML as texts and as JSON.

use serde_json::{Map, Value};
use toml::{Spanned, de::DeValue};

use super::place::{Mistake, at};

/// Returns a string without NUL, which no argument of a program can contain.
pub(super) fn string<'a>(value: &'a Spanned<DeValue<'_>>) -> Result<&'a str, Mistake> {
    match value.get_ref() {
        DeValue::String(text) if text.contains('\0') => {
            Err(at(value)("found a NUL character, expected text"))
        }
        DeValue::String(text) => Ok(text),
        _ => Err(at(value)("expected a string")),
    }
}

/// Returns a string, a number or a Boolean as text.
pub(super) fn scalar(value: &Spanned<DeValue<'_>>) -> Result<String, Mistake> {
    match value.get_ref() {
        DeValue::String(_) => string(value).map(str::to_owned),
        DeValue::Integer(number) if number.radix() == 10 => Ok(number.as_str().to_owned()),
        DeValue::Boolean(value) => Ok(value.to_string()),
        _ => Err(at(value)("expected a string or a decimal number")),
    }
}

/// Converts a value to JSON. Dates become strings, which is how triggers are written in JSON.
pub(super) fn json(value: &Spanned<DeValue<'_>>) -> Result<Value, Mistake> {
    Ok(match value.get_ref() {
        DeValue::String(text) => Value::from(text.as_ref()),
        DeValue::Integer(number) => {
            let parsed = i64::from_str_radix(number.as_str(), number.radix());
            Value::from(parsed.map_err(at(value))?)
        }
        DeValue::Float(number) => Value::from(number.as_str().parse::<f64>().map_err(at(value))?),
        DeValue::Boolean(value) => Value::from(*value),
        DeValue::Datetime(time) => Value::from(time.to_string()),
        DeValue::Array(values) => Value::Array(values.iter().map(json).collect::<Result<_, _>>()?),
        DeValue::Table(table) => {
            let pair = |(key, value): (&Spanned<_>, _)| -> Result<(String, Value), Mistake> {
                let key: &std::borrow::Cow<'_, str> = key.get_ref();
                Ok((key.to_string(), json(value)?))
            };
            Value::Object(table.iter().map(pair).collect::<Result<Map<_, _>, _>>()?)
        }
    })
}
