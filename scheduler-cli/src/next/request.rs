//! Parses a line of a batch into a question.

use std::{collections::BTreeMap, fmt};

use scheduler_core::trigger::{Moment, TriggerSpec, Zone, ZoneError};
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::{Number, value::RawValue};

use super::{
    failure::Failure,
    question::{MOST_TIMES, Question},
};

/// The valid part of a line.
#[derive(Default)]
pub(super) struct Request<'a> {
    /// The value of `id`, as written.
    pub(super) id: Option<&'a RawValue>,
    fields: BTreeMap<String, &'a RawValue>,
}

impl<'a> Request<'a> {
    /// Parses a line. If it is invalid, the fields before the error are kept.
    pub(super) fn read(line: &'a str) -> (Self, Result<(), Failure>) {
        let mut request = Self::default();
        let mut json = serde_json::Deserializer::from_str(line);
        let read = Into(&mut request).deserialize(&mut json);
        let read = read.and_then(|()| json.end());
        let read = read.map_err(|error| match error.classify() {
            serde_json::error::Category::Data => Failure::request(error),
            _ => Failure::json(error),
        });
        (request, read)
    }

    /// Converts the line to a question. A trigger that names no time zone is read in `zone`.
    pub(super) fn question(&self, zone: &Zone) -> Result<Question, Failure> {
        if let Some(unknown) = self
            .fields
            .keys()
            .find(|name| !FIELDS.contains(&name.as_str()))
        {
            return Err(Failure::request(format!(
                "unknown field `{unknown}`, expected one of `id`, {}",
                known()
            )));
        }
        let named = self.zone()?;
        let spec = self
            .fields
            .get("trigger")
            .ok_or_else(|| Failure::request("missing field `trigger`"))?;
        let spec = spec.get().parse::<TriggerSpec>();
        let built = spec.and_then(|spec| spec.build_in(named.as_ref().unwrap_or(zone)));
        let (trigger, zone) = built.map_err(|error| Failure::trigger(&error))?;
        Ok(Question {
            trigger,
            zone,
            after: self.after()?,
            inclusive: self.field("inclusive")?.unwrap_or(false),
            count: self.count()?,
        })
    }

    fn zone(&self) -> Result<Option<Zone>, Failure> {
        let named = self.field::<String>("tz")?.map(|name| name.parse());
        named.transpose().map_err(|error: ZoneError| Failure {
            kind: "zone",
            message: format!("tz: {error}"),
        })
    }

    fn after(&self) -> Result<Option<Moment>, Failure> {
        let after = self.field("after");
        after.map_err(|failure| Failure {
            kind: "time",
            ..failure
        })
    }

    fn count(&self) -> Result<u64, Failure> {
        let count = self.field::<Number>("count")?;
        let count = count.map_or(Some(DEFAULT_COUNT), |count| whole(&count));
        count.filter(|count| *count <= MOST_TIMES).ok_or_else(|| {
            let found = self.fields.get("count").map_or("", |count| count.get());
            let expected = format!("expected a whole number from 0 to {MOST_TIMES}");
            Failure::request(format!("count: {found} is out of range, {expected}"))
        })
    }

    /// Returns the value of a field; `null` counts as omitted.
    fn field<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Failure> {
        let Some(value) = self.fields.get(name) else {
            return Ok(None);
        };
        let value = serde_json::from_str(value.get());
        value.map_err(|error| Failure::field(name, &error))
    }
}

/// Accepts 5.0 as a whole number, because many programs write it that way.
fn whole(number: &Number) -> Option<u64> {
    let text = number.to_string();
    text.strip_suffix(".0").unwrap_or(&text).parse().ok()
}

fn known() -> String {
    FIELDS.map(|name| format!("`{name}`")).join(", ")
}

/// Parses an object field by field, so that the fields before an error are kept.
struct Into<'r, 'a>(&'r mut Request<'a>);

impl<'a> DeserializeSeed<'a> for Into<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for Into<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a question, which is an object with a \"trigger\"")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            let value = map.next_value()?;
            let before = if name == "id" {
                self.0.id.replace(value)
            } else {
                self.0.fields.insert(name.clone(), value)
            };
            if before.is_some() {
                return Err(A::Error::custom(format_args!("duplicate field `{name}`")));
            }
        }
        Ok(())
    }
}

const FIELDS: [&str; 5] = ["trigger", "after", "count", "inclusive", "tz"];
const DEFAULT_COUNT: u64 = 5;
