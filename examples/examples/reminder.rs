//! Code that waits for days, written so that its tests take no time: it uses only the scheduler
//! that it receives, reads no clock and sleeps on no runtime.
//!
//! `cargo run --package scheduler-examples --example reminder`; the tests are in
//! `tests/recipes/reminder.rs`.

use std::{sync::Arc, time::Duration};

use scheduler::{
    job::{CancelMode, CancelStatus},
    prelude::*,
};

pub(crate) const DAY: Duration = Duration::from_secs(86_400);

/// Two reminders for an unpaid invoice: after 3 days, and after 10.
pub(crate) struct Reminders([JobHandle; 2]);

impl Reminders {
    /// Submits both reminders as delayed jobs; `send` gets the number of the reminder.
    ///
    /// # Errors
    ///
    /// `QueueFull` or `ShutDown`, as [`Scheduler::try_submit`].
    pub(crate) fn plan(
        scheduler: &dyn Scheduler,
        send: impl Fn(u32) + Send + Sync + 'static,
    ) -> scheduler::Result<Self> {
        let send = Arc::new(send);
        // Two delayed jobs rather than one that sleeps: a delayed job holds no permit.
        let remind = |number, after| {
            let send = send.clone();
            let job = Job::new(move |_| async move { send(number) });
            scheduler.try_submit(job.name("reminder").after(after))
        };
        Ok(Self([remind(1, 3 * DAY)?, remind(2, 10 * DAY)?]))
    }

    /// Cancels the reminders that were not sent. Returns their number.
    pub(crate) fn cancel(&self) -> usize {
        let cancel = |job: &&JobHandle| {
            let status = job.cancel(CancelMode::Immediate);
            status != CancelStatus::TooLate
        };
        self.0.iter().filter(cancel).count()
    }
}

#[tokio::main]
pub(crate) async fn main() -> scheduler::Result<()> {
    let scheduler = TokioScheduler::new(TokioRuntime::ambient());
    scheduler.start().await?;
    let reminders = Reminders::plan(&scheduler, |number| println!("reminder {number}"))?;
    println!("paid: {} reminders cancelled", reminders.cancel());
    scheduler.shutdown(Shutdown::graceful()).await?;
    Ok(())
}
