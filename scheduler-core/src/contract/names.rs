//! Validates names and texts of users.

use crate::{
    Error, Result,
    base::text::{BRIEF, brief, is_direction, is_line_end},
};

/// Maximum length of a name or a reason, in bytes.
const LONGEST: usize = 1_000;

/// Returns an error if a name is blank, or if [`check_text`] returns one.
pub(crate) fn check_name(field: &'static str, name: &str) -> Result<()> {
    if name.trim().is_empty() {
        let problem = match name {
            "" => "must not be empty: give it a name".into(),
            _ => "must not consist of spaces: give it a name".into(),
        };
        return Err(Error::InvalidConfig { field, problem });
    }
    check_text(field, name)
}

/// Returns an error if a text is too long, or contains control characters, line ends or marks of direction.
pub(crate) fn check_text(field: &'static str, text: &str) -> Result<()> {
    let problem = if text.len() > LONGEST {
        let length = text.len();
        format!("must not be longer than {LONGEST} bytes, found {length}: shorten it")
    } else if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Ok(());
    } else if let Some((at, letter)) = text.char_indices().find(|&(_, letter)| is_refused(letter)) {
        let (kind, found) = (kind_of(letter), letter.escape_unicode());
        let text = brief(text, BRIEF);
        format!("must not hold {kind}, found {found} at byte {at} of {text:?}: remove it")
    } else {
        return Ok(());
    };
    Err(Error::InvalidConfig { field, problem })
}

fn is_refused(letter: char) -> bool {
    letter.is_control() || is_line_end(letter) || is_direction(letter)
}

fn kind_of(letter: char) -> &'static str {
    if is_direction(letter) {
        "marks of direction"
    } else if is_line_end(letter) {
        "line ends"
    } else {
        "control characters"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(name: &str) -> String {
        check_name("id", name).unwrap_err().to_string()
    }

    #[test]
    fn a_name_is_not_empty_and_has_no_control_characters() {
        assert!(check_name("id", "größe 1").is_ok() && check_text("name", "").is_ok());
        assert_eq!(
            refusal(""),
            "the setting `id` must not be empty: give it a name"
        );
        let long = format!("{}\u{1b}[2J{}", "ä".repeat(5), "x".repeat(900));
        let expected = "the setting `id` must not hold control characters, found \\u{1b} at \
                        byte 10 of \"äääää\\u{1b}[2Jx";
        let error = refusal(&long);
        assert!(error.starts_with(expected) && error.len() < 300, "{error}");
    }

    #[test]
    fn a_name_is_one_visible_line_of_a_bounded_length() {
        let blank = "the setting `id` must not consist of spaces: give it a name";
        assert_eq!(
            (refusal("   "), refusal("\u{a0}")),
            (blank.into(), blank.into())
        );
        let turned = "the setting `id` must not hold marks of direction, found \\u{202e} at byte 1 \
                      of \"a\\u{202e}b\": remove it";
        assert_eq!(refusal("a\u{202e}b"), turned);
        assert!(refusal("a\u{2028}b").contains("line ends, found \\u{2028} at byte 1"));
        let long = "the setting `id` must not be longer than 1000 bytes, found 1001: shorten it";
        assert_eq!(refusal(&"x".repeat(1_001)), long);
        // A joiner is a part of words and of many pictures.
        let longest = "👩\u{200d}🔬".repeat(90);
        assert!(longest.len() > 900 && check_name("id", &longest).is_ok());
    }
}
