//! [`Action`]: work that the engine requests and the shell carries out after unlocking.

use std::sync::Arc;

use crate::{
    ScheduleChange, Task, Trigger,
    base::panic::Contained,
    engine::{
        Key,
        jobs::{End, RetryRequest, Unhandled},
        schedules::{plan::PlanRequest, record::ScheduleRecord, retire::Retirement},
    },
    job::{Body, CancelReason, CancelRequest, JobCell, JobResult, JobValue},
    schedule::{BackfillCell, BackfillQuestion},
};

/// One request of the engine.
pub(crate) enum Action {
    /// Execute a blocking job on a thread outside the executor.
    RunBlocking(Claim),
    /// Send a cancellation request to a running job.
    RequestCancel(Order),
    /// Notify clones of the context that an attempt has ended; a retry will follow.
    AttemptOver(Arc<JobCell>),
    /// Ask a job's retry policy. It is user code, so it must not run under the lock.
    Decide(Box<RetryRequest>),
    /// Finish a job: call the error handler and wake the waiters.
    Resolve(End),
    /// Wake the waiters of a job whose error handler did not return in time.
    HandlerHung(Box<Unhandled>),
    /// Ask a trigger for the next instants. It is user code, so it must not run under the lock.
    Plan(PlanRequest),
    /// Ask a replaced trigger which of its instants were due.
    Retire(Box<Retirement>),
    /// Ask a trigger for instants of a backfill.
    AskForInstants(Box<BackfillQuestion>),
    /// Wake the waiters of a finished backfill.
    BackfillOver(Arc<BackfillCell>),
    /// Drop user values, whose destructors must not run under the lock.
    Discard(Discarded),
    /// The scheduler has shut down.
    Stopped,
}

/// A user value that is no longer needed.
#[expect(dead_code, reason = "held only to be dropped where no lock is held")]
pub(crate) enum Discarded {
    /// The body of a job that never ran.
    Body(Body),
    /// A change that was not applied, or its used parts.
    Change(Box<ScheduleChange>),
    /// A result that is no longer kept.
    Result(Box<JobResult>),
    Schedule(Box<ScheduleRecord>),
    /// A replaced task.
    Task(Task),
    /// A replaced trigger.
    Trigger(Contained<Arc<dyn Trigger>>),
    /// The value of a job that did not succeed.
    Value(JobValue),
}

/// A cancellation request for an attempt of a job.
pub(crate) struct Order {
    cell: Arc<JobCell>,
    attempt: u32,
    what: CancelRequest,
    why: CancelReason,
}

impl Order {
    /// Creates a request for the current attempt.
    pub(crate) fn new(cell: Arc<JobCell>, what: CancelRequest, why: CancelReason) -> Self {
        Self {
            attempt: cell.attempt(),
            cell,
            what,
            why,
        }
    }

    /// Sends the request. Runs wakers.
    pub(crate) fn give(&self) {
        self.cell.request_cancel(self.attempt, self.what, self.why);
    }
}

/// A job with a permit, ready to execute.
pub(crate) struct Claim {
    pub(crate) key: Key,
    pub(crate) body: Body,
    /// Cell of the job; `None` for a posted future, which may complete at its first poll without
    /// any waiter.
    pub(crate) cell: Option<Arc<JobCell>>,
    /// Whether the job has a policy, so that the engine must know when its body begins.
    pub(crate) asks: bool,
}
