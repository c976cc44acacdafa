//! [`Token`]: a piece of an expression with its position.

use std::iter;

use super::{CronField, Part};

/// A piece of an expression.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token<'a> {
    source: &'a str,
    /// Start in the source, in bytes.
    start: usize,
    pub(crate) text: &'a str,
}

impl<'a> Token<'a> {
    /// Splits an expression into words at white space.
    pub(crate) fn words(source: &'a str) -> impl Iterator<Item = Self> {
        Self::whole(source)
            .pieces(char::is_whitespace)
            .filter(|word| !word.text.is_empty())
    }

    /// Creates a token of the whole text.
    pub(crate) const fn whole(source: &'a str) -> Self {
        Self {
            source,
            start: 0,
            text: source,
        }
    }

    /// Splits at the characters for which `is_separator` returns true.
    fn pieces(self, is_separator: impl Fn(char) -> bool) -> impl Iterator<Item = Self> {
        let mut rest = Some(self);
        iter::from_fn(move || {
            let whole = rest.take()?;
            let Some((piece, behind)) = whole.split_at(&is_separator) else {
                return Some(whole);
            };
            rest = Some(behind);
            Some(piece)
        })
    }

    /// Splits at the first character for which `is_separator` returns true. A linear search,
    /// because tokens are short.
    fn split_at(self, is_separator: impl Fn(char) -> bool) -> Option<(Self, Self)> {
        let mut characters = self.text.char_indices();
        let (place, separator) = characters.find(|&(_, character)| is_separator(character))?;
        let right = place + separator.len_utf8();
        Some((self.between(0, place), self.between(right, self.text.len())))
    }

    /// Splits a list at commas.
    pub(crate) fn items(self) -> impl Iterator<Item = Self> {
        self.pieces(|character| character == ',').map(Self::trimmed)
    }

    /// Splits at the first `separator`.
    pub(crate) fn split_once(self, separator: char) -> Option<(Self, Self)> {
        self.split_at(|character| character == separator)
    }

    /// Splits at colons.
    pub(crate) fn colon_parts(self) -> impl Iterator<Item = Self> {
        self.pieces(|character| character == ':')
    }

    /// Splits at the first pair of `separator`.
    pub(crate) fn split_twice(self, separator: char) -> Option<(Self, Self)> {
        let pair = String::from_iter([separator, separator]);
        let place = self.text.find(&pair)?;
        let right = place + pair.len();
        Some((self.between(0, place), self.between(right, self.text.len())))
    }

    /// Splits at the last of the separators. Returns the separator too.
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

    /// Returns the part between two positions, in bytes.
    fn between(self, from: usize, to: usize) -> Self {
        Self {
            text: self.text.get(from..to).unwrap_or_default(),
            start: self.start + from,
            ..self
        }
    }

    /// Removes a trailing letter, ignoring case.
    pub(crate) fn without_suffix(self, letter: char) -> Option<Self> {
        let text = self
            .text
            .strip_suffix([letter, letter.to_ascii_lowercase()])?;
        Some(Self { text, ..self })
    }

    /// Removes a leading letter, ignoring case.
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

    /// Removes surrounding white space.
    pub(crate) fn trimmed(self) -> Self {
        let is_graphic = |end: Option<&u8>| end.is_some_and(u8::is_ascii_graphic);
        let bytes = self.text.as_bytes();
        // Nearly always there is none.
        if is_graphic(bytes.first()) && is_graphic(bytes.last()) {
            return self;
        }
        let text = self.text.trim_start();
        Self {
            text: text.trim_end(),
            start: self.start + self.text.len() - text.len(),
            ..self
        }
    }

    /// Returns whether the token contains a byte. Tokens are short, so a linear search is fastest.
    pub(crate) fn has(self, byte: u8) -> bool {
        self.text.bytes().any(|found| found == byte)
    }

    /// Returns whether the token is this word, ignoring case.
    pub(crate) fn is(self, word: &str) -> bool {
        self.text.eq_ignore_ascii_case(word)
    }

    /// Returns the first column in the source, counted from 1 in characters.
    pub(crate) fn column(self) -> usize {
        let before = self.source.get(..self.start).unwrap_or_default();
        before.chars().count() + 1
    }

    /// Returns the column after the token.
    pub(crate) fn end_column(self) -> usize {
        self.column() + self.text.chars().count()
    }

    /// Returns the text for a message, truncated if it is long.
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
