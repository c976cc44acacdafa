//! A scheduler from scratch: a task for each job and each schedule, one lock, no queue.
//!
//! It keeps the lifecycle table, by asking `permit`, and runs and cancels jobs and schedules. It has
//! no limits, no deadlines and no policies, and calls listeners where it stands.

use std::{
    collections::BTreeMap,
    future::{Future, poll_fn},
    ops::Deref,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak},
    task::Poll,
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use scheduler_core::{
    BoxFuture, Error, Event, EventFilter, EventKind, EventSender, EventStream, Job, JobHandle,
    JobId, JobOutcome, Listener, ListenerId, Metrics, Operation, Result, Runtime, Schedule,
    ScheduleId, ScheduleInfo, Scheduler, Shutdown, ShutdownReport, State, StateCause,
    event_channel,
    implement::{OwnHost, OwnJob, Work},
    job::{CancelMode, CancelReason, CancelStatus, JobError, JobInfo, JobStatus, Start},
    permit,
};

use crate::signal::Signal;

/// A small scheduler over any runtime; clones are the same one.
#[derive(Clone)]
pub struct Tiny(Arc<User>);

impl Tiny {
    /// A scheduler over `runtime`.
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

/// What the handles share; its end is the end of the last one.
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
    /// What waits for the start, or for the end of a pause.
    held: Vec<(JobId, Job)>,
    schedules: BTreeMap<ScheduleId, Schedule>,
    streams: Vec<(EventFilter, EventSender)>,
    listeners: Vec<(ListenerId, EventFilter, Arc<dyn Listener>)>,
    /// What listeners have not been told yet.
    news: Vec<EventKind>,
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
            streams: Vec::new(),
            listeners: Vec::new(),
            news: Vec::new(),
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

    /// Ends it, if nothing runs any more.
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

    /// Changes something under the lock, then tells whoever wants to know, without it.
    fn change<T>(&self, change: impl FnOnce(&mut Inner) -> T) -> T {
        let at = self.runtime.now().wall;
        let mut inner = self.lock();
        let answer = change(&mut inner);
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
        self.me.upgrade().expect("whoever calls holds it")
    }

    fn accept(&self, job: Job) -> Result<JobHandle> {
        let nominal = self.runtime.now().wall;
        let host: Weak<dyn OwnHost> = self.me.clone();
        let (id, handle, now) = self.change(|inner| {
            permit(inner.state, Operation::Submit)?;
            let id = JobId::from_bits(inner.number());
            let own = Arc::new(OwnJob::new(id, job.name(), nominal, host));
            let handle = own.handle();
            let status = match job.start() {
                Start::Now => JobStatus::Queued,
                _ => JobStatus::Delayed,
            };
            inner.jobs.insert(id, (own, status));
            inner.news.push(EventKind::JobScheduled {
                job: id,
                name: handle.name(),
                schedule: None,
                nominal,
            });
            let now = match inner.state {
                State::Running => Some(job),
                _ => {
                    inner.held.push((id, job));
                    None
                }
            };
            Ok::<_, Error>((id, handle, now))
        })?;
        if let Some(job) = now {
            self.launch(id, job);
        }
        Ok(handle)
    }

    /// A job that cannot be spawned is dropped, and with it the last that keeps it: it was lost.
    fn launch(&self, id: JobId, job: Job) {
        let me = self.me();
        let task = async move {
            let delay = match job.start() {
                Start::After(delay) => delay,
                Start::At(at) => (at - me.runtime.now().wall).to_std().unwrap_or_default(),
                _ => Duration::ZERO,
            };
            either(me.sleep(delay), me.ended()).await;
            me.run(id, job).await;
        };
        if self.runtime.spawn(Box::pin(task)).is_err() {
            self.finish(id, lost());
        }
    }

    async fn run(&self, id: JobId, job: Job) {
        let begun = self.change(|inner| {
            let running = inner.state == State::Running;
            let (own, status) = inner.jobs.get_mut(&id)?;
            if !running {
                return None;
            }
            *status = JobStatus::Running;
            let own = own.clone();
            inner.news.push(EventKind::JobClaimed(id));
            inner.news.push(EventKind::JobStarted(id));
            Some(own)
        });
        let Some(own) = begun else {
            return self.hold(id, job);
        };
        let body = || job.into_work(own.context());
        let outcome = match catch_unwind(AssertUnwindSafe(body)) {
            Ok(Work::Async(body)) => self.unless_cancelled(id, body).await,
            Ok(Work::Blocking(body)) => self.beside(body).await,
            Err(_) => panicked(),
        };
        self.finish(id, outcome);
    }

    /// Polls a body until it ends, panics, or is to be dropped.
    async fn unless_cancelled(&self, id: JobId, mut body: Body) -> JobOutcome {
        let mut cancelled = pin!(self.changed.until(|| {
            let told = self.lock().jobs.get(&id).map(|(_, status)| *status);
            (told == Some(JobStatus::Cancelling)).then_some(())
        }));
        poll_fn(|cx| {
            match catch_unwind(AssertUnwindSafe(|| body.as_mut().poll(cx))) {
                Ok(Poll::Ready(answer)) => return Poll::Ready(outcome_of(answer)),
                Ok(Poll::Pending) => {}
                Err(_) => return Poll::Ready(panicked()),
            }
            let cancelled = cancelled.as_mut().poll(cx);
            cancelled.map(|()| JobOutcome::Cancelled(CancelReason::Requested))
        })
        .await
    }

    /// It came during a pause: until the next start it waits.
    fn hold(&self, id: JobId, job: Job) {
        self.change(|inner| {
            if inner.jobs.contains_key(&id) {
                inner.held.push((id, job));
            }
        });
    }

    /// Runs what blocks beside the executor, and waits for it.
    async fn beside(&self, body: BlockingBody) -> JobOutcome {
        let (me, slot) = (self.me(), Arc::new(OnceLock::new()));
        let filled = slot.clone();
        let work = move || {
            let outcome = catch_unwind(AssertUnwindSafe(body));
            drop(filled.set(outcome.map_or_else(|_| panicked(), outcome_of)));
            me.changed.notify();
        };
        if self.runtime.spawn_blocking(Box::new(work)).is_err() {
            return lost();
        }
        self.changed.until(|| slot.get().cloned()).await
    }

    fn finish(&self, id: JobId, outcome: JobOutcome) {
        let told = outcome.clone();
        let ended = self.change(|inner| {
            let (own, _) = inner.jobs.remove(&id)?;
            inner.news.push(EventKind::JobFinished {
                job: id,
                outcome: told,
            });
            inner.end_if_done();
            Some(own)
        });
        if let Some(own) = ended {
            own.finish(outcome);
        }
    }

    async fn sleep(&self, duration: Duration) {
        let Some(end) = self.runtime.now().mono.checked_add(duration) else {
            return std::future::pending().await;
        };
        while self.runtime.now().mono < end {
            self.runtime.sleep_until(end).await;
        }
    }

    /// Waits until it shuts down.
    async fn ended(&self) {
        let ended = || matches!(self.lock().state, State::ShuttingDown | State::ShutDown);
        self.changed.until(|| ended().then_some(())).await;
    }

    async fn begin(&self, operation: Operation, to: State) -> Result<()> {
        self.change(|inner| {
            permit(inner.state, operation)?;
            inner.go_to(State::Starting, StateCause::Requested);
            Ok::<_, Error>(())
        })?;
        let me = self.me();
        let driver = Box::pin(async move { me.up(to) });
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

    /// What was held goes on, if it runs.
    fn release(&self) {
        let held = self.change(|inner| match inner.state {
            State::Running => std::mem::take(&mut inner.held),
            _ => Vec::new(),
        });
        for (id, job) in held {
            self.launch(id, job);
        }
    }

    /// Runs a schedule whenever it is due.
    fn follow(&self, id: ScheduleId) {
        let me = self.me();
        let task = async move {
            let Some(schedule) = me.lock().schedules.get(&id).cloned() else {
                return;
            };
            let live = me.runtime.now().wall;
            let rule = schedule.trigger().anchored(live);
            let rule = rule.unwrap_or_else(|| schedule.trigger().clone());
            let mut next = rule.first_from(live);
            while let Some(at) = next {
                let wait = (at - me.runtime.now().wall).to_std().unwrap_or_default();
                either(me.sleep(wait), me.ended()).await;
                if !me.lock().schedules.contains_key(&id) {
                    return;
                }
                drop(me.accept(Job::from(schedule.task().clone())));
                next = rule.next_after(at).filter(|next| *next > at);
            }
            me.change(|inner| {
                if inner.schedules.remove(&id).is_some() {
                    inner.news.push(EventKind::ScheduleExhausted(id));
                }
            });
        };
        drop(self.runtime.spawn(Box::pin(task)));
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

    /// Nobody holds it any more.
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

type Answer = std::result::Result<(), JobError>;
type Body = BoxFuture<'static, Answer>;
type BlockingBody = Box<dyn FnOnce() -> Answer + Send>;

fn outcome_of(answer: Answer) -> JobOutcome {
    answer.map_or_else(JobOutcome::Failed, JobOutcome::Succeeded)
}

fn panicked() -> JobOutcome {
    JobOutcome::Failed(JobError::Panicked("it panicked".into()))
}

fn lost() -> JobOutcome {
    JobOutcome::Failed(JobError::Lost("it could not be spawned".into()))
}

/// Waits for the first of the two.
async fn either(first: impl Future, second: impl Future) {
    let (mut first, mut second) = (pin!(first), pin!(second));
    poll_fn(|cx| {
        let over = first.as_mut().poll(cx).is_ready() || second.as_mut().poll(cx).is_ready();
        if over { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

impl OwnHost for Shared {
    fn status(&self, job: JobId) -> JobStatus {
        let inner = self.lock();
        inner
            .jobs
            .get(&job)
            .map_or(JobStatus::Finished, |(_, status)| *status)
    }

    fn cancel(&self, job: JobId, _: CancelMode) -> CancelStatus {
        match OwnHost::status(self, job) {
            JobStatus::Finished => CancelStatus::TooLate,
            JobStatus::Queued | JobStatus::Delayed => {
                self.finish(job, JobOutcome::Cancelled(CancelReason::Requested));
                CancelStatus::Prevented
            }
            _ => {
                let own = self.change(|inner| {
                    let (own, status) = inner.jobs.get_mut(&job)?;
                    if *status == JobStatus::Running {
                        inner.news.push(EventKind::JobCancelling(job));
                    }
                    *status = JobStatus::Cancelling;
                    Some(own.clone())
                });
                own.inspect(|own| own.tell_to_end(CancelReason::Requested));
                CancelStatus::Requested
            }
        }
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let me = self.me();
        Box::pin(async move { Shared::sleep(&me, duration).await })
    }

    fn scheduler(&self) -> Option<Arc<dyn Scheduler>> {
        let user = self.user.get()?.upgrade()?;
        Some(Arc::new(Tiny(user)))
    }
}

#[async_trait]
impl Scheduler for Tiny {
    fn backend(&self) -> &str {
        self.0.runtime.name()
    }

    fn state(&self) -> State {
        self.0.lock().state
    }

    async fn start(&self) -> Result<()> {
        self.0.begin(Operation::Start, State::Running).await
    }

    async fn start_paused(&self) -> Result<()> {
        self.0.begin(Operation::StartPaused, State::Paused).await
    }

    fn pause(&self) -> Result<()> {
        self.0.change(|inner| {
            permit(inner.state, Operation::Pause)?;
            if inner.state == State::Running {
                inner.go_to(State::Paused, StateCause::Requested);
            }
            Ok(())
        })
    }

    fn resume(&self) -> Result<()> {
        self.0.change(|inner| {
            permit(inner.state, Operation::Resume)?;
            if inner.state == State::Paused {
                inner.go_to(State::Running, StateCause::Requested);
            }
            Ok::<_, Error>(())
        })?;
        self.0.release();
        Ok(())
    }

    async fn shutdown(&self, how: Shutdown) -> Result<Arc<ShutdownReport>> {
        self.request_shutdown(how)?;
        Ok(self.0.report().await)
    }

    fn request_shutdown(&self, _: Shutdown) -> Result<()> {
        self.0.close()
    }

    async fn stopped(&self) -> Result<Arc<ShutdownReport>> {
        Ok(self.0.report().await)
    }

    async fn wait_idle(&self) -> Result<()> {
        let look = || {
            let inner = self.0.lock();
            if let Err(refused) = permit(inner.state, Operation::WaitIdle) {
                return Some(Err(Error::from(refused)));
            }
            let waits = inner.state == State::Running && inner.count(JobStatus::Queued) > 0;
            let runs = inner.count(JobStatus::Running) + inner.count(JobStatus::Cancelling);
            (runs == 0 && !waits).then_some(Ok(()))
        };
        self.0.changed.until(look).await
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        OwnHost::sleep(&**self.0, duration)
    }

    async fn submit(&self, job: Job) -> Result<JobHandle> {
        self.0.accept(job)
    }

    fn try_submit(&self, job: Job) -> Result<JobHandle> {
        self.0.accept(job)
    }

    fn cancel(&self, job: JobId, mode: CancelMode) -> CancelStatus {
        OwnHost::cancel(&**self.0, job, mode)
    }

    fn add(&self, schedule: Schedule) -> Result<ScheduleId> {
        let (id, live) = self.0.change(|inner| {
            permit(inner.state, Operation::Add)?;
            let number = inner.number();
            let id = schedule.own_id().cloned();
            let id = id.unwrap_or_else(|| format!("schedule-{number}").into());
            if inner.schedules.contains_key(&id) {
                return Err(Error::DuplicateId(id));
            }
            inner.schedules.insert(id.clone(), schedule);
            inner.news.push(EventKind::ScheduleAdded(id.clone()));
            Ok((id, !matches!(inner.state, State::New | State::Starting)))
        })?;
        if live {
            self.0.follow(id.clone());
        }
        Ok(id)
    }

    fn remove(&self, id: &ScheduleId) -> Result<()> {
        self.0.change(|inner| {
            let removed = inner.schedules.remove(id);
            removed.ok_or_else(|| Error::UnknownSchedule(id.clone()))?;
            inner.news.push(EventKind::ScheduleRemoved(id.clone()));
            Ok(())
        })
    }

    fn run_now(&self, id: &ScheduleId) -> Result<JobHandle> {
        let inner = self.0.lock();
        permit(inner.state, Operation::RunNow)?;
        let schedule = inner.schedules.get(id).cloned();
        drop(inner);
        let schedule = schedule.ok_or_else(|| Error::UnknownSchedule(id.clone()))?;
        self.0.accept(Job::from(schedule.task().clone()))
    }

    fn schedule(&self, id: &ScheduleId) -> Option<ScheduleInfo> {
        let all = self.schedules().into_iter();
        all.into_iter().find(|info| info.id == *id)
    }

    fn schedules(&self) -> Vec<ScheduleInfo> {
        let inner = self.0.lock();
        let ids = inner.schedules.keys().cloned();
        ids.map(|id| ScheduleInfo::new(id, None, None, 0)).collect()
    }

    fn next_times(&self, id: &ScheduleId, count: usize) -> Result<Vec<DateTime<Utc>>> {
        let now = self.0.runtime.now().wall;
        let schedule = self.0.lock().schedules.get(id).cloned();
        let schedule = schedule.ok_or_else(|| Error::UnknownSchedule(id.clone()))?;
        let rule = schedule.trigger().clone();
        let step = |at: &DateTime<Utc>| rule.next_after(*at).filter(|next| next > at);
        Ok(std::iter::successors(rule.first_from(now), step)
            .take(count)
            .collect())
    }

    fn jobs(&self) -> Vec<JobInfo> {
        let inner = self.0.lock();
        let jobs = inner.jobs.iter();
        jobs.map(|(id, (own, status))| JobInfo::new(*id, own.handle().name(), *status, None))
            .collect()
    }

    fn subscribe(&self, filter: EventFilter) -> EventStream {
        let (sender, stream) = event_channel(1_024);
        self.0.lock().streams.push((filter, sender));
        stream
    }

    fn add_listener(&self, filter: EventFilter, listener: Arc<dyn Listener>) -> ListenerId {
        let mut inner = self.0.lock();
        let id = ListenerId::from_bits(inner.number());
        inner.listeners.push((id, filter, listener));
        id
    }

    fn remove_listener(&self, id: ListenerId) -> bool {
        let mut inner = self.0.lock();
        let before = inner.listeners.len();
        inner.listeners.retain(|(known, ..)| *known != id);
        inner.listeners.len() < before
    }

    fn metrics(&self) -> Metrics {
        let inner = self.0.lock();
        let mut metrics = Metrics::default();
        metrics.queued = inner.count(JobStatus::Queued);
        metrics.running = inner.count(JobStatus::Running);
        metrics.schedules = inner.schedules.len();
        metrics
    }
}

impl std::fmt::Debug for Tiny {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tiny")
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}
