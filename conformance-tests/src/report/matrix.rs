//! The matrix of rules and backends, for a terminal.

use std::{
    fmt::{Result, Write},
    iter::{once, repeat},
};

use scheduler_core::text::visible;

use super::{BackendReport, Report, remark::Remark};
use crate::{Level, Status, mutants::unproven, rule, spec::causes, unknown_rule};

/// The display settings of the matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Screen {
    /// The number of columns.
    pub columns: usize,
    /// Whether to use colours. The text has the same information.
    pub colour: bool,
    /// Whether to print a line for each case instead of each rule.
    pub cases: bool,
}

impl Default for Screen {
    /// Returns eighty columns without colour, with a line for each rule.
    fn default() -> Self {
        Self {
            columns: 80,
            colour: false,
            cases: false,
        }
    }
}

/// The minimum width for the text of a rule.
const LEAST: usize = 16;

/// The minimum number of columns. A narrower screen omits a matrix that does not fit, because
/// wrapped lines would be unreadable.
const NARROW: usize = 80;

/// A line of the matrix.
struct Row<'a> {
    rule: &'static str,
    level: Level,
    what: &'static str,
    /// One status for each backend; `None` if the case did not run there.
    cells: Vec<Option<&'a Status>>,
}

impl Report {
    /// Returns the matrix of rules and backends in eighty columns, the messages of cases that did
    /// not pass, the verdicts, and the counts as the last line.
    #[must_use]
    pub fn matrix(&self) -> String {
        self.matrix_for(Screen::default())
    }

    /// Returns the matrix for the given screen.
    #[must_use]
    pub fn matrix_for(&self, screen: Screen) -> String {
        let mut text = String::new();
        let is_shown = |backend: &BackendReport| visible(&backend.name).to_string() == backend.name;
        let written = if self.backends.iter().all(is_shown) {
            self.write_matrix(&mut text, screen)
        } else {
            self.with_shown_names().write_matrix(&mut text, screen)
        };
        written.expect("a string takes everything");
        text
    }

    /// Returns the report with control characters in names escaped.
    fn with_shown_names(&self) -> Self {
        let mut shown = self.clone();
        for backend in &mut shown.backends {
            backend.name = visible(&backend.name).to_string();
        }
        shown
    }

    fn write_matrix(&self, out: &mut String, screen: Screen) -> Result {
        if self.unmatched.is_empty() {
            writeln!(out, "{}\n{}", self.heading(), self.conditions())?;
            self.write_table(out, screen)?;
            self.write_remarks(out, screen)?;
            self.write_verdicts(out)?;
        }
        for part in &self.unmatched {
            writeln!(out, "{} (--list has all)", unknown_rule(part))?;
        }
        writeln!(out, "{}", self.counts())
    }

    fn write_table(&self, out: &mut String, screen: Screen) -> Result {
        let widths: Vec<usize> = self.backends.iter().map(column).collect();
        let taken: usize = 10 + widths.iter().map(|width| width + 2).sum::<usize>();
        // If the backend names leave too little space for the text, the line is longer than the
        // screen.
        let room = screen.columns.saturating_sub(taken).max(LEAST);
        if taken + room > screen.columns && screen.columns < NARROW {
            let wanted = taken + room;
            return writeln!(
                out,
                "\nThe matrix takes {wanted} columns: what did not pass follows."
            );
        }
        write!(out, "\n{:7} L {:room$}", "rule", "what")?;
        for (backend, width) in self.backends.iter().zip(&widths) {
            write!(out, "  {:width$}", backend.name)?;
        }
        for row in self.rows(screen.cases) {
            let level = &row.level.name()[..1];
            write!(
                out,
                "\n{:7} {level} {:room$}",
                row.rule,
                cut(row.what, room)
            )?;
            for (cell, width) in row.cells.iter().zip(&widths) {
                write!(out, "  {}", shown(*cell, *width, screen.colour))?;
            }
        }
        out.write_char('\n')
    }

    fn rows(&self, cases: bool) -> Vec<Row<'_>> {
        let Some(first) = self.backends.first() else {
            return Vec::new();
        };
        let mut rows: Vec<Row<'_>> = Vec::new();
        for (at, case) in first.cases.iter().enumerate() {
            let cells = self.backends.iter().map(|backend| backend.cases.get(at));
            let cells = cells.map(|case| case.map(|case| &case.status)).collect();
            // The cases of one rule need not be neighbours.
            match rows.iter_mut().find(|row| !cases && row.rule == case.rule) {
                Some(row) => row.take_in(cells),
                None => rows.push(Row {
                    rule: case.rule,
                    level: case.level,
                    what: if cases {
                        case.case
                    } else {
                        rule(case.rule).text
                    },
                    cells,
                }),
            }
        }
        rows
    }

    fn write_remarks(&self, out: &mut String, screen: Screen) -> Result {
        let remarks = self.remarks();
        remarks
            .iter()
            .try_for_each(|remark| self.write_remark(out, remark, screen))
    }

    fn write_remark(&self, out: &mut String, remark: &Remark<'_>, screen: Screen) -> Result {
        let (case, names) = (remark.case, remark.names());
        let status = &case.status;
        let word = painted(status.word(), status, screen.colour);
        let rule = rule(case.rule);
        writeln!(out, "\n{word} {}/{} on {names}", case.rule, case.case)?;
        if !status.is_failure() {
            return write_field(out, "Reason", status.message().unwrap_or_default());
        }
        let level = rule.level.name();
        let text = format!("{} ({level}, since {})", rule.text, rule.since);
        write_field(out, "Rule", &text)?;
        write_field(out, "Why", rule.intent)?;
        write_field(out, "Seen", status.message().unwrap_or_default())?;
        write_field(out, "Causes", &causes(rule))?;
        write_field(out, "Explain", &self.explain(rule))?;
        write_field(out, "Replay", &self.replay_of(remark).unwrap_or_default())
    }

    fn write_verdicts(&self, out: &mut String) -> Result {
        out.write_char('\n')?;
        for backend in &self.backends {
            writeln!(out, "{}: {}", backend.name, self.verdict_line(backend))?;
        }
        self.write_unproven(out)
    }

    /// Writes the rules that no mutant breaks. A passing case proves little if no mutant shows that
    /// it can fail.
    fn write_unproven(&self, out: &mut String) -> Result {
        let run = |id: &str| {
            let mut cases = self.backends.iter().flat_map(|backend| &backend.cases);
            cases.any(|case| case.rule == id)
        };
        let rules = unproven().filter(|rule| run(rule.id));
        let ids: Vec<_> = rules.map(|rule| rule.id).collect();
        match ids[..] {
            [] => Ok(()),
            _ => writeln!(out, "unproven, broken by no mutant: {}", ids.join(" ")),
        }
    }
}

/// Writes a name with a text of several lines beside it.
fn write_field(out: &mut String, name: &str, text: &str) -> Result {
    let names = once(name).chain(repeat(""));
    let mut lines = text.trim_end().lines().zip(names);
    // The message of a panic may contain any character.
    lines.try_for_each(|(line, name)| writeln!(out, "  {name:7} {}", visible(line)))
}

impl<'a> Row<'a> {
    /// Merges the cells of another case of the rule: the worst status is shown.
    fn take_in(&mut self, cells: Vec<Option<&'a Status>>) {
        for (cell, new) in self.cells.iter_mut().zip(cells) {
            let is_worse = new.is_some_and(|new| cell.is_none_or(|cell| rank(new) > rank(cell)));
            *cell = if is_worse { new } else { *cell };
        }
    }
}

fn rank(status: &Status) -> u8 {
    match status {
        Status::Pass => 1,
        // A case that cannot run on the backend does not hide that the other cases passed.
        Status::Skip(_) | Status::Untested(_) => 0,
        Status::XFail(_) | Status::Excluded(_) => 2,
        Status::Vacuous(_) => 3,
        Status::Unknown(_) => 4,
        _ => 5,
    }
}

fn column(backend: &BackendReport) -> usize {
    let words = backend.cases.iter().map(|case| word(&case.status).len());
    let widest = words.max().unwrap_or(0);
    widest.max(backend.name.chars().count()).max(4)
}

/// Returns the word for a cell. A missing case is not a property of the backend.
const fn word(status: &Status) -> &'static str {
    match status {
        Status::Untested(_) => "-",
        status => status.word(),
    }
}

fn shown(cell: Option<&Status>, width: usize, colour: bool) -> String {
    let word = cell.map_or("-", word);
    let padded = format!("{word:width$}");
    cell.map_or_else(|| padded.clone(), |status| painted(&padded, status, colour))
}

fn painted(word: &str, status: &Status, colour: bool) -> String {
    let code = match status {
        _ if !colour => return word.to_owned(),
        Status::Pass => 32,
        status if status.is_failure() => 31,
        _ => 33,
    };
    format!("\u{1b}[{code}m{word}\u{1b}[0m")
}

/// Returns the first characters of a text, at most `room` of them.
fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let start: String = text.chars().take(room - 1).collect();
    format!("{}…", start.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::ran;

    fn four() -> Report {
        let mut report = ran(|case| match case.rule {
            "LC-002" => Status::Fail("it was ok\nevents:".into()),
            "RT-011" => Status::Skip("it cannot".into()),
            _ => Status::Pass,
        });
        let one = report.backends.remove(0);
        for name in ["tokio", "async-std", "smol", "thread"] {
            report.backends.push(BackendReport {
                name: name.into(),
                ..one.clone()
            });
        }
        report.backends[0]
            .cases
            .iter_mut()
            .for_each(|case| case.status = Status::Pass);
        report
    }

    #[test]
    fn four_backends_fit_into_eighty_columns_a_line_for_each_rule() {
        let text = four().matrix();
        assert!(!text.contains('\u{1b}'));
        let rows = text
            .lines()
            .skip_while(|line| !line.starts_with("rule "))
            .skip(1);
        let rows: Vec<_> = rows.take_while(|line| !line.is_empty()).collect();
        assert!(rows.iter().all(|row| row.chars().count() <= 80), "{text}");
        let rules: Vec<_> = rows
            .iter()
            .map(|row| row.split(' ').next().expect("a rule"))
            .collect();
        let mut unique = rules.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(rules.len(), unique.len(), "{text}");
        let row = rows
            .iter()
            .find(|row| row.starts_with("LC-002"))
            .expect("it is there");
        assert_eq!(row.matches("FAIL").count(), 3);
        assert!(row.contains("pass"));
    }

    #[test]
    fn a_failure_is_told_once_with_its_rule_what_was_seen_and_how_to_see_it_again() {
        let text = four().matrix();
        let named = "FAIL LC-002/shutdown_before_start_is_refused on async-std, smol, thread";
        assert_eq!(text.matches(named).count(), 1, "{text}");
        let replay = "Replay  prove --replay async-std/LC-002/shutdown_before_start_is_refused";
        assert!(text.contains(replay) && text.contains("Seen    it was ok\n          events:"));
        assert!(text.contains("thread: nonconformant"));
        assert!(text.contains("  Why     "), "{text}");
        assert!(
            text.contains("  Causes  shutdown before start panics"),
            "{text}"
        );
        assert!(
            text.contains("  Explain prove --explain LC-002\n"),
            "{text}"
        );
        assert_eq!(text.lines().last().expect("a line"), four().counts());
    }

    #[test]
    fn colours_repeat_the_words_and_cases_have_lines_of_their_own() {
        let screen = Screen {
            colour: true,
            cases: true,
            columns: 120,
        };
        let text = four().matrix_for(screen);
        assert!(text.contains("\u{1b}[31mFAIL") && text.contains("\u{1b}[32mpass"));
        assert!(text.contains("sixteen_shutdowns_before_start_are_all_refused"));
    }

    #[test]
    fn a_narrow_screen_has_what_did_not_pass_and_no_matrix() {
        let screen = Screen {
            columns: 40,
            ..Screen::default()
        };
        let text = four().matrix_for(screen);
        assert!(text.contains("The matrix takes 58 columns"), "{text}");
        assert!(
            !text.contains("\nrule ") && text.contains("\nFAIL LC-002/"),
            "{text}"
        );
        assert_eq!(text.lines().last().expect("a line"), four().counts());
        // One backend fits. Output that is not a screen always has the matrix.
        assert!(ran(|_| Status::Pass).matrix_for(screen).contains("\nrule "));
        let mut wide = four();
        wide.backends[0].name = "b".repeat(70);
        assert!(wide.matrix().contains("\nrule "));
    }

    #[test]
    fn a_terminal_is_told_nothing_that_it_would_obey() {
        let text = ran(|_| Status::Fail("a \u{1b}[31m\u{7}\u{9b}\rb\r\nc\td".into())).matrix();
        let seen = "Seen    a \\u{1b}[31m\\u{7}\\u{9b}\\rb\n          c\\td";
        assert!(text.contains(seen), "{text}");
        let mut report = four();
        for backend in &mut report.backends {
            backend.name.push_str("\u{1b}[2J\r\n\u{202e}x");
        }
        let text = report.matrix();
        let is_plain =
            |letter: char| letter == '\n' || !letter.is_control() && letter != '\u{202e}';
        assert!(text.chars().all(is_plain), "{text:?}");
        assert!(text.contains(r"smol\u{1b}[2J\r\n\u{202e}x"), "{text}");
        assert!(text.contains("--replay 'async-std"), "{text}");
    }

    #[test]
    fn a_misspelt_name_is_printed_with_suggestions() {
        let mut report = ran(|_| Status::Pass);
        report.unmatched.push("LC-2O2".into());
        let text = report.matrix();
        assert!(text.contains("\"LC-2O2\", did you mean LC-002"), "{text}");
    }
}
