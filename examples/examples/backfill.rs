//! Makes up for missed days: lists them, runs them, and repeats the failures.
//!
//! `cargo run --package scheduler-examples --example backfill`

use std::{error::Error, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use scheduler::{
    ScheduleHandle,
    backfill::{Backfill, BackfillReport, Rerun},
    prelude::*,
};

/// Adds the daily totals. The task computes the day of its nominal time, even if it runs later.
///
/// # Errors
///
/// The errors of [`SchedulerExt::add`].
pub(crate) fn add_totals(
    scheduler: &dyn Scheduler,
    total: Task,
) -> scheduler::Result<ScheduleHandle> {
    let daily = Schedule::new(Cron::parse("0 1 * * *")?, total.name("totals"));
    // Backfills skip what has run before, as far as the history reaches.
    scheduler.add(daily.id("totals").history(400))
}

/// Runs the totals from `first` to `last` that have not succeeded, two at a time.
///
/// # Errors
///
/// The errors of [`ScheduleHandle::backfill`].
pub(crate) async fn make_up(
    totals: &ScheduleHandle,
    first: DateTime<Utc>,
    last: DateTime<Utc>,
) -> scheduler::Result<BackfillReport> {
    let missing = Backfill::new(first..=last)
        .rerun(Rerun::Unsuccessful)
        .max_concurrent(2)
        .pace(Duration::from_secs(1))
        // Behind the jobs that are due now.
        .priority(-1);
    // A dry run: the same instants, without running them.
    println!(
        "{} totals to make up for",
        totals.backfill_times(&missing)?.count()
    );
    totals.backfill(missing)?.wait().await
}

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let scheduler = TokioScheduler::new(TokioRuntime::ambient());
    let total = Task::new(|job| async move { println!("total of {}", job.nominal().date_naive()) });
    let totals = add_totals(&scheduler, total)?;
    scheduler.start().await?;
    let now = Utc::now();
    println!("{}", make_up(&totals, now - TimeDelta::days(5), now).await?);
    scheduler.shutdown(Shutdown::graceful()).await?;
    Ok(())
}
