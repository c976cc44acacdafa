//! Who makes calls: clients, and jobs from inside.

use scheduler_core::Operation;

/// A call that has not answered yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Phase {
    /// Between two calls.
    Idle,
    /// Called; nothing has been decided yet.
    Called(Op),
    /// Its start is under way.
    Starting,
    /// Its start has failed, and somebody else's is under way.
    Overtaken,
    /// It waits for the end.
    Joining,
    /// It waits until nothing runs.
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

    /// Whether the call would wait for the scheduler.
    pub(super) const fn waits(self) -> bool {
        matches!(self, Self::Shutdown | Self::WaitIdle)
    }
}

/// A client, or a job that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Actor {
    pub(super) phase: Phase,
    /// How many calls it may still make.
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
