//! `sched run`: runs the commands of a crontab.

use std::{path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use clap::Args;
use scheduler_core::{
    Blocking, Options, Schedule, Scheduler, SchedulerExt, Task, failure::JobFailure, queue::Queue,
    trigger::Zone,
};

use crate::{
    command::{self, Runner},
    console::{complain, visible_path},
    crontab::{self, Entry, Problem},
    duration,
    log::{Format, Log, Record, Timestamps},
    process::Processes,
    report, scheduler, signals, source, zone,
};

/// Runs the commands of a crontab.
///
/// A line is blank, a comment (#), a setting (NAME=value, for the lines below it), or a schedule with a
/// command. There is no user column; a crontab that has one is refused.
///
/// A schedule is five fields (minute, hour, day of the month, month, day of the week), six with seconds
/// first, seven with the year last, a name such as @hourly, @reboot (once, at the start), or @every 5m.
/// A line that can be read with five fields and with more is refused: 0 0 9 * * MON mail. Write the day as
/// a number, or the command with its path.
/// CRON_TZ=ZONE sets the time zone of the lines below it, or of its own line if fields follow, as TZ=ZONE does
/// there.
///
/// A line #@ KEY=VALUE ... sets policies of the next entry: id, tz, overlap, max-instances, buffer-limit, jitter,
/// misfire, grace, catch-up, pace, retry (attempts in all), backoff, timeout, attempt-timeout, timeout-grace,
/// start-within, pause-after-failures, priority, queue. docs/guide/cron.md describes them.
/// RANDOM_DELAY=MINUTES is the jitter of the lines below it. A line that begins with - logs only failures.
///
/// SHELL runs the commands, HOME is their working directory, and other settings are in their environment.
/// An unescaped % ends the command; the rest of the line is its input, in which each further % is a line
/// end. \% is a percent sign.
///
/// The output of commands is printed line by line after a label, LINE:COMMAND in brackets: standard output on
/// standard output, standard error on standard error. The line at the end of a run has its exit status, its
/// duration, its lateness and its attempt. A command never overlaps itself: an instant at which it still runs is
/// skipped and reported.
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
    #[arg(long = "for", value_name = "DURATION", value_parser = duration::parse)]
    limit: Option<Duration>,
    /// The time zone of schedules that name none: an IANA name, an offset such as +05:30, or local. The
    /// default is local: the zone of TZ, or else of /etc/localtime, or else UTC with a warning.
    #[arg(long, value_name = "ZONE", value_parser = zone::parse)]
    tz: Option<Zone>,
    /// How long running commands may take to finish in a shutdown. Then they receive SIGTERM, and five seconds
    /// later SIGKILL.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, default_value = "10s")]
    drain: Duration,
    /// A queue for the policy queue=NAME, with the number of its commands that may run at once. Repeat it for
    /// further queues.
    #[arg(long, value_name = "NAME=N", value_parser = queue)]
    queue: Vec<Queue>,
    /// Format of what is written: text after labels; json, one object per line; or raw, the output of commands as
    /// it is, and all else on standard error.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    log: Format,
    /// Begins each line of text with the time, in UTC.
    #[arg(long)]
    timestamps: bool,
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

fn queue(text: &str) -> Result<Queue, String> {
    let pair = text.split_once('=').filter(|(name, _)| !name.is_empty());
    let parsed = pair.and_then(|(name, number)| Some((name, number.parse().ok()?)));
    match parsed {
        Some((name, number)) if number > 0 => Ok(Queue::named(name).concurrency(number)),
        _ => Err("expected a name and a number of commands, such as io=2".to_owned()),
    }
}

type Failed = Box<dyn std::error::Error>;

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let name = visible_path(&arguments.file);
    let zone = zone::given_or_local(arguments.tz.as_ref());
    match source::read(&arguments.file).map(|text| crontab::parse(&text, &zone)) {
        Ok(Ok(crontab)) => {
            for note in &crontab.notes {
                complain(format_args!(
                    "{name}:{}: warning: {}",
                    note.line, note.message
                ));
            }
            logged(arguments, crontab.entries).unwrap_or_else(|error| {
                complain(format_args!("sched: {error}"));
                ExitCode::FAILURE
            })
        }
        Ok(Err(problems)) => refuse(arguments, &problems),
        Err(error) => {
            complain(format_args!("sched: {name}: {error}"));
            ExitCode::from(2)
        }
    }
}

/// Runs the entries with a log, and waits until all of it is written.
fn logged(arguments: &Arguments, entries: Vec<Entry>) -> Result<ExitCode, Failed> {
    let timestamps = match arguments.timestamps {
        true => Timestamps::Shown,
        false => Timestamps::Hidden,
    };
    let log = Log::start(arguments.log, timestamps)?;
    let done = if entries.is_empty() {
        let name = visible_path(&arguments.file);
        log.note(format_args!(
            "{name} has no entries: there is nothing to run"
        ));
        Ok(true)
    } else {
        execute(arguments, entries, &log)
    };
    let lost = log.finish();
    if lost > 0 {
        let lines = count(lost, "line");
        complain(format_args!("sched: {lines} of output were lost"));
    }
    Ok(ExitCode::from(u8::from(!done? || lost > 0)))
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

/// Runs the entries until a shutdown. Returns whether no command was abandoned.
fn execute(arguments: &Arguments, entries: Vec<Entry>, log: &Log) -> Result<bool, Failed> {
    let signals = signals::register()?;
    let failures = log.clone();
    let options = Options::default().on_error(move |failure: &JobFailure| {
        report::failure(failure, &failures);
    });
    let queues = arguments.queue.iter().cloned();
    let options = queues.fold(options, Options::queue);
    let scheduler = Blocking::new(scheduler::build(&arguments.backend, options)?);
    let runner = Arc::new(Runner {
        processes: Processes::supervise(log)?,
        log: log.clone(),
    });
    let entries_of = count(entries.len(), "entry");
    let (name, backend) = (visible_path(&arguments.file), scheduler.backend());
    log.note(format_args!("{entries_of} of {name} on {backend}"));
    let mut added = Vec::new();
    for entry in entries {
        let zone = entry.zone.clone();
        added.push((scheduler.add(schedule(entry, &runner))?, zone));
    }
    let mut zones = Vec::new();
    for (schedule, zone) in added {
        let next = schedule.next_times(1)?;
        log.write(&Record::Next {
            entry: schedule.id().as_str(),
            at: next.first().map(|at| command::shown(&zone, *at)),
        });
        zones.push((schedule.id().clone(), zone));
    }
    report::listen(&*scheduler, zones, log);
    scheduler.start()?;
    let Arguments { limit, drain, .. } = *arguments;
    signals::obey(Arc::clone(&scheduler), signals, limit, drain, log)?;
    let report = scheduler.stopped()?;
    // The processes of dropped jobs are killed before this one ends.
    runner.processes.finish();
    log.note(&report);
    Ok(report.abandoned.is_empty())
}

/// Converts an entry to a schedule, which never overlaps itself unless its policies say so.
fn schedule(entry: Entry, runner: &Arc<Runner>) -> Schedule {
    let (id, trigger) = (command::id(&entry), entry.trigger.clone());
    let policies = entry.policies.clone();
    let (entry, runner) = (Arc::new(entry), Arc::clone(runner));
    let task = Task::new(move |job| {
        let (entry, runner) = (Arc::clone(&entry), Arc::clone(&runner));
        async move { command::run(&entry, &job, &runner).await }
    });
    let task = task.name(format!("[{id}]"));
    policies.schedule(trigger, task).id(id)
}
