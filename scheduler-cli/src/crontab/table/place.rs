//! Places of mistakes in a TOML file.

use toml::Spanned;

use crate::crontab::Problem;

/// The first byte of the invalid part, and a description of the mistake.
pub(super) type Mistake = (usize, String);

/// Returns a function that places a message at a value.
pub(super) fn at<T, M: ToString>(value: &Spanned<T>) -> impl Fn(M) -> Mistake {
    let start = value.span().start;
    move |message| (start, message.to_string())
}

/// Converts a mistake to a problem with its line and column.
pub(super) fn problem(text: &str, (start, message): Mistake) -> Problem {
    let (line, column) = position(text, start);
    Problem {
        line,
        column,
        message,
    }
}

/// Returns the line and the column of a byte, both counted from 1.
pub(super) fn position(text: &str, byte: usize) -> (usize, usize) {
    let mut end = byte.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let before = &text[..end];
    let line = before.matches('\n').count() + 1;
    let begin = before.rfind('\n').map_or(0, |end| end + 1);
    (line, before[begin..].chars().count() + 1)
}
