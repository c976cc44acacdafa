//! Reads lines of bytes of any length, with bounded memory.

use std::io::{self, BufRead, BufReader, Read};

/// Reads lines, and returns whether another one is buffered.
pub(super) struct Lines<R> {
    input: BufReader<R>,
}

/// The next line, without its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    Whole(Vec<u8>),
    /// The first [`LONGEST`] bytes of a longer line.
    TooLong(Vec<u8>),
}

impl<R: Read> Lines<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            input: BufReader::with_capacity(1 << 16, input),
        }
    }

    /// Returns the next line, or `None` at the end of the input.
    pub(super) fn next(&mut self) -> io::Result<Option<Line>> {
        let mut line = Vec::new();
        let limit = u64::try_from(LONGEST).unwrap_or(u64::MAX);
        let read = self
            .input
            .by_ref()
            .take(limit)
            .read_until(b'\n', &mut line)?;
        if line.last() == Some(&b'\n') {
            line.pop();
        } else if read == LONGEST && self.skip_line()? > 0 {
            return Ok(Some(Line::TooLong(line)));
        }
        Ok((read > 0).then_some(Line::Whole(line)))
    }

    /// Returns whether the next line is buffered, so that reading it does not block.
    pub(super) fn has_another(&self) -> bool {
        self.input.buffer().contains(&b'\n')
    }

    /// Skips the rest of a line, and returns its number of bytes.
    fn skip_line(&mut self) -> io::Result<usize> {
        let mut skipped = 0;
        loop {
            let buffer = self.input.fill_buf()?;
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let length = end.map_or(buffer.len(), |end| end + 1);
            self.input.consume(length);
            skipped += length;
            if end.is_some() || length == 0 {
                return Ok(skipped);
            }
        }
    }
}

/// Maximum number of bytes that are kept of a line.
pub(super) const LONGEST: usize = 1 << 24;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn read(input: &[u8]) -> Vec<Line> {
        let mut lines = Lines::new(input);
        std::iter::from_fn(|| lines.next().unwrap()).collect()
    }

    #[test]
    fn lines_end_with_a_newline_or_with_the_input() {
        let whole = |text: &str| Line::Whole(text.into());
        assert_eq!(read(b"a\n\nb"), [whole("a"), whole(""), whole("b")]);
        assert_eq!(read(b"a\n"), [whole("a")]);
        assert!(read(b"").is_empty());
    }

    #[test]
    fn a_line_that_is_too_long_is_cut_and_the_next_one_is_read() {
        let fits = vec![b'x'; LONGEST];
        let mut long = fits.clone();
        long.extend(b"yyy\nshort\n");
        let lines = read(&long);
        assert!(lines[0] == Line::TooLong(fits.clone()));
        assert!(lines[1..] == [Line::Whole(b"short".to_vec())]);
        assert!(read(&fits) == [Line::Whole(fits)]);
    }

    #[test]
    fn it_knows_what_has_arrived() {
        let mut lines = Lines::new(&b"a\nb\nrest"[..]);
        assert!(!lines.has_another());
        lines.next().unwrap();
        assert!(lines.has_another());
        lines.next().unwrap();
        assert!(!lines.has_another());
    }
}
