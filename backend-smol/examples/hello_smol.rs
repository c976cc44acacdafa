//! A job, a schedule and an orderly shutdown: `cargo run --package backend-smol --example
//! hello_smol`.

use std::time::Duration;

use backend_smol::{SmolRuntime, SmolScheduler};
use scheduler_core::{
    Error, Scheduler, SchedulerExt, Shutdown, implement::block_on, trigger::Interval,
};

fn main() -> Result<(), Error> {
    smol::block_on(run())
}

async fn run() -> Result<(), Error> {
    let scheduler = SmolScheduler::new(SmolRuntime::global());
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
