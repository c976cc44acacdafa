//! Replay lines: text that identifies one executed case, to run it again in the same way.

use std::{fmt, str::FromStr};

use scheduler_core::text::visible;

use crate::{CASES, Case, CaseReport, did_you_mean};

/// A case, its backend, and the range of random seeds if the case uses any. Examples:
/// `thread/LC-002/shutdown_before_start_is_refused`,
/// `thread/CN-001/random_scenarios_are_explained_by_the_model@20261122+50`.
///
/// ```
/// use conformance_tests::Replay;
///
/// let line = "thread/LC-002/shutdown_before_start_is_refused";
/// let replay: Replay = line.parse()?;
/// assert_eq!(replay.backend, "thread");
/// assert_eq!(replay.to_string(), line);
/// assert!("thread/LC-002/shutdwn".parse::<Replay>().is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Replay {
    /// The name of the backend.
    pub backend: String,
    /// The name of the case.
    pub case: &'static str,
    /// The first seed and the number of seeds, for a case with random scenarios.
    pub draw: Option<(u64, u64)>,
}

impl Replay {
    /// Returns the replay line for a case of a run, given the first seed and the number of seeds.
    pub(crate) fn of(backend: &str, report: &CaseReport, draw: (u64, u64)) -> Option<Self> {
        let case = find(report.case)?;
        Some(Self {
            backend: backend.to_owned(),
            case: case.name,
            draw: case.seeded.then_some(draw),
        })
    }
}

fn find(name: &str) -> Option<&'static Case> {
    CASES.iter().find(|case| case.name == name)
}

/// Quotes a word for a shell if it contains a special character. Terminal control characters are
/// escaped.
pub(crate) fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "/_-.,:+@%=".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    if visible(word).to_string() == word {
        return format!("'{}'", word.replace('\'', r"'\''"));
    }
    let mut quoted = String::from("$'");
    for letter in word.chars() {
        let shown = visible(letter.encode_utf8(&mut [0; 4])).to_string();
        match letter {
            '\\' | '\'' => quoted.extend(['\\', letter]),
            _ if shown.starts_with('\\') => quoted += &format!("\\U{:08x}", u32::from(letter)),
            _ => quoted.push(letter),
        }
    }
    quoted + "'"
}

/// Undoes [`quoted`]. A word without quotes is returned unchanged.
pub(crate) fn unquoted(word: &str) -> String {
    if let Some(inner) = word
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''))
    {
        return inner.replace(r"'\''", "'");
    }
    let inner = word
        .strip_prefix("$'")
        .and_then(|rest| rest.strip_suffix('\''));
    let Some(inner) = inner else {
        return word.to_owned();
    };
    let mut letters = inner.chars();
    let mut read = String::with_capacity(inner.len());
    while let Some(letter) = letters.next() {
        let escaped = (letter == '\\').then(|| letters.next()).flatten();
        read.extend(match escaped {
            None => Some(letter),
            Some('U') => {
                let digits: String = letters.by_ref().take(8).collect();
                u32::from_str_radix(&digits, 16)
                    .ok()
                    .and_then(char::from_u32)
            }
            escaped => escaped,
        });
    }
    read
}

impl fmt::Display for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = find(self.case).map_or("", |case| case.rule);
        write!(f, "{}/{rule}/{}", self.backend, self.case)?;
        match self.draw {
            Some((seed, scenarios)) => write!(f, "@{seed}+{scenarios}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Replay {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        // A backend name may contain `/`, so the line is parsed from the end.
        let (place, draw) = match line.trim().rsplit_once('@') {
            Some((place, draw)) if !draw.contains('/') => (place, Some(read_draw(draw)?)),
            _ => (line.trim(), None),
        };
        let parts: Vec<&str> = place.rsplitn(3, '/').collect();
        let [name, rule, backend] = parts[..] else {
            return Err(format!(
                "{line:?} is not a replay line: expected BACKEND/RULE/CASE or BACKEND/RULE/CASE@SEED+COUNT"
            ));
        };
        let case = find(name).filter(|case| case.rule.eq_ignore_ascii_case(rule));
        let case = case.ok_or_else(|| {
            let names = CASES.iter().map(|case| case.name);
            let hint = did_you_mean(name, names);
            format!("{rule} has no case {name:?}{hint}")
        })?;
        Ok(Self {
            backend: backend.to_owned(),
            case: case.name,
            draw,
        })
    }
}

fn read_draw(draw: &str) -> Result<(u64, u64), String> {
    let (seed, count) = draw.split_once('+').unwrap_or((draw, "1"));
    match (seed.parse(), count.parse()) {
        (Ok(seed), Ok(count)) => Ok((seed, count)),
        _ => Err(format!(
            "{draw:?} is not a seed and a count: expected SEED+COUNT, such as 7+50"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_a_quoted_word_as_it_was() {
        for (word, expected) in [
            ("thread/LC-002/x@1+2", "thread/LC-002/x@1+2"),
            ("", "''"),
            ("a b; rm -rf $HOME", "'a b; rm -rf $HOME'"),
            ("it's", r"'it'\''s'"),
            ("a'\\\u{1b}[2J\n", r"$'a\'\\\U0000001b[2J\U0000000a'"),
        ] {
            assert_eq!(quoted(word), expected);
            assert_eq!(unquoted(expected), word);
        }
    }

    #[test]
    fn a_line_is_read_whatever_the_name_of_its_backend() {
        for backend in [
            "a/b",
            "a@7+50",
            "a'\u{1b}\\U0000001b\n\u{202e}\"$(x)",
            "-",
            "ü 🚀",
        ] {
            for draw in [None, Some((7, 50))] {
                let replay = Replay {
                    backend: backend.into(),
                    case: "the_end_is_final",
                    draw,
                };
                let line = quoted(&replay.to_string());
                assert_eq!(unquoted(&line).parse(), Ok(replay), "{line}");
            }
        }
    }
}
