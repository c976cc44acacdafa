//! One state of everything: the scheduler, its clients, its jobs.

use scheduler_core::State;

use super::{
    Scope,
    actor::{Actor, Phase},
};

/// The scheduler and all who deal with it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct System {
    pub(super) state: State,
    pub(super) starts_paused: bool,
    /// How many starts have answered `Ok`.
    pub(super) started: u8,
    pub(super) clients: Vec<Actor>,
    pub(super) running: Vec<Actor>,
    /// Jobs that were accepted and have not started, in order: how many calls each will make.
    pub(super) queued: Vec<u8>,
    /// Jobs that were accepted and have no outcome yet.
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

    /// The same with its actors in order: who is who makes no difference.
    pub(super) fn sorted(mut self) -> Self {
        self.clients.sort_unstable();
        self.running.sort_unstable();
        self
    }

    /// A shutdown begins: what has not started never will.
    pub(super) fn close(&mut self) {
        self.state = State::ShuttingDown;
        for _ in self.queued.drain(..) {
            self.unresolved -= 1;
        }
    }

    /// A start begins: whoever waits for an earlier one waits for a failed one.
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
