//! [`Focus`]: the family of rules that a scenario exercises most. Without a focus, rules of one
//! family seldom apply to the same job.

use super::{Kind, Rng};

/// The family of rules that a scenario exercises more than others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Focus {
    /// None: plain jobs, and the states of the scheduler.
    Nothing,
    /// Rates of groups, with few permits.
    Rates,
    /// Retries and timeouts.
    Attempts,
    /// Waits inside jobs.
    Waits,
    /// Some of each.
    Everything,
}

impl Focus {
    pub(super) fn draw(rng: &mut Rng) -> Self {
        let focus = rng.weighted(&[
            (8, Self::Nothing),
            (5, Self::Rates),
            (4, Self::Attempts),
            (4, Self::Waits),
            (4, Self::Everything),
        ]);
        focus.unwrap_or(Self::Nothing)
    }

    /// Returns the percentages of jobs with a rate, with retries, and with timeouts.
    pub(super) const fn policies(self) -> (u64, u64, u64) {
        match self {
            Self::Nothing => (0, 0, 0),
            Self::Rates => (60, 10, 15),
            Self::Attempts => (10, 70, 70),
            Self::Waits => (15, 5, 15),
            Self::Everything => (45, 40, 45),
        }
    }

    /// Returns the percentage of scripts that make no calls: they wait, then return, fail or panic.
    pub(super) const fn simple_scripts(self) -> u64 {
        match self {
            Self::Nothing | Self::Waits => 0,
            Self::Rates | Self::Attempts => 60,
            Self::Everything => 25,
        }
    }

    /// Returns whether most scenarios have few permits.
    pub(super) const fn is_tight(self) -> bool {
        matches!(self, Self::Rates | Self::Waits)
    }

    /// Returns the percentage of commands that are followed by a prepared sequence of commands.
    pub(super) const fn idioms(self) -> u64 {
        match self {
            Self::Nothing => 0,
            Self::Rates => 26,
            Self::Attempts => 18,
            Self::Waits | Self::Everything => 8,
        }
    }

    /// Returns the weight of waits inside jobs.
    pub(super) const fn waits(self) -> u32 {
        match self {
            Self::Nothing => 2,
            Self::Rates | Self::Attempts | Self::Everything => 4,
            Self::Waits => 24,
        }
    }

    /// Returns the factor by which a command is more frequent than without a focus.
    pub(super) const fn factor(self, kind: Kind) -> u32 {
        match (self, kind) {
            (Self::Rates, Kind::Cancel | Kind::HoldSpawns) => 4,
            (Self::Rates | Self::Waits, Kind::Submit | Kind::TrySubmit) => 3,
            (Self::Attempts, Kind::Cancel | Kind::Submit | Kind::TrySubmit) => 2,
            (Self::Attempts, Kind::WaitIdle | Kind::Shutdown | Kind::RequestShutdown) => 2,
            _ => 1,
        }
    }
}
