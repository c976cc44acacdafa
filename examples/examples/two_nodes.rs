//! One program, started as often as you like: the processes share the durable jobs and schedules of one file.
//!
//! ```console
//! $ cargo run --example two_nodes -- jobs.db &
//! $ cargo run --example two_nodes -- jobs.db
//! ```
//!
//! Each process submits a job a second and puts the same schedule. Kill one with `kill -9`: what it ran is run by the
//! other one, once the lease of five seconds has ended. Each run prints a line, so that you see the process of each run.

use std::{process, time::Duration};

use scheduler::{
    JobContext, Options, Scheduler, Shutdown,
    implement::block_on,
    registry::TaskRegistry,
    sqlite::SqliteStore,
    store::Stored,
    thread::{ThreadRuntime, ThreadScheduler},
    trigger::Interval,
};

/// Prints the process that runs the job, and works for a moment.
async fn work(job: JobContext, what: String) {
    let Some(lease) = job.lease() else { return };
    println!(
        "{} begins {what} (job {}, token {})",
        process::id(),
        lease.id,
        lease.token
    );
    job.sleep(Duration::from_millis(300)).await;
    println!(
        "{} ends {what} (job {}, token {})",
        process::id(),
        lease.id,
        lease.token
    );
}

fn main() -> scheduler::Result<()> {
    let file = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "jobs.db".to_owned());
    let mut tasks = TaskRegistry::new();
    tasks.register("work", work)?;
    let stored = Stored::new(SqliteStore::new(file), tasks)
        .name(process::id().to_string())
        .lease(Duration::from_secs(5));
    let options = Options::default().max_concurrent_jobs(4).store(stored);
    let scheduler = ThreadScheduler::with_options(ThreadRuntime::new(), options)?;
    block_on(async {
        scheduler.start().await?;
        let durable = scheduler.durable().expect("it has a store");
        let often = Interval::every(Duration::from_secs(2))?;
        durable
            .put(durable.schedule(often, "work", "the schedule")?.id("often"))
            .await?;
        for number in 1..=60 {
            let what = format!("job {number} of {}", process::id());
            durable.submit(durable.job("work", what)?).await?;
            scheduler.sleep(Duration::from_secs(1)).await;
        }
        scheduler.shutdown(Shutdown::graceful()).await?;
        Ok(())
    })
}
