//! Detects a stray space within a field: `0 22, 10 * * *`.

use super::{CronError, Dialect, token::Token};

/// Returns an error for the first stray space among `words`, the fields of an expression that
/// cannot be parsed.
///
/// There must be a valid number of fields without the space, because an unfinished list and a
/// number with a sign are different mistakes.
pub(super) fn space(words: &[Token<'_>], dialect: Dialect) -> Option<CronError> {
    let is_split = |pair: &[Token<'_>]| matches!(pair, [left, right] if is_one(*left, *right));
    let first = words.windows(2).position(is_split)?;
    let rest = words.get(first..)?;
    let more = rest.windows(2).take_while(|pair| is_split(pair)).count();
    let parts = rest.get(..=more)?;
    if !dialect.has_field_count(words.len() - more) {
        return None;
    }
    let shown = || parts.iter().take(LONGEST).map(|part| part.found());
    Some(CronError::StraySpace {
        found: shown().collect::<Vec<_>>().join(" "),
        joined: shown().collect(),
        column: parts.first()?.end_column(),
    })
}

/// Returns whether two words must be one field, because a separator is between them.
fn is_one(left: Token<'_>, right: Token<'_>) -> bool {
    left.text.ends_with(SEPARATORS) || right.text.starts_with(SEPARATORS)
}

/// The separators between the values of one field.
const SEPARATORS: [char; 5] = [',', '-', '/', '~', '#'];
/// The maximum number of words that are quoted.
const LONGEST: usize = 5;
