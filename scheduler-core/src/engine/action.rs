//! What the engine asks its driver to do, once the lock is released.

use std::sync::Arc;

use super::{jobs::Cold, misfire::PlanRequest, schedules::ScheduleRecord, slab::Key};
use crate::job::{Body, JobCell, JobOutcome, Told};

/// One thing to do.
pub(crate) enum Action {
    /// Execute a job.
    Run(Claim),
    /// Tell a running job to end.
    Tell(Arc<JobCell>, Told),
    /// A job has ended: tell the error handler and the waiters.
    Resolve(Box<Cold>, JobOutcome, Key),
    /// Ask a trigger for a schedule's next instants: user code, so not under the lock.
    Plan(PlanRequest),
    /// Destroy the body of a job that never ran: user code again.
    DiscardBody(Body),
    /// Destroy a schedule.
    DiscardSchedule(Box<ScheduleRecord>),
    /// The scheduler has shut down.
    Stopped,
}

/// A job with a permit, ready to be executed.
pub(crate) struct Claim {
    pub(crate) key: Key,
    pub(crate) body: Body,
    /// Absent where nobody looks: a posted future that may well end at its first poll.
    pub(crate) cell: Option<Arc<JobCell>>,
}
