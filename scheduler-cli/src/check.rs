//! `sched check`: the problems of a crontab, and what is probably not meant.

mod clock;
mod collisions;
mod finding;
mod program;
mod sarif;

use std::{process::ExitCode, time::SystemTime};

use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};
use scheduler_core::trigger::Note;

use self::{
    clock::Effects,
    finding::{Finding, Level},
};
use crate::{
    console::{complain, show},
    crontab::{Crontab, Entry},
    next,
    source::{self, Parsed, Source, Trouble},
};

/// Checks crontabs without running it.
///
/// Prints all problems, as sched run does, and warnings: schedules that are legal but probably not meant, or that
/// are never due; commands that are not in PATH; an unescaped % in a format of date; settings without effect.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    source: source::Arguments,
    /// Text for people, one JSON object per line, or a document of SARIF 2.1.0.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Warns about instants of the next seven days at which more than this number of entries is due. Jitter, and H in
    /// place of a number, spread them.
    #[arg(long, value_name = "N")]
    at_once: Option<usize>,
    /// Warns about all that the next clock change moves, skips or repeats. Without it, only about times of the day that
    /// the clock skips.
    #[arg(long)]
    clock_changes: bool,
    /// Exits with 1 if there are warnings.
    #[arg(long)]
    strict: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    /// A document of SARIF 2.1.0, for services that show findings beside the lines of a change.
    Sarif,
}

const EXAMPLES: &str = "\
Examples:
  sched check examples/demo.crontab
  sched check /etc/crontab --system --strict --format json
  sched check examples/demo.crontab --clock-changes --at-once 5

JSON: {\"level\": \"error\" or \"warning\", \"file\": \"...\", \"line\": N, \"column\": N,
       \"message\": \"...\"}

Exit code:
  0  no problems
  1  problems, or warnings with --strict
  2  the file cannot be read, or the call is wrong";

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let source = Source::new(&arguments.source);
    let (mut findings, mut entries) = (Vec::new(), Vec::new());
    for Parsed { name, content } in source.parse() {
        match content {
            Ok(crontab) => {
                findings.extend(warnings(arguments, &name, &crontab));
                let named = |entry| (name.clone(), entry);
                entries.extend(crontab.entries.into_iter().map(named));
            }
            Err(Trouble::Lines(problems)) => {
                let of_file = |problem| Finding::problem(&name, problem);
                findings.extend(problems.into_iter().map(of_file));
            }
            Err(Trouble::File(error)) => {
                complain(format_args!("sched: {name}: {error}"));
                return ExitCode::from(2);
            }
        }
    }
    let limit = arguments.at_once.into_iter();
    findings.extend(limit.flat_map(|limit| collisions::find(&entries, limit)));
    let is_bad = |finding: &Finding| arguments.strict || finding.level == Level::Error;
    let code = u8::from(findings.iter().any(is_bad));
    let text: String = match arguments.format {
        Format::Text => findings.iter().map(Finding::text).collect(),
        Format::Json => findings.iter().map(Finding::json).collect(),
        Format::Sarif => sarif::document(&findings),
    };
    match show(&text) {
        Ok(()) => ExitCode::from(code),
        Err(error) => {
            complain(format_args!("sched: standard output: {error}"));
            ExitCode::from(2)
        }
    }
}

/// Returns the warnings about a crontab without problems, in the order of its lines.
fn warnings(arguments: &Arguments, name: &str, crontab: &Crontab) -> Vec<Finding> {
    let notes = crontab
        .notes
        .iter()
        .cloned()
        .map(|note| Finding::warning(name, note.line, note.message));
    let of_entries = crontab
        .entries
        .iter()
        .flat_map(|entry| of_entry(arguments, name, entry));
    let mut all: Vec<_> = notes.chain(of_entries).collect();
    all.sort_by_key(|finding| finding.line);
    all
}

fn of_entry(arguments: &Arguments, name: &str, entry: &Entry) -> Vec<Finding> {
    let now = DateTime::<Utc>::from(SystemTime::now());
    let mut notes = next::notes(&*entry.trigger);
    let is_of_clock = |note: &Note| matches!(note, Note::SkippedTime { .. });
    let wanted = match arguments.clock_changes {
        true => Some(Effects::All),
        false => notes.iter().any(is_of_clock).then_some(Effects::Skipped),
    };
    let change = wanted.and_then(|wanted| clock::next_change(entry, wanted, now));
    if change.is_some() {
        // The note has the first date of many years, the change the next one.
        notes.retain(|note| !is_of_clock(note));
    }
    let mut texts: Vec<_> = notes.iter().map(ToString::to_string).collect();
    // A note can have said so already.
    let is_noted = !texts.is_empty();
    if !is_noted && !entry.is_at_start() && entry.trigger.next_after(now).is_none() {
        texts.push("the schedule is never due".to_owned());
    }
    texts.extend(change);
    if entry.input.is_some() && entry.command.ends_with('+') {
        texts.push("the first % ends the command, \\% is a percent sign".to_owned());
    }
    texts.extend(program::missing(entry));
    let warning = |text| Finding::warning(name, entry.line, text);
    texts.into_iter().map(warning).collect()
}
