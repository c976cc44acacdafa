//! A backend of one's own in a page: every task is a thread.
//!
//! `cargo run --package scheduler-examples --example third_party`

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    thread,
    time::{Duration, Instant},
};

use scheduler_core::{
    Blocking, BoxFuture, Error, Runtime, RuntimeScheduler, SchedulerExt, Shutdown, SpawnError,
    block_on, trigger::Interval,
};

#[derive(Debug)]
struct ThreadPerTask;

impl Runtime for ThreadPerTask {
    fn name(&self) -> &str {
        "thread-per-task"
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        let thread = thread::Builder::new();
        thread
            .spawn(move || block_on(task))
            .map(drop)
            .map_err(SpawnError::failed)
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        Box::pin(Sleep {
            deadline,
            armed: false,
        })
    }
}

/// A sleep for which a thread sleeps.
struct Sleep {
    deadline: Instant,
    armed: bool,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Poll::Ready(());
        }
        if !std::mem::replace(&mut self.armed, true) {
            let waker = cx.waker().clone();
            thread::spawn(move || {
                thread::sleep(left);
                waker.wake();
            });
        }
        Poll::Pending
    }
}

fn main() -> Result<(), Error> {
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
