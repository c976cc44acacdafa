//! What the engine asks its driver to do, once the lock is released.

use std::sync::Arc;

use super::{
    backfill::BackfillQuestion, ending::End, handling::Unhandled, plan::PlanRequest,
    record::ScheduleRecord, retire::Retirement, retry::RetryRequest, slab::Key,
};
use crate::{
    ScheduleChange, Task, Trigger,
    job::{Body, CancelReason, JobCell, Told},
    panic::Contained,
    schedule::BackfillCell,
};

/// One thing to do.
pub(crate) enum Action {
    /// Execute a job where it may block.
    RunBlocking(Claim),
    /// Tell a running job to end.
    Tell(Order),
    /// An attempt of a job is over, another will follow: what waits for its end may know.
    AttemptOver(Arc<JobCell>),
    /// Ask a job's policy about another attempt: user code, so not under the lock.
    Decide(Box<RetryRequest>),
    /// A job has ended: tell the error handler and the waiters.
    Resolve(End),
    /// The error handler did not return in time: tell the waiters without it.
    HandlerHung(Box<Unhandled>),
    /// Ask a trigger for a schedule's next instants: user code, so not under the lock.
    Plan(PlanRequest),
    /// Ask a trigger which of its instants were due when it was given up.
    Retire(Box<Retirement>),
    /// Ask a trigger for the instants of a backfill.
    AskForInstants(Box<BackfillQuestion>),
    /// A backfill has ended: tell who waits.
    BackfillOver(Arc<BackfillCell>),
    /// Destroy what is of no use any more: destructors are user code again.
    Discard(Discarded),
    /// The scheduler has shut down.
    Stopped,
}

/// What users handed over, and nobody needs any more.
#[expect(dead_code, reason = "held only to be dropped where no lock is held")]
pub(crate) enum Discarded {
    /// The body of a job that never ran.
    Body(Body),
    /// What a schedule was to become.
    Change(Box<ScheduleChange>),
    Schedule(Box<ScheduleRecord>),
    /// The task that a schedule had.
    Task(Task),
    /// The trigger that a schedule had.
    Trigger(Contained<Arc<dyn Trigger>>),
}

/// What an attempt of a job is to be told.
pub(crate) struct Order {
    cell: Arc<JobCell>,
    attempt: u32,
    what: Told,
    why: CancelReason,
}

impl Order {
    /// For the current attempt.
    pub(crate) fn new(cell: Arc<JobCell>, what: Told, why: CancelReason) -> Self {
        Self {
            attempt: cell.attempt(),
            cell,
            what,
            why,
        }
    }

    /// Tells it. Runs wakers.
    pub(crate) fn give(&self) {
        self.cell.tell(self.attempt, self.what, self.why);
    }
}

/// A job with a permit, ready to be executed.
pub(crate) struct Claim {
    pub(crate) key: Key,
    pub(crate) body: Body,
    /// Absent where nobody looks: a posted future that may well end at its first poll.
    pub(crate) cell: Option<Arc<JobCell>>,
    /// It asks for more than to be run: the engine is to be told when its body begins.
    pub(crate) asks: bool,
}
