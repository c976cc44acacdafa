//! Splits the rest of a crontab line into a command and its input.

use std::mem;

/// Returns the command, up to the first unescaped `%`, and its input: the rest, in which each further `%`
/// is a line end. `\%` is a percent sign.
pub(super) fn split(text: &str) -> (String, Option<String>) {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut letters = text.trim_end().chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => line.push(letters.next_if_eq(&'%').unwrap_or('\\')),
            '%' => lines.push(mem::take(&mut line)),
            other => line.push(other),
        }
    }
    lines.push(line);
    let command = lines.remove(0);
    let input = (!lines.is_empty()).then(|| lines.join("\n") + "\n");
    (command, input)
}
