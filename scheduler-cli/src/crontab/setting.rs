//! `NAME=value`: with blanks around the sign or not, in quotes of either kind or not. What is in
//! quotes keeps its blanks. Nothing is expanded.

use scheduler_core::trigger::Zone;

use super::{Wrong, column, words};

/// A setting.
pub(super) struct Setting<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a str,
    /// Where the value begins, in bytes.
    start: usize,
}

impl<'a> Setting<'a> {
    /// The setting in this line, if it is one.
    pub(super) fn read(line: &'a str) -> Result<Option<Self>, Wrong> {
        let Some((name, value)) = line.split_once('=') else {
            return Ok(None);
        };
        let Some(name) = unquoted(name.trim()).filter(|name| is_name(name)) else {
            return Ok(None);
        };
        let start = line.len() - value.trim_start().len();
        match unquoted(value.trim()) {
            Some(value) => Ok(Some(Self { name, value, start })),
            None => {
                let message =
                    "found a quote that does not end with the line, expected its other half";
                Err((column(line, start), message.to_owned()))
            }
        }
    }

    /// The value as a zone, and where in the line something follows.
    pub(super) fn zone(&self, line: &str) -> Result<(Zone, Option<usize>), Wrong> {
        let words = words(self.value);
        let name = words.first().map_or("", |(_, name)| name);
        let zone = Zone::named(name);
        let zone = zone.map_err(|error| (column(line, self.start), error.to_string()))?;
        let rest = words.get(1).map(|(place, _)| self.start + place);
        Ok((zone, rest))
    }
}

/// What is between quotes, or all of it; `None` if one is missing.
fn unquoted(text: &str) -> Option<&str> {
    match text.chars().next() {
        Some(quote @ ('"' | '\'')) => text[1..].strip_suffix(quote),
        _ => Some(text),
    }
}

fn is_name(text: &str) -> bool {
    let mut letters = text.chars();
    let is_first = |letter: char| letter.is_ascii_alphabetic() || letter == '_';
    letters.next().is_some_and(is_first)
        && letters.all(|letter| letter.is_ascii_alphanumeric() || "_-.".contains(letter))
}
