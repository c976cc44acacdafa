//! A backend of your own in a page: every task is a thread, and so is every sleep.
//!
//! `cargo run --package scheduler-examples --example third_party`. One line in
//! `tests/third_party.rs` proves that it keeps every rule.

use std::{
    future::Future,
    pin::Pin,
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use scheduler_core::{
    Blocking, Error, Runtime, RuntimeScheduler, SchedulerExt, Shutdown,
    implement::block_on,
    runtime::{BoxFuture, SpawnError},
    trigger::Interval,
};

#[derive(Debug)]
pub(crate) struct ThreadPerTask;

impl Runtime for ThreadPerTask {
    fn name(&self) -> &str {
        "thread-per-task"
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        let thread = thread::Builder::new().spawn(move || block_on(task));
        thread.map(drop).map_err(SpawnError::failed)
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        Box::pin(Sleep {
            deadline,
            alarm: None,
        })
    }
}

/// A sleep, for which a thread waits until the deadline, or until the sleep is dropped.
struct Sleep {
    deadline: Instant,
    alarm: Option<Sender<Waker>>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let deadline = self.deadline;
        let alarm = self.alarm.get_or_insert_with(|| {
            let (alarm, wakers) = channel();
            drop(thread::Builder::new().spawn(move || ring(deadline, &wakers)));
            alarm
        });
        if let Err(nobody) = alarm.send(cx.waker().clone()) {
            // It has rung, or there was no thread for it.
            nobody.0.wake();
        }
        // Check the deadline last: a waker that was sent before it is woken.
        if Instant::now() < deadline {
            return Poll::Pending;
        }
        Poll::Ready(())
    }
}

/// Wakes the task that polled last, at the deadline.
fn ring(deadline: Instant, wakers: &Receiver<Waker>) {
    let mut last = None;
    loop {
        match wakers.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(waker) => last = Some(waker),
            Err(RecvTimeoutError::Timeout) => return last.into_iter().for_each(Waker::wake),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

pub(crate) fn main() -> Result<(), Error> {
    let scheduler = Blocking::new(RuntimeScheduler::new(ThreadPerTask));
    scheduler.start()?;
    let every = Interval::every(Duration::from_millis(50))?;
    scheduler.schedule_fn(every, |job| async move {
        println!("tick for {}", job.nominal());
    })?;
    let work = scheduler.spawn_blocking(|job| block_on(job.sleep(Duration::from_millis(180))))?;
    work.wait_blocking()?;
    println!("{}", scheduler.shutdown(Shutdown::graceful())?);
    Ok(())
}
