//! The frequency of each command in each state.

use scheduler_core::State;

/// The kinds of commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Start,
    StartPaused,
    Pause,
    Resume,
    Shutdown,
    RequestShutdown,
    Stopped,
    WaitIdle,
    Submit,
    TrySubmit,
    Post,
    Cancel,
    Wait,
    DropHandle,
    Add,
    Remove,
    RunNow,
    Look,
    Advance,
    JumpWall,
    OpenGate,
    HoldSpawns,
    ReleaseSpawns,
    FailSpawn,
    DropScheduler,
}

/// All kinds.
pub(super) const KINDS: [Kind; 25] = [
    Kind::Start,
    Kind::StartPaused,
    Kind::Pause,
    Kind::Resume,
    Kind::Shutdown,
    Kind::RequestShutdown,
    Kind::Stopped,
    Kind::WaitIdle,
    Kind::Submit,
    Kind::TrySubmit,
    Kind::Post,
    Kind::Cancel,
    Kind::Wait,
    Kind::DropHandle,
    Kind::Add,
    Kind::Remove,
    Kind::RunNow,
    Kind::Look,
    Kind::Advance,
    Kind::JumpWall,
    Kind::OpenGate,
    Kind::HoldSpawns,
    Kind::ReleaseSpawns,
    Kind::FailSpawn,
    Kind::DropScheduler,
];

impl Kind {
    pub(super) const fn is_call(self) -> bool {
        (self as usize) < (Self::Advance as usize)
    }

    /// Returns whether the scenario needs the kind for anything to happen at all.
    pub(super) const fn is_vital(self) -> bool {
        matches!(self, Self::Start | Self::Advance | Self::ReleaseSpawns)
    }

    /// Returns the relative frequency of the kind.
    pub(super) const fn weight(self, state: State, held: bool, dropped: bool) -> u32 {
        if dropped {
            return if self.is_call() {
                1
            } else {
                self.weight_outside(state, held)
            };
        }
        if self.is_call() {
            self.weight_of_call(state)
        } else {
            self.weight_outside(state, held)
        }
    }

    const fn weight_outside(self, state: State, held: bool) -> u32 {
        match (self, state, held) {
            (Self::Advance, State::New | State::Starting, _) => 5,
            (Self::Advance, ..) => 16,
            (Self::JumpWall | Self::FailSpawn, ..) => 2,
            (Self::OpenGate, ..) => 6,
            (Self::HoldSpawns, State::New, false) => 10,
            (Self::HoldSpawns, _, false) | (Self::DropScheduler, ..) => 1,
            (Self::ReleaseSpawns, _, true) => 7,
            _ => 0,
        }
    }

    const fn weight_of_call(self, state: State) -> u32 {
        match (self, state) {
            (Self::Start, State::New) => 16,
            (Self::StartPaused, State::New) => 8,
            (Self::Shutdown | Self::RequestShutdown, State::Running | State::Paused) => 2,
            (Self::Shutdown, State::ShuttingDown) => 6,
            (Self::Resume, State::Paused) => 8,
            (Self::TrySubmit, _) => 9,
            (Self::Submit | Self::Post, _) => 5,
            (Self::Cancel, _) => 6,
            _ => 3,
        }
    }
}
