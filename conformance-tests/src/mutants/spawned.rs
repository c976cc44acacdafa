//! Flaws of spawned jobs: of their lists, of submits that wait for a slot, and of their waiters.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use async_trait::async_trait;
use scheduler_core::{
    Error, ErrorKind, Job, JobHandle, JobId, JobOutcome, Options, Result, Runtime, State,
    implement::Work,
    job::{CancelMode, CancelReason, CancelStatus, JobInfo, JobStatus, Start},
    lifecycle::{LifecycleError, WaitingCall},
    queue::DEFAULT,
    runtime::{BoxFuture, SpawnError},
};

use super::{
    handle::{Grip, gripped, never_ending},
    starts::Flag,
    twist::{Scene, Twist},
};
use crate::gate::Gate;

/// Mutant 56: each job is replaced by one that does nothing.
pub(super) struct RunsNothing;

fn nothing(job: &Job) -> Job {
    let empty = Job::new(|_| async {});
    match job.get_name() {
        Some(name) => empty.name(name),
        None => empty,
    }
}

#[async_trait]
impl Twist for RunsNothing {
    fn try_submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        on.inner.try_submit(nothing(&job))
    }

    async fn submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        on.inner.submit(nothing(&job)).await
    }
}

/// Mutant 220: the body of a job runs in a separate task without the job's context.
pub(super) struct RunsElsewhere;

/// Opens the gate when it is dropped, even by a panic.
struct Ends(Gate);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.open();
    }
}

fn elsewhere(job: Job, runtime: Arc<dyn Runtime>) -> Job {
    let ended = Gate::optional();
    Job::new(move |context| async move {
        let (ends, work) = (Ends(ended.clone()), job.into_work(context));
        let taken = match work {
            Work::Async(body) => runtime.spawn(Box::pin(async move {
                let _ends = ends;
                drop(body.await);
            })),
            Work::Blocking(body) => runtime.spawn_blocking(Box::new(move || {
                let _ends = ends;
                drop(body());
            })),
        };
        taken?;
        ended.pass().await;
        Ok::<_, SpawnError>(())
    })
}

#[async_trait]
impl Twist for RunsElsewhere {
    fn try_submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        let taken = match job.get_start() {
            Start::Now => elsewhere(job, on.runtime.clone()),
            _ => job,
        };
        on.inner.try_submit(taken)
    }
}

/// Mutant 139: a finished job is still listed.
#[derive(Default)]
pub(super) struct ListsFinishedJobs(Mutex<BTreeMap<JobId, JobInfo>>);

#[async_trait]
impl Twist for ListsFinishedJobs {
    fn jobs(&self, on: &Scene) -> Vec<JobInfo> {
        let listed = on.inner.jobs();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.extend(listed.into_iter().map(|job| (job.id, job)));
        known.values().cloned().collect()
    }
}

/// Mutant 140: the status of a job is the previous one.
#[derive(Default)]
pub(super) struct IsOneStatusBehind(Mutex<Option<JobStatus>>);

impl Grip for IsOneStatusBehind {
    fn status(&self, job: &JobHandle) -> JobStatus {
        let now = job.status();
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.replace(now).unwrap_or(now)
    }
}

/// Mutant 141: a dropped submit continues.
pub(super) struct KeepsDroppedSubmits;

#[async_trait]
impl Twist for KeepsDroppedSubmits {
    async fn submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        let (inner, runtime) = (on.inner.clone(), on.runtime.clone());
        let submit: BoxFuture<'static, _> = Box::pin(async move { inner.submit(job).await });
        let submit = Some(submit);
        GoesOn { submit, runtime }.await
    }
}

struct GoesOn {
    submit: Option<BoxFuture<'static, Result<JobHandle>>>,
    runtime: Arc<dyn Runtime>,
}

impl Future for GoesOn {
    type Output = Result<JobHandle>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(submit) = &mut self.submit else {
            return Poll::Pending;
        };
        let answer = submit.as_mut().poll(cx);
        if answer.is_ready() {
            self.submit = None;
        }
        answer
    }
}

impl Drop for GoesOn {
    fn drop(&mut self) {
        if let Some(submit) = self.submit.take() {
            let rest = Box::pin(async move { drop(submit.await) });
            self.runtime.spawn(rest).unwrap_or_default();
        }
    }
}

/// Mutant 461: a waiting submit runs outside the context of its job.
pub(super) struct SubmitsElsewhere;

#[async_trait]
impl Twist for SubmitsElsewhere {
    async fn submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        let (inner, answered) = (on.inner.clone(), Gate::optional());
        let (ends, slot) = (Ends(answered.clone()), Arc::new(Mutex::new(None)));
        let answer = slot.clone();
        let submits = async move {
            let taken = inner.submit(job).await;
            *answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(taken);
            drop(ends);
        };
        on.runtime.spawn(Box::pin(submits)).unwrap_or_default();
        answered.pass().await;
        let taken = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        taken.unwrap_or_else(|| Err(LifecycleError::ShutDown.into()))
    }
}

/// Mutant 462: a submit inside a job never waits.
pub(super) struct NeverWaits;

#[async_trait]
impl Twist for NeverWaits {
    async fn submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        match on.inner.try_submit(job) {
            Err(Error::QueueFull { .. }) => Err(Error::WouldDeadlock(WaitingCall::Submit)),
            answer => answer,
        }
    }
}

/// Mutant 672: a submit is refused as a deadlock while another one waits.
#[derive(Default)]
pub(super) struct OneSubmitWaits(Arc<AtomicUsize>);

/// Counts a submit until it is dropped.
struct Waits(Arc<AtomicUsize>);

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

#[async_trait]
impl Twist for OneSubmitWaits {
    async fn submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        let waiting = Waits(self.0.clone());
        match waiting.0.fetch_add(1, Relaxed) {
            0 => on.inner.submit(job).await,
            _ => Err(Error::WouldDeadlock(WaitingCall::Submit)),
        }
    }
}

/// Mutant 142: the last waiter gets the first slot.
#[derive(Default)]
pub(super) struct ServesTheLastWaiterFirst(Mutex<Vec<usize>>);

impl ServesTheLastWaiterFirst {
    fn waiting<T>(&self, look: impl FnOnce(&mut Vec<usize>) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Twist for ServesTheLastWaiterFirst {
    async fn submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        let mine = self.waiting(|waiting| {
            waiting.push(waiting.len());
            waiting.len() - 1
        });
        let is_last = || self.waiting(|waiting| waiting.last() == Some(&mine));
        loop {
            let soon = on.runtime.now().mono() + Duration::from_millis(1);
            on.runtime.sleep_until(soon).await;
            if is_last() {
                break;
            }
        }
        let answer = on.inner.submit(job).await;
        self.waiting(Vec::pop);
        answer
    }
}

/// Mutant 143: a waiting submit is accepted during the shutdown, and its job lost.
pub(super) struct AcceptsAtTheEnd;

#[async_trait]
impl Twist for AcceptsAtTheEnd {
    async fn submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        match on.inner.submit(job).await {
            Err(error) if error.kind() == ErrorKind::ShutDown => Ok(never_ending()),
            answer => answer,
        }
    }
}

/// Mutant 217: while a submit waits, no other call gets a slot.
#[derive(Default)]
pub(super) struct ReservesEverySlot(Arc<()>);

#[async_trait]
impl Twist for ReservesEverySlot {
    async fn submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        let _waits = self.0.clone();
        on.inner.submit(job).await
    }

    fn try_submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        if Arc::strong_count(&self.0) > 1 {
            return Err(Error::QueueFull {
                queue: DEFAULT.into(),
                limit: 1,
            });
        }
        on.inner.try_submit(job)
    }
}

/// Mutant 144: an end without a waiter is forgotten.
#[derive(Default)]
pub(super) struct ForgetsUnobservedEnds(Flag);

#[async_trait]
impl Grip for ForgetsUnobservedEnds {
    fn outcome(&self, job: &JobHandle) -> Option<JobOutcome> {
        job.outcome().filter(|_| self.0.is_set())
    }

    async fn finished(&self, job: &JobHandle) -> Result<JobOutcome> {
        if job.outcome().is_some() && !self.0.is_set() {
            return Ok(JobOutcome::Cancelled(CancelReason::Requested));
        }
        self.0.set();
        job.wait().await
    }
}

/// Mutant 145: cancelling one job cancels all jobs.
pub(super) struct CancelsAllJobs;

#[async_trait]
impl Twist for CancelsAllJobs {
    fn try_submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        let handle = on.inner.try_submit(job)?;
        Ok(gripped(on, handle, CancelsAll(on.clone())))
    }
}

struct CancelsAll(Scene);

impl Grip for CancelsAll {
    fn cancel(&self, job: &JobHandle, mode: CancelMode) -> CancelStatus {
        let status = job.cancel(mode);
        for other in self.0.inner.jobs() {
            self.0.inner.cancel(other.id, mode);
        }
        status
    }
}

/// Mutant 146: wait_idle returns while jobs run.
pub(super) struct IsAlwaysIdle;

#[async_trait]
impl Twist for IsAlwaysIdle {
    async fn wait_idle(&self, on: &Scene) -> Result<()> {
        match on.inner.state() {
            State::Running | State::Paused => Ok(()),
            _ => on.inner.wait_idle().await,
        }
    }
}

/// Mutant 148: every waiter gets a success.
pub(super) struct ReportsSuccessOnly;

#[async_trait]
impl Grip for ReportsSuccessOnly {
    fn outcome(&self, job: &JobHandle) -> Option<JobOutcome> {
        job.outcome().map(|_| JobOutcome::Succeeded(()))
    }

    async fn finished(&self, job: &JobHandle) -> Result<JobOutcome> {
        job.wait().await.map(|_| JobOutcome::Succeeded(()))
    }
}

/// Mutant 193: one job runs at a time, whatever the limit.
pub(super) fn one_at_a_time(options: Options) -> Options {
    options.max_concurrent_jobs(1)
}

/// Mutant 550: a waiting submit looks for a slot once a second only.
pub(super) struct LooksOnceASecond;

#[async_trait]
impl Twist for LooksOnceASecond {
    async fn submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        let mut submit = on.inner.submit(job);
        loop {
            let look = submit
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()));
            if let Poll::Ready(taken) = look {
                return taken;
            }
            on.inner.sleep(Duration::from_secs(1)).await;
        }
    }
}
