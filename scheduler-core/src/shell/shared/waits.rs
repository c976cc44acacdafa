//! Waits for the start, for idleness and for the end. Refuses waiting calls inside a job or a callback.

use std::sync::Arc;

use super::Shared;
use crate::{
    Error, LifecycleError, Operation, Result, Runtime, ShutdownReport, State, WaitingCall,
    engine::Engine, job::caller, permit,
};

impl Shared {
    /// Refuses a call that would wait for its own caller (`LC-012`).
    pub(crate) fn forbid_inside(&self, call: WaitingCall) -> Result<()> {
        if caller::place_inside(self.id).is_none() {
            return Ok(());
        }
        match permit(self.look(Engine::state), Operation::WaitInside) {
            Err(LifecycleError::WouldDeadlock) => Err(Error::WouldDeadlock(call)),
            other => other.map_err(Error::from),
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.stopped.get().is_some()
    }

    /// Waits until the scheduler has stopped, and returns the report.
    pub(crate) async fn until_stopped(&self) -> Arc<ShutdownReport> {
        self.stopped_signal
            .until(|| self.stopped.get().cloned())
            .await
    }

    /// Waits until the runtime has dropped the driver. The loss closes the scheduler.
    pub(crate) async fn until_lost(&self) {
        self.stopped_signal
            .until(|| self.is_lost().then_some(()))
            .await;
    }

    /// Waits until start number `start_number` has succeeded, failed or been aborted by a shutdown.
    pub(crate) async fn until_started(&self, start_number: u64) -> Result<()> {
        self.state_changed
            .until(|| self.start_over(start_number))
            .await
    }

    /// Returns the result of start number `start_number`, if it is known.
    fn start_over(&self, start_number: u64) -> Option<Result<()>> {
        let (state, latest) = self.look(|engine| (engine.state(), engine.start_number()));
        match state {
            State::Starting if latest == start_number => None,
            State::Running | State::Paused if latest == start_number => Some(Ok(())),
            State::ShuttingDown | State::ShutDown => Some(Err(LifecycleError::ShutDown.into())),
            _ => Some(Err(self.dropped_driver())),
        }
    }

    fn dropped_driver(&self) -> Error {
        self.spawn_error(crate::SpawnError::no_runtime(
            "the executor dropped the scheduler's driver immediately",
        ))
    }

    pub(crate) fn spawn_error(&self, source: crate::SpawnError) -> Error {
        Error::Spawn {
            backend: self.runtime.name().to_owned(),
            source,
        }
    }

    /// Waits until no job runs and none is due.
    pub(crate) async fn until_idle(&self) -> Result<()> {
        self.idle.until(|| self.idle_now()).await
    }

    fn idle_now(&self) -> Option<Result<()>> {
        let (state, idle) = self.ask(|engine, now| (engine.state(), engine.check_idle(now)));
        match permit(state, Operation::WaitIdle) {
            Ok(()) => idle.then_some(Ok(())),
            Err(error) => Some(Err(error.into())),
        }
    }
}
