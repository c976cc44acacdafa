//! `sched run`: runs the commands of a crontab.

use std::{net::SocketAddr, num::NonZeroUsize, path::PathBuf, process::ExitCode, time::Duration};

use clap::Args;
use scheduler_core::queue::Queue;

use crate::{
    console::complain,
    crontab::Entry,
    duration,
    log::{Format, Log, Timestamps},
    session,
    source::{self, Source, count},
    watch::Watch,
};

/// Runs the commands of crontabs.
///
/// A line is blank, a comment (#), a setting (NAME=value, for the lines below it), or a schedule with a
/// command. Without --system there is no user column, and a crontab that has one is refused.
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
/// start-within, pause-after-failures, priority, queue, ping. docs/guide/cron.md describes them.
/// RANDOM_DELAY=MINUTES is the jitter of the lines below it. A line that begins with - logs only failures.
///
/// SHELL runs the commands, HOME is their working directory, and other settings are in their environment.
/// An unescaped % ends the command; the rest of the line is its input, in which each further % is a line
/// end. \% is a percent sign.
///
/// The output of commands is printed line by line after a label, LINE:COMMAND in brackets, or FILE:LINE:COMMAND if
/// there are several files: standard output on
/// standard output, standard error on standard error. The line at the end of a run has its exit status, its
/// duration, its lateness and its attempt. A command never overlaps itself: an instant at which it still runs is
/// skipped and reported.
///
/// A run ends with its shell. Output of processes that the shell leaves in the background is still printed.
/// If the reader of the output stalls, commands continue; the lines that find no room are dropped and counted.
/// On a terminal, control characters in the output are escaped.
///
/// SIGHUP and SIGUSR2 reload the crontab, as --watch does after a change: running commands continue, and unchanged
/// entries keep their next instants. A crontab with problems changes nothing.
///
/// Running commands may finish within --drain after the first Ctrl-C, SIGTERM or SIGQUIT; the second one kills
/// them. SIGHUP does so too if standard output is a terminal, which was closed then. A signal that was ignored at
/// the start stays ignored, as by nohup. If sched itself is killed, Linux kills the shells of its commands, but not
/// what the shells have started. The last line counts the commands that were drained, cancelled and abandoned.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    source: source::Arguments,
    /// The executor to run on.
    #[arg(long, default_value = "tokio", value_parser = crate::scheduler::NAMES)]
    pub(crate) backend: String,
    /// Shuts down after this duration, such as 10s or 2m. Without it, runs until a signal.
    #[arg(long = "for", value_name = "DURATION", value_parser = duration::parse)]
    pub(crate) limit: Option<Duration>,
    /// How long running commands may take to finish in a shutdown. Then they receive SIGTERM, and five seconds
    /// later SIGKILL.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, default_value = "10s")]
    pub(crate) drain: Duration,
    /// A queue for the policy queue=NAME, with the number of its commands that may run at once. Repeat it for
    /// further queues.
    #[arg(long, value_name = "NAME=N", value_parser = queue)]
    pub(crate) queue: Vec<Queue>,
    /// Format of what is written: text after labels; json, one object per line; or raw, the output of commands as
    /// it is, and all else on standard error.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    log: Format,
    /// Begins each line of text with the time, in UTC.
    #[arg(long)]
    timestamps: bool,
    /// Reloads the crontab when it changes.
    #[arg(long)]
    watch: bool,
    /// Creates a socket for sched status, why, history, pause, resume, run-now and health, for the own user alone. The
    /// default is the environment variable SCHED_SOCKET.
    #[arg(long, value_name = "PATH")]
    pub(crate) socket: Option<PathBuf>,
    /// Serves /metrics, /livez and /readyz over HTTP, for Prometheus and for probes.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<SocketAddr>,
    /// Keeps the places and the pauses of entries in this file over restarts, so that instants that were missed are
    /// caught up by the policies of their lines.
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// Shuts down with the exit code 1 after this number of consecutive failed runs of an entry.
    #[arg(long, value_name = "N")]
    pub(crate) fail_after: Option<NonZeroUsize>,
}

const EXAMPLES: &str = "\
Examples:
  sched run /etc/jobs.crontab
  sched run --system /etc/crontab /etc/cron.d
  sched run examples/demo.crontab --for 10s --backend smol
  echo '*/5 * * * * * date' | sched run - --tz Asia/Tokyo

Exit code:
  0  shut down as requested, or nothing to run
  1  could not run, a command had to be abandoned, output could not be written,
     or --fail-after
  2  invalid arguments or crontab: each error is printed with FILE:LINE:COLUMN
     and what was expected, for the first hundred, and no command is started.
     As root: a crontab that others can write to, or with --system one of another
     user, unless it is mounted read-only

Environment:
  TZ     time zone of schedules that name none; default: /etc/localtime
  SHELL  shell of the commands, if the crontab sets none; default: /bin/sh
  SCHED_SOCKET  --socket";

fn queue(text: &str) -> Result<Queue, String> {
    let pair = text.split_once('=').filter(|(name, _)| !name.is_empty());
    let parsed = pair.and_then(|(name, number)| Some((name, number.parse().ok()?)));
    match parsed {
        Some((name, number)) if number > 0 => Ok(Queue::named(name).concurrency(number)),
        _ => Err("expected a name and a number of commands, such as io=2".to_owned()),
    }
}

pub(crate) type Failed = Box<dyn std::error::Error>;

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let source = Source::new(&arguments.source);
    let watch = arguments.watch.then(|| Watch::new(source.clone()));
    match source.read() {
        Ok(crontab) => {
            crontab.warnings.iter().for_each(complain);
            logged(arguments, source, watch, crontab.entries).unwrap_or_else(|error| {
                complain(format_args!("sched: {error}"));
                ExitCode::FAILURE
            })
        }
        Err(lines) => {
            complain(format_args!("{}, nothing was started", lines.join("\n")));
            ExitCode::from(2)
        }
    }
}

/// Runs the entries with a log, and waits until all of it is written.
fn logged(
    arguments: &Arguments,
    source: Source,
    watch: Option<Watch>,
    entries: Vec<Entry>,
) -> Result<ExitCode, Failed> {
    let timestamps = match arguments.timestamps {
        true => Timestamps::Shown,
        false => Timestamps::Hidden,
    };
    let log = Log::start(arguments.log, timestamps)?;
    let done = if entries.is_empty() && watch.is_none() {
        let name = source.name();
        log.note(format_args!(
            "{name} has no entries: there is nothing to run"
        ));
        Ok(true)
    } else {
        session::execute(arguments, source, watch, entries, &log)
    };
    let lost = log.finish();
    if lost > 0 {
        let lines = count(lost, "line");
        complain(format_args!("sched: {lines} of output were lost"));
    }
    Ok(ExitCode::from(u8::from(!done? || lost > 0)))
}
