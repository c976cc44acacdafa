//! Detects ambiguous lines, whose sixth word may be a field or the beginning of the command.

use super::{Wrong, column};

/// Refuses a line that can be read with `fields` fields as well as with five fields and a command.
pub(super) fn check(
    line: &str,
    words: &[(usize, &str)],
    fields: usize,
    is_shorter: impl Fn() -> bool,
) -> Result<(), Wrong> {
    let Some((place, word)) = words[5..fields].iter().find(|(_, word)| is_command(word)) else {
        return Ok(());
    };
    if !is_shorter() {
        return Ok(());
    }
    let reading = |fields: usize| {
        let (start, (last, word)) = (words[0].0, words[fields - 1]);
        let end = last + word.len();
        let (schedule, command) = (&line[start..end], line[end..].trim());
        let number = NUMBERS[fields - 5];
        format!("{number} fields {schedule:?} and the command {command:?}")
    };
    let message = format!(
        "found {word:?}, which can be a field or a command: either {}, or {}; write the field in \
         numbers, or the command with its path",
        reading(fields),
        reading(5),
    );
    Err((column(line, *place), message))
}

/// Returns whether a word that is a valid field may also name a command.
fn is_command(word: &str) -> bool {
    word.starts_with(char::is_alphabetic)
}

const NUMBERS: [&str; 3] = ["five", "six", "seven"];
