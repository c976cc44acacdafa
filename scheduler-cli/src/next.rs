//! `sched next`: when a trigger is due.

mod batch;
mod crontab;
mod expression;
mod failure;
mod lines;
mod question;
mod request;
mod timeline;

use std::{
    any::Any,
    error::Error,
    fs::File,
    io::{self, BufWriter, Read, Write},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
};

use clap::{ArgGroup, Args, ValueEnum};
use scheduler_core::{
    Trigger,
    trigger::{
        Cron, DayRule, Moment, Note, OnCalendar, TriggerSpec, Zone,
        dst::{Fold, Gap},
    },
};

use self::question::{MOST_TIMES, Question};
pub(crate) use self::{question::written, timeline::Timeline};
use crate::{console::visible_path, source::Source, zone};

/// Prints when a trigger is due next.
///
/// The trigger is a cron expression, or a trigger of any kind as JSON. Times are printed one per line, in RFC
/// 3339 with the offset of the zone. If the trigger ends, a message on standard error says so. Legal but
/// probably unintended content of an expression is reported as a note on standard error.
///
/// With --batch it reads questions, one JSON object per line, and prints one JSON object per line: {"id": …,
/// "times": ["…", …], "exhausted": …}, or {"id": …, "error": {"kind": "…", "message": "…"}} for an invalid
/// question. "exhausted" is true if the trigger ended before the requested number of times. The id is
/// returned as written, or null. Blank lines are skipped. Each result is written before the next line is
/// read.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
#[command(override_usage = "sched next [OPTIONS] <EXPRESSION | --trigger | --batch | --crontab>")]
#[command(group = ArgGroup::new("trigger").required(true))]
pub(crate) struct Arguments {
    /// Five, six or seven cron fields, a name such as @daily, or @every 5m. With --dialect on-calendar, a calendar
    /// event of systemd.
    #[arg(group = "trigger")]
    expression: Option<String>,
    /// A trigger of any kind, as JSON.
    #[arg(long = "trigger", value_name = "JSON", group = "trigger")]
    json: Option<String>,
    /// Reads questions from a file, or from standard input if it is -: one JSON object per line, with "trigger"
    /// and the optional fields "id", "after", "count", "inclusive" and "tz".
    #[arg(long, value_name = "FILE", group = "trigger")]
    batch: Option<PathBuf>,
    /// Prints the next instants of all entries of crontabs, as sched run reads them, without their jitter.
    #[arg(long, value_name = "FILE", group = "trigger", num_args = 1..)]
    crontab: Vec<PathBuf>,
    /// Reads a user column in crontabs, as sched run --system does.
    #[arg(long, conflicts_with_all = ["expression", "json", "batch"])]
    system: bool,
    /// With --crontab: text, or one JSON object per line.
    #[arg(long, value_enum, default_value_t = Format::Text, conflicts_with_all = ["expression", "json", "batch"])]
    format: Format,
    /// The time zone of a trigger that names none: an IANA name, an offset such as +05:30, or local. The default
    /// is local, as for sched run: the zone of TZ, or else of /etc/localtime, or else UTC with a warning.
    #[arg(long, value_name = "ZONE", value_parser = zone::parse)]
    tz: Option<Zone>,
    /// Prints times after this one; by default after now. Without an offset it is in the trigger's zone.
    #[arg(long, value_name = "RFC3339", conflicts_with = "batch")]
    after: Option<Moment>,
    /// Includes the time of --after itself.
    #[arg(long, conflicts_with = "batch")]
    inclusive: bool,
    /// Number of times to print.
    #[arg(long, default_value_t = 5, conflicts_with = "batch")]
    #[arg(value_parser = clap::value_parser!(u64).range(..=MOST_TIMES))]
    count: u64,
    /// Dialect of the expression: vixie, quartz, systemd, temporal, ocps-1-4, apscheduler, …, or on-calendar. In
    /// the dialect systemd, fewer than five words are a calendar event too; it neither moves nor repeats times at
    /// clock changes.
    #[arg(long, conflicts_with_all = ["json", "batch", "crontab"])]
    dialect: Option<String>,
    /// Policy for a local time that a clock change skips: at-gap-end, shift-by-delta or skip.
    #[arg(long, conflicts_with_all = ["json", "batch", "crontab"])]
    gap: Option<Gap>,
    /// Policy for a local time that a clock change repeats: first, last or both.
    #[arg(long, conflicts_with_all = ["json", "batch", "crontab"])]
    fold: Option<Fold>,
    /// Which days match if both day fields restrict them: or, and.
    #[arg(long, conflicts_with_all = ["json", "batch", "crontab"])]
    day_rule: Option<DayRule>,
    /// First describes the trigger in words.
    #[arg(long, conflicts_with_all = ["batch", "crontab"])]
    describe: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

const EXAMPLES: &str = r#"Triggers as JSON, each with an optional "tz" ("start", "end" where they fit):
  {"type":"once","at":"2026-03-01T12:00:00"}
  {"type":"interval","every":"1h30m","start":"2026-03-01T00:00:00Z"}
  {"type":"cron","expr":"0 9 * * *","gap":"skip","fold":"first"}
  {"type":"cron","fields":{"day":"last fri","hour":"0-3"}}
  {"type":"calendar_interval","months":2,"time":"10:00:00"}
  {"type":"on_calendar","expr":"Mon..Fri *-*-* 09:00:00"}
  {"type":"any_of","triggers":[…]}
  {"type":"all_of","triggers":[…],"threshold":"1s"}
and bounded, limited, excluding, jittered: see docs/guide/triggers.md.

Kinds of errors in a batch:
  json      the line, or the trigger in it, is not JSON
  request   the question is wrong: its fields, its count
  trigger   an unknown field or type, data of another kind
  cron      an expression, a field of it, a dialect, a policy
  calendar  a calendar event of systemd
  time      a point in time: "after", "at", "start", "end", a date
  duration  a length of time: "every", "threshold"
  zone      the name of a time zone
  nesting   triggers more than 32 levels deep

Examples:
  sched next "0 9 * * MON-FRI" --tz Europe/Berlin
  sched next "0 0 12 L * ?" --dialect quartz --count 3
  sched next "Mon *-05~07/1 18:00 Europe/Berlin" --dialect on-calendar
  sched next "@every 90m" --after 2026-03-01T00:00:00Z
  sched next "30 2 * * *" --tz Europe/Berlin --gap skip --describe
  sched next --trigger '{"type": "interval", "every": "90m"}'
  sched next --crontab examples/demo.crontab --count 3 --format json
  echo '{"trigger":{"type":"cron","expr":"@daily"}}' | sched next --batch -

Exit code:
  0  the times were printed; a question of a batch that has no answer is
     answered by its error
  2  the expression, the trigger or the call is wrong"#;

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let zone = zone::given_or_local(arguments.tz.as_ref());
    let done = match &arguments.batch {
        Some(path) => batch(path, &zone),
        None if !arguments.crontab.is_empty() => crontabs(arguments, zone),
        None => single(arguments, &zone),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_broken_pipe(&*error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sched: {error}");
            ExitCode::from(2)
        }
    }
}

fn crontabs(arguments: &Arguments, zone: Zone) -> Result<(), Box<dyn Error>> {
    let source = Source::of(arguments.crontab.clone(), zone, arguments.system.into());
    let mut output = BufWriter::new(io::stdout().lock());
    crontab::print(arguments, &source, &mut output)?;
    Ok(output.flush()?)
}

fn batch(path: &PathBuf, zone: &Zone) -> Result<(), Box<dyn Error>> {
    let input: Box<dyn Read> = if path.as_os_str() == "-" {
        Box::new(io::stdin().lock())
    } else {
        let file = File::open(path);
        Box::new(file.map_err(|error| format!("{}: {error}", visible_path(path)))?)
    };
    let mut output = BufWriter::new(io::stdout().lock());
    batch::answer(input, &mut output, zone)?;
    Ok(output.flush()?)
}

fn single(arguments: &Arguments, zone: &Zone) -> Result<(), Box<dyn Error>> {
    let (trigger, zone) = trigger(arguments, zone)?;
    for note in notes(&*trigger) {
        eprintln!("sched: note: {note}");
    }
    let mut output = BufWriter::new(io::stdout().lock());
    if arguments.describe {
        writeln!(output, "{trigger}")?;
    }
    let question = Question {
        trigger,
        zone,
        after: arguments.after,
        inclusive: arguments.inclusive,
        count: arguments.count,
    };
    let mut left = arguments.count;
    for time in question.times()? {
        writeln!(output, "{time}")?;
        left -= 1;
    }
    output.flush()?;
    if left > 0 {
        eprintln!("sched: no further time");
    }
    Ok(())
}

fn trigger(arguments: &Arguments, zone: &Zone) -> Result<(Arc<dyn Trigger>, Zone), Box<dyn Error>> {
    if let Some(json) = &arguments.json {
        return Ok(json.parse::<TriggerSpec>()?.build_in(zone)?);
    }
    let built = expression::spec(arguments)?.build_in(zone);
    Ok(built.map_err(|error| expression::wrong(arguments, &error))?)
}

/// Returns notes about legal but probably unintended content.
pub(crate) fn notes(trigger: &dyn Trigger) -> Vec<Note> {
    let any: &dyn Any = trigger;
    let of_event = || any.downcast_ref().map(OnCalendar::notes);
    let notes = any.downcast_ref().map(Cron::notes).or_else(of_event);
    notes.unwrap_or_default()
}

/// Returns whether the reader of the output has closed the pipe.
fn is_broken_pipe(error: &(dyn Error + 'static)) -> bool {
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
