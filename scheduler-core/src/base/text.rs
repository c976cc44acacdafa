//! Shows and validates texts of users: names, messages, data.

use std::fmt::{self, Write as _};

/// Maximum number of characters of a name in an error.
pub(crate) const BRIEF: usize = 100;

/// Maximum number of characters of a path in data, and of a problem there, in an error.
#[cfg(feature = "serde")]
pub(crate) const LONGEST: usize = 400;

/// Returns the text with every character escaped that affects a terminal or is invisible: control
/// characters, line ends, escape sequences, bidirectional marks and zero-width characters. The result is one
/// line.
///
/// Use it wherever a text of another party is printed.
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

/// Return type of [`visible`], to be printed.
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

/// Returns whether a character ends a line or a paragraph, and is no control character.
pub(crate) const fn is_line_end(letter: char) -> bool {
    matches!(letter, '\u{2028}' | '\u{2029}')
}

/// Returns whether a character changes the direction in which text is shown.
pub(crate) const fn is_direction(letter: char) -> bool {
    matches!(
        letter,
        '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
    )
}

/// Returns whether a character affects the output or is invisible.
fn is_invisible(letter: char) -> bool {
    letter.is_control()
        || is_line_end(letter)
        || is_direction(letter)
        || matches!(
            letter,
            '\u{ad}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200d}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// Returns the text, or its beginning and `…`.
pub(crate) fn brief(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Formats a value, and stops after `most` characters; a longer text ends with `…`.
pub(crate) fn brief_of(value: &dyn fmt::Display, most: usize) -> String {
    struct Brief {
        text: String,
        left: usize,
    }
    impl fmt::Write for Brief {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            for letter in text.chars() {
                let Some(left) = self.left.checked_sub(1) else {
                    self.text.push('…');
                    return Err(fmt::Error);
                };
                self.left = left;
                self.text.push(letter);
            }
            Ok(())
        }
    }
    let mut brief = Brief {
        text: String::new(),
        left: most,
    };
    // Fails where the text is full, and where the value cannot be formatted; both end the text.
    let _full = write!(brief, "{value}");
    brief.text
}

/// Returns the beginning of the text, with invisible and control characters escaped.
#[cfg(feature = "serde")]
pub(crate) fn brief_and_visible(text: &str, most: usize) -> String {
    visible(&brief(text, most)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_without_end_is_cut() {
        struct Endless;
        impl fmt::Display for Endless {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                loop {
                    f.write_str("größe ")?;
                }
            }
        }
        assert_eq!(brief_of(&Endless, 8), "größe gr…");
        assert_eq!(brief_of(&"größe", 5), "größe");
        assert_eq!(brief_of(&"größe", 4), "größ…");
    }

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
}
