//! Tests `examples/reminder.rs` in both ways that `docs/guide/testing.md` compares.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use backend_thread::ThreadRuntime;
use backend_tokio::{TokioRuntime, TokioScheduler};
use scheduler_core::{Result, RuntimeScheduler, Scheduler, Shutdown, job::JobStatus};
use scheduler_testing::VirtualRuntime;

use crate::reminder::{DAY, Reminders};

/// Returns the list of the reminders that were sent, and a function that sends one.
fn outbox() -> (Arc<Mutex<Vec<u32>>>, impl Fn(u32) + Send + Sync) {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let send = sent.clone();
    (sent, move |number| {
        send.lock().expect("no panic").push(number);
    })
}

/// Virtual time: the test moves the clock, and afterwards everything that was due has run.
#[test]
fn an_unpaid_invoice_gets_two_reminders() -> Result<()> {
    let time = VirtualRuntime::new(ThreadRuntime::new());
    let scheduler = RuntimeScheduler::new(time.clone());
    let (sent, send) = outbox();
    time.run(scheduler.start())?;
    let reminders = time.outside(|| Reminders::plan(&scheduler, send))?;

    time.advance(3 * DAY - Duration::from_nanos(1));
    assert!(sent.lock().expect("no panic").is_empty());
    time.advance(Duration::from_nanos(1));
    assert_eq!(*sent.lock().expect("no panic"), [1]);
    time.advance(7 * DAY);
    assert_eq!(*sent.lock().expect("no panic"), [1, 2]);
    assert_eq!(reminders.cancel(), 0);
    time.run(scheduler.shutdown(Shutdown::graceful()))?;
    Ok(())
}

#[test]
fn a_paid_invoice_gets_no_more() -> Result<()> {
    let time = VirtualRuntime::new(ThreadRuntime::new());
    let scheduler = RuntimeScheduler::new(time.clone());
    let (sent, send) = outbox();
    time.run(scheduler.start())?;
    let reminders = time.outside(|| Reminders::plan(&scheduler, send))?;
    time.advance(5 * DAY);
    assert_eq!(time.outside(|| reminders.cancel()), 1, "the second one");
    time.advance(100 * DAY);
    assert_eq!(*sent.lock().expect("no panic"), [1]);
    assert_eq!(time.pending_timers(), 0, "nothing is left to wait for");
    time.run(scheduler.shutdown(Shutdown::graceful()))?;
    Ok(())
}

/// tokio's paused clock: when every task waits, the clock jumps to the next timer.
#[tokio::test(start_paused = true)]
async fn an_unpaid_invoice_on_tokio() -> Result<()> {
    let scheduler = TokioScheduler::new(TokioRuntime::ambient());
    let (sent, send) = outbox();
    scheduler.start().await?;
    let begun = tokio::time::Instant::now();
    let _reminders = Reminders::plan(&scheduler, send)?;
    while let Some(job) = scheduler.jobs().first() {
        let job = scheduler.handle(job.id).expect("it has not finished");
        assert_eq!(job.status(), JobStatus::Delayed);
        job.wait().await?;
    }
    assert_eq!(*sent.lock().expect("no panic"), [1, 2]);
    assert!(begun.elapsed() >= 10 * DAY);
    scheduler.shutdown(Shutdown::graceful()).await?;
    Ok(())
}
