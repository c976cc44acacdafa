//! What a scheduler may be asked in which state: one table, for every backend.
//!
//! [`permit`] is the only producer of lifecycle errors. No backend, no engine method and no driver
//! decides it anew; the table below is executed cell by cell by the conformance suite.
//!
//! | operation | New | Starting | Running | Paused | ShuttingDown | ShutDown |
//! |---|---|---|---|---|---|---|
//! | `start`, `start_paused` | ok | AlreadyRunning | AlreadyRunning | AlreadyRunning | ShutDown | ShutDown |
//! | `shutdown`, `request_shutdown` | NotRunning | ok | ok | ok | ok (joins) | ShutDown |
//! | a waiting call from inside an own job, listener or handler | NotRunning | WouldDeadlock | WouldDeadlock | WouldDeadlock | WouldDeadlock | ShutDown |
//! | `pause`, `resume` | NotRunning | NotRunning | ok | ok | ShutDown | ShutDown |
//! | `submit`, `add`, `update`, `pause_schedule`, `resume_schedule` | ok | ok | ok | ok | ShutDown | ShutDown |
//! | `run_now`, `backfill` | NotRunning | NotRunning | ok | ok | ShutDown | ShutDown |
//! | `wait_idle` | NotRunning | NotRunning | ok | ok | ok | ok |
//! | `remove`, `cancel`, `stopped`, queries | ok | ok | ok | ok | ok | ok |

use std::fmt;

/// Where a scheduler stands.
///
/// ```text
/// New → Starting → Running ⇄ Paused → ShuttingDown → ShutDown
///  ↑        │
///  └────────┘ a start that failed
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// Built, never started: takes jobs and schedules, runs nothing.
    New,
    /// `start` was called, the runtime has not taken up the driver yet.
    Starting,
    /// Runs what is due.
    Running,
    /// Holds what is due; running jobs go on.
    Paused,
    /// Nothing new becomes due. What runs, or is due, is waited for, then cancelled, then abandoned.
    ShuttingDown,
    /// The end: it cannot be started again, build a new one.
    ShutDown,
}

impl State {
    /// Every state, in the order of a life.
    pub const ALL: [Self; 6] = [
        Self::New,
        Self::Starting,
        Self::Running,
        Self::Paused,
        Self::ShuttingDown,
        Self::ShutDown,
    ];
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// What a scheduler may be asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// `start`.
    Start,
    /// `start_paused`.
    StartPaused,
    /// `shutdown`, which waits for the end.
    Shutdown,
    /// `request_shutdown`, which does not wait.
    RequestShutdown,
    /// A call that waits for the scheduler, made by one of its own jobs, listeners or handlers.
    WaitInside,
    /// `pause`.
    Pause,
    /// `resume`.
    Resume,
    /// `submit`, `try_submit`, `post`, `spawn`.
    Submit,
    /// `add`, `update`, `pause_schedule`, `resume_schedule`.
    Add,
    /// `run_now`.
    RunNow,
    /// `backfill`.
    Backfill,
    /// `remove` of a schedule.
    Remove,
    /// `cancel` of a job.
    Cancel,
    /// `wait_idle`.
    WaitIdle,
    /// `stopped`.
    Stopped,
    /// `state`, `jobs`, `schedules`, `subscribe` and the other questions.
    Observe,
}

impl Operation {
    /// Every operation.
    pub const ALL: [Self; 16] = [
        Self::Start,
        Self::StartPaused,
        Self::Shutdown,
        Self::RequestShutdown,
        Self::WaitInside,
        Self::Pause,
        Self::Resume,
        Self::Submit,
        Self::Add,
        Self::RunNow,
        Self::Backfill,
        Self::Remove,
        Self::Cancel,
        Self::WaitIdle,
        Self::Stopped,
        Self::Observe,
    ];
}

/// The scheduler is in a state that does not allow the operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum LifecycleError {
    /// It is running, or about to: there is nothing to start. Go on using it.
    #[error("the scheduler is running already: use it as it is")]
    AlreadyRunning,
    /// It has not been started: call `start` first.
    #[error("the scheduler is not running: call `start` first")]
    NotRunning,
    /// It is shutting down or has shut down, for good: build a new one.
    #[error("the scheduler has been shut down: build a new one")]
    ShutDown,
    /// The call would wait for its own caller: make it outside of the jobs, listeners and handlers of
    /// the scheduler. What helps in place of which call is in
    /// [`Error::WouldDeadlock`](crate::Error::WouldDeadlock).
    #[error(
        "the call would wait for its own caller: make it outside of the jobs, listeners and handlers \
         of the scheduler"
    )]
    WouldDeadlock,
}

/// Whether `operation` is allowed in `state`: the one table (see the [module](self) documentation).
///
/// A new implementation of [`Scheduler`](crate::Scheduler) calls it too, so that its errors are the
/// same ones.
///
/// # Errors
///
/// The [`LifecycleError`] that the caller is to get, unchanged.
///
/// ```
/// use scheduler_core::{LifecycleError, Operation, State, permit};
///
/// assert_eq!(permit(State::New, Operation::Shutdown), Err(LifecycleError::NotRunning));
/// assert_eq!(permit(State::Running, Operation::Start), Err(LifecycleError::AlreadyRunning));
/// assert_eq!(permit(State::Running, Operation::Shutdown), Ok(()));
/// ```
pub const fn permit(state: State, operation: Operation) -> Result<(), LifecycleError> {
    use LifecycleError as E;
    use Operation as O;
    use State as S;
    match (operation, state) {
        (O::Start | O::StartPaused, S::New) => Ok(()),
        (O::Start | O::StartPaused, S::Starting | S::Running | S::Paused) => Err(E::AlreadyRunning),
        (O::Start | O::StartPaused, S::ShuttingDown | S::ShutDown) => Err(E::ShutDown),

        (O::Shutdown | O::RequestShutdown, S::New) => Err(E::NotRunning),
        (O::Shutdown | O::RequestShutdown, S::ShutDown) => Err(E::ShutDown),
        (O::Shutdown | O::RequestShutdown, _) => Ok(()),

        (O::WaitInside, S::New) => Err(E::NotRunning),
        (O::WaitInside, S::ShutDown) => Err(E::ShutDown),
        (O::WaitInside, _) => Err(E::WouldDeadlock),

        (O::Pause | O::Resume | O::RunNow | O::Backfill, S::New | S::Starting) => {
            Err(E::NotRunning)
        }
        (O::Pause | O::Resume | O::RunNow | O::Backfill, S::Running | S::Paused) => Ok(()),
        (O::Pause | O::Resume | O::RunNow | O::Backfill, S::ShuttingDown | S::ShutDown) => {
            Err(E::ShutDown)
        }

        (O::Submit | O::Add, S::ShuttingDown | S::ShutDown) => Err(E::ShutDown),
        (O::Submit | O::Add, _) => Ok(()),

        (O::WaitIdle, S::New | S::Starting) => Err(E::NotRunning),
        (O::WaitIdle, _) => Ok(()),

        (O::Remove | O::Cancel | O::Stopped | O::Observe, _) => Ok(()),
    }
}
