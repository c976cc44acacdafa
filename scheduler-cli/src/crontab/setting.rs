//! Parses `NAME=value`, with optional blanks around the sign and optional quotes. Quoted text keeps its
//! blanks. Nothing is expanded.

use std::time::Duration;

use scheduler_core::trigger::Zone;

use super::{Wrong, column, words};

/// A setting.
pub(super) struct Setting<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a str,
    /// Start of the value, in bytes.
    start: usize,
}

impl<'a> Setting<'a> {
    /// Returns the setting of the line, if it is one.
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

    /// Returns whether the setting is the zone of schedules: `CRON_TZ`, or `TZ` before fields.
    pub(super) fn is_zone(&self) -> bool {
        let has_fields = || words(self.value).len() > 1;
        self.name == "CRON_TZ" || (self.name == "TZ" && has_fields())
    }

    /// Parses the value as a number of minutes.
    pub(super) fn minutes(&self, line: &str) -> Result<Option<Duration>, Wrong> {
        match self.value.parse::<u32>() {
            Ok(minutes) => Ok(Some(Duration::from_secs(60 * u64::from(minutes)))),
            Err(_) => {
                let message = format!("found {:?}, expected a number of minutes", self.value);
                Err((column(line, self.start), message))
            }
        }
    }

    /// Returns a note if other crons use the setting, and this one does not.
    pub(super) fn note(&self) -> Option<String> {
        let reason = match self.name {
            "MAILTO" | "MAILFROM" | "CONTENT_TYPE" | "CONTENT_TRANSFER_ENCODING" => {
                "output is written to the log, and no mail is sent"
            }
            "USER" | "LOGNAME" => "commands see the variable, but it does not set their user",
            "MLS_LEVEL" | "XDG_SESSION_CLASS" => "commands have no session of their own",
            _ => return None,
        };
        let name = self.name;
        (!self.value.is_empty()).then(|| format!("{name} has no effect: {reason}"))
    }

    /// Parses the value as a zone, and returns the position of any text after it.
    pub(super) fn zone(&self, line: &str) -> Result<(Zone, Option<usize>), Wrong> {
        let words = words(self.value);
        let name = words.first().map_or("", |(_, name)| name);
        let zone = Zone::named(name);
        let zone = zone.map_err(|error| (column(line, self.start), error.to_string()))?;
        let rest = words.get(1).map(|(place, _)| self.start + place);
        Ok((zone, rest))
    }
}

/// Removes quotes. Returns `None` if one is missing.
fn unquoted(text: &str) -> Option<&str> {
    match text.chars().next() {
        Some(quote @ ('"' | '\'')) => text[1..].strip_suffix(quote),
        _ => Some(text),
    }
}

/// Returns whether the text is a name of a setting.
pub(super) fn is_name(text: &str) -> bool {
    let mut letters = text.chars();
    let is_first = |letter: char| letter.is_ascii_alphabetic() || letter == '_';
    letters.next().is_some_and(is_first)
        && letters.all(|letter| letter.is_ascii_alphanumeric() || "_-.".contains(letter))
}
