//! The phases of a shutdown. `quick` ends by itself and is drained. `polite` ends when it is cancelled.
//! `stuck` ignores the cancellation, and is dropped where it is suspended after the grace.
//!
//! `cargo run --package scheduler-examples --example graceful_shutdown`

use std::time::Duration;

use scheduler::prelude::*;

#[tokio::main]
async fn main() -> scheduler::Result<()> {
    let scheduler = TokioScheduler::new(TokioRuntime::ambient());
    scheduler.start().await?;
    scheduler.post(
        Job::new(|job| async move { job.sleep(Duration::from_millis(50)).await }).name("quick"),
    )?;
    scheduler.post(Job::new(|job| async move { job.cancelled().await }).name("polite"))?;
    scheduler.post(Job::new(|_| std::future::pending::<()>()).name("stuck"))?;

    let how =
        Shutdown::drain_within(Duration::from_millis(200)).cancel_grace(Duration::from_millis(100));
    println!("{}", scheduler.shutdown(how).await?);
    Ok(())
}
