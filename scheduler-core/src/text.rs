//! Texts of others: names, messages, data. How they are shown, and which of them are refused.

use std::fmt::{self, Write as _};

use crate::{Error, Result};

/// How many characters of a name are quoted in an error.
pub(crate) const BRIEF: usize = 100;

/// How many characters of a path in data, and of what is wrong there, are told.
#[cfg(feature = "serde")]
pub(crate) const LONGEST: usize = 400;

/// The text with every character escaped that moves the cursor, changes the terminal, turns the
/// direction of reading or cannot be seen: control characters, line ends, escape sequences, marks of
/// direction, and characters of no width. What is left is one line.
///
/// Use it wherever a text that somebody else has written is printed.
///
/// ```
/// use scheduler_core::text::visible;
///
/// let name = "backup\u{1b}[2J\r\n\u{202e}txt.exe";
/// assert_eq!(visible(name).to_string(), r"backup\u{1b}[2J\r\n\u{202e}txt.exe");
/// assert_eq!(visible("größe 🚀").to_string(), "größe 🚀");
/// ```
#[must_use]
pub const fn visible(text: &str) -> Visible<'_> {
    Visible(text)
}

/// What [`visible`] returns, to be printed.
#[derive(Debug, Clone, Copy)]
pub struct Visible<'a>(&'a str);

impl fmt::Display for Visible<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                letter if is_invisible(letter) => write!(f, "{}", letter.escape_unicode())?,
                letter => f.write_char(letter)?,
            }
        }
        Ok(())
    }
}

/// Whether it does something to the output rather than to stand in it.
fn is_invisible(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// The text, or its beginning and `…`.
pub(crate) fn brief(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The beginning of the text, with everything escaped that does something to the output.
#[cfg(feature = "serde")]
pub(crate) fn brief_and_visible(text: &str, most: usize) -> String {
    visible(&brief(text, most)).to_string()
}

/// Refuses a name that is empty, or that holds control characters.
pub(crate) fn check_name(field: &'static str, name: &str) -> Result<()> {
    if name.is_empty() {
        let problem = "must not be empty: give it a name".into();
        return Err(Error::InvalidConfig { field, problem });
    }
    check_text(field, name)
}

/// Refuses a text that holds control characters.
pub(crate) fn check_text(field: &'static str, text: &str) -> Result<()> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Ok(());
    }
    let Some((at, found)) = text.char_indices().find(|(_, letter)| letter.is_control()) else {
        return Ok(());
    };
    let found = found.escape_unicode();
    let text = brief(text, BRIEF);
    let problem = format!(
        "must not hold control characters, found {found} at byte {at} of {text:?}: remove it"
    );
    Err(Error::InvalidConfig { field, problem })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_shown_is_one_line_that_does_nothing() {
        for number in 0..=0x10_ffff {
            let Some(letter) = char::from_u32(number) else {
                continue;
            };
            let shown = visible(&String::from(letter)).to_string();
            assert!(!shown.chars().any(is_invisible), "{number:x}");
            assert!(!shown.is_empty() && shown.lines().count() == 1);
        }
        assert_eq!(
            visible("a\u{7f}\u{9b}31m\u{2028}b").to_string(),
            r"a\u{7f}\u{9b}31m\u{2028}b"
        );
        assert_eq!(visible("\\n \"x\"").to_string(), "\\n \"x\"");
    }

    #[test]
    fn a_name_is_not_empty_and_has_no_control_characters() {
        assert!(check_name("id", "größe 1").is_ok() && check_text("name", "").is_ok());
        let error = check_name("id", "").unwrap_err().to_string();
        assert_eq!(error, "the setting `id` must not be empty: give it a name");
        let long = format!("{}\u{1b}[2J{}", "ä".repeat(5), "x".repeat(10_000));
        let error = check_name("id", &long).unwrap_err().to_string();
        let expected = "the setting `id` must not hold control characters, found \\u{1b} at \
                        byte 10 of \"äääää\\u{1b}[2Jx";
        assert!(error.starts_with(expected) && error.len() < 300, "{error}");
    }
}
