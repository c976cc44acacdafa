//! Ten mails at a time, a hundred a minute, while everything else runs on without delay.
//!
//! `cargo run --package scheduler-examples --example mail_queue`; the tests are in
//! `tests/recipes/mail_queue.rs`.

use std::{sync::Arc, time::Duration};

use scheduler::{JobId, prelude::*, queue::Queue};

pub(crate) const MAIL: &str = "mail";

/// The limits of the mail server are those of a queue. The other jobs have permits of their own.
pub(crate) fn options() -> Options {
    let mail = Queue::named(MAIL)
        .concurrency(10)
        .limit(10_000)
        .rate(100, Duration::from_secs(60))
        .burst(10);
    Options::default().queue(mail)
}

/// Queues a mail; `send` may take as long as it likes.
///
/// # Errors
///
/// `QueueFull` or `ShutDown`, as [`Scheduler::post`].
pub(crate) fn mail<F>(
    scheduler: &dyn Scheduler,
    send: impl FnOnce() -> F + Send + 'static,
) -> scheduler::Result<JobId>
where
    F: Future<Output = ()> + Send + 'static,
{
    scheduler.post(Job::new(move |_| send()).queue(MAIL))
}

/// A schedule that no mail may delay.
pub(crate) fn heartbeat(beat: impl Fn() + Send + Sync + 'static) -> scheduler::Result<Schedule> {
    let every = Interval::every(Duration::from_millis(100))?;
    let beat = Arc::new(beat);
    let task = Task::new(move |_| {
        let beat = beat.clone();
        async move { beat() }
    });
    Ok(Schedule::new(every, task).id("heartbeat"))
}

#[tokio::main]
pub(crate) async fn main() -> scheduler::Result<()> {
    let scheduler = TokioScheduler::with_options(TokioRuntime::ambient(), options())?;
    scheduler.start().await?;
    scheduler.add(heartbeat(|| println!("still alive"))?)?;
    for number in 1..=20 {
        mail(&scheduler, move || async move { println!("mail {number}") })?;
    }
    let queue = scheduler.queue(MAIL);
    queue.pause("the mail server moves")?;
    println!("{} mails wait", queue.info()?.queued);
    queue.resume()?;
    scheduler.sleep(Duration::from_secs(7)).await;
    println!("{} mails were sent", queue.info()?.started);
    scheduler.shutdown(Shutdown::graceful()).await?;
    Ok(())
}
