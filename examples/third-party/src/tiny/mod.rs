//! A scheduler from scratch: a task for each job and each schedule, one lock, no queue.
//!
//! It keeps the lifecycle table by calling `permit`, and runs and cancels jobs and schedules. It has
//! no limits, no deadlines, no policies and no records, and calls listeners on the thread of the event.

mod backfill;
mod jobs;
mod queues;
mod scheduler;
mod schedules;

use std::{
    collections::BTreeMap,
    future::{Future, poll_fn},
    ops::Deref,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak},
    task::Poll,
    time::Duration,
};

use chrono::{DateTime, Utc};
use scheduler_core::{
    Error, Event, EventFilter, EventKind, Job, JobId, JobOutcome, Result, Runtime, ScheduleId,
    Scheduler, ShutdownReport, State,
    event::{Listener, ListenerId, StateCause},
    implement::{EventSender, OwnHost, OwnJob},
    job::{CancelMode, CancelReason, JobStatus},
    lifecycle::{FirstState, Operation, permit},
};

use self::{backfill::Run, schedules::Known};
use crate::signal::Signal;

/// A small scheduler over any runtime. Clones share one scheduler.
#[derive(Clone)]
pub struct Tiny(Arc<User>);

impl Tiny {
    /// Creates a scheduler over `runtime`.
    pub fn new(runtime: Arc<dyn Runtime>) -> Self {
        let shared = Arc::new_cyclic(|me| Shared {
            runtime,
            me: me.clone(),
            user: OnceLock::new(),
            inner: Mutex::default(),
            changed: Signal::default(),
        });
        let user = Arc::new(User(shared.clone()));
        drop(shared.user.set(Arc::downgrade(&user)));
        Self(user)
    }
}

/// The part that only the handles share. It is dropped with the last handle.
struct User(Arc<Shared>);

impl Deref for User {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Drop for User {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

struct Shared {
    runtime: Arc<dyn Runtime>,
    me: Weak<Self>,
    user: OnceLock<Weak<User>>,
    inner: Mutex<Inner>,
    changed: Signal,
}

struct Inner {
    state: State,
    numbers: u64,
    jobs: BTreeMap<JobId, (Arc<OwnJob>, JobStatus)>,
    /// Jobs that wait for the start, or for the end of a pause.
    held: Vec<(JobId, Job)>,
    schedules: BTreeMap<ScheduleId, Known>,
    backfills: Vec<Arc<Run>>,
    streams: Vec<(EventFilter, EventSender)>,
    listeners: Vec<(ListenerId, EventFilter, Arc<dyn Listener>)>,
    /// Events that are not published yet.
    news: Vec<EventKind>,
    /// Time of the latest event. Later events never have an earlier time (`EV-001`).
    latest: DateTime<Utc>,
    report: Option<Arc<ShutdownReport>>,
}

impl Default for Inner {
    fn default() -> Self {
        Self {
            state: State::New,
            numbers: 0,
            jobs: BTreeMap::new(),
            held: Vec::new(),
            schedules: BTreeMap::new(),
            backfills: Vec::new(),
            streams: Vec::new(),
            listeners: Vec::new(),
            news: Vec::new(),
            latest: DateTime::UNIX_EPOCH,
            report: None,
        }
    }
}

impl Inner {
    fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    fn go_to(&mut self, to: State, cause: StateCause) {
        let from = std::mem::replace(&mut self.state, to);
        self.news.push(EventKind::StateChanged { from, to, cause });
    }

    fn count(&self, wanted: JobStatus) -> usize {
        let statuses = self.jobs.values().map(|(_, status)| *status);
        statuses.filter(|status| *status == wanted).count()
    }

    fn unstarted(&self) -> Vec<JobId> {
        let started = |status| matches!(status, JobStatus::Running | JobStatus::Cancelling);
        let unstarted = self
            .jobs
            .iter()
            .filter(|(_, (_, status))| !started(*status));
        unstarted.map(|(id, _)| *id).collect()
    }

    /// Completes a shutdown if no job is left.
    fn end_if_done(&mut self) {
        if self.state == State::ShuttingDown && self.jobs.is_empty() {
            self.go_to(State::ShutDown, StateCause::Requested);
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a change under the lock, then publishes its events and wakes waiters without the lock.
    fn change<T>(&self, change: impl FnOnce(&mut Inner) -> T) -> T {
        // Read without the lock, because the runtime is foreign code. Another change may overtake this
        // one between the two lines.
        let at = self.runtime.now().wall();
        let mut inner = self.lock();
        let answer = change(&mut inner);
        let at = at.max(inner.latest);
        inner.latest = at;
        let mut calls = Vec::new();
        for kind in std::mem::take(&mut inner.news) {
            let event = Event::new(inner.number(), at, kind);
            for (filter, stream) in &inner.streams {
                if filter.wants(&event.kind) {
                    stream.push(event.clone());
                    stream.wake();
                }
            }
            for (_, filter, listener) in &inner.listeners {
                if filter.wants(&event.kind) {
                    calls.push((listener.clone(), event.clone()));
                }
            }
        }
        if inner.state == State::ShutDown && inner.report.is_none() {
            inner.report = Some(Arc::new(ShutdownReport::new(StateCause::Requested)));
        }
        drop(inner);
        for (listener, event) in calls {
            listener.on_event(&event);
        }
        self.changed.notify();
        answer
    }

    fn me(&self) -> Arc<Self> {
        self.me.upgrade().expect("the caller holds a reference")
    }

    async fn sleep(&self, duration: Duration) {
        let Some(end) = self.runtime.now().mono().checked_add(duration) else {
            return std::future::pending().await;
        };
        while self.runtime.now().mono() < end {
            self.runtime.sleep_until(end).await;
        }
    }

    /// Waits until the shutdown begins.
    async fn ended(&self) {
        let ended = || matches!(self.lock().state, State::ShuttingDown | State::ShutDown);
        self.changed.until(|| ended().then_some(())).await;
    }

    async fn begin(&self, first: FirstState) -> Result<()> {
        self.change(|inner| {
            permit(inner.state, first.operation())?;
            inner.go_to(State::Starting, StateCause::Requested);
            Ok::<_, Error>(())
        })?;
        let me = self.me();
        let driver = Box::pin(async move { me.up(first.into()) });
        if let Err(source) = self.runtime.spawn(driver) {
            self.change(|inner| inner.go_to(State::New, StateCause::StartFailed));
            let backend = self.runtime.name().to_owned();
            return Err(Error::Spawn { backend, source });
        }
        let settled = || Some(self.lock().state).filter(|state| *state != State::Starting);
        match self.changed.until(settled).await {
            State::ShuttingDown | State::ShutDown => Ok(permit(State::ShutDown, Operation::Start)?),
            _ => Ok(()),
        }
    }

    fn up(&self, to: State) {
        self.change(|inner| {
            if inner.state == State::Starting {
                inner.go_to(to, StateCause::Requested);
            }
        });
        let ids: Vec<_> = self.lock().schedules.keys().cloned().collect();
        ids.into_iter().for_each(|id| self.follow(id));
        self.release();
    }

    /// Launches the held jobs if the scheduler runs.
    fn release(&self) {
        let held = self.change(|inner| match inner.state {
            State::Running => std::mem::take(&mut inner.held),
            _ => Vec::new(),
        });
        for (id, job) in held {
            self.launch(id, job);
        }
    }

    fn close(&self) -> Result<()> {
        let unstarted = self.change(|inner| {
            permit(inner.state, Operation::RequestShutdown)?;
            if inner.state != State::ShuttingDown {
                inner.go_to(State::ShuttingDown, StateCause::Requested);
            }
            inner.schedules.clear();
            inner.held.clear();
            let unstarted = inner.unstarted();
            inner.end_if_done();
            Ok::<_, Error>(unstarted)
        })?;
        for id in unstarted {
            self.finish(id, JobOutcome::Cancelled(CancelReason::Shutdown));
        }
        Ok(())
    }

    /// Closes the scheduler after its last handle was dropped.
    fn abandon(&self) {
        let (unstarted, running) = self.change(|inner| {
            if matches!(inner.state, State::ShuttingDown | State::ShutDown) {
                return Default::default();
            }
            inner.go_to(State::ShuttingDown, StateCause::Dropped);
            inner.schedules.clear();
            inner.held.clear();
            let unstarted = inner.unstarted();
            let running: Vec<_> = inner.jobs.keys().copied().collect();
            inner.end_if_done();
            (unstarted, running)
        });
        for id in unstarted {
            self.finish(id, JobOutcome::Cancelled(CancelReason::Shutdown));
        }
        for id in running {
            OwnHost::cancel(self, id, CancelMode::Immediate);
        }
    }

    async fn report(&self) -> Arc<ShutdownReport> {
        self.changed.until(|| self.lock().report.clone()).await
    }
}

/// Waits until the first of two futures completes.
async fn either(first: impl Future, second: impl Future) {
    let (mut first, mut second) = (pin!(first), pin!(second));
    poll_fn(|cx| {
        let over = first.as_mut().poll(cx).is_ready() || second.as_mut().poll(cx).is_ready();
        if over { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

impl std::fmt::Debug for Tiny {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tiny")
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}
