//! Pieces of an expression that know where they stand in it.

use super::{CronField, Part};

/// A piece of an expression.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token<'a> {
    source: &'a str,
    /// Where it begins in the source, in bytes.
    start: usize,
    pub(crate) text: &'a str,
}

impl<'a> Token<'a> {
    /// The words of an expression: what stands between white space.
    pub(crate) fn words(source: &'a str) -> impl Iterator<Item = Self> {
        Self::whole(source)
            .pieces(char::is_whitespace)
            .filter(|word| !word.text.is_empty())
    }

    /// All of it.
    pub(crate) const fn whole(source: &'a str) -> Self {
        Self {
            source,
            start: 0,
            text: source,
        }
    }

    /// The pieces between the characters that `is_separator` picks.
    fn pieces(self, is_separator: fn(char) -> bool) -> impl Iterator<Item = Self> {
        let mut start = self.start;
        self.text
            .split_inclusive(is_separator)
            .chain(self.ends_with(is_separator))
            .map(move |piece| {
                let token = Self {
                    start,
                    text: piece.trim_end_matches(is_separator),
                    ..self
                };
                start += piece.len();
                token
            })
    }

    /// The items of a list: what stands between commas.
    pub(crate) fn items(self) -> impl Iterator<Item = Self> {
        self.pieces(|character| character == ',').map(Self::trimmed)
    }

    /// The two pieces around the first `separator`.
    pub(crate) fn split_once(self, separator: char) -> Option<(Self, Self)> {
        let (left, right) = self.text.split_once(separator)?;
        let right_start = self.start + left.len() + separator.len_utf8();
        Some((
            Self { text: left, ..self },
            Self {
                text: right,
                start: right_start,
                ..self
            },
        ))
    }

    /// What stands between colons.
    pub(crate) fn colon_parts(self) -> impl Iterator<Item = Self> {
        self.pieces(|character| character == ':')
    }

    /// The two pieces around the first pair of `separator`.
    pub(crate) fn split_twice(self, separator: char) -> Option<(Self, Self)> {
        let pair = String::from_iter([separator, separator]);
        let place = self.text.find(&pair)?;
        let right = place + pair.len();
        Some((self.between(0, place), self.between(right, self.text.len())))
    }

    /// The two pieces around the last of the separators, and that one.
    pub(crate) fn split_last<const N: usize>(
        self,
        separators: [char; N],
    ) -> Option<(Self, Self, char)> {
        let place = self.text.rfind(separators)?;
        let separator = self.text.get(place..)?.chars().next()?;
        let right = place + separator.len_utf8();
        Some((
            self.between(0, place),
            self.between(right, self.text.len()),
            separator,
        ))
    }

    /// The part of it between two places, in bytes.
    fn between(self, from: usize, to: usize) -> Self {
        Self {
            text: self.text.get(from..to).unwrap_or_default(),
            start: self.start + from,
            ..self
        }
    }

    /// What is left without a trailing letter, which may be in either case.
    pub(crate) fn without_suffix(self, letter: char) -> Option<Self> {
        let text = self
            .text
            .strip_suffix([letter, letter.to_ascii_lowercase()])?;
        Some(Self { text, ..self })
    }

    /// What is left without a leading letter, which may be in either case.
    pub(crate) fn without_prefix(self, letter: char) -> Option<Self> {
        let text = self
            .text
            .strip_prefix([letter, letter.to_ascii_lowercase()])?;
        Some(Self {
            text,
            start: self.start + letter.len_utf8(),
            ..self
        })
    }

    /// What is left without white space around it.
    pub(crate) fn trimmed(self) -> Self {
        let text = self.text.trim_start();
        Self {
            text: text.trim_end(),
            start: self.start + self.text.len() - text.len(),
            ..self
        }
    }

    /// Whether a byte occurs in it. Pieces are short: a search made for long texts costs more.
    pub(crate) fn has(self, byte: u8) -> bool {
        self.text.bytes().any(|found| found == byte)
    }

    /// Whether it is exactly this word, in either case.
    pub(crate) fn is(self, word: &str) -> bool {
        self.text.eq_ignore_ascii_case(word)
    }

    /// Its first column in the source, from 1, in characters.
    pub(crate) fn column(self) -> usize {
        let before = self.source.get(..self.start).unwrap_or_default();
        before.chars().count() + 1
    }

    /// The column just behind it.
    pub(crate) fn end_column(self) -> usize {
        self.column() + self.text.chars().count()
    }

    /// Its text for a message, cut if long.
    pub(crate) fn found(self) -> String {
        match self.text.char_indices().nth(LONGEST_QUOTE) {
            Some((end, _)) => format!("{}…", self.text.get(..end).unwrap_or_default()),
            None => self.text.to_owned(),
        }
    }

    pub(crate) fn part(self, field: CronField) -> Part {
        Part {
            field,
            column: self.column(),
            found: self.found(),
        }
    }

    /// `split_inclusive` leaves out the empty piece after a last separator: one if there is one.
    fn ends_with(self, is_separator: fn(char) -> bool) -> Option<&'a str> {
        (self.text.is_empty() || self.text.ends_with(is_separator)).then_some("")
    }
}

const LONGEST_QUOTE: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(source: &str) -> Vec<(String, usize)> {
        Token::words(source)
            .map(|word| (word.text.to_owned(), word.column()))
            .collect()
    }

    #[test]
    fn words_know_their_column() {
        let expected = [
            ("a".to_owned(), 2),
            ("é".to_owned(), 5),
            ("b".to_owned(), 7),
        ];
        assert_eq!(columns(" a  é b\t"), expected);
        assert_eq!(columns("  "), []);
    }

    #[test]
    fn empty_pieces_count() {
        for (text, expected) in [("", 1), ("a", 1), (",", 2), ("a,,b", 3), ("a,", 2)] {
            let token = Token {
                source: text,
                start: 0,
                text,
            };
            assert_eq!(token.pieces(|c| c == ',').count(), expected, "{text:?}");
        }
    }
}
