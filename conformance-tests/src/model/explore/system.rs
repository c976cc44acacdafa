//! One state of the search: the scheduler, its clients and its jobs.

use scheduler_core::State;

use super::{
    Scope,
    actor::{Actor, Phase},
};

/// The scheduler and all its actors.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct System {
    pub(super) state: State,
    pub(super) starts_paused: bool,
    /// The number of starts that have returned `Ok`.
    pub(super) started: u8,
    pub(super) clients: Vec<Actor>,
    pub(super) running: Vec<Actor>,
    /// Accepted jobs that have not started, in order; each number is the number of calls that the
    /// job will make.
    pub(super) queued: Vec<u8>,
    /// The number of accepted jobs without an outcome.
    pub(super) unresolved: u8,
}

impl System {
    pub(super) fn new(scope: Scope) -> Self {
        Self {
            state: State::New,
            starts_paused: false,
            started: 0,
            clients: vec![Actor::new(scope.calls); scope.clients],
            running: Vec::new(),
            queued: Vec::new(),
            unresolved: 0,
        }
    }

    /// Returns the state with its actors sorted, because their order makes no difference.
    pub(super) fn sorted(mut self) -> Self {
        self.clients.sort_unstable();
        self.running.sort_unstable();
        self
    }

    /// Begins a shutdown. Jobs that have not started never will.
    pub(super) fn close(&mut self) {
        self.state = State::ShuttingDown;
        for _ in self.queued.drain(..) {
            self.unresolved -= 1;
        }
    }

    /// Begins a start. Callers that still wait for an earlier start know that it failed.
    pub(super) fn begin(&mut self, paused: bool) {
        self.state = State::Starting;
        self.starts_paused = paused;
        for actor in self.clients.iter_mut().chain(&mut self.running) {
            if actor.phase == Phase::Starting {
                actor.phase = Phase::Overtaken;
            }
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.running.is_empty() && (self.state != State::Running || self.queued.is_empty())
    }
}
