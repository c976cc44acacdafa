//! The lifecycle table: which operation is allowed in which state, for every backend.
//!
//! [`permit`] is the only producer of lifecycle errors: no backend, engine method or driver checks a
//! state itself. The conformance suite executes each cell of the table.
//!
//! | operation | New | Starting | Running | Paused | ShuttingDown | ShutDown |
//! |---|---|---|---|---|---|---|
//! | `start`, `start_paused` | ok | AlreadyRunning | AlreadyRunning | AlreadyRunning | ShutDown | ShutDown |
//! | `shutdown`, `request_shutdown` | NotRunning | ok | ok | ok | ok (joins) | ShutDown |
//! | a waiting call from inside an own job, listener or handler | NotRunning | WouldDeadlock | WouldDeadlock | WouldDeadlock | WouldDeadlock | ShutDown |
//! | `pause`, `resume` | NotRunning | NotRunning | ok | ok | ShutDown | ShutDown |
//! | `submit`, `add`; of a schedule: `update`, `pause`, `resume` | ok | ok | ok | ok | ShutDown | ShutDown |
//! | of a schedule: `run_now`, `backfill` | NotRunning | NotRunning | ok | ok | ShutDown | ShutDown |
//! | a call of `durable()` | NotRunning | NotRunning | ok | ok | ShutDown | ShutDown |
//! | `wait_idle` | NotRunning | NotRunning | ok | ok | ok | ok |
//! | `cancel`, `stopped`, queries; of a schedule: `remove` | ok | ok | ok | ok | ok | ok |

use std::fmt;

pub use super::waiting_call::WaitingCall;

/// State of a scheduler.
///
/// ```text
/// New → Starting → Running ⇄ Paused → ShuttingDown → ShutDown
///  ↑        │
///  └────────┘ failed start
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum State {
    /// Built and not started. Accepts jobs and schedules, runs nothing.
    New,
    /// `start` was called, and the runtime has not polled the driver yet.
    Starting,
    /// Runs due jobs.
    Running,
    /// Holds due jobs; running jobs continue.
    Paused,
    /// No further job or instant becomes due. Due and running jobs are awaited, then cancelled,
    /// then abandoned.
    ShuttingDown,
    /// Shut down permanently. The scheduler cannot be started again; build a new one.
    ShutDown,
}

impl State {
    /// All states, in lifecycle order.
    pub const ALL: &'static [Self] = &[
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

/// The state after a start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "an implementation has to know every way to start"
)]
pub enum FirstState {
    /// Jobs and schedules that are due run.
    Running,
    /// Nothing runs until [`resume`](crate::Scheduler::resume).
    Paused,
}

impl FirstState {
    /// Returns the operation whose rules apply to the start.
    ///
    /// ```
    /// use scheduler_core::lifecycle::{FirstState, Operation};
    ///
    /// assert_eq!(FirstState::Paused.operation(), Operation::StartPaused);
    /// ```
    #[must_use]
    pub const fn operation(self) -> Operation {
        match self {
            Self::Running => Operation::Start,
            Self::Paused => Operation::StartPaused,
        }
    }
}

impl From<FirstState> for State {
    fn from(first: FirstState) -> Self {
        match first {
            FirstState::Running => Self::Running,
            FirstState::Paused => Self::Paused,
        }
    }
}

/// An operation of a scheduler.
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
    /// `add` and `add_all`; `update`, `pause` and `resume` of a schedule.
    Add,
    /// `run_now` of a schedule.
    RunNow,
    /// `backfill` of a schedule.
    Backfill,
    /// A call of [`durable`](crate::Scheduler::durable).
    Durable,
    /// `remove` of a schedule.
    Remove,
    /// `cancel` of a job.
    Cancel,
    /// `wait_idle`.
    WaitIdle,
    /// `stopped`.
    Stopped,
    /// `state`, `jobs`, `schedules`, `subscribe` and the other queries.
    Observe,
}

impl Operation {
    /// All operations.
    pub const ALL: &'static [Self] = &[
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
        Self::Durable,
        Self::Remove,
        Self::Cancel,
        Self::WaitIdle,
        Self::Stopped,
        Self::Observe,
    ];
}

/// The state of the scheduler does not allow the operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum LifecycleError {
    /// The scheduler runs or is starting; continue to use it.
    #[error("the scheduler is running already: use it as it is")]
    AlreadyRunning,
    /// The scheduler was not started: call `start` first.
    #[error("the scheduler is not running: call `start` first")]
    NotRunning,
    /// The scheduler is shutting down or has shut down, permanently: build a new one.
    #[error("the scheduler has been shut down: build a new one")]
    ShutDown,
    /// The call would wait for its own caller: make it outside the jobs, listeners and error handlers of
    /// the scheduler. [`Error::WouldDeadlock`](crate::Error::WouldDeadlock) names the alternative.
    #[error(
        "the call would wait for its own caller: make it outside of the jobs, listeners and handlers \
         of the scheduler"
    )]
    WouldDeadlock,
}

/// Checks whether `operation` is allowed in `state`, by the table in the [module](self) documentation.
///
/// Third-party schedulers call it too, so that their errors are the same.
///
/// # Errors
///
/// The [`LifecycleError`] to return to the caller, unchanged.
///
/// ```
/// use scheduler_core::{State, lifecycle::{LifecycleError, Operation, permit}};
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

        (O::Pause | O::Resume | O::RunNow | O::Backfill | O::Durable, S::New | S::Starting) => {
            Err(E::NotRunning)
        }
        (O::Pause | O::Resume | O::RunNow | O::Backfill | O::Durable, S::Running | S::Paused) => {
            Ok(())
        }
        (
            O::Pause | O::Resume | O::RunNow | O::Backfill | O::Durable,
            S::ShuttingDown | S::ShutDown,
        ) => Err(E::ShutDown),

        (O::Submit | O::Add, S::ShuttingDown | S::ShutDown) => Err(E::ShutDown),
        (O::Submit | O::Add, _) => Ok(()),

        (O::WaitIdle, S::New | S::Starting) => Err(E::NotRunning),
        (O::WaitIdle, _) => Ok(()),

        (O::Remove | O::Cancel | O::Stopped | O::Observe, _) => Ok(()),
    }
}
