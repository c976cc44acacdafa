//! Shows the progress of a run on standard error.

use std::io::{IsTerminal, Write, stderr};

use conformance_tests::Progress;
use scheduler_core::text::visible;

/// Returns a progress display: on a terminal one line that is overwritten, otherwise a line for
/// each failure and each backend.
pub(super) fn watcher() -> impl Fn(Progress<'_>) + Send + Sync + 'static {
    let overwrites = stderr().is_terminal();
    move |progress| {
        let text = match progress {
            Progress::Case {
                backend,
                case,
                number,
                of,
            } if overwrites => format!("\r\u{1b}[K{} {number}/{of} {case:?}", visible(backend)),
            Progress::Ended { backend, report } if report.status.is_failure() => {
                let (word, clear) = (report.status.word(), clear(overwrites));
                format!(
                    "{clear}{}: {word} {}/{}\n",
                    visible(backend),
                    report.rule,
                    report.case
                )
            }
            Progress::Backend { report, took } => {
                let (name, cases, clear) =
                    (visible(&report.name), report.cases.len(), clear(overwrites));
                let many = if cases == 1 { "case" } else { "cases" };
                format!(
                    "{clear}{name}: {cases} {many} in {:.1} s\n",
                    took.as_secs_f64()
                )
            }
            _ => return,
        };
        put(&text);
    }
}

const fn clear(overwrites: bool) -> &'static str {
    if overwrites { "\r\u{1b}[K" } else { "" }
}

/// Writes without an error if standard error is closed.
pub(super) fn put(text: &str) {
    let mut out = stderr().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.unwrap_or_default();
}
