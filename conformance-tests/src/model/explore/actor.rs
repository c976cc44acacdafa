//! Actors: clients, and jobs that make calls from inside.

use scheduler_core::lifecycle::Operation;

/// The phase of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Phase {
    /// No call is pending.
    Idle,
    /// The call was made, and has had no effect yet.
    Called(Op),
    /// The start by the actor is in progress.
    Starting,
    /// The start by the actor has failed, and that of another actor is in progress.
    Overtaken,
    /// The actor waits for the end of the scheduler.
    Joining,
    /// The actor waits until no job runs.
    WaitingIdle,
}

/// The calls that are explored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Op {
    Start,
    StartPaused,
    Shutdown,
    RequestShutdown,
    Pause,
    Resume,
    Submit,
    WaitIdle,
}

impl Op {
    pub(super) const ALL: [Self; 8] = [
        Self::Start,
        Self::StartPaused,
        Self::Shutdown,
        Self::RequestShutdown,
        Self::Pause,
        Self::Resume,
        Self::Submit,
        Self::WaitIdle,
    ];

    pub(super) const fn operation(self) -> Operation {
        match self {
            Self::Start => Operation::Start,
            Self::StartPaused => Operation::StartPaused,
            Self::Shutdown => Operation::Shutdown,
            Self::RequestShutdown => Operation::RequestShutdown,
            Self::Pause => Operation::Pause,
            Self::Resume => Operation::Resume,
            Self::Submit => Operation::Submit,
            Self::WaitIdle => Operation::WaitIdle,
        }
    }

    /// Returns whether the call waits for the scheduler.
    pub(super) const fn waits(self) -> bool {
        matches!(self, Self::Shutdown | Self::WaitIdle)
    }
}

/// A client, or a running job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Actor {
    pub(super) phase: Phase,
    /// The number of calls that the actor may still make.
    pub(super) left: u8,
}

impl Actor {
    pub(super) const fn new(calls: u8) -> Self {
        Self {
            phase: Phase::Idle,
            left: calls,
        }
    }

    pub(super) fn is_done(self) -> bool {
        self.phase == Phase::Idle && self.left == 0
    }
}
