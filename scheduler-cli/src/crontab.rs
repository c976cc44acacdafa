//! Reading a crontab: schedules, commands, the environment they run in, and everything wrong with it.
//!
//! A line is a comment (`#`), blank, a setting (`NAME=value`, for the lines below it), or an entry:
//! a schedule and a command. A schedule is a name (`@hourly`), `@every` and a length of time, or
//! fields: six if the first six words are fields, seconds first; else five. `CRON_TZ=` sets the zone
//! of the lines below it. A `%` that is not escaped ends the command; what follows is its input, with
//! further `%` as line ends.

use std::sync::Arc;

use scheduler_core::trigger::{Expression, Trigger, TriggerError, Zone};

/// A command and when to run it.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) line: usize,
    pub(crate) trigger: Arc<dyn Trigger>,
    pub(crate) command: String,
    /// What the command reads.
    pub(crate) input: Option<String>,
    pub(crate) environment: Vec<(String, String)>,
}

/// Something wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) message: String,
}

/// Reads a crontab whose schedules are in `zone` unless it says otherwise. All problems are found at
/// once.
pub(crate) fn parse(text: &str, zone: &Zone) -> Result<Vec<Entry>, Vec<Problem>> {
    let mut reader = Reader {
        zone: zone.clone(),
        environment: Vec::new(),
        entries: Vec::new(),
        problems: Vec::new(),
    };
    for (index, line) in text.lines().enumerate() {
        if let Err((column, message)) = reader.line(index + 1, line) {
            let line = index + 1;
            reader.problems.push(Problem {
                line,
                column,
                message,
            });
        }
    }
    if reader.problems.is_empty() {
        Ok(reader.entries)
    } else {
        Err(reader.problems)
    }
}

/// What is known so far.
struct Reader {
    zone: Zone,
    environment: Vec<(String, String)>,
    entries: Vec<Entry>,
    problems: Vec<Problem>,
}

/// The column, from 1, and what was found and expected there.
type Wrong = (usize, String);

impl Reader {
    fn line(&mut self, number: usize, line: &str) -> Result<(), Wrong> {
        let words = words(line);
        let Some(&(_, first)) = words.first() else {
            return Ok(());
        };
        if first.starts_with('#') {
            return Ok(());
        }
        match setting(line) {
            Some((name, value, column)) => self.set(name, value, column),
            None => self.entry(number, line, &words),
        }
    }

    fn set(&mut self, name: &str, value: &str, column: usize) -> Result<(), Wrong> {
        if name == "CRON_TZ" {
            self.zone = Zone::named(value).map_err(|error| (column, error.to_string()))?;
        } else {
            self.environment.push((name.to_owned(), value.to_owned()));
        }
        Ok(())
    }

    fn entry(&mut self, number: usize, line: &str, words: &[(usize, &str)]) -> Result<(), Wrong> {
        let (fields, expression) = self.schedule(line, words)?;
        let Some(&(start, _)) = words.get(fields) else {
            let message = "found the end of the line, expected a command after the schedule";
            return Err((line.chars().count() + 1, message.to_owned()));
        };
        let (command, input) = command(&line[start..]);
        self.entries.push(Entry {
            line: number,
            trigger: expression.into_trigger(),
            command,
            input,
            environment: self.environment.clone(),
        });
        Ok(())
    }

    /// How many words the schedule takes, and the schedule.
    fn schedule(&self, line: &str, words: &[(usize, &str)]) -> Result<(usize, Expression), Wrong> {
        let first = words[0].1;
        if first.starts_with('@') {
            let fields = if first.eq_ignore_ascii_case("@every") {
                2
            } else {
                1
            };
            return Ok((fields, self.expression(line, words, fields)?));
        }
        match self.expression(line, words, 6) {
            Ok(expression) if words.len() > 6 => Ok((6, expression)),
            _ => Ok((5, self.expression(line, words, 5)?)),
        }
    }

    /// The first words as a schedule, at most as many as there are.
    fn expression(
        &self,
        line: &str,
        words: &[(usize, &str)],
        fields: usize,
    ) -> Result<Expression, Wrong> {
        let start = words[0].0;
        let (last, word) = words[fields.min(words.len()) - 1];
        let text = &line[start..last + word.len()];
        let wrong = |error: TriggerError| {
            let within = match &error {
                TriggerError::Cron(cron) => cron.column().unwrap_or(1),
                _ => 1,
            };
            (line[..start].chars().count() + within, error.to_string())
        };
        // Each command has its own numbers for `H`, whatever else is in the crontab.
        let command = line[last + word.len()..].trim();
        Expression::parse_seeded(text, self.zone.clone(), command).map_err(wrong)
    }
}

/// The words of a line and where they start, in bytes.
fn words(line: &str) -> Vec<(usize, &str)> {
    let start = |word: &str| word.as_ptr() as usize - line.as_ptr() as usize;
    line.split_whitespace()
        .map(|word| (start(word), word))
        .collect()
}

/// `NAME=value`, with or without quotes, and the column of the value.
fn setting(line: &str) -> Option<(&str, &str, usize)> {
    let (name, value) = line.split_once('=')?;
    let column = name.chars().count() + 2;
    let name = name.trim();
    let is_name = |text: &str| {
        let mut letters = text.chars();
        letters
            .next()
            .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
            && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    };
    is_name(name).then(|| (name, unquoted(value.trim()), column))
}

fn unquoted(value: &str) -> &str {
    let inside = |quote| value.strip_prefix(quote)?.strip_suffix(quote);
    inside('"').or_else(|| inside('\'')).unwrap_or(value)
}

/// The command, up to the first `%` that is not escaped, and its input.
fn command(text: &str) -> (String, Option<String>) {
    let mut parts = vec![String::new()];
    let mut letters = text.trim_end().chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if letters.peek() == Some(&'%') => parts.extend_last(letters.next()),
            '%' => parts.push(String::new()),
            other => parts.extend_last(Some(other)),
        }
    }
    let command = parts.remove(0);
    let input = (!parts.is_empty()).then(|| parts.join("\n"));
    (command, input)
}

/// Appending to the last part.
trait ExtendLast {
    fn extend_last(&mut self, letter: Option<char>);
}

impl ExtendLast for Vec<String> {
    fn extend_last(&mut self, letter: Option<char>) {
        if let Some(last) = self.last_mut() {
            last.extend(letter);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Entry>, Vec<Problem>> {
        parse(text, &Zone::utc())
    }

    fn commands(text: &str) -> Vec<String> {
        let entries = read(text).expect("it is right");
        entries.into_iter().map(|entry| entry.command).collect()
    }

    #[test]
    fn comments_and_blank_lines_are_passed_over() {
        assert_eq!(
            commands("# a comment\n\n   \n* * * * * echo hi\n"),
            ["echo hi"]
        );
    }

    #[test]
    fn seconds_names_and_lengths_are_told_apart() {
        let text = "*/5 * * * * * six\n*/5 * * * * five * 1\n@hourly macro\n@every 5s length";
        assert_eq!(commands(text), ["six", "five * 1", "macro", "length"]);
    }

    #[test]
    fn settings_hold_for_the_lines_below() {
        let entries = read("* * * * * a\nGREETING=\"good day\"\n* * * * * b").expect("right");
        assert!(entries[0].environment.is_empty());
        assert_eq!(
            entries[1].environment,
            [("GREETING".into(), "good day".into())]
        );
    }

    #[test]
    fn each_command_has_a_hashed_time_of_its_own() {
        let read = || read("H H * * * backup\nH H * * * mail\nH H * * * mail").expect("right");
        let times: Vec<_> = read()
            .iter()
            .map(|entry| entry.trigger.to_string())
            .collect();
        assert_ne!(times[0], times[1]);
        assert_eq!(times[1], times[2]);
        assert_eq!(times[0], read()[0].trigger.to_string());
    }

    #[test]
    fn a_percent_sign_begins_the_input() {
        let entries = read(r"* * * * * cat 100\% %one%two").expect("right");
        assert_eq!(entries[0].command, "cat 100% ");
        assert_eq!(entries[0].input.as_deref(), Some("one\ntwo"));
    }

    #[test]
    fn all_problems_are_found_with_line_and_column() {
        let problems = read("61 * * * * a\n* * * * *\n  * 25 * * * b\nCRON_TZ=Nowhere/Land");
        let problems = problems.expect_err("they are wrong");
        let places: Vec<_> = problems.iter().map(|one| (one.line, one.column)).collect();
        assert_eq!(places, [(1, 1), (2, 10), (3, 5), (4, 9)], "{problems:#?}");
    }
}
