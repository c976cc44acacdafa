//! `sched run`.

use std::{
    fs,
    io::{self, Read},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use backend_async_std::{AsyncStdRuntime, AsyncStdScheduler};
use backend_smol::{SmolRuntime, SmolScheduler};
use backend_thread::{ThreadRuntime, ThreadScheduler};
use backend_tokio::{TokioRuntime, TokioScheduler};
use clap::Args;
use scheduler_core::{
    Blocking, Count, Event, EventFilter, EventKind, Schedule, Scheduler, SkipReason, Task,
    trigger::{Expression, Interval, Zone},
};
use signal_hook::iterator::Signals;

use crate::{
    command,
    console::say,
    crontab::{self, Entry, Problem},
    orders,
};

/// Runs the commands of a crontab.
///
/// A line is blank, a comment (#), a setting (NAME=value, for the lines below it), or a schedule and
/// a command: five fields, six with seconds first, seven with the year last, a name such as @hourly,
/// @reboot (once, at the start), or @every 5m. There is no column for a user. CRON_TZ=ZONE sets the
/// zone of the lines below it, or of its own line if fields follow. SHELL runs the commands, HOME is
/// where they run; other settings are in their environment. An unescaped % ends the command: what
/// follows is its input, with further % as line ends.
///
/// No command overlaps itself: an instant at which it still runs is skipped, and said. The first
/// Ctrl-C, SIGTERM or SIGHUP lets running commands finish, the second kills them.
///
/// Exit code: 0 it has ended as told, 1 it could not run, or had to leave a command behind, 2 the
/// crontab or the call is wrong and nothing was started.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Arguments {
    /// The crontab; - is the standard input.
    file: PathBuf,
    /// What to run it on.
    #[arg(long, default_value = "tokio", value_parser = crate::backends::NAMES)]
    backend: String,
    /// Ends by itself after this long, such as 10s or 2m; runs on without it.
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    limit: Option<Duration>,
    /// The time zone of the schedules, by its IANA name; local is that of the machine.
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = zone)]
    tz: Zone,
    /// How long running commands may take to finish when it ends. Then they get SIGTERM, and five
    /// seconds later SIGKILL.
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "10s")]
    drain: Duration,
}

fn duration(text: &str) -> Result<Duration, String> {
    match Expression::parse(&format!("@every {text}"), Zone::utc()) {
        Ok(Expression::Every(every)) => Ok(Interval::period(&every)),
        _ => Err("expected a length of time, such as 10s, 2m or 1h30m".to_owned()),
    }
}

fn zone(name: &str) -> Result<Zone, String> {
    let zone = match name {
        "local" => Zone::system(),
        name => Zone::named(name),
    };
    zone.map_err(|error| error.to_string())
}

type Failed = Box<dyn std::error::Error>;

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let name = arguments.file.display();
    match read(arguments).map(|text| crontab::parse(&text, &arguments.tz)) {
        Ok(Ok(entries)) if entries.is_empty() => {
            say(format_args!(
                "{name} has no entries: there is nothing to run"
            ));
            ExitCode::SUCCESS
        }
        Ok(Ok(entries)) => execute(arguments, entries).unwrap_or_else(|error| {
            eprintln!("sched: {error}");
            ExitCode::FAILURE
        }),
        Ok(Err(problems)) => refuse(arguments, &problems),
        Err(error) => {
            eprintln!("sched: {name}: {error}");
            ExitCode::from(2)
        }
    }
}

fn read(arguments: &Arguments) -> io::Result<Vec<u8>> {
    if arguments.file.as_os_str() != "-" {
        return fs::read(&arguments.file);
    }
    let mut text = Vec::new();
    io::stdin().read_to_end(&mut text)?;
    Ok(text)
}

fn refuse(arguments: &Arguments, problems: &[Problem]) -> ExitCode {
    let name = arguments.file.display();
    for problem in problems {
        let Problem {
            line,
            column,
            message,
        } = problem;
        eprintln!("{name}:{line}:{column}: {message}");
    }
    eprintln!(
        "sched: {name} has {}, nothing was started",
        count(problems.len(), "problem")
    );
    ExitCode::from(2)
}

fn count(number: usize, what: &str) -> String {
    let end = match (number, what.strip_suffix('y')) {
        (1, _) => return format!("1 {what}"),
        (_, Some(stem)) => return format!("{number} {stem}ies"),
        (_, None) => "s",
    };
    format!("{number} {what}{end}")
}

fn execute(arguments: &Arguments, entries: Vec<Entry>) -> Result<ExitCode, Failed> {
    let signals = Signals::new(orders::SIGNALS)?;
    let tokio = tokio::runtime::Builder::new_multi_thread()
        .enable_time()
        .build()?;
    let scheduler = Blocking::new(build(&arguments.backend, &tokio));
    scheduler.add_listener(EventFilter::schedules(), Arc::new(report_skips));
    let entries_of = count(entries.len(), "entry");
    let (name, backend) = (arguments.file.display(), scheduler.backend());
    say(format_args!("{entries_of} of {name} on {backend}"));
    let zones: Vec<_> = entries.iter().map(|entry| entry.zone.clone()).collect();
    let mut ids = Vec::new();
    for entry in entries {
        ids.push(scheduler.add(schedule(entry))?);
    }
    for (id, zone) in ids.iter().zip(&zones) {
        let next = scheduler.next_times(id, 1)?.first().map_or_else(
            || "never".to_owned(),
            |at| format!("at {}", command::shown(zone, *at)),
        );
        say(format_args!("{id} next {next}"));
    }
    scheduler.start()?;
    orders::obey(
        Arc::clone(&scheduler),
        signals,
        arguments.limit,
        arguments.drain,
    );
    let report = scheduler.stopped()?;
    say(&report);
    tokio.shutdown_background();
    Ok(ExitCode::from(u8::from(!report.abandoned.is_empty())))
}

fn build(backend: &str, tokio: &tokio::runtime::Runtime) -> Arc<dyn Scheduler> {
    match backend {
        "async-std" => Arc::new(AsyncStdScheduler::new(AsyncStdRuntime::new())),
        "smol" => Arc::new(SmolScheduler::new(SmolRuntime::global())),
        "thread" => Arc::new(ThreadScheduler::new(ThreadRuntime::new())),
        _ => Arc::new(TokioScheduler::new(TokioRuntime::new(
            tokio.handle().clone(),
        ))),
    }
}

/// One entry as a schedule, which never overlaps itself.
fn schedule(entry: Entry) -> Schedule {
    let (label, trigger) = (command::label(&entry), entry.trigger.clone());
    let entry = Arc::new(entry);
    let task = Task::new(move |job| {
        let entry = entry.clone();
        async move { command::run(&entry, &job).await }
    });
    Schedule::with_trigger(trigger, task.named(label.clone())).id(label)
}

fn report_skips(event: &Event) {
    if let EventKind::OccurrencesSkipped {
        schedule,
        span,
        reason,
        ..
    } = &event.kind
    {
        let why = match reason {
            SkipReason::Overlap => "it is still running".to_owned(),
            SkipReason::Misfire => "it was noticed too late".to_owned(),
            other => other.to_string(),
        };
        let more = match span.count {
            Count::Exactly(1) => String::new(),
            count => format!(", {count} in all"),
        };
        say(format_args!(
            "{schedule} skipped for {}{more}: {why}",
            command::shown(&Zone::utc(), span.from)
        ));
    }
}
