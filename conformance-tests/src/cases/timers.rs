//! A runtime whose sleeps end early or late, as far as the contract of a runtime allows.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use scheduler_core::{
    Runtime,
    runtime::{BlockingWork, BoxFuture, Now, SpawnError},
};
use scheduler_testing::VirtualRuntime;

/// Virtual time with wrong sleeps, both for the scheduler and for its jobs.
pub(super) struct Timers {
    time: VirtualRuntime,
    end: fn(now: Instant, deadline: Instant, count: u32) -> Instant,
    count: AtomicU32,
}

impl Timers {
    /// Sleeps end at once, half-way, or at their deadline.
    pub(super) fn early(time: VirtualRuntime) -> Self {
        Self::new(time, |now, deadline, count| match count % 3 {
            0 => now,
            1 => now + deadline.saturating_duration_since(now) / 2,
            _ => deadline,
        })
    }

    /// Every other sleep ends late.
    pub(super) fn late(time: VirtualRuntime) -> Self {
        Self::new(time, |_, deadline, count| {
            deadline + Duration::from_millis(u64::from(count % 2) * 300)
        })
    }

    fn new(time: VirtualRuntime, end: fn(Instant, Instant, u32) -> Instant) -> Self {
        Self {
            time,
            end,
            count: AtomicU32::new(0),
        }
    }
}

impl Runtime for Timers {
    fn name(&self) -> &str {
        self.time.name()
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        self.time.spawn(task)
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let end = (self.end)(self.now().mono(), deadline, count);
        self.time.sleep_until(end)
    }

    fn spawn_blocking(&self, work: BlockingWork) -> Result<(), SpawnError> {
        self.time.spawn_blocking(work)
    }

    fn now(&self) -> Now {
        self.time.now()
    }

    fn parallelism(&self) -> std::num::NonZeroUsize {
        self.time.parallelism()
    }
}
