//! Makes one report at once and ends. A service would wait for a signal instead.

use scheduler::{Result, prelude::*};
use scheduler_application::add_report;

fn main() -> Result<()> {
    let scheduler = Blocking::new(ThreadScheduler::new(ThreadRuntime::new()));
    let report = add_report(&*scheduler, |line| println!("{line}"))?;
    scheduler.start()?;
    report.run_now()?.wait_blocking()?;
    println!("{}", scheduler.shutdown(Shutdown::graceful())?);
    Ok(())
}
