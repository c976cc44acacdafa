//! [`Shared`]: state that the handles, the driver and the running jobs of a scheduler share. It holds the
//! engine under its lock, and carries out the engine's actions.
//!
//! Every call follows one pattern: lock, call, drain, unlock, carry out. User code, wakers and destructors of
//! user values run only in the last step.

mod drive;
mod execution;
mod handler_calls;
mod host;
mod readers;
mod slots;
mod spawn;
mod trigger_calls;
mod waits;
mod watch;

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

pub(crate) use self::{
    execution::{Entry, Ground},
    watch::Watching,
};
use self::{handler_calls::HandlerQueue, slots::SlotWaiters};
use crate::{
    Error, ErrorHandler, ListenerId, Now, Operation, Options, ReportErrors, Result, Runtime,
    Scheduler, ShutdownReport, State,
    base::panic::{Contained, caught},
    engine::{
        Action, Claim, Drained, Engine, NEVER, PlanRequest, Question, Retirement, RetryRequest,
    },
    job::caller::{self, Place, Scope},
    permit,
    schedule::BackfillQuestion,
    shell::execute,
    sync::{alarm::Alarm, gate::Gate, signal::Signal},
    trigger::Asked,
};

/// Calls of triggers and retry policies that the engine requests.
#[derive(Default)]
struct Questions {
    plans: Vec<PlanRequest>,
    retries: Vec<RetryRequest>,
    instants: Vec<BackfillQuestion>,
    retired: Vec<Retirement>,
}

impl Questions {
    const fn is_empty(&self) -> bool {
        let Self {
            plans,
            retries,
            instants,
            retired,
        } = self;
        plans.is_empty() && retries.is_empty() && instants.is_empty() && retired.is_empty()
    }
}

pub(crate) struct Shared {
    id: u64,
    /// Origin of deadlines.
    origin: Instant,
    pub(crate) runtime: Contained<Box<dyn Runtime>>,
    engine: Mutex<Engine>,
    /// One bit for each event name that some reader may want, as the engine last knew them. Written
    /// under the engine's lock.
    wanted: AtomicU64,
    /// The gate at which bodies begin. Set under the lock of the engine.
    gate: Gate,
    error_handler: Contained<Arc<dyn ErrorHandler>>,
    handler_queue: HandlerQueue,
    handler_panics: AtomicU64,
    pub(crate) listener_panics: AtomicU64,
    /// Wakes the driver for a deadline earlier than its sleep.
    pub(crate) wake: Alarm,
    state_changed: Signal,
    idle: Signal,
    /// The waiters for slots of each queue.
    pub(crate) slots: SlotWaiters,
    /// Whether the runtime has dropped the driver.
    lost: AtomicBool,
    last_id: AtomicU64,
    stopped: OnceLock<Arc<ShutdownReport>>,
    stopped_signal: Signal,
    #[cfg(feature = "store")]
    pub(crate) store: Option<Box<crate::shell::durable::StoreShell>>,
    this: Weak<Self>,
    user: OnceLock<Weak<dyn Scheduler>>,
}

impl Shared {
    pub(crate) fn new(runtime: Box<dyn Runtime>, options: Options) -> Arc<Self> {
        static NEXT_ID: AtomicU64 = AtomicU64::new(1);
        let origin = runtime.now();
        let slots = SlotWaiters::of(1 + options.queues.len());
        #[cfg(feature = "store")]
        let store = options
            .stored
            .clone()
            .map(crate::shell::durable::StoreShell::new)
            .map(Box::new);
        let error_handler = options.error_handler.clone();
        let error_handler = error_handler.unwrap_or_else(|| Contained::new(Arc::new(ReportErrors)));
        Arc::new_cyclic(|this: &Weak<Self>| Self {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            origin: origin.mono(),
            runtime: Contained::new(runtime),
            engine: Mutex::new(Engine::new(options, origin, this.clone())),
            wanted: AtomicU64::new(0),
            gate: Gate::new(),
            error_handler,
            handler_queue: HandlerQueue::default(),
            handler_panics: AtomicU64::new(0),
            listener_panics: AtomicU64::new(0),
            wake: Alarm::new(),
            state_changed: Signal::new(),
            idle: Signal::new(),
            slots,
            lost: AtomicBool::new(false),
            last_id: AtomicU64::new(0),
            stopped: OnceLock::new(),
            stopped_signal: Signal::new(),
            #[cfg(feature = "store")]
            store,
            this: this.clone(),
            user: OnceLock::new(),
        })
    }

    pub(crate) const fn id(&self) -> u64 {
        self.id
    }

    /// Sets the handle through which jobs reach their scheduler.
    pub(crate) fn set_user(&self, user: Weak<dyn Scheduler>) {
        drop(self.user.set(user));
    }

    /// Reads the engine under its lock.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&Engine) -> T) -> T {
        look(&self.lock())
    }

    /// Calls the engine under its lock, and carries out its actions.
    pub(crate) fn call<T>(&self, call: impl FnOnce(&mut Engine, &Now) -> T) -> T {
        // The clock is third-party code, so it is read before locking. `catch_up` keeps the times of calls in order.
        let now = self.runtime.now();
        let (answer, drained) = {
            let mut engine = self.lock();
            let now = engine.catch_up(now);
            let answer = call(&mut engine, &now);
            (answer, self.drain(&mut engine))
        };
        self.carry_out(drained);
        answer
    }

    /// Calls the engine for a result, if the call leaves no action to carry out.
    pub(crate) fn ask<T>(&self, ask: impl FnOnce(&mut Engine, &Now) -> T) -> T {
        let now = self.runtime.now();
        let mut engine = self.lock();
        let now = engine.catch_up(now);
        ask(&mut engine, &now)
    }

    fn lock(&self) -> MutexGuard<'_, Engine> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn carry_out(&self, mut drained: Drained) {
        loop {
            self.signal(&drained);
            if let Some(end) = drained.end.take() {
                self.resolve(end);
            }
            let (first, runners) = (drained.claim, drained.runners);
            let Some(more) = drained.more else {
                return execute::dispatch_one(self, first, runners);
            };
            let mut blocking = Vec::new();
            let questions = self.perform(more.actions, &mut blocking);
            execute::dispatch(self, (first, more.claims), runners, blocking);
            if questions.is_empty() {
                return;
            }
            drained = self.ask_all(questions);
        }
    }

    fn signal(&self, drained: &Drained) {
        if drained.wake_driver {
            self.wake.ring();
        }
        if drained.state_changed {
            self.state_changed.notify();
            #[cfg(feature = "store")]
            if let Some(store) = &self.store {
                store.ring();
            }
            self.slots.notify_everyone();
        }
        if drained.idle {
            self.idle.notify();
        }
        self.slots.notify(drained.freed);
        if let Some(more) = &drained.more {
            for subscriber in &more.reached {
                subscriber.wake();
            }
        }
    }

    /// Carries out all actions except calls of triggers and policies, and executions.
    fn perform(&self, actions: VecDeque<Action>, blocking: &mut Vec<Claim>) -> Questions {
        let mut questions = Questions::default();
        let mut actions = actions.into_iter();
        while let Some(action) = actions.next() {
            match action {
                Action::RunBlocking(claim) => blocking.push(claim),
                Action::Plan(request) if request.asked == Asked::Elsewhere => {
                    self.ask_elsewhere(Question::Plan(request));
                }
                Action::AskForInstants(question) if question.asked == Asked::Elsewhere => {
                    self.ask_elsewhere(Question::Instants(question));
                }
                Action::Retire(retired) if retired.asked == Asked::Elsewhere => {
                    self.ask_elsewhere(Question::Retire(retired));
                }
                Action::Plan(request) => {
                    questions.plans.reserve(1 + actions.len());
                    questions.plans.push(request);
                }
                Action::Decide(request) => questions.retries.push(*request),
                Action::AskForInstants(question) => questions.instants.push(*question),
                Action::Retire(retired) => questions.retired.push(*retired),
                Action::BackfillOver(cell) => cell.announce(),
                Action::RequestCancel(order) => order.give(),
                Action::AttemptOver(cell) => cell.attempt_over(),
                Action::Resolve(end) => self.resolve(end),
                Action::HandlerHung(unhandled) => self.handler_hung(*unhandled),
                Action::Discard(what) => drop(what),
                Action::Stopped => self.close_unless_busy(),
            }
        }
        questions
    }

    /// Calls triggers and policies without the lock, and passes their results to the engine.
    fn ask_all(&self, mut questions: Questions) -> Drained {
        let retry = |asked: &RetryRequest| {
            let mut delay = None;
            self.call_back(|| delay = asked.ask());
            (asked.job, delay)
        };
        let retries: Vec<_> = questions.retries.iter().map(retry).collect();
        let (plans, left) = Self::ask_in_turn(&mut questions.plans);
        let found = |asked: BackfillQuestion| (asked.ask(), asked);
        let instants: Vec<_> = questions.instants.into_iter().map(found).collect();
        let all = |retired: Retirement| (retired.ask(), retired);
        let retired: Vec<_> = questions.retired.into_iter().map(all).collect();
        let now = self.runtime.now();
        let mut engine = self.lock();
        let now = engine.catch_up(now);
        for (job, delay) in retries {
            engine.handle_retry(job, delay, &now);
        }
        // Before the plans, so that the ends of instants are carried out before the starts that follow from them.
        for (span, retired) in retired {
            engine.handle_retired(retired, span, &now);
        }
        for (asked, plan) in questions.plans.iter().zip(plans) {
            engine.handle_plan(asked, plan, &now);
        }
        engine.put_off(left.into_iter().map(Question::Plan), &now);
        for (answer, asked) in instants {
            engine.handle_instants(asked, answer, &now);
        }
        engine.release_gathered(&now);
        self.drain(&mut engine)
    }

    /// Takes the actions of the engine, and sets the gate to the engine's present state.
    fn drain(&self, engine: &mut Engine) -> Drained {
        // Under the lock of the engine, so that the gate changes in the order of the decisions.
        if let Some(asks) = engine.take_gate() {
            self.gate.set(asks);
        }
        engine.drain()
    }

    /// Calls a callback of the user. Returns false if it panicked.
    pub(crate) fn call_back(&self, callback: impl FnOnce()) -> bool {
        let _inside = caller::enter(Scope {
            scheduler: self.id,
            place: Place::Callback,
        });
        caught(callback).is_ok()
    }

    fn next_id(&self) -> u64 {
        self.last_id.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(crate) fn next_listener(&self) -> ListenerId {
        ListenerId::from_bits(self.next_id())
    }

    /// Returns an owned reference for a task; `None` only while it is being dropped.
    pub(crate) fn me(&self) -> Option<Arc<Self>> {
        self.this.upgrade()
    }

    /// Converts a deadline to an instant; `None` if it never comes.
    pub(crate) fn instant(&self, deadline: u64) -> Option<Instant> {
        self.origin
            .checked_add(Duration::from_nanos(deadline))
            .filter(|_| deadline != NEVER)
    }

    /// Returns a reading of the monotonic clock as a deadline.
    #[cfg(feature = "store")]
    pub(crate) fn nanos(&self, now: &Now) -> u64 {
        let since = now.mono().saturating_duration_since(self.origin);
        u64::try_from(since.as_nanos()).unwrap_or(NEVER)
    }

    pub(crate) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire)
    }

    /// Returns whether listeners can be called: between the start and the end of the driver.
    pub(crate) fn can_call_listeners(&self) -> bool {
        let started = !matches!(self.look(Engine::state), State::New | State::Starting);
        started && !self.is_lost()
    }

    /// Checks whether the operation is allowed now.
    pub(crate) fn permit(&self, operation: Operation) -> Result<()> {
        permit(self.look(Engine::state), operation).map_err(Error::from)
    }

    pub(crate) fn panics(&self) -> (u64, u64) {
        (
            self.handler_panics.load(Ordering::Relaxed),
            self.listener_panics.load(Ordering::Relaxed),
        )
    }
}
