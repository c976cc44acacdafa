//! The application without its runtime, so that a test can run it in virtual time.

use scheduler::{Result, ScheduleHandle, prelude::*};

/// Adds a report on weekdays at nine in Berlin, and passes its lines to `print`.
///
/// # Errors
///
/// The errors of [`SchedulerExt::add`], such as `ShutDown`.
pub fn add_report(
    scheduler: &dyn Scheduler,
    print: impl Fn(String) + Clone + Send + Sync + 'static,
) -> Result<ScheduleHandle> {
    let report = Task::new(move |job| {
        let print = print.clone();
        async move { print(format!("the report for {}", job.nominal())) }
    });
    let mornings = Cron::parse("0 9 * * MON-FRI")?.in_zone(Zone::named("Europe/Berlin")?);
    scheduler.add(Schedule::new(mornings, report.name("report")).id("report"))
}
