//! `sched run`: runs the commands of a crontab.

use std::{path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use crate::{
    command,
    console::{self, complain, say, visible_path},
    crontab::{self, Entry, Problem},
    process::Processes,
    scheduler, signals, source, zone,
};
use chrono::TimeDelta;
use clap::Args;
use scheduler_core::{
    Blocking, Event, EventFilter, EventKind, Options, Schedule, ScheduleId, Scheduler,
    SchedulerExt, Task,
    failure::{ErrorHandler, JobFailure, ReportErrors},
    schedule::{Count, SkipReason},
    trigger::{Expression, Interval, Zone},
};

/// Runs the commands of a crontab.
///
/// A line is blank, a comment (#), a setting (NAME=value, for the lines below it), or a schedule with a
/// command. There is no user column.
///
/// A schedule is five fields (minute, hour, day of the month, month, day of the week), six with seconds
/// first, seven with the year last, a name such as @hourly, @reboot (once, at the start), or @every 5m.
/// A line that can be read with five fields and with more is refused: 0 0 9 * * MON mail. Write the day as
/// a number, or the command with its path.
/// CRON_TZ=ZONE sets the time zone of the lines below it, or of its own line if fields follow.
///
/// SHELL runs the commands, HOME is their working directory, and other settings are in their environment.
/// An unescaped % ends the command; the rest of the line is its input, in which each further % is a line
/// end. \% is a percent sign.
///
/// The output of commands is printed line by line after a label, LINE:COMMAND in brackets. A command never
/// overlaps itself: an instant at which it still runs is skipped and reported.
///
/// A run ends with its shell. Output of processes that the shell leaves in the background is still printed.
/// If the reader of the output stalls, commands continue; the lines that find no room are dropped and counted.
/// On a terminal, control characters in the output are escaped.
///
/// Running commands may finish within --drain after the first Ctrl-C, SIGTERM, SIGHUP or SIGQUIT; the second
/// one kills them. A signal that was ignored at the start stays ignored, as by nohup. If sched itself is killed,
/// Linux kills the shells of its commands, but not what the shells have started. The last line counts the
/// commands that were drained, cancelled and abandoned.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The crontab; - is standard input.
    file: PathBuf,
    /// The executor to run on.
    #[arg(long, default_value = "tokio", value_parser = crate::backends::NAMES)]
    backend: String,
    /// Shuts down after this duration, such as 10s or 2m. Without it, runs until a signal.
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    limit: Option<Duration>,
    /// The time zone of schedules that name none: an IANA name, an offset such as +05:30, or local. The
    /// default is local: the zone of TZ, or else of /etc/localtime, or else UTC with a warning.
    #[arg(long, value_name = "ZONE", value_parser = zone::parse)]
    tz: Option<Zone>,
    /// How long running commands may take to finish in a shutdown. Then they receive SIGTERM, and five seconds
    /// later SIGKILL.
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "10s")]
    drain: Duration,
}

const EXAMPLES: &str = "\
Examples:
  sched run /etc/jobs.crontab
  sched run examples/demo.crontab --for 10s --backend smol
  echo '*/5 * * * * * date' | sched run - --tz Asia/Tokyo

Exit code:
  0  shut down as requested, or nothing to run
  1  could not run, a command had to be abandoned, or output could not be written
  2  invalid arguments or crontab: each error is printed with FILE:LINE:COLUMN
     and what was expected, for the first hundred, and no command is started.
     As root: a crontab of another user, or one that others can write to

Environment:
  TZ     time zone of schedules that name none; default: /etc/localtime
  SHELL  shell of the commands, if the crontab sets none; default: /bin/sh";

fn duration(text: &str) -> Result<Duration, String> {
    match Expression::parse(&format!("@every {text}"), Zone::utc()) {
        Ok(Expression::Every(every)) => Ok(Interval::period(&every)),
        _ => Err("expected a duration, such as 10s, 2m or 1h30m".to_owned()),
    }
}

type Failed = Box<dyn std::error::Error>;

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let name = visible_path(&arguments.file);
    let zone = zone::given_or_local(arguments.tz.as_ref());
    match source::read(&arguments.file).map(|text| crontab::parse(&text, &zone)) {
        Ok(Ok(entries)) if entries.is_empty() => {
            say(format_args!(
                "{name} has no entries: there is nothing to run"
            ));
            ExitCode::SUCCESS
        }
        Ok(Ok(entries)) => execute(arguments, entries).unwrap_or_else(|error| {
            complain(format_args!("sched: {error}"));
            ExitCode::FAILURE
        }),
        Ok(Err(problems)) => refuse(arguments, &problems),
        Err(error) => {
            complain(format_args!("sched: {name}: {error}"));
            ExitCode::from(2)
        }
    }
}

fn refuse(arguments: &Arguments, problems: &[Problem]) -> ExitCode {
    let name = visible_path(&arguments.file);
    for problem in problems {
        let Problem {
            line,
            column,
            message,
        } = problem;
        complain(format_args!("{name}:{line}:{column}: {message}"));
    }
    let number = match problems.len() {
        crontab::MOST_PROBLEMS => format!("{} or more problems", crontab::MOST_PROBLEMS),
        fewer => count(fewer, "problem"),
    };
    complain(format_args!(
        "sched: {name} has {number}, nothing was started"
    ));
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
    let signals = signals::register()?;
    let options = Options::default().on_error(report_failure);
    let scheduler = Blocking::new(scheduler::build(&arguments.backend, options)?);
    let outlet = console::start()?;
    let processes = Arc::new(Processes::supervise(outlet)?);
    let entries_of = count(entries.len(), "entry");
    let (name, backend) = (visible_path(&arguments.file), scheduler.backend());
    say(format_args!("{entries_of} of {name} on {backend}"));
    let mut added = Vec::new();
    for entry in entries {
        let zone = entry.zone.clone();
        added.push((scheduler.add(schedule(entry, &processes))?, zone));
    }
    let mut zones = Vec::new();
    for (schedule, zone) in added {
        let next = schedule.next_times(1)?.first().map_or_else(
            || "never".to_owned(),
            |at| format!("at {}", command::shown(&zone, *at)),
        );
        say(format_args!("{} next {next}", schedule.id()));
        zones.push((schedule.id().clone(), zone));
    }
    let report = move |event: &Event| report_skips(event, &zones);
    scheduler.add_listener(EventFilter::schedules(), Arc::new(report));
    scheduler.add_listener(EventFilter::scheduler(), Arc::new(report_jumps));
    scheduler.start()?;
    signals::obey(
        Arc::clone(&scheduler),
        signals,
        arguments.limit,
        arguments.drain,
    )?;
    let report = scheduler.stopped()?;
    // The processes of dropped jobs are killed before this one ends.
    processes.finish();
    say(&report);
    let lost = outlet.finish();
    if lost > 0 {
        complain(format_args!(
            "sched: {} of output were lost",
            count(lost, "line")
        ));
    }
    let is_right = report.abandoned.is_empty() && lost == 0;
    Ok(ExitCode::from(u8::from(!is_right)))
}

/// Reports job failures other than the exit of a command, which is printed where it happens.
fn report_failure(failure: &JobFailure) {
    if failure.error.downcast_ref::<command::Failure>().is_none() {
        ReportErrors.on_error(failure);
    }
}

/// Converts an entry to a schedule that never overlaps itself.
fn schedule(entry: Entry, processes: &Arc<Processes>) -> Schedule {
    let (label, trigger) = (command::label(&entry), entry.trigger.clone());
    let (entry, processes) = (Arc::new(entry), Arc::clone(processes));
    let task = Task::new(move |job| {
        let (entry, processes) = (Arc::clone(&entry), Arc::clone(&processes));
        async move { command::run(&entry, &job, &processes).await }
    });
    Schedule::new(trigger, task.name(label.clone())).id(label)
}

/// Reports that the wall clock was set; schedules follow it.
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

/// Reports skipped instants, in the time zone of their schedule.
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
