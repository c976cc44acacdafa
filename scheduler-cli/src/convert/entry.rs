//! [`Entry`]: an entry in TOML.

use std::fmt::Write;

use super::Converted;

/// An entry in TOML. Settings without a counterpart become comments.
#[derive(Debug, Default)]
pub(super) struct Entry {
    id: String,
    keys: Vec<(&'static str, String)>,
    comments: Vec<String>,
    left_out: Vec<String>,
}

impl Entry {
    pub(super) fn new(id: &str) -> Self {
        let mut entry = Self {
            id: id.to_owned(),
            ..Self::default()
        };
        entry.text("id", id);
        entry
    }

    /// Adds a key with a string.
    pub(super) fn text(&mut self, key: &'static str, value: &str) {
        self.keys.push((key, quoted(value)));
    }

    /// Adds a key with a value of TOML.
    pub(super) fn value(&mut self, key: &'static str, value: &impl ToString) {
        self.keys.push((key, value.to_string()));
    }

    /// Adds a comment for the reader.
    pub(super) fn comment(&mut self, text: &str) {
        self.comments.push(text.to_owned());
    }

    /// Records a setting without a counterpart.
    pub(super) fn leave_out(&mut self, what: impl AsRef<str>) {
        let what = scheduler_core::text::visible(what.as_ref()).to_string();
        self.left_out.push(what);
    }

    pub(super) fn finish(self) -> Converted {
        let mut text = String::new();
        let left_out = self.left_out.iter().map(|what| format!("left out: {what}"));
        for line in self.comments.iter().cloned().chain(left_out) {
            // A string has room for all of it.
            writeln!(text, "# {line}").unwrap_or_default();
        }
        text += "[[entry]]\n";
        for (key, value) in &self.keys {
            writeln!(text, "{key} = {value}").unwrap_or_default();
        }
        text.push('\n');
        let named = |what: &String| format!("{:?} has no counterpart for {what}", self.id);
        Converted {
            text,
            left_out: self.left_out.iter().map(named).collect(),
        }
    }
}

/// Quotes a string of TOML. Its escapes are those of JSON, and one more.
pub(super) fn quoted(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted.replace('\u{7f}', "\\u007f")
}
