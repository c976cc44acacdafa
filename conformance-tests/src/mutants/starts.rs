//! Flaws of the start, and of the calls that are refused before it.

use std::{
    sync::atomic::{AtomicBool, Ordering::SeqCst},
    thread::{self, ThreadId},
};

use async_trait::async_trait;
use scheduler_core::{
    Error, ErrorKind, Job, JobHandle, Result, Scheduler, Shutdown, ShutdownReport, State,
    implement::yield_now, lifecycle::LifecycleError, runtime::SpawnError,
};
use std::sync::{Arc, Mutex, PoisonError};

use super::twist::{Scene, Twist, empty_report};
use crate::cases::table::poll_once;

/// A flag in which a twist stores whether something has happened.
#[derive(Default)]
pub(super) struct Flag(AtomicBool);

impl Flag {
    pub(super) fn set(&self) {
        self.0.store(true, SeqCst);
    }

    pub(super) fn is_set(&self) -> bool {
        self.0.load(SeqCst)
    }
}

/// Mutant 01: shutdown before start panics.
pub(super) struct EarlyShutdownPanics;

#[async_trait]
impl Twist for EarlyShutdownPanics {
    async fn shutdown(&self, on: &Scene, how: Shutdown) -> Result<Arc<ShutdownReport>> {
        self.request_shutdown(on, how)?;
        on.inner.shutdown(how).await
    }

    fn request_shutdown(&self, on: &Scene, how: Shutdown) -> Result<()> {
        assert_ne!(on.inner.state(), State::New, "no event loop to stop");
        on.inner.request_shutdown(how)
    }
}

/// Mutant 02: shutdown before start succeeds.
pub(super) struct EarlyShutdownIsOk;

#[async_trait]
impl Twist for EarlyShutdownIsOk {
    async fn shutdown(&self, on: &Scene, how: Shutdown) -> Result<Arc<ShutdownReport>> {
        match on.inner.state() {
            State::New => Ok(empty_report()),
            _ => on.inner.shutdown(how).await,
        }
    }
}

/// Mutant 03: errors are logged, and the call succeeds.
pub(super) struct PostsItsErrors;

#[async_trait]
impl Twist for PostsItsErrors {
    async fn start(&self, on: &Scene) -> Result<()> {
        on.inner.start().await.or(Ok(()))
    }

    async fn shutdown(&self, on: &Scene, how: Shutdown) -> Result<Arc<ShutdownReport>> {
        on.inner.shutdown(how).await.or_else(|_| Ok(empty_report()))
    }

    fn pause(&self, on: &Scene) -> Result<()> {
        on.inner.pause().or(Ok(()))
    }

    fn resume(&self, on: &Scene) -> Result<()> {
        on.inner.resume().or(Ok(()))
    }
}

/// Mutant 04: a second start starts a second dispatcher.
pub(super) struct SpawnsTwice;

#[async_trait]
impl Twist for SpawnsTwice {
    async fn start(&self, on: &Scene) -> Result<()> {
        let answer = on.inner.start().await;
        if answer.is_err() {
            on.runtime
                .spawn(Box::pin(std::future::pending()))
                .unwrap_or_default();
        }
        answer
    }
}

/// Mutant 05: start checks the state and changes it in two steps.
pub(super) struct ChecksThenActs;

#[async_trait]
impl Twist for ChecksThenActs {
    async fn start(&self, on: &Scene) -> Result<()> {
        let was_new = on.inner.state() == State::New;
        yield_now().await;
        match on.inner.start().await {
            Err(error) if was_new && error.kind() == ErrorKind::AlreadyRunning => Ok(()),
            answer => answer,
        }
    }
}

/// Mutant 06: start works again after the end.
pub(super) struct StartsAgain;

#[async_trait]
impl Twist for StartsAgain {
    async fn start(&self, on: &Scene) -> Result<()> {
        match on.inner.state() {
            State::ShutDown => Ok(()),
            _ => on.inner.start().await,
        }
    }
}

/// Mutant 08: a refused pause makes the later start come up paused.
#[derive(Default)]
pub(super) struct RefusedPauseSticks(Flag);

#[async_trait]
impl Twist for RefusedPauseSticks {
    fn pause(&self, on: &Scene) -> Result<()> {
        on.inner.pause().inspect_err(|_| self.0.set())
    }

    async fn start(&self, on: &Scene) -> Result<()> {
        if self.0.is_set() {
            return on.inner.start_paused().await;
        }
        on.inner.start().await
    }
}

/// Mutant 14: a failed start leaves the state Starting.
#[derive(Default)]
pub(super) struct StaysStarting(Flag);

#[async_trait]
impl Twist for StaysStarting {
    async fn start(&self, on: &Scene) -> Result<()> {
        if self.0.is_set() {
            return Err(LifecycleError::AlreadyRunning.into());
        }
        on.inner.start().await.inspect_err(|_| self.0.set())
    }

    fn state(&self, on: &Scene) -> State {
        if self.0.is_set() {
            return State::Starting;
        }
        on.inner.state()
    }
}

/// Mutant 16: a job submitted before the start runs at once.
#[derive(Default)]
pub(super) struct RunsBeforeTheStart {
    running: Flag,
    started: Flag,
}

#[async_trait]
impl Twist for RunsBeforeTheStart {
    async fn start(&self, on: &Scene) -> Result<()> {
        let was_running = self.running.is_set() && !self.started.is_set();
        self.started.set();
        match on.inner.start().await {
            Err(_) if was_running => Ok(()),
            answer => answer,
        }
    }

    fn try_submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        if !self.running.is_set() && on.inner.state() == State::New {
            self.running.set();
            poll_once(on.inner.start());
        }
        on.inner.try_submit(job)
    }

    fn state(&self, on: &Scene) -> State {
        match on.inner.state() {
            _ if self.running.is_set() && !self.started.is_set() => State::New,
            state => state,
        }
    }
}

/// Mutant 106: a start whose future is dropped stays Starting.
#[derive(Default)]
pub(super) struct StuckWhenGivenUp(AtomicBool);

#[async_trait]
impl Twist for StuckWhenGivenUp {
    async fn start(&self, on: &Scene) -> Result<()> {
        self.0.store(true, SeqCst);
        let answer = on.inner.start().await;
        self.0.store(false, SeqCst);
        answer
    }

    fn state(&self, on: &Scene) -> State {
        if self.0.load(SeqCst) {
            return State::Starting;
        }
        on.inner.state()
    }
}

/// Mutant 57: other threads see the state before a change.
#[derive(Default)]
pub(super) struct PublishesStatesLate(Mutex<Option<(ThreadId, State)>>);

impl PublishesStatesLate {
    fn note(&self, state: State) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some((thread::current().id(), state));
    }
}

#[async_trait]
impl Twist for PublishesStatesLate {
    fn pause(&self, on: &Scene) -> Result<()> {
        self.note(on.inner.state());
        on.inner.pause()
    }

    fn state(&self, on: &Scene) -> State {
        let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match last {
            Some((thread, before)) if thread != thread::current().id() => before,
            _ => on.inner.state(),
        }
    }
}

/// Mutant 58: building a scheduler spawns a task.
pub(super) fn spawns_when_built(scene: Scene) -> Arc<dyn Scheduler> {
    scene
        .runtime
        .spawn(Box::pin(std::future::pending()))
        .unwrap_or_default();
    scene.inner
}

/// Mutant 59: wait_idle succeeds before the start.
pub(super) struct IdlesBeforeTheStart;

#[async_trait]
impl Twist for IdlesBeforeTheStart {
    async fn wait_idle(&self, on: &Scene) -> Result<()> {
        match on.inner.state() {
            State::New => Ok(()),
            _ => on.inner.wait_idle().await,
        }
    }
}

/// Mutant 60: schedulers of one process share their state.
pub(super) struct SharesItsState;

static ANY_HAS_ENDED: AtomicBool = AtomicBool::new(false);

#[async_trait]
impl Twist for SharesItsState {
    async fn shutdown(&self, on: &Scene, how: Shutdown) -> Result<Arc<ShutdownReport>> {
        ANY_HAS_ENDED.store(true, SeqCst);
        on.inner.shutdown(how).await
    }

    fn state(&self, on: &Scene) -> State {
        if ANY_HAS_ENDED.load(SeqCst) {
            return State::ShutDown;
        }
        on.inner.state()
    }
}

/// Mutant 61: the source of an error is lost.
pub(super) struct LosesTheCause;

#[async_trait]
impl Twist for LosesTheCause {
    async fn start(&self, on: &Scene) -> Result<()> {
        on.inner.start().await.map_err(|error| match error {
            Error::Spawn { backend, source } => Error::Spawn {
                backend,
                source: SpawnError::no_runtime(source.to_string()),
            },
            error => error,
        })
    }
}
