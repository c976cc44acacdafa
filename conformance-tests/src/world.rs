//! The test environment of a case: one scheduler, in virtual time or in real time.

use std::{any::Any, fmt, future::Future, sync::Arc, thread, time::Duration};

use chrono::{DateTime, Utc};
use scheduler_core::{
    Blocking, ErrorKind, Event, EventFilter, Options, Result, Runtime, Scheduler, Shutdown,
    ShutdownReport, State, event::EventStream, failure::JobFailure, implement::event_channel,
};
use scheduler_testing::VirtualRuntime;

use crate::{Backend, Harness, limits, story};

/// A scheduler in virtual time, with its events since it was built. It is not started yet.
#[non_exhaustive]
pub struct World {
    tape: Tape,
    /// The virtual clock.
    pub time: VirtualRuntime,
    /// The scheduler.
    pub scheduler: Arc<dyn Scheduler>,
    _guard: Box<dyn Any + Send>,
}

impl World {
    /// Creates a world with the default options.
    pub fn new(backend: &dyn Backend) -> Self {
        Self::with(backend, Options::default())
    }

    /// Creates a world with these options.
    ///
    /// # Panics
    ///
    /// If the options are invalid.
    pub fn with(backend: &dyn Backend, options: Options) -> Self {
        Self::build(backend, options, |time| time, |time| Arc::new(time))
    }

    /// Creates a world with the default options, whose wall clock begins at `at`.
    pub fn beginning(backend: &dyn Backend, at: DateTime<Utc>) -> Self {
        let set = |time: VirtualRuntime| time.starting_at(at);
        Self::build(backend, Options::default(), set, |time| Arc::new(time))
    }

    /// Creates a world in which `between` wraps the runtime that the scheduler uses.
    pub(crate) fn over(
        backend: &dyn Backend,
        between: impl FnOnce(VirtualRuntime) -> Arc<dyn Runtime>,
    ) -> Self {
        Self::build(backend, Options::default(), |time| time, between)
    }

    /// Creates a world with these options, in which `between` wraps the runtime that the scheduler
    /// uses.
    pub(crate) fn over_with(
        backend: &dyn Backend,
        options: Options,
        between: impl FnOnce(VirtualRuntime) -> Arc<dyn Runtime>,
    ) -> Self {
        Self::build(backend, options, |time| time, between)
    }

    fn build(
        backend: &dyn Backend,
        options: Options,
        set: impl FnOnce(VirtualRuntime) -> VirtualRuntime,
        between: impl FnOnce(VirtualRuntime) -> Arc<dyn Runtime>,
    ) -> Self {
        let Harness { runtime, guard } = backend.harness();
        let time = VirtualRuntime::new(runtime).with_patience(limits::patience());
        let time = set(time);
        let scheduler = backend.scheduler(between(time.clone()), quiet(options));
        let scheduler = scheduler.expect("the options are valid");
        let events = scheduler.subscribe(EventFilter::all());
        Self {
            tape: Tape {
                events,
                begun: time.now().wall(),
                seen: Vec::new(),
            },
            time,
            scheduler,
            _guard: guard,
        }
    }

    /// Starts the scheduler.
    pub fn started(self) -> Self {
        self.run(self.scheduler.start()).expect("it starts");
        self
    }

    /// Drops the event subscription, so that nothing observes the scheduler.
    pub(crate) fn unobserved(mut self) -> Self {
        let (_, ended) = event_channel(1);
        self.tape.events = ended;
        self
    }

    /// Runs a call to its end. Virtual time advances while the call waits.
    pub fn run<F: Future>(&self, call: F) -> F::Output {
        self.time.run(call)
    }

    /// Makes a call that must not wait. A call that waits fails the case at once.
    pub fn call<T>(&self, call: impl FnOnce(&dyn Scheduler) -> T) -> T {
        self.time.run(async { call(&*self.scheduler) })
    }

    /// Advances the time, and runs everything that becomes due.
    pub fn advance(&self, by: Duration) {
        self.time.advance(by);
    }

    /// Runs everything that can run without an advance of the time.
    pub fn settle(&self) {
        self.time.settle();
    }

    /// Shuts the scheduler down with the options `how`.
    ///
    /// # Errors
    ///
    /// The errors of [`Scheduler::shutdown`].
    pub fn shut_down(&self, how: Shutdown) -> Result<Arc<ShutdownReport>> {
        self.run(self.scheduler.shutdown(how))
    }

    /// Returns the time of the wall clock.
    #[must_use]
    pub fn wall(&self) -> DateTime<Utc> {
        self.time.now().wall()
    }

    /// Returns the state of the scheduler.
    pub fn state(&self) -> State {
        self.scheduler.state()
    }

    /// Forgets the events read so far, which are otherwise printed if the case fails.
    pub(crate) fn forget_events(&mut self) {
        self.tape.seen.clear();
    }

    /// Returns the events since the last call.
    pub fn events(&mut self) -> Vec<Event> {
        self.settle();
        self.tape.new_events()
    }
}

/// Returns the options with failures silenced unless they set an error handler. Failures in cases
/// are intended, so nothing prints them.
pub(crate) fn quiet(options: Options) -> Options {
    match options.settings().error_handler {
        Some(_) => options,
        None => options.on_error(|_: &JobFailure| ()),
    }
}

/// The event subscription of a world. It keeps every event, to print them if the case fails.
struct Tape {
    events: EventStream,
    begun: DateTime<Utc>,
    seen: Vec<Event>,
}

impl Tape {
    fn new_events(&mut self) -> Vec<Event> {
        let new: Vec<_> = std::iter::from_fn(|| self.events.try_next()).collect();
        self.seen.extend_from_slice(&new);
        new
    }
}

/// Records the events for the report if the case is failing.
impl Drop for Tape {
    fn drop(&mut self) {
        if thread::panicking() {
            self.new_events();
            story::keep(self.begun, &self.seen);
        }
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("backend", &self.scheduler.backend())
            .field("state", &self.scheduler.state())
            .finish_non_exhaustive()
    }
}

/// A scheduler in real time. It is not started yet.
pub(crate) struct Live {
    pub(crate) scheduler: Blocking<Arc<dyn Scheduler>>,
    pub(crate) runtime: Arc<dyn Runtime>,
    pub(crate) guard: Box<dyn Any + Send>,
}

impl Live {
    pub(crate) fn new(backend: &dyn Backend) -> Self {
        Self::with(backend, Options::default())
    }

    pub(crate) fn with(backend: &dyn Backend, options: Options) -> Self {
        let Harness { runtime, guard } = backend.harness();
        let scheduler = backend.scheduler(runtime.clone(), quiet(options));
        Self {
            scheduler: Blocking::new(scheduler.expect("the options are valid")),
            runtime,
            guard,
        }
    }

    pub(crate) fn started(self) -> Self {
        self.scheduler.start().expect("it starts");
        self
    }

    /// Returns the scheduler, shared.
    pub(crate) fn shared(&self) -> Arc<dyn Scheduler> {
        self.scheduler.clone().into_inner()
    }
}

/// Returns the kind of the error, or `None` if the call succeeded. Cases compare it.
pub(crate) fn kind<T>(answer: Result<T>) -> Option<ErrorKind> {
    answer.err().map(|error| error.kind())
}
