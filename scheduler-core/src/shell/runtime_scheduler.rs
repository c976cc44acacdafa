//! [`RuntimeScheduler`]: the implementation of [`Scheduler`] for all runtimes.

mod compare;
mod queues;
mod schedules;
mod submit;

use std::{
    fmt,
    marker::PhantomData,
    sync::{Arc, Weak},
    time::Duration,
};

use async_trait::async_trait;

use self::{queues::Queues, schedules::Schedules, submit::SlotWait};
use crate::{
    BoxFuture, Error, EventFilter, EventStream, FailureWatch, FirstState, Listener, ListenerId,
    Metrics, Operation, Options, Result, Runtime, ScheduleControl, Scheduler, Shutdown,
    ShutdownReport, State, WaitingCall, block_on,
    contract::scheduler::delegate_scheduler,
    engine::{Engine, Subscriber, key_of},
    event_channel,
    job::{
        CancelMode, CancelReason, CancelStatus, Job, JobHandle, JobHost, JobId, JobInfo, JobResult,
        caller,
    },
    permit,
    queue::control::QueueControl,
    shell::{
        driver::{DriverGuard, drive},
        listeners::ListenerDelivery,
        shared::{Shared, Watching},
    },
};

/// A scheduler over the runtime `R`.
///
/// It can be built anywhere, without a running runtime, and spawns nothing before [`start`](Scheduler::start)
/// (`LC-001`). Clones are handles to the same scheduler. Dropping the last one without a shutdown cancels all
/// jobs, without blocking (`RT-001`).
pub struct RuntimeScheduler<R> {
    inner: Arc<Inner>,
    runtime: PhantomData<fn() -> R>,
}

/// Returns the scheduler that a handle controls. Once it was dropped, returns the error of `operation` after a
/// shutdown. A query is permitted then, and finds nothing: it returns `unknown`.
fn upgrade(
    scheduler: &Weak<Shared>,
    operation: Operation,
    unknown: impl FnOnce() -> Error,
) -> Result<Arc<Shared>> {
    match scheduler.upgrade() {
        Some(shared) => Ok(shared),
        None => {
            permit(State::ShutDown, operation)?;
            Err(unknown())
        }
    }
}

/// State shared by all handles. Dropping it shuts the scheduler down.
struct Inner {
    shared: Arc<Shared>,
    quantum: Duration,
    event_capacity: usize,
    /// The control of every schedule handle.
    schedules: Arc<Schedules>,
    /// The control of every queue handle.
    queues: Arc<Queues>,
}

impl<R: Runtime> RuntimeScheduler<R> {
    /// Creates a scheduler with the default [`Options`].
    ///
    /// ```
    /// use backend_thread::ThreadRuntime;
    /// use scheduler_core::{RuntimeScheduler, Scheduler};
    ///
    /// let scheduler = RuntimeScheduler::new(ThreadRuntime::new());
    /// assert_eq!(scheduler.backend(), "thread");
    /// ```
    pub fn new(runtime: R) -> Self {
        Self::build(runtime, Options::default())
    }

    /// Creates a scheduler with these settings.
    ///
    /// ```
    /// use backend_thread::ThreadRuntime;
    /// use scheduler_core::{ErrorKind, Options, RuntimeScheduler};
    ///
    /// let none_at_all = Options::default().max_concurrent_jobs(0);
    /// let refused = RuntimeScheduler::with_options(ThreadRuntime::new(), none_at_all).unwrap_err();
    /// assert_eq!(refused.kind(), ErrorKind::InvalidConfig);
    /// ```
    ///
    /// # Errors
    ///
    /// `InvalidConfig` if a setting is invalid (`CF-001`).
    pub fn with_options(runtime: R, options: Options) -> Result<Self> {
        options.validate()?;
        Ok(Self::build(runtime, options))
    }

    fn build(runtime: R, options: Options) -> Self {
        let (quantum, event_capacity) = (options.wake_quantum, options.event_capacity);
        let shared = Shared::new(Box::new(runtime), options);
        let inner = Arc::new(Inner {
            quantum,
            event_capacity,
            schedules: Arc::new(Schedules::of(&shared)),
            queues: Arc::new(Queues::of(&shared)),
            shared,
        });
        let user: Arc<dyn Scheduler> = inner.clone();
        inner.shared.set_user(Arc::downgrade(&user));
        Self {
            inner,
            runtime: PhantomData,
        }
    }
}

impl<R> RuntimeScheduler<R> {
    fn inner(&self) -> &Inner {
        &self.inner
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.shared.call(Engine::handle_dropped);
    }
}

impl<R> Clone for RuntimeScheduler<R> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            runtime: PhantomData,
        }
    }
}

impl<R> fmt::Debug for RuntimeScheduler<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RuntimeScheduler")
            .field("backend", &self.inner.shared.runtime.name())
            .field("state", &self.inner.shared.look(Engine::state))
            .field(
                "jobs",
                &self.inner.shared.look(|engine| engine.metrics().jobs()),
            )
            .finish_non_exhaustive()
    }
}

impl Inner {
    #[cfg(not(feature = "store"))]
    async fn begin(&self, operation: Operation) -> Result<()> {
        self.begin_engine(operation).await
    }

    /// Opens the store before the start, so that a start without a store changes no state.
    #[cfg(feature = "store")]
    async fn begin(&self, operation: Operation) -> Result<()> {
        self.shared.permit(operation)?;
        self.shared.open_store().await?;
        let started = self.begin_engine(operation).await;
        if started.is_err() {
            self.shared.close_store();
        }
        started
    }

    async fn begin_engine(&self, operation: Operation) -> Result<()> {
        let shared = &self.shared;
        let start_number = shared.begin_start(operation)?;
        let guard = DriverGuard::new(shared.clone(), self.quantum, start_number);
        let taken = shared.spawn(Box::pin(drive(guard)));
        taken.map_err(|source| shared.spawn_error(source))?;
        shared.until_started(start_number).await
    }

    fn host(&self) -> Weak<Shared> {
        Arc::downgrade(&self.shared)
    }
}

#[async_trait]
impl Scheduler for Inner {
    fn backend(&self) -> &str {
        self.shared.runtime.name()
    }

    fn state(&self) -> State {
        self.shared.look(Engine::state)
    }

    async fn start_in(&self, first: FirstState) -> Result<()> {
        self.begin(first.operation()).await
    }

    fn pause(&self) -> Result<()> {
        self.shared.pause(Engine::pause)
    }

    fn resume(&self) -> Result<()> {
        self.shared.call(Engine::resume)
    }

    fn request_shutdown(&self, how: Shutdown) -> Result<()> {
        self.shared.call(|engine, now| engine.shut_down(how, now))
    }

    async fn stopped(&self) -> Result<Arc<ShutdownReport>> {
        if !self.shared.is_closed() {
            self.shared.forbid_inside(WaitingCall::Stopped)?;
        }
        let report = self.shared.until_stopped().await;
        #[cfg(feature = "store")]
        if let Some(store) = &self.shared.store {
            store.until_left().await;
        }
        Ok(report)
    }

    async fn wait_idle(&self) -> Result<()> {
        if self.state() != State::ShutDown {
            self.shared.forbid_inside(WaitingCall::WaitIdle)?;
        }
        self.shared.until_idle().await
    }

    fn watch_failures(&self) -> FailureWatch {
        FailureWatch::new(Watching::begin(self.shared.clone()))
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        JobHost::sleep(&*self.shared, duration)
    }

    async fn submit(&self, job: Job) -> Result<JobHandle> {
        let cell = self.cell_for(&job);
        let Some(job) = self.offer_again(job, &cell, None)? else {
            return Ok(JobHandle::new(cell));
        };
        let queue = self.shared.look(|engine| engine.queue_of(&job))?;
        let inside = SlotWait::begin(&self.shared, queue)?;
        let turn = self.shared.slots.of_queue(queue).join();
        let mut waiting = Some(job);
        turn.until(|| self.offer_in_turn(&mut waiting, &cell, &turn, inside.as_ref()))
            .await?;
        Ok(JobHandle::new(cell))
    }

    fn try_submit(&self, job: Job) -> Result<JobHandle> {
        let cell = self.cell_for(&job);
        match self.offer(job, Some(cell.clone()), None) {
            Ok(_) => Ok(JobHandle::new(cell)),
            Err(refused) => Err(Self::refuse(*refused)),
        }
    }

    // Without a handle, whose state is allocated.
    fn post(&self, job: Job) -> Result<JobId> {
        self.offer(job, None, None)
            .map_err(|refused| Self::refuse(*refused))
    }

    // Without a handle, whose state is allocated.
    fn cancel(&self, job: JobId, mode: CancelMode) -> CancelStatus {
        let reason = CancelReason::Requested;
        self.shared
            .call(|engine, now| engine.cancel(key_of(job), mode, reason, now))
    }

    fn schedule_control(&self) -> Arc<dyn ScheduleControl> {
        self.schedules.clone()
    }

    fn queue_control(&self) -> Arc<dyn QueueControl> {
        self.queues.clone()
    }

    fn jobs(&self) -> Vec<JobInfo> {
        self.shared.look(Engine::job_infos)
    }

    fn handle(&self, id: JobId) -> Option<JobHandle> {
        let cell = self
            .shared
            .call(|engine, _| engine.attach_cell(key_of(id)))?;
        Some(JobHandle::new(cell))
    }

    #[cfg(feature = "store")]
    fn durable(&self) -> Option<crate::store::Durable> {
        let control = super::durable::Control::of(&self.shared)?;
        Some(crate::store::Durable::new(Arc::new(control)))
    }

    fn result(&self, id: JobId) -> Result<JobResult> {
        self.shared
            .call(|engine, now| engine.result(key_of(id), now))
    }

    fn subscribe(&self, filter: EventFilter) -> EventStream {
        let (sender, stream) = event_channel(self.event_capacity);
        self.shared.attach(Subscriber {
            filter,
            sender,
            listener: None,
        });
        stream
    }

    fn add_listener(&self, filter: EventFilter, listener: Arc<dyn Listener>) -> ListenerId {
        let id = self.shared.next_listener();
        self.shared.attach(ListenerDelivery::subscriber(
            self.host(),
            id,
            filter,
            listener,
            self.event_capacity,
        ));
        id
    }

    fn remove_listener(&self, id: ListenerId) -> bool {
        let Some(subscriber) = self.shared.detach(id) else {
            return false;
        };
        // Inside a job or a callback it could wait for its own caller, for example if two listeners remove each
        // other.
        if !caller::is_anywhere() {
            block_on(subscriber.until_returned());
        }
        true
    }

    fn metrics(&self) -> Metrics {
        let (handler_panics, listener_panics) = self.shared.panics();
        Metrics {
            handler_panics,
            listener_panics,
            ..self.shared.look(Engine::metrics)
        }
    }
}

delegate_scheduler!([R: Runtime] RuntimeScheduler<R> => RuntimeScheduler::inner);
