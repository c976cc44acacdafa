//! `examples/mail_queue.rs` in virtual time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use backend_thread::ThreadRuntime;
use scheduler_core::{Result, RuntimeScheduler, Scheduler, SchedulerExt, Shutdown};
use scheduler_testing::VirtualRuntime;

use crate::mail_queue::{MAIL, heartbeat, mail, options};

const SECOND: Duration = Duration::from_secs(1);

fn counter() -> (Arc<AtomicUsize>, impl Fn() + Clone + Send + Sync) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    let call = move || {
        counted.fetch_add(1, SeqCst);
    };
    (count, call)
}

#[test]
fn mails_that_hang_delay_no_heartbeat() -> Result<()> {
    let time = VirtualRuntime::new(ThreadRuntime::new());
    let scheduler = RuntimeScheduler::with_options(time.clone(), options())?;
    let (beats, beat) = counter();
    time.run(scheduler.start())?;
    time.outside(|| scheduler.add(heartbeat(beat)?))?;
    for _ in 0..25 {
        time.outside(|| mail(&scheduler, std::future::pending))?;
    }
    time.advance(3 * SECOND);
    let queue = scheduler.queue(MAIL).info()?;
    assert_eq!((queue.running, queue.queued), (10, 15));
    assert_eq!(beats.load(SeqCst), 30);
    time.run(scheduler.shutdown(Shutdown::immediate()))?;
    Ok(())
}

#[test]
fn a_hundred_mails_take_nearly_a_minute() -> Result<()> {
    let time = VirtualRuntime::new(ThreadRuntime::new());
    let scheduler = RuntimeScheduler::with_options(time.clone(), options())?;
    let (sent, send) = counter();
    time.run(scheduler.start())?;
    for _ in 0..100 {
        let send = send.clone();
        time.outside(|| mail(&scheduler, move || async move { send() }))?;
    }
    time.advance(Duration::ZERO);
    assert_eq!(sent.load(SeqCst), 10, "the burst");
    time.advance(30 * SECOND);
    assert_eq!(sent.load(SeqCst), 60);
    time.advance(24 * SECOND);
    assert_eq!(sent.load(SeqCst), 100);
    time.run(scheduler.shutdown(Shutdown::graceful()))?;
    Ok(())
}
