//! [`Runs`]: the claimed jobs that the scheduler runs, as jobs in memory.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, Weak},
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use super::{StoreShell, lock};
use crate::{
    BoxFuture,
    base::panic::caught,
    engine::{desk::RunEnded, key_of},
    job::{
        CancelMode, CancelReason, Job, JobCell, JobControl, JobError, JobHost, JobOutcome,
        JobPolicy, JobStatus, Retry,
    },
    shell::shared::Shared,
    store::{Lease, RunRules, StoredId, StoredJob},
    sync::alarm::Alarm,
};

/// How long a run may take to end after its cancellation request, before it is dropped.
const CANCEL_GRACE: Duration = Duration::from_secs(10);

/// A claimed job that the scheduler runs.
struct Running {
    cell: Arc<JobCell>,
    lease: Arc<Lease>,
    retry: Option<Retry>,
    /// The delay before the next attempt, once the policy has decided about a failure.
    delay: Option<Duration>,
    result: Option<String>,
    is_withdrawn: bool,
    outcome: BoxFuture<'static, JobOutcome>,
    waker: Waker,
}

/// The claimed jobs of the node.
#[derive(Default)]
pub(crate) struct Runs {
    running: Mutex<BTreeMap<StoredId, Running>>,
    /// The stored ids by the address of the cell, which is known before the body can begin.
    ids: Mutex<BTreeMap<usize, StoredId>>,
    ended: Arc<Mutex<Vec<StoredId>>>,
}

/// Notes the end of a run, and wakes the driver.
struct EndWaker {
    job: StoredId,
    ended: Arc<Mutex<Vec<StoredId>>>,
    alarm: Arc<Alarm>,
}

impl Wake for EndWaker {
    fn wake(self: Arc<Self>) {
        lock(&self.ended).push(self.job);
        self.alarm.ring();
    }
}

impl Runs {
    /// Returns the lease of a job that a store gave to this node.
    pub(crate) fn lease(&self, cell: &Arc<JobCell>) -> Option<Arc<Lease>> {
        let id = *lock(&self.ids).get(&address(cell))?;
        Some(lock(&self.running).get(&id)?.lease.clone())
    }

    /// Keeps the value of a running job, as JSON. Has no effect on a job in memory.
    pub(crate) fn keep_result(&self, cell: &Arc<JobCell>, result: String) {
        let Some(id) = lock(&self.ids).get(&address(cell)).copied() else {
            return;
        };
        if let Some(run) = lock(&self.running).get_mut(&id) {
            run.result = Some(result);
        }
    }

    fn begin(&self, id: StoredId, run: Running) {
        lock(&self.ids).insert(address(&run.cell), id);
        lock(&self.running).insert(id, run);
    }

    fn remove(&self, id: StoredId) -> Option<Running> {
        let run = lock(&self.running).remove(&id)?;
        lock(&self.ids).remove(&address(&run.cell));
        Some(run)
    }

    /// Returns whether another attempt follows a failed run, on whichever node. Calls the retry policy, without a lock.
    pub(crate) fn retries(&self, shared: &Shared, cell: &Arc<JobCell>, error: &JobError) -> bool {
        let Some(id) = lock(&self.ids).get(&address(cell)).copied() else {
            return false;
        };
        let run = lock(&self.running)
            .get(&id)
            .map(|run| (run.retry.clone(), run.lease.attempt));
        let Some((Some(retry), attempt)) = run else {
            return false;
        };
        let salt = u64::from_be_bytes(id.as_bytes()[8..].try_into().unwrap_or_default());
        let mut delay = None;
        shared.call_back(|| delay = retry.delay(attempt, error, salt));
        if let Some(run) = lock(&self.running).get_mut(&id) {
            run.delay = delay;
        }
        delay.is_some()
    }

    /// Sends a run a cancellation request.
    pub(super) fn cancel(&self, shared: &Shared, job: StoredId) {
        let cell = lock(&self.running).get(&job).map(|run| run.cell.clone());
        if let Some(cell) = cell {
            cancel(shared, &cell);
        }
    }

    /// Sends a run a cancellation request whose lease was lost. The run counts no longer: its body finds no lease, and not
    /// the claim of its successor, which may begin on this node while the body ends (`ST-040`).
    pub(super) fn lose(&self, shared: &Shared, job: StoredId) {
        if let Some(run) = self.remove(job) {
            cancel(shared, &run.cell);
        }
    }

    /// Cancels the runs whose bodies have not begun, so that other nodes can claim their jobs (`ST-035`).
    pub(super) fn withdraw_unbegun(&self, shared: &Shared) {
        let kept = lock(&self.running);
        let cells = kept.iter().filter(|(_, run)| !run.is_withdrawn);
        let cells: Vec<_> = cells.map(|(id, run)| (*id, run.cell.clone())).collect();
        drop(kept);
        for (id, cell) in cells {
            if cell.status() != JobStatus::Queued {
                continue;
            }
            if let Some(run) = lock(&self.running).get_mut(&id) {
                run.is_withdrawn = true;
            }
            cancel(shared, &cell);
        }
    }

    /// Forgets all runs: the node has left.
    pub(super) fn clear(&self) {
        let running = std::mem::take(&mut *lock(&self.running));
        lock(&self.ids).clear();
        drop(running);
    }

    /// Takes the runs that have ended.
    pub(super) fn take_ended(&self) -> Vec<(StoredId, RunEnded)> {
        let ids = std::mem::take(&mut *lock(&self.ended));
        ids.into_iter()
            .filter_map(|id| Some((id, self.take_end(id)?)))
            .collect()
    }

    fn take_end(&self, id: StoredId) -> Option<RunEnded> {
        let mut run = self.remove(id)?;
        let waker = run.waker.clone();
        let polled = run.outcome.as_mut().poll(&mut Context::from_waker(&waker));
        let Poll::Ready(outcome) = polled else {
            self.begin(id, run);
            return None;
        };
        let retry = match &outcome {
            JobOutcome::Failed(_) => run.delay,
            _ => None,
        };
        Some(RunEnded {
            outcome,
            result: run.result,
            retry,
            is_withdrawn: run.is_withdrawn,
        })
    }
}

fn address(cell: &Arc<JobCell>) -> usize {
    Arc::as_ptr(cell).addr()
}

fn cancel(shared: &Shared, cell: &JobCell) {
    let (key, mode) = (key_of(cell.id()), CancelMode::Graceful(CANCEL_GRACE));
    shared.call(|engine, now| engine.cancel(key, mode, CancelReason::Requested, now));
}

impl StoreShell {
    /// Submits a claimed job to the scheduler.
    pub(super) fn start(&self, shared: &Arc<Shared>, stored: &StoredJob) {
        let id = stored.row.id;
        let job = match self.build(stored) {
            Ok(job) => job,
            Err(unknown_task) => return self.unfit(shared, id, unknown_task),
        };
        let (job, retry) = without_retry(job);
        let host: Weak<dyn JobHost> = Arc::downgrade(shared) as _;
        let cell = Arc::new(JobCell::new(job.facts(), host));
        let waker = Waker::from(Arc::new(EndWaker {
            job: id,
            ended: self.runs.ended.clone(),
            alarm: self.alarm.clone(),
        }));
        let awaited = cell.clone();
        let mut outcome: BoxFuture<'static, JobOutcome> =
            Box::pin(async move { awaited.outcome_arrives().await });
        // The first poll registers the waker, before the job can end.
        let polled = outcome.as_mut().poll(&mut Context::from_waker(&waker));
        debug_assert!(polled.is_pending());
        self.runs.begin(
            id,
            Running {
                cell: cell.clone(),
                lease: Arc::new(Lease::of(stored)),
                retry,
                delay: None,
                result: None,
                is_withdrawn: false,
                outcome,
                waker,
            },
        );
        let accepted = shared.call(|engine, now| engine.submit(job, Some(cell), 0, now));
        if accepted.is_err() {
            // The queue is full, or the scheduler has begun to shut down.
            drop(self.runs.remove(id));
            self.unfit(shared, id, None);
        }
    }

    fn unfit(&self, shared: &Shared, id: StoredId, unknown_task: Option<String>) {
        let now = shared.nanos(&shared.runtime.now());
        if let Some(desk) = self.desk().as_mut() {
            desk.handle_unfit(id, unknown_task, now);
        }
        self.alarm.ring();
    }

    /// Builds the job in memory. An error is the name of the task if it is unknown here.
    fn build(&self, stored: &StoredJob) -> Result<Job, Option<String>> {
        let row = &stored.row;
        if !self.stored.tasks.contains(&row.task) {
            return Err(Some(row.task.clone()));
        }
        let args: serde_json::Value = serde_json::from_str(&row.args).map_err(|_| None)?;
        // The arguments are read by code of the user.
        let built = caught(|| self.stored.tasks.job(&row.task, args));
        let mut job = built.map_err(|_| None)?.map_err(|_| None)?;
        let rules = RunRules::read(row.policy.as_deref());
        if let Some(policy) = rules.policy {
            job.policy = Some(Arc::new(policy.build()));
        }
        Ok(job)
    }
}

/// Takes the retry policy out of a job: the next attempt may run on another node.
fn without_retry(mut job: Job) -> (Job, Option<Retry>) {
    let retry = job.policy.as_ref().and_then(|policy| policy.retry.clone());
    if retry.is_some()
        && let Some(policy) = &job.policy
    {
        job.policy = Some(Arc::new(JobPolicy {
            retry: None,
            ..(**policy).clone()
        }));
    }
    (job, retry)
}
