//! Extracts the words of a Rust source that people read: its comments and its string literals.
use std::{iter::Peekable, str::CharIndices};

/// One word of prose, in lower case, with its line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// The word, without punctuation around it.
    pub(crate) text: String,
    /// Line of the word, counted from 1.
    pub(crate) line: usize,
    /// Whether a sentence or a passage ended before it.
    pub(crate) first: bool,
}

/// Splits a text into words. A sentence ends with `.`, `!`, `?`, `;` or `:`, a passage with an empty line.
pub(crate) fn words(text: &str) -> Vec<Word> {
    let mut found = Vec::new();
    let mut first = true;
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            first = true;
        }
        for piece in line.split_whitespace() {
            let bare = piece.trim_matches(|sign: char| !sign.is_alphanumeric());
            if !bare.is_empty() && !piece.contains(['`', '_', '{']) && !piece.contains("::") {
                found.push(Word {
                    text: bare.to_lowercase(),
                    line: index + 1,
                    first,
                });
                first = false;
            }
            if piece.ends_with(['.', '!', '?', ';', ':']) {
                first = true;
            }
        }
    }
    found
}

/// Replaces the code of a Rust source by spaces, and keeps comments, string literals and line ends.
pub(crate) fn of_rust(source: &str) -> String {
    let mut kept = String::with_capacity(source.len());
    let mut signs = source.char_indices().peekable();
    while let Some((at, sign)) = signs.next() {
        let rest = &source[at..];
        if rest.starts_with("//") {
            kept.push(' ');
            line(&mut signs, &mut kept);
        } else if let Some(hashes) = raw_string(source, at) {
            let end = format!("\"{}", "#".repeat(hashes));
            let opening = hashes + 2;
            let length = rest[opening..]
                .find(&end)
                .map_or(rest.len(), |found| opening + found + end.len());
            kept.push_str(&rest[..length].replace('#', " "));
            skip_to(&mut signs, at + length);
        } else if sign == '"' {
            string(&mut signs, &mut kept);
        } else if sign == '\'' {
            character(rest, at, &mut signs);
            kept.push(' ');
        } else {
            kept.push(if sign == '\n' { '\n' } else { ' ' });
        }
    }
    kept
}

/// Returns the number of `#` if a raw string begins at `at`, which is no part of a longer name.
fn raw_string(source: &str, at: usize) -> Option<usize> {
    let rest = source[at..].strip_prefix('r')?;
    let inside_name = source[..at].ends_with(|sign: char| sign.is_alphanumeric() || sign == '_');
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    (!inside_name && rest[hashes..].starts_with('"')).then_some(hashes)
}

fn line(signs: &mut Peekable<CharIndices<'_>>, kept: &mut String) {
    for (_, sign) in signs.by_ref() {
        kept.push(if sign == '/' { ' ' } else { sign });
        if sign == '\n' {
            return;
        }
    }
}

fn string(signs: &mut Peekable<CharIndices<'_>>, kept: &mut String) {
    kept.push_str(". ");
    while let Some((_, sign)) = signs.next() {
        match sign {
            '"' => break,
            '\\' => kept.push(if matches!(signs.next(), Some((_, '\n'))) {
                '\n'
            } else {
                ' '
            }),
            sign => kept.push(sign),
        }
    }
    kept.push_str(" . ");
}

/// Skips a character literal. A lifetime has no second quote.
fn character(rest: &str, at: usize, signs: &mut Peekable<CharIndices<'_>>) {
    let mut inner = rest[1..].char_indices();
    let Some((_, first)) = inner.next() else {
        return;
    };
    if first == '\\' {
        let end = rest[3..].find('\'').map_or(rest.len(), |found| found + 4);
        skip_to(signs, at + end);
    } else if let Some((end, '\'')) = inner.next() {
        skip_to(signs, at + end + 2);
    }
}

fn skip_to(signs: &mut Peekable<CharIndices<'_>>, end: usize) {
    while signs.peek().is_some_and(|(at, _)| *at < end) {
        signs.next();
    }
}

#[cfg(test)]
mod tests {
    use super::{of_rust, words};

    fn read(source: &str) -> Vec<String> {
        words(&of_rust(source))
            .into_iter()
            .map(|word| word.text)
            .collect()
    }

    #[test]
    fn comments_and_strings_are_prose_and_code_is_not() {
        assert_eq!(
            read(
                "/// Adds one.\nfn answers(a: &'static str) { x('\"', '\\'', \"is told\") } // why"
            ),
            ["adds", "one", "is", "told", "why"]
        );
        assert_eq!(
            read("let a = r#\"a \"quoted\" word\"#; let b = 1;"),
            ["r", "a", "quoted", "word"]
        );
        assert_eq!(
            read("let a = \"one \\\n   two \\\" three\"; done"),
            ["one", "two", "three"]
        );
    }

    #[test]
    fn a_word_knows_its_line_and_whether_a_sentence_begins() {
        let found = words("One two.\nThree `four` five_six");
        let told: Vec<_> = found
            .iter()
            .map(|word| (word.text.as_str(), word.line, word.first))
            .collect();
        assert_eq!(
            told,
            [("one", 1, true), ("two", 1, false), ("three", 2, true)]
        );
    }
}
