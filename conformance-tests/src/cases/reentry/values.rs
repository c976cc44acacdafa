//! User values that call the scheduler when they are run, cloned, formatted or dropped.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, OnceLock, Weak},
    task::{Context, Poll, Wake, Waker},
    time::Instant,
};

use chrono::{DateTime, TimeDelta, Utc};
use scheduler_core::{
    JobId, Runtime, Scheduler, Task, Trigger,
    job::CancelMode,
    runtime::{BlockingWork, BoxFuture, Now, SpawnError},
};

use crate::gate::Counter;

/// Returns a task whose value is a user value.
pub(super) fn valued(line: &Line) -> Task {
    let line = line.clone();
    Task::valued(move |_| {
        let value = line.value();
        async move { Ok::<_, String>(value) }
    })
}

/// A shared link to the scheduler, empty until it is connected.
#[derive(Clone, Default)]
pub(super) struct Line {
    scheduler: Arc<OnceLock<Weak<dyn Scheduler>>>,
    pub(super) calls: Counter,
}

impl Line {
    pub(super) fn connect(&self, scheduler: &Arc<dyn Scheduler>) {
        let connected = self.scheduler.set(Arc::downgrade(scheduler));
        assert!(connected.is_ok(), "the line is connected once");
    }

    /// Makes several reading calls, and changing calls for a job and a schedule that do not exist.
    fn call(&self) {
        let Some(scheduler) = self.scheduler.get().and_then(Weak::upgrade) else {
            return;
        };
        self.calls.add();
        let (jobs, schedules) = (scheduler.jobs(), scheduler.schedules());
        assert!(scheduler.metrics().jobs() < 1_000 && schedules.len() < 1_000);
        for job in jobs {
            drop(scheduler.handle(job.id));
        }
        let none = JobId::from_bits(u64::MAX);
        assert!(scheduler.handle(none).is_none());
        scheduler.cancel(none, CancelMode::Immediate);
        assert!(scheduler.schedule(&"nobody's".into()).remove().is_err());
    }

    pub(super) fn value(&self) -> Speaks {
        Speaks(self.clone())
    }

    pub(super) fn waker(&self) -> Waker {
        self.before(Waker::noop().clone())
    }

    /// Returns a waker that calls the scheduler, then wakes `waker`.
    fn before(&self, waker: Waker) -> Waker {
        Waker::from(Arc::new(SpeakingWaker(self.value(), waker)))
    }
}

/// A value that calls the scheduler whenever it is cloned, formatted or dropped.
pub(super) struct Speaks(Line);

impl Speaks {
    pub(super) fn speak(&self) {
        self.0.call();
    }
}

impl Clone for Speaks {
    fn clone(&self) -> Self {
        self.speak();
        Self(self.0.clone())
    }
}

impl Drop for Speaks {
    fn drop(&mut self) {
        self.speak();
    }
}

impl fmt::Debug for Speaks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.speak();
        f.write_str("Speaks")
    }
}

impl fmt::Display for Speaks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.speak();
        f.write_str("an error that calls the scheduler")
    }
}

impl std::error::Error for Speaks {}

struct SpeakingWaker(Speaks, Waker);

impl Wake for SpeakingWaker {
    fn wake(self: Arc<Self>) {
        self.0.speak();
        self.1.wake_by_ref();
    }
}

/// A trigger that is due every second and calls the scheduler in `next`.
#[derive(Debug)]
pub(super) struct EachSecond(pub(super) Speaks);

impl Trigger for EachSecond {
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.0.speak();
        let second = DateTime::from_timestamp(after.timestamp(), 0)?;
        second.checked_add_signed(TimeDelta::seconds(1))
    }
}

/// A runtime that polls its tasks with wakers that call the scheduler.
pub(super) struct Speaking {
    pub(super) line: Line,
    pub(super) runtime: Arc<dyn Runtime>,
}

impl Runtime for Speaking {
    fn name(&self) -> &str {
        self.runtime.name()
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        let line = self.line.clone();
        self.runtime.spawn(Box::pin(SpeakingTask { line, task }))
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        self.runtime.sleep_until(deadline)
    }

    fn spawn_blocking(&self, work: BlockingWork) -> Result<(), SpawnError> {
        self.runtime.spawn_blocking(work)
    }

    fn now(&self) -> Now {
        self.runtime.now()
    }
}

struct SpeakingTask {
    line: Line,
    task: BoxFuture<'static, ()>,
}

impl Future for SpeakingTask {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let waker = self.line.before(cx.waker().clone());
        self.task.as_mut().poll(&mut Context::from_waker(&waker))
    }
}
