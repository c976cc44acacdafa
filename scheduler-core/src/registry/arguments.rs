//! Converts arguments of tasks to and from data. An error has the path of the problem.

use std::sync::Arc;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::{Origin, TaskError};
use crate::base::text::{LONGEST, brief_and_visible};

/// Returns the arguments as data.
pub(super) fn write(task: &Arc<str>, args: impl Serialize) -> Result<Value, TaskError> {
    serde_json::to_value(args).map_err(|error| TaskError::Unwritable {
        task: task.clone(),
        problem: error.to_string(),
    })
}

/// Parses the arguments into the type of the task. If `null` does not fit, tries an empty object, so that all
/// fields take their defaults.
pub(super) fn read<Args: DeserializeOwned>(origin: &Origin) -> Result<Args, TaskError> {
    let args = match &origin.args {
        Value::Null => match typed(&Value::Null) {
            Ok(args) => return Ok(args),
            Err(_) => &Value::Object(Map::new()),
        },
        args => args,
    };
    typed(args).map_err(|(path, problem)| TaskError::Arguments {
        task: origin.name.clone(),
        path,
        problem,
    })
}

/// Parses data as a type. An error has the path of the value, and the expected type.
pub(crate) fn typed<T: DeserializeOwned>(data: &Value) -> Result<T, (String, String)> {
    let mut ignored = None;
    let mut track = serde_path_to_error::Track::new();
    let tracked = serde_path_to_error::Deserializer::new(data, &mut track);
    let mut note = |path: serde_ignored::Path<'_>| {
        ignored.get_or_insert_with(|| path.to_string());
    };
    let read = T::deserialize(serde_ignored::Deserializer::new(tracked, &mut note));
    let (path, problem) = match (read, ignored) {
        (Ok(read), None) => return Ok(read),
        (Ok(_), Some(path)) => (path, "unknown field: remove it".into()),
        (Err(error), _) => (place(&track.path(), &error), error.to_string()),
    };
    // Both quote the data, which may be anything.
    let told = |text: &str| brief_and_visible(text, LONGEST);
    Err((told(&path), told(&problem)))
}

/// Returns the path of an error. A missing field is named as if it were present.
fn place(path: &serde_path_to_error::Path, error: &serde_json::Error) -> String {
    let text = error.to_string();
    let missing = text
        .strip_prefix("missing field `")
        .and_then(|rest| rest.split('`').next());
    let path = path.to_string();
    match (path.as_str(), missing) {
        (".", missing) => missing.unwrap_or_default().to_owned(),
        (path, Some(missing)) => format!("{path}.{missing}"),
        (path, None) => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[allow(dead_code, reason = "only whether and why it is refused is looked at")]
    struct Mail {
        to: Vec<Address>,
        #[serde(default)]
        priority: Option<u8>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "only whether and why it is refused is looked at")]
    struct Address {
        host: String,
        port: u16,
    }

    fn refused(data: &Value) -> (String, String) {
        typed::<Mail>(data).expect_err("it is refused")
    }

    #[test]
    fn the_place_of_an_error_is_told() {
        for (data, path, problem) in [
            (json!([]), "", "invalid length 0, expected struct Mail"),
            (
                json!(7),
                "",
                "invalid type: integer `7`, expected struct Mail",
            ),
            (json!({}), "to", "missing field `to`"),
            (
                json!({"to": [{"host": "a"}]}),
                "to[0].port",
                "missing field `port`",
            ),
            (
                json!({"to": [{"host": "a", "port": 70_000}]}),
                "to[0].port",
                "invalid value: integer `70000`, expected u16",
            ),
            (
                json!({"to": [{"host": "a", "port": 1, "prt": 2}]}),
                "to[0].prt",
                "unknown field `prt`, expected `host` or `port`",
            ),
            (
                json!({"to": [], "subject": {}}),
                "subject",
                "unknown field: remove it",
            ),
        ] {
            let (found, text) = refused(&data);
            assert_eq!(found, path, "{text}");
            assert!(text.contains(problem), "{text}");
        }
    }

    #[test]
    fn what_is_told_of_the_data_is_bounded_and_one_visible_line() {
        let long = "\u{202e}".repeat(5_000);
        let key = "\u{1b}[31m\n";
        for data in [
            json!({"to": [], key: {}}),
            json!({"to": [{"host": "a", "port": 1, key: 1}]}),
            json!({"to": [{"host": "a", "port": long}]}),
            json!({"to": [], long.clone(): 1}),
        ] {
            let (path, problem) = refused(&data);
            for text in [path, problem] {
                assert_eq!(crate::base::text::visible(&text).to_string(), text);
                assert!(text.len() < 4_000, "{} bytes", text.len());
            }
        }
    }

    #[test]
    fn what_takes_anything_is_given_anything() {
        let data = json!({"any": [1, {"deep": null}]});
        assert_eq!(typed::<Value>(&data), Ok(data));
    }
}
