//! The lines of what a command writes, as they come.

use std::{borrow::Cow, str};

use smol::{
    future,
    io::{AsyncRead, AsyncReadExt},
};

/// A longer line is handed out in pieces: a command may write one without an end.
const LIMIT: usize = 64 * 1024;

/// Calls `each` with every line of the source, without its end. What is not UTF-8 is replaced.
pub(crate) async fn each(mut source: impl AsyncRead + Unpin, mut each: impl FnMut(&str)) {
    let mut held = Vec::new();
    let mut chunk = vec![0; 8 * 1024];
    // A source that cannot be read has ended.
    while let Ok(count @ 1..) = source.read(&mut chunk).await {
        held.extend_from_slice(&chunk[..count]);
        hand_out(&mut held, &mut each);
        // A command that never stops writing must not keep the thread.
        future::yield_now().await;
    }
    if !held.is_empty() {
        each(&text(&held));
    }
}

/// Hands out what is complete, keeps the rest.
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

/// How much of it there is without a letter that has only begun.
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
