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
use chrono::TimeDelta;
use clap::Args;
use scheduler_core::{
    Blocking, Count, Error, ErrorHandler, Event, EventFilter, EventKind, JobFailure, Options,
    ReportErrors, Schedule, ScheduleId, Scheduler, SkipReason, Task,
    trigger::{Expression, Interval, Zone},
};
use signal_hook::iterator::Signals;

use crate::{
    command,
    console::{say, visible_path},
    crontab::{self, Entry, Problem},
    orders,
};

/// Runs the commands of a crontab.
///
/// A line is blank, a comment (#), a setting (NAME=value, for the lines below it), or a schedule and a
/// command. There is no column for a user.
///
/// A schedule is five fields (minute, hour, day of the month, month, day of the week), six with seconds
/// first, seven with the year last, a name such as @hourly, @reboot (once, at the start), or @every 5m.
/// A line that can be read with five fields as well as with more is refused: 0 0 9 * * MON mail. Write the
/// day as a number, or the command with its path.
/// CRON_TZ=ZONE sets the zone of the lines below it, or of its own line if fields follow.
///
/// SHELL runs the commands, HOME is where they run; other settings are in their environment. An
/// unescaped % ends the command: what follows is its input, with further % as line ends. \% is a
/// percent sign.
///
/// What commands print is passed on line by line behind a label, LINE:COMMAND in brackets. No command overlaps
/// itself: an instant at which it still runs is skipped, and said.
///
/// The first Ctrl-C, SIGTERM or SIGHUP lets running commands finish, within the time of --drain; the
/// second kills them. In the end it says what was drained, cancelled and abandoned.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The crontab; - is the standard input.
    file: PathBuf,
    /// What to run it on.
    #[arg(long, default_value = "tokio", value_parser = crate::backends::NAMES)]
    backend: String,
    /// Ends by itself after this long, such as 10s or 2m; runs on without it.
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    limit: Option<Duration>,
    /// The time zone of the schedules, by its IANA name or as an offset such as +05:30; local is that
    /// of the machine, and the default: what TZ says, or else /etc/localtime. Where neither says
    /// anything it is UTC, and that is told.
    #[arg(long, value_name = "ZONE", value_parser = zone)]
    tz: Option<Zone>,
    /// How long running commands may take to finish when it ends. Then they get SIGTERM, and five
    /// seconds later SIGKILL.
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "10s")]
    drain: Duration,
}

const EXAMPLES: &str = "\
Examples:
  sched run /etc/jobs.crontab
  sched run examples/demo.crontab --for 10s --backend smol
  echo '*/5 * * * * * date' | sched run - --tz Asia/Tokyo

Exit code:
  0  it has ended as told, or there was nothing to run
  1  it could not run, or had to leave a command behind
  2  the crontab or the call is wrong: each error of the crontab is told with
     FILE:LINE:COLUMN and what was expected, and nothing is started

Environment:
  TZ     the zone of schedules that name none; else that of /etc/localtime
  SHELL  what runs the commands if the crontab does not say; else /bin/sh";

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

/// As every cron has it, schedules without a zone are in that of the machine.
fn local() -> Zone {
    Zone::system().unwrap_or_else(|error| {
        eprintln!("sched: {error}; schedules are in UTC, --tz sets another zone");
        Zone::utc()
    })
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let name = visible_path(&arguments.file);
    let zone = arguments.tz.clone().unwrap_or_else(local);
    match read(arguments).map(|text| crontab::parse(&text, &zone)) {
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
    let name = visible_path(&arguments.file);
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
    let scheduler = Blocking::new(build(&arguments.backend, &tokio)?);
    let entries_of = count(entries.len(), "entry");
    let (name, backend) = (visible_path(&arguments.file), scheduler.backend());
    say(format_args!("{entries_of} of {name} on {backend}"));
    let mut zones = Vec::new();
    for entry in entries {
        let zone = entry.zone.clone();
        zones.push((scheduler.add(schedule(entry))?, zone));
    }
    for (id, zone) in &zones {
        let next = scheduler.next_times(id, 1)?.first().map_or_else(
            || "never".to_owned(),
            |at| format!("at {}", command::shown(zone, *at)),
        );
        say(format_args!("{id} next {next}"));
    }
    let report = move |event: &Event| report_skips(event, &zones);
    scheduler.add_listener(EventFilter::schedules(), Arc::new(report));
    scheduler.add_listener(EventFilter::scheduler(), Arc::new(report_jumps));
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

fn build(backend: &str, tokio: &tokio::runtime::Runtime) -> Result<Arc<dyn Scheduler>, Error> {
    let options = Options::default().on_error(report_failure);
    Ok(match backend {
        "async-std" => Arc::new(AsyncStdScheduler::with_options(
            AsyncStdRuntime::new(),
            options,
        )?),
        "smol" => Arc::new(SmolScheduler::with_options(SmolRuntime::global(), options)?),
        "thread" => Arc::new(ThreadScheduler::with_options(
            ThreadRuntime::new(),
            options,
        )?),
        _ => {
            let runtime = TokioRuntime::new(tokio.handle().clone());
            Arc::new(TokioScheduler::with_options(runtime, options)?)
        }
    })
}

/// The end of a command is printed where it ends; anything else that a job came to is reported here.
fn report_failure(failure: &JobFailure) {
    if failure.error.downcast_ref::<command::Failure>().is_none() {
        ReportErrors.on_error(failure);
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

/// Tells that the wall clock was set: what is due follows it.
fn report_jumps(event: &Event) {
    let EventKind::ClockJumped { by } = event.kind else {
        return;
    };
    let direction = if by < TimeDelta::zero() {
        "back"
    } else {
        "forward"
    };
    let seconds = by.abs().num_seconds();
    say(format_args!(
        "the wall clock was set {direction} by {seconds} s"
    ));
}

/// Tells which instants were passed over, each in the zone of its schedule.
fn report_skips(event: &Event, zones: &[(ScheduleId, Zone)]) {
    let EventKind::OccurrencesSkipped {
        schedule,
        span,
        reason,
        ..
    } = &event.kind
    else {
        return;
    };
    let why = match reason {
        SkipReason::Overlap => "it is still running".to_owned(),
        SkipReason::Misfire => "it was noticed too late".to_owned(),
        other => other.to_string(),
    };
    let more = match span.count {
        Count::Exactly(1) => String::new(),
        count => format!(", {count} in all"),
    };
    let zone = zones.iter().find(|(id, _)| id == schedule);
    let zone = zone.map_or_else(Zone::utc, |(_, zone)| zone.clone());
    say(format_args!(
        "{schedule} skipped for {}{more}: {why}",
        command::shown(&zone, span.from)
    ));
}
