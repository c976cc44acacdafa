//! Splits the output of a command into lines as it arrives.

use std::{mem, str};

/// Maximum length of a line. Longer ones are split, because a command may write an endless line.
const LIMIT: usize = 64 * 1024;

/// The lines of an output that arrives in parts.
#[derive(Debug, Default)]
pub(super) struct Lines(Vec<u8>);

impl Lines {
    /// Calls `each` with every complete line, without its line feed.
    pub(super) fn add(&mut self, bytes: &[u8], mut each: impl FnMut(&[u8])) {
        self.0.extend_from_slice(bytes);
        hand_out(&mut self.0, &mut each);
    }

    /// Calls `each` with the last line, if it has no line end.
    pub(super) fn end(&mut self, mut each: impl FnMut(&[u8])) {
        if !self.0.is_empty() {
            each(&mem::take(&mut self.0));
        }
    }
}

/// Passes on complete lines, and keeps the rest.
fn hand_out(held: &mut Vec<u8>, each: &mut impl FnMut(&[u8])) {
    let mut start = 0;
    while let Some(length) = held[start..].iter().position(|&byte| byte == b'\n') {
        each(&held[start..start + length]);
        start += length + 1;
    }
    held.drain(..start);
    if held.len() >= LIMIT {
        let whole = whole_letters(held);
        each(&held[..whole]);
        held.drain(..whole);
    }
}

/// Returns the length without an incomplete UTF-8 sequence at the end.
fn whole_letters(held: &[u8]) -> usize {
    match str::from_utf8(held) {
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        _ => held.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8]) -> Vec<String> {
        let mut seen = Vec::new();
        let mut keep = |line: &[u8]| seen.push(String::from_utf8_lossy(line).into_owned());
        let mut lines = Lines::default();
        for part in text.chunks(8 * 1024) {
            lines.add(part, &mut keep);
        }
        lines.end(&mut keep);
        seen
    }

    #[test]
    fn lines_are_told_apart_whatever_ends_them() {
        assert_eq!(lines(b"a\nb\n\nc"), ["a", "b", "", "c"]);
        assert!(lines(b"").is_empty());
    }

    #[test]
    fn a_huge_line_comes_in_pieces_of_whole_letters() {
        let text = "é".repeat(LIMIT) + "\nend";
        let lines = lines(text.as_bytes());
        assert!(lines.len() > 2 && lines.iter().all(|line| line.len() <= 2 * LIMIT));
        assert_eq!(lines.concat(), text.replace('\n', ""));
    }
}
