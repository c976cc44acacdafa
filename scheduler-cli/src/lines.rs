//! Splits the output of a command into lines as it arrives.

use std::{borrow::Cow, str};

use smol::{
    future,
    io::{AsyncRead, AsyncReadExt},
};

/// Maximum length of a line. Longer ones are split, because a command may write an endless line.
const LIMIT: usize = 64 * 1024;

/// Calls `each` with every line of the source, without its line end. Invalid UTF-8 is replaced.
pub(crate) async fn each(mut source: impl AsyncRead + Unpin, mut each: impl FnMut(&str)) {
    let mut held = Vec::new();
    let mut chunk = vec![0; 8 * 1024];
    // A read error counts as the end.
    while let Ok(count @ 1..) = source.read(&mut chunk).await {
        held.extend_from_slice(&chunk[..count]);
        hand_out(&mut held, &mut each);
        // Yields, because a command that writes continuously must not keep the thread.
        future::yield_now().await;
    }
    if !held.is_empty() {
        each(&text(&held));
    }
}

/// Passes on complete lines, and keeps the rest.
fn hand_out(held: &mut Vec<u8>, each: &mut impl FnMut(&str)) {
    let mut start = 0;
    while let Some(length) = held[start..].iter().position(|&byte| byte == b'\n') {
        each(&text(&held[start..start + length]));
        start += length + 1;
    }
    held.drain(..start);
    if held.len() >= LIMIT {
        let whole = whole_letters(held);
        each(&text(&held[..whole]));
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

fn text(line: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        smol::block_on(each(text, |line| lines.push(line.to_owned())));
        lines
    }

    #[test]
    fn lines_are_told_apart_whatever_ends_them() {
        assert_eq!(lines(b"a\nb\r\n\nc"), ["a", "b", "", "c"]);
        assert!(lines(b"").is_empty());
    }

    #[test]
    fn what_is_no_text_is_replaced() {
        assert_eq!(lines(b"a\xffb\n"), ["a\u{fffd}b"]);
    }

    #[test]
    fn a_huge_line_comes_in_pieces_of_whole_letters() {
        let text = "é".repeat(LIMIT) + "\nend";
        let lines = lines(text.as_bytes());
        assert!(lines.len() > 2 && lines.iter().all(|line| line.len() <= 2 * LIMIT));
        assert_eq!(lines.concat(), text.replace('\n', ""));
    }
}
