//! [`JobCell`]: state of one job, shared by the scheduler, the running body and all waiters.

mod moment;

use std::{
    fmt,
    sync::{
        Arc, Mutex, OnceLock, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
    task::Waker,
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use self::moment::Moment;
use super::{
    CancelMode, CancelReason, CancelRequest, CancelStatus, JobControl, JobId, JobInfo, JobOutcome,
    JobPolicy, JobStatus, JobValue, Order, Orders, Progress,
};
use crate::{
    BoxFuture, Result, RunFacts, ScheduleId, Scheduler,
    base::unix_time::UnixTime,
    job::caller,
    sync::{signal::Signal, waker_slot::WakerSlot},
};

/// State of one job that handles, contexts and the running body read without the engine's lock.
pub(crate) struct JobCell {
    id: AtomicU64,
    name: Option<Arc<str>>,
    schedule: Option<ScheduleId>,
    nominal: Moment,
    /// The scheduler of the job; `None` if it no longer has the job.
    host: Option<Weak<dyn JobHost>>,
    /// A cancellation request for an attempt.
    orders: Orders,
    cancel_signal: Signal,
    policy: Option<Arc<JobPolicy>>,
    run: Option<Box<RunFacts>>,
    progress: Mutex<Option<Arc<Progress>>>,
    body: WakerSlot,
    outcome: OnceLock<JobOutcome>,
    finished: Signal,
}

/// The scheduler behind a job.
pub(crate) trait JobHost: Send + Sync + 'static {
    fn scheduler_id(&self) -> u64;
    fn status(&self, job: JobId) -> JobStatus;
    /// Returns the state of a job. `None` if it has finished.
    fn info(&self, job: JobId) -> Option<JobInfo>;
    fn cancel(&self, job: JobId, mode: CancelMode) -> CancelStatus;
    fn progressed(&self, job: JobId, progress: &Arc<Progress>);
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
    /// Sleeps on behalf of a job's body. Ends early when the runtime is dropped, because that drop
    /// may wait for the body's thread.
    fn sleep_of_job(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.sleep(duration)
    }
    fn scheduler(&self) -> Option<Arc<dyn Scheduler>>;
    /// Returns the claim of a job that a store gave to the node.
    #[cfg(feature = "store")]
    fn lease(&self, cell: &Arc<JobCell>) -> Option<Arc<crate::store::Lease>> {
        let _ = cell;
        None
    }
    /// Keeps the value of a durable job, as JSON, until its end is stored.
    #[cfg(feature = "store")]
    fn keep_stored(&self, cell: &Arc<JobCell>, value: String) {
        let _ = (cell, value);
    }
    /// Records that `waiter` waits for `target`, unless that could never end (`JB-017`). Returns whether the end of
    /// the wait must be reported.
    fn begin_wait(&self, waiter: JobId, target: JobId) -> Result<()>;
    fn end_wait(&self, waiter: JobId, target: JobId);
    /// Keeps the value of a job until its end, and then as long as its policy says.
    fn keep_value(&self, job: JobId, value: JobValue) {
        drop((job, value));
    }
}

/// Facts about the job of a cell.
#[derive(Default)]
pub(crate) struct JobFacts {
    pub(crate) name: Option<Arc<str>>,
    pub(crate) schedule: Option<ScheduleId>,
    /// Policy of the job.
    pub(crate) policy: Option<Arc<JobPolicy>>,
    /// Facts about the run of a schedule; `None` for an ordinary run and for a submitted job.
    pub(crate) run: Option<Box<RunFacts>>,
}

impl JobCell {
    /// Creates the cell of a job that its scheduler has not accepted yet. Call
    /// [`identify`](Self::identify) once it has.
    pub(crate) fn new(facts: JobFacts, host: Weak<dyn JobHost>) -> Self {
        Self::of_job(JobId::from_bits(0), UnixTime::default(), facts, Some(host))
    }

    /// Creates the cell of an accepted job. It is built in one expression, because a cell is large
    /// and costly to move.
    pub(crate) fn of_job(
        id: JobId,
        nominal: UnixTime,
        facts: JobFacts,
        host: Option<Weak<dyn JobHost>>,
    ) -> Self {
        Self {
            id: AtomicU64::new(id.to_bits()),
            name: facts.name,
            schedule: facts.schedule,
            nominal: Moment::new(nominal),
            host,
            orders: Orders::new(),
            policy: facts.policy,
            run: facts.run,
            progress: Mutex::new(None),
            cancel_signal: Signal::new(),
            body: WakerSlot::new(),
            outcome: OnceLock::new(),
            finished: Signal::new(),
        }
    }

    /// Returns facts about the run of a schedule; `None` for a submitted job.
    pub(crate) fn run(&self) -> Option<RunFacts> {
        self.schedule.as_ref()?;
        Some(self.run.as_deref().copied().unwrap_or_default())
    }

    /// Creates the cell of a job that was abandoned.
    pub(crate) fn abandoned(id: JobId) -> Self {
        let cell = Self::of_job(id, UnixTime::default(), JobFacts::default(), None);
        cell.request_cancel(1, CancelRequest::Immediate, CancelReason::Shutdown);
        cell
    }

    /// Sets the id and the nominal time, which are known only once the engine has accepted the job.
    pub(crate) fn identify(&self, id: JobId, nominal: UnixTime) {
        self.nominal.set(nominal);
        self.id.store(id.to_bits(), Ordering::Release);
    }

    pub(crate) fn schedule(&self) -> Option<&ScheduleId> {
        self.schedule.as_ref()
    }

    pub(crate) fn nominal(&self) -> DateTime<Utc> {
        self.nominal.get().date()
    }

    pub(crate) fn host(&self) -> Option<Arc<dyn JobHost>> {
        self.host.as_ref()?.upgrade()
    }

    /// Returns the latest cancellation request, for any attempt.
    pub(crate) fn cancel_request(&self) -> CancelRequest {
        self.orders.read().request
    }

    pub(crate) fn orders(&self) -> Order {
        self.orders.read()
    }

    pub(crate) fn attempt(&self) -> u32 {
        self.orders.read().attempt
    }

    /// Begins a further attempt, for which no cancellation has been requested. Call
    /// [`attempt_over`](Self::attempt_over) afterwards, without a lock.
    pub(crate) fn begin_attempt(&self, attempt: u32) {
        self.orders.begin(attempt);
    }

    /// Wakes the tasks that wait for the end of an earlier attempt. Runs wakers, so call it without
    /// a lock.
    pub(crate) fn attempt_over(&self) {
        self.cancel_signal.notify();
    }

    pub(crate) const fn policy(&self) -> Option<&Arc<JobPolicy>> {
        self.policy.as_ref()
    }

    /// Stores the progress of the job, and publishes it.
    pub(crate) fn report(&self, progress: &Arc<Progress>) {
        let known = {
            let mut known = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
            known.replace(progress.clone())
        };
        drop(known);
        if let Some(host) = self.host() {
            host.progressed(self.id(), progress);
        }
    }

    /// Sends a cancellation request to the body, unless a later attempt than `attempt` has begun. Runs wakers, so
    /// call it without a lock.
    pub(crate) fn request_cancel(&self, attempt: u32, what: CancelRequest, why: CancelReason) {
        if !self.orders.give(attempt, what, why) {
            return;
        }
        self.cancel_signal.notify();
        if what == CancelRequest::Immediate {
            self.body.wake();
        }
    }

    /// Stores a cancellation request in a new cell, which has no waiter to wake.
    pub(crate) fn note_order(&self, what: CancelRequest, why: CancelReason) {
        self.orders.give(self.attempt(), what, why);
    }

    /// Waits until a cancellation request arrives or this attempt has ended.
    pub(crate) async fn cancelled(&self, attempt: u32) {
        let ends = || self.orders.read().ends(attempt).then_some(());
        self.cancel_signal.until(ends).await;
    }

    /// Stores the waker of the task that polls the body. Returns the present request, so that none
    /// is missed.
    pub(crate) fn polled_by(&self, waker: &Waker) -> CancelRequest {
        self.body.store(waker);
        self.cancel_request()
    }

    /// Records the outcome of the job. Only the first outcome counts (`JB-011`). Call
    /// [`announce`](Self::announce) afterwards, without a lock.
    pub(crate) fn set_outcome(&self, outcome: JobOutcome) {
        drop(self.outcome.set(outcome));
    }

    /// Wakes the waiters for the end of the job. Runs wakers, so call it without a lock.
    pub(crate) fn announce(&self) {
        // The body is no longer polled, but handles may keep the cell for long.
        self.body.clear();
        self.finished.notify();
    }

    /// Records the outcome, and wakes the waiters. Call it without a lock.
    pub(crate) fn resolve(&self, outcome: JobOutcome) {
        self.set_outcome(outcome);
        self.announce();
    }

    pub(crate) async fn outcome_arrives(&self) -> JobOutcome {
        self.finished.until(|| self.outcome()).await
    }
}

#[async_trait]
impl JobControl for JobCell {
    fn id(&self) -> JobId {
        JobId::from_bits(self.id.load(Ordering::Acquire))
    }

    fn name(&self) -> Option<Arc<str>> {
        self.name.clone()
    }

    fn status(&self) -> JobStatus {
        match (self.outcome.get(), self.host()) {
            (None, Some(host)) => host.status(self.id()),
            _ => JobStatus::Finished,
        }
    }

    fn info(&self) -> Option<JobInfo> {
        match self.outcome.get() {
            Some(_) => None,
            None => self.host()?.info(self.id()),
        }
    }

    fn outcome(&self) -> Option<JobOutcome> {
        self.outcome.get().cloned()
    }

    fn progress(&self) -> Option<Arc<Progress>> {
        let progress = self.progress.lock();
        progress.unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn finished(&self) -> Result<JobOutcome> {
        let _waiting = match self.host() {
            Some(host) => InnerWait::begin(host, self.id())?,
            None => None,
        };
        Ok(self.outcome_arrives().await)
    }

    fn cancel(&self, mode: CancelMode) -> CancelStatus {
        match (self.outcome.get(), self.host()) {
            (None, Some(host)) => host.cancel(self.id(), mode),
            _ => CancelStatus::TooLate,
        }
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        match self.host() {
            Some(host) => host.sleep(duration),
            None => Box::pin(std::future::ready(())),
        }
    }
}

impl fmt::Debug for JobCell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobCell")
            .field("id", &self.id())
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Drop guard: while it is alive, the engine knows that one job waits for another job of the same
/// scheduler.
pub(crate) struct InnerWait {
    host: Arc<dyn JobHost>,
    waiter: JobId,
    target: JobId,
}

impl InnerWait {
    pub(crate) fn begin(host: Arc<dyn JobHost>, target: JobId) -> Result<Option<Self>> {
        let Some(waiter) = caller::job_inside(host.scheduler_id()) else {
            return Ok(None);
        };
        host.begin_wait(waiter, target)?;
        Ok(Some(Self {
            host,
            waiter,
            target,
        }))
    }
}

impl Drop for InnerWait {
    fn drop(&mut self) {
        self.host.end_wait(self.waiter, self.target);
    }
}

#[cfg(test)]
mod tests {
    use std::task::Wake;

    use super::*;

    struct Idle;

    impl Wake for Idle {
        fn wake(self: Arc<Self>) {}
    }

    #[test]
    fn no_waker_is_kept_once_a_job_has_ended() {
        let cell = JobCell::of_job(
            JobId::from_bits(0),
            UnixTime::default(),
            JobFacts::default(),
            None,
        );
        let poller = Arc::new(Idle);
        cell.polled_by(&Waker::from(poller.clone()));
        assert_eq!(Arc::strong_count(&poller), 2);
        cell.resolve(JobOutcome::Succeeded(()));
        assert_eq!(Arc::strong_count(&poller), 1);
    }
}
