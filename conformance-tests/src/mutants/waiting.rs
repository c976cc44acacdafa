//! Flaws of waiting jobs: of queues, pauses, limits and ids.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::{Arc, Mutex},
    task::{Context, Wake, Waker},
    time::Duration,
};

use async_trait::async_trait;
use scheduler_core::{
    Error, Job, JobHandle, Misfire, Options, Overlap, Result, Schedule, ScheduleHandle, Scheduler,
    SchedulerExt, State, implement::block_on, job::JobInfo, lifecycle::LifecycleError,
    schedule::MisfirePolicy,
};

use super::{
    handle::never_ending,
    starts::Flag,
    twist::{Scene, Twist},
};

/// Mutant 17: try_submit waits for a slot.
pub(super) struct BlocksWhenFull;

#[async_trait]
impl Twist for BlocksWhenFull {
    fn try_submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        block_on(on.inner.submit(job))
    }
}

/// Mutant 774: a submit that may wait gives the job a name of its own.
pub(super) struct RenamesWhatWaits;

#[async_trait]
impl Twist for RenamesWhatWaits {
    async fn submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        on.inner.submit(job.name("submitted")).await
    }
}

/// Mutant 18: a job submitted too late is accepted and lost.
pub(super) struct AcceptsAndLoses;

#[async_trait]
impl Twist for AcceptsAndLoses {
    fn try_submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        match on.inner.state() {
            State::ShuttingDown | State::ShutDown => Ok(never_ending()),
            _ => on.inner.try_submit(job),
        }
    }
}

/// Mutant 65: a refused job is neither run nor dropped.
pub(super) struct LeaksTheRefused;

#[async_trait]
impl Twist for LeaksTheRefused {
    fn try_submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        match on.inner.state() {
            State::ShuttingDown | State::ShutDown => {
                std::mem::forget(job);
                on.inner.try_submit(Job::new(|_| async {}))
            }
            _ => on.inner.try_submit(job),
        }
    }
}

/// Mutant 19: jobs begin for a moment after pause has returned.
#[derive(Default)]
pub(super) struct PausesLater;

#[async_trait]
impl Twist for PausesLater {
    fn pause(&self, on: &Scene) -> Result<()> {
        if on.inner.state() != State::Running {
            return on.inner.pause();
        }
        let inner = on.inner.clone();
        let later = async move { inner.pause().unwrap_or_default() };
        on.runtime.spawn(Box::pin(later)).unwrap_or_default();
        Ok(())
    }
}

/// Mutant 20: resuming a running scheduler publishes an event.
pub(super) struct ResumesTwice;

#[async_trait]
impl Twist for ResumesTwice {
    fn resume(&self, on: &Scene) -> Result<()> {
        if on.inner.state() == State::Running {
            on.inner.pause()?;
        }
        on.inner.resume()
    }
}

/// Mutant 21: every instant of a pause runs.
pub(super) struct RunsAllThatWasMissed;

#[async_trait]
impl Twist for RunsAllThatWasMissed {
    fn add(&self, on: &Scene, schedule: Schedule) -> Result<ScheduleHandle> {
        let all = Misfire::policy(MisfirePolicy::FireAll { max: 10_000 });
        on.inner
            .add(schedule.misfire(all).overlap(Overlap::AllowAll))
    }
}

/// Mutant 66: every misfire policy acts as the same one.
pub(super) struct AlwaysSkips;

#[async_trait]
impl Twist for AlwaysSkips {
    fn add(&self, on: &Scene, schedule: Schedule) -> Result<ScheduleHandle> {
        let skip = Misfire::policy(MisfirePolicy::Skip);
        on.inner.add(schedule.misfire(skip))
    }
}

/// Mutant 109: every late instant is skipped, within the grace too.
pub(super) struct SkipsEveryLateInstant;

#[async_trait]
impl Twist for SkipsEveryLateInstant {
    fn add(&self, on: &Scene, schedule: Schedule) -> Result<ScheduleHandle> {
        let skip = Misfire::policy(MisfirePolicy::Skip).grace(Duration::ZERO);
        on.inner.add(schedule.misfire(skip))
    }
}

/// Mutant 67: a schedule with an existing id is dropped silently.
pub(super) struct ReplacesSilently;

#[async_trait]
impl Twist for ReplacesSilently {
    fn add(&self, on: &Scene, schedule: Schedule) -> Result<ScheduleHandle> {
        match on.inner.add(schedule) {
            Err(Error::DuplicateId(id)) => Ok(on.inner.schedule(&id)),
            answer => answer,
        }
    }
}

/// Mutant 68: jobs cannot submit their successors.
#[derive(Default)]
pub(super) struct TakesOneJob(Flag);

#[async_trait]
impl Twist for TakesOneJob {
    fn try_submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        let first = !self.0.is_set();
        self.0.set();
        if first {
            return on.inner.try_submit(job);
        }
        Err(LifecycleError::ShutDown.into())
    }
}

/// Mutant 33: one job more than the limit runs.
pub(super) fn one_more(options: Options) -> Options {
    match options.settings().max_concurrent_jobs {
        Some(limit) => options.max_concurrent_jobs(limit + 1),
        None => options,
    }
}

/// Mutant 45: a concurrency limit of zero means no limit.
pub(super) fn zero_is_no_limit(options: Options) -> Options {
    match options.settings().max_concurrent_jobs {
        Some(0) => options.max_concurrent_jobs(usize::MAX),
        _ => options,
    }
}

/// Mutant 69: an event capacity of zero is raised to one.
pub(super) fn zero_is_some_room(options: Options) -> Options {
    let settings = options.settings();
    let options = match settings.queue_limit {
        Some(0) => options.queue_limit(1),
        _ => options,
    };
    options.event_capacity(settings.event_capacity.max(1))
}

/// Mutant 424: a lock is held while wakers run, and taken by jobs().
#[derive(Default)]
pub(super) struct WakesUnderItsLock(Arc<Mutex<()>>);

/// A waker that holds a lock while it wakes another one.
struct Holding(Arc<Mutex<()>>, Waker);

impl Wake for Holding {
    fn wake(self: Arc<Self>) {
        let _held = self.0.lock();
        self.1.wake_by_ref();
    }
}

/// Waits until the scheduler is idle, and holds `lock` while the waiter is woken. Calls `before` at
/// the begin of each poll.
pub(super) async fn wait_holding(
    lock: &Arc<Mutex<()>>,
    on: &Scene,
    before: impl Fn() + Send + Sync,
) -> Result<()> {
    let mut wait = pin!(on.inner.wait_idle());
    poll_fn(|cx| {
        before();
        let holding = Arc::new(Holding(lock.clone(), cx.waker().clone()));
        wait.as_mut()
            .poll(&mut Context::from_waker(&holding.into()))
    })
    .await
}

#[async_trait]
impl Twist for WakesUnderItsLock {
    async fn wait_idle(&self, on: &Scene) -> Result<()> {
        wait_holding(&self.0, on, || ()).await
    }

    fn jobs(&self, on: &Scene) -> Vec<JobInfo> {
        let _held = self.0.lock();
        on.inner.jobs()
    }
}
