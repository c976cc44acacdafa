//! [`Lifecycle`]: the state of the scheduler, which every machine may read.

mod idle;

pub(super) use self::idle::Stillness;
use crate::{Now, State, sync::gate::Asks};

/// The state, and what follows from it.
pub(super) struct Lifecycle {
    pub(super) state: State,
    /// Which start this is, so that a caller can tell its own from a later one.
    pub(super) start_number: u64,
    pub(super) starts_paused: bool,
    /// The scheduler shuts down, and accepted jobs that are due still start.
    pub(super) drains: bool,
    /// When the shutdown in progress began.
    pub(super) closing_since: Option<Now>,
    /// A schedule has been paused: the engine is asked before a run begins, from then on.
    pub(super) asks_about_schedules: bool,
    /// It was announced that sleeps of the runtime end early.
    pub(super) sleeps_early: bool,
}

impl Default for Lifecycle {
    fn default() -> Self {
        Self {
            state: State::New,
            start_number: 0,
            starts_paused: false,
            drains: false,
            closing_since: None,
            asks_about_schedules: false,
            sleeps_early: false,
        }
    }
}

impl Lifecycle {
    /// Returns whether accepted jobs start when it is their turn.
    pub(super) const fn starts_jobs(&self) -> bool {
        matches!(self.state, State::Running) || self.drains
    }

    /// Returns whether the scheduler has been started.
    pub(super) const fn has_started(&self) -> bool {
        !matches!(self.state, State::New | State::Starting)
    }

    /// Returns whether a shutdown is in progress.
    pub(super) const fn is_closing(&self) -> bool {
        self.closing_since.is_some()
    }

    /// Returns which jobs must cross the gate.
    pub(super) const fn asks(&self) -> Asks {
        match self.state {
            State::Running => Asks::Nothing {
                schedules: self.asks_about_schedules,
            },
            _ => Asks::All,
        }
    }
}
