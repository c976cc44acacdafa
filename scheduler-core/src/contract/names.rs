//! Validates names and texts of users.

use crate::{
    Error, Result,
    base::text::{BRIEF, brief},
};

/// Returns an error if a name is empty or contains control characters.
pub(crate) fn check_name(field: &'static str, name: &str) -> Result<()> {
    if name.is_empty() {
        let problem = "must not be empty: give it a name".into();
        return Err(Error::InvalidConfig { field, problem });
    }
    check_text(field, name)
}

/// Returns an error if a text contains control characters.
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
