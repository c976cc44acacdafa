//! A job, a schedule and an orderly shutdown: `cargo run --package backend-async-std --example
//! hello_async_std`.

use std::time::Duration;

use backend_async_std::{AsyncStdRuntime, AsyncStdScheduler};
use scheduler_core::{
    Error, Scheduler, SchedulerExt, Shutdown, implement::block_on, trigger::Interval,
};

fn main() -> Result<(), Error> {
    async_std::task::block_on(run())
}

async fn run() -> Result<(), Error> {
    let scheduler = AsyncStdScheduler::new(AsyncStdRuntime::new());
    scheduler.start().await?;

    let answer = scheduler.spawn_value(async { 6 * 7 })?.await?;
    println!("the answer is {answer}");

    let every = Interval::every(Duration::from_millis(100))?;
    scheduler.schedule_fn(every, |job| async move {
        println!("tick for {}", job.nominal());
    })?;
    let pause = scheduler.spawn_blocking(|job| block_on(job.sleep(Duration::from_millis(350))))?;
    pause.await?;

    println!("{}", scheduler.shutdown(Shutdown::graceful()).await?);
    Ok(())
}
