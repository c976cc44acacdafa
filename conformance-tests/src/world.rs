//! What a case works with: one scheduler, in virtual time or in real time.

use std::{any::Any, fmt, future::Future, sync::Arc, thread, time::Duration};

use chrono::{DateTime, Utc};
use scheduler_core::{
    Blocking, ErrorKind, Event, EventFilter, EventStream, JobFailure, Options, Result, Runtime,
    Scheduler, Shutdown, ShutdownReport, State, event_channel,
};
use scheduler_testing::VirtualRuntime;

use crate::{Backend, Harness, limits, story};

/// A scheduler in virtual time, not started yet, and the events since it was built.
pub struct World {
    tape: Tape,
    /// The clock.
    pub time: VirtualRuntime,
    /// The scheduler.
    pub scheduler: Arc<dyn Scheduler>,
    _guard: Box<dyn Any + Send>,
}

impl World {
    /// With the default options.
    pub fn new(backend: &dyn Backend) -> Self {
        Self::with(backend, Options::default())
    }

    /// With these options, which have to be valid.
    ///
    /// # Panics
    ///
    /// If they are not.
    pub fn with(backend: &dyn Backend, options: Options) -> Self {
        Self::build(backend, options, |time| time, |time| Arc::new(time))
    }

    /// With the default options, beginning at that instant of the wall clock.
    pub fn beginning(backend: &dyn Backend, at: DateTime<Utc>) -> Self {
        let set = |time: VirtualRuntime| time.starting_at(at);
        Self::build(backend, Options::default(), set, |time| Arc::new(time))
    }

    /// With something between the scheduler and its runtime.
    pub(crate) fn over(
        backend: &dyn Backend,
        between: impl FnOnce(VirtualRuntime) -> Arc<dyn Runtime>,
    ) -> Self {
        Self::build(backend, Options::default(), |time| time, between)
    }

    /// With these options, and something between the scheduler and its runtime.
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
                begun: time.now().wall,
                seen: Vec::new(),
            },
            time,
            scheduler,
            _guard: guard,
        }
    }

    /// The same, started.
    pub fn started(self) -> Self {
        self.run(self.scheduler.start()).expect("it starts");
        self
    }

    /// The same, observed by nobody: its events are not read any more.
    pub(crate) fn unobserved(mut self) -> Self {
        let (_, ended) = event_channel(1);
        self.tape.events = ended;
        self
    }

    /// Runs a call that may wait; time moves if it has to.
    pub fn run<F: Future>(&self, call: F) -> F::Output {
        self.time.run(call)
    }

    /// Makes a call that does not wait. One that waits all the same fails the case, at once.
    pub fn call<T>(&self, call: impl FnOnce(&dyn Scheduler) -> T) -> T {
        self.time.run(async { call(&*self.scheduler) })
    }

    /// Lets time pass, and everything that is due in it happen.
    pub fn advance(&self, by: Duration) {
        self.time.advance(by);
    }

    /// Lets everything happen that can without time passing.
    pub fn settle(&self) {
        self.time.settle();
    }

    /// Shuts it down, as `how` says.
    ///
    /// # Errors
    ///
    /// As the scheduler answers.
    pub fn shut_down(&self, how: Shutdown) -> Result<Arc<ShutdownReport>> {
        self.run(self.scheduler.shutdown(how))
    }

    /// What the wall clock shows.
    #[must_use]
    pub fn wall(&self) -> DateTime<Utc> {
        self.time.now().wall
    }

    /// The state.
    pub fn state(&self) -> State {
        self.scheduler.state()
    }

    /// Lets go of the events that were read, which are kept for the case that it fails.
    pub(crate) fn forget_events(&mut self) {
        self.tape.seen.clear();
    }

    /// The events since the last call.
    pub fn events(&mut self) -> Vec<Event> {
        self.settle();
        self.tape.new_events()
    }
}

/// The same options; where they name no error handler, failures are not printed: in a case they are
/// meant to be.
pub(crate) fn quiet(options: Options) -> Options {
    match options.settings().error_handler {
        Some(_) => options,
        None => options.on_error(|_: &JobFailure| ()),
    }
}

/// The events of a world; all of them, for the case that it fails.
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

/// A case that fails tells what happened until then.
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

/// A scheduler in real time, not started yet.
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

    /// The scheduler, shared.
    pub(crate) fn shared(&self) -> Arc<dyn Scheduler> {
        self.scheduler.clone().into_inner()
    }
}

/// The kind of the error, or nothing if the call went well: what cases compare.
pub(crate) fn kind<T>(answer: Result<T>) -> Option<ErrorKind> {
    answer.err().map(|error| error.kind())
}
