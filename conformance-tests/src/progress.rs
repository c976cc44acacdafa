//! Prints the progress of a run to standard error.

use std::io::{IsTerminal, Write, stderr};

use scheduler_core::text::visible;

use crate::Progress;

/// Returns a watcher that prints the progress of a run to standard error: one line that is
/// overwritten on a terminal, otherwise a line for each failure and each backend.
///
/// A [`Run`](crate::Run) without a watcher has this one if standard error is a terminal.
pub fn print_progress() -> impl Fn(Progress<'_>) + Send + Sync + 'static {
    let overwrites = stderr().is_terminal();
    move |progress| {
        let text = line(progress, overwrites).unwrap_or_default();
        let mut out = stderr().lock();
        // Standard error may be closed.
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        written.unwrap_or_default();
    }
}

/// Formats a step of a run, or returns `None` for a step that is not printed.
fn line(progress: Progress<'_>, overwrites: bool) -> Option<String> {
    let clear = if overwrites { "\r\u{1b}[K" } else { "" };
    match progress {
        Progress::Case {
            backend,
            case,
            number,
            of,
        } => overwrites.then(|| format!("{clear}{} {number}/{of} {case:?}", visible(backend))),
        Progress::Ended { backend, report } => report.status.is_failure().then(|| {
            let (word, name) = (report.status.word(), visible(backend));
            format!("{clear}{name}: {word} {}/{}\n", report.rule, report.case)
        }),
        Progress::Backend { report, took } => {
            let (name, cases) = (visible(&report.name), report.cases.len());
            let many = if cases == 1 { "case" } else { "cases" };
            let seconds = took.as_secs_f64();
            Some(format!("{clear}{name}: {cases} {many} in {seconds:.1} s\n"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CASES;

    #[test]
    fn a_terminal_has_one_line_that_is_overwritten() {
        let begins = Progress::Case {
            backend: "b\u{1b}",
            case: &CASES[0],
            number: 1,
            of: 9,
        };
        let shown = format!("\r\u{1b}[Kb\\u{{1b}} 1/9 {:?}", CASES[0]);
        assert_eq!(line(begins, true), Some(shown));
        assert_eq!(line(begins, false), None);
    }
}
