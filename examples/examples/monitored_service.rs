//! The service of `docs/guide/tutorial.md`: an import from a cron line, with retries, policies for
//! late and overlapping runs, a log, and an orderly shutdown.
//!
//! `cargo run --package scheduler-examples --example monitored_service`

use std::{error::Error, future::Future, io, time::Duration};

use scheduler::{
    EventFilter, EventKind, JobOutcome,
    event::EventStream,
    failure::JobFailure,
    job::{JobPolicy, Retry},
    prelude::*,
};

/// Returns a schedule that calls `fetch` every quarter of an hour, by the clocks of Berlin.
pub(crate) fn import<F, Fut>(fetch: F) -> scheduler::Result<Schedule>
where
    F: Fn(JobContext) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = io::Result<()>> + Send + 'static,
{
    let careful = JobPolicy::default()
        .attempt_timeout(Duration::from_secs(600))
        .retry(Retry::exponential(3, Duration::from_secs(10)));
    let task = Task::new(fetch).name("import").policy(careful);
    let quarterly = Cron::parse("*/15 * * * *")?.in_zone(Zone::named("Europe/Berlin")?);
    Ok(Schedule::new(quarterly, task)
        .id("import")
        // One run replaces all missed instants.
        .misfire(Misfire::default().grace(Duration::from_secs(60)))
        // The next quarter fetches what this one left.
        .overlap(Overlap::Skip)
        .pause_after_failures(5)
        .history(100))
}

/// Writes a line for each event of the schedule, until the scheduler has ended.
pub(crate) async fn watch(mut events: EventStream, mut log: impl FnMut(String)) {
    while let Some(event) = events.next().await {
        match event.kind {
            EventKind::JobRetrying { attempt, error, .. } => {
                log(format!("{error}: attempt {attempt} follows"));
            }
            EventKind::JobFinished {
                outcome: JobOutcome::Failed(error),
                ..
            } => {
                log(format!("failed: {error}"));
            }
            EventKind::OccurrencesSkipped { span, reason, .. } => {
                log(format!("{span}: {reason}"));
            }
            EventKind::SchedulePaused { reason, .. } => log(format!("paused: {reason}")),
            EventKind::Lagged { missed } => log(format!("{missed} events were lost")),
            _ => {}
        }
    }
}

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let alert = |failure: &JobFailure| eprintln!("ALERT {failure}");
    let options = Options::default().max_concurrent_jobs(4).on_error(alert);
    let scheduler = TokioScheduler::with_options(TokioRuntime::ambient(), options)?;
    let events = scheduler.subscribe(EventFilter::all().of_schedule("import"));
    let log = tokio::spawn(watch(events, |line| println!("{line}")));

    let import = scheduler.add(import(|job| async move {
        println!("importing for {}", job.nominal());
        Ok(())
    })?)?;
    scheduler.start().await?;
    // Once at the start, whatever the time.
    import.run_now()?.await?;

    tokio::signal::ctrl_c().await?;
    println!(
        "{}",
        scheduler
            .shutdown(Shutdown::drain_within(Duration::from_secs(20)))
            .await?
    );
    log.await?;
    for decision in import.history()? {
        println!("{decision}");
    }
    Ok(())
}
