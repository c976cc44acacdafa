//! `sched run`.

use std::{path::PathBuf, process::ExitCode, sync::Arc, thread, time::Duration};

use backend_async_std::{AsyncStdRuntime, AsyncStdScheduler};
use backend_smol::{SmolRuntime, SmolScheduler};
use backend_thread::{ThreadRuntime, ThreadScheduler};
use backend_tokio::{TokioRuntime, TokioScheduler};
use clap::Args;
use scheduler_core::{
    Blocking, Event, EventFilter, EventKind, Job, Schedule, Scheduler, Shutdown, Task,
    trigger::{Interval, Zone},
};
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    iterator::Signals,
};

use crate::{
    command,
    crontab::{self, Entry, Problem},
};

/// Which crontab, on what, for how long.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The crontab.
    file: PathBuf,
    /// What to run it on.
    #[arg(long, default_value = "tokio", value_parser = crate::backends::NAMES)]
    backend: String,
    /// Ends by itself after this long, such as 10s or 2m; runs on without it.
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    limit: Option<Duration>,
    /// The time zone of the schedules, by its IANA name.
    #[arg(long, default_value = "UTC")]
    tz: String,
    /// How long running commands may take to end when it ends; then they are killed.
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "10s")]
    drain: Duration,
}

fn duration(text: &str) -> Result<Duration, String> {
    let expression = format!("@every {text}");
    match scheduler_core::trigger::Expression::parse(&expression, Zone::utc()) {
        Ok(scheduler_core::trigger::Expression::Every(every)) => Ok(Interval::period(&every)),
        Ok(_) => Err("expected a length of time, such as 10s or 2m".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

type Failed = Box<dyn std::error::Error>;

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    match read(arguments) {
        Ok(Ok(entries)) => done(execute(arguments, entries)),
        Ok(Err(problems)) => {
            for Problem {
                line,
                column,
                message,
            } in problems
            {
                eprintln!("{}:{line}:{column}: {message}", arguments.file.display());
            }
            ExitCode::from(2)
        }
        Err(error) => {
            eprintln!("sched: {}: {error}", arguments.file.display());
            ExitCode::from(2)
        }
    }
}

fn done(result: Result<(), Failed>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sched: {error}");
            ExitCode::FAILURE
        }
    }
}

fn read(arguments: &Arguments) -> Result<Result<Vec<Entry>, Vec<Problem>>, Failed> {
    let zone = Zone::named(&arguments.tz)?;
    Ok(crontab::parse(
        &std::fs::read_to_string(&arguments.file)?,
        &zone,
    ))
}

fn execute(arguments: &Arguments, entries: Vec<Entry>) -> Result<(), Failed> {
    let signals = Signals::new([SIGINT, SIGTERM])?;
    let tokio = tokio::runtime::Builder::new_multi_thread()
        .enable_time()
        .build()?;
    let scheduler = Blocking::new(build(&arguments.backend, &tokio));
    scheduler.add_listener(EventFilter::schedules(), Arc::new(report_skips));
    println!(
        "{} entries of {} on {}",
        entries.len(),
        arguments.file.display(),
        scheduler.backend()
    );
    for entry in entries {
        scheduler.add(schedule(entry))?;
    }
    scheduler.start()?;
    for schedule in scheduler.schedules() {
        let next = schedule
            .next
            .map_or_else(|| "never".to_owned(), |at| at.to_rfc3339());
        println!("{} next at {next}", schedule.id);
    }
    let drain = Shutdown::within(arguments.drain);
    end_on_signals(Arc::clone(&scheduler), signals, drain);
    if let Some(limit) = arguments.limit {
        end_after(&**scheduler, limit, drain)?;
    }
    println!("{}", scheduler.stopped()?);
    tokio.shutdown_background();
    Ok(())
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
    let task = Task::blocking(move |job| command::run(&entry, &job));
    Schedule::with_trigger(trigger, task.named(label.clone())).id(label)
}

fn report_skips(event: &Event) {
    if let EventKind::OccurrencesSkipped {
        schedule,
        nominal,
        reason,
    } = &event.kind
    {
        println!(
            "{schedule} skipped for {}: {reason:?}",
            nominal.to_rfc3339()
        );
    }
}

/// The first signal drains, a further one cancels what is still running.
fn end_on_signals(scheduler: Arc<dyn Scheduler>, mut signals: Signals, drain: Shutdown) {
    let wait = move || {
        for (count, _) in signals.forever().enumerate() {
            let (how, words) = match count {
                0 => (drain, "ending: running commands may finish"),
                _ => (Shutdown::now().hurry(), "ending now"),
            };
            println!("{words}");
            drop(scheduler.request_shutdown(how));
        }
    };
    drop(thread::spawn(wait));
}

/// The end is a job like any other.
fn end_after(scheduler: &dyn Scheduler, limit: Duration, drain: Shutdown) -> Result<(), Failed> {
    let end = Job::new(move |job| async move {
        match job.scheduler() {
            Some(scheduler) => scheduler.request_shutdown(drain),
            None => Ok(()),
        }
    });
    scheduler.post(end.named("end").after(limit))?;
    Ok(())
}
