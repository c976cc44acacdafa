//! One scheduler in virtual time on a backend's executor: what a case works with.

use std::{fmt, future::Future, sync::Arc, time::Duration};

use scheduler_core::{
    ErrorKind, Event, EventFilter, EventStream, Options, Result, Runtime, RuntimeScheduler,
    Scheduler, Shutdown, ShutdownReport, State, testing::VirtualRuntime,
};

use crate::{Backend, Harness};

/// A scheduler in virtual time, not started yet, and the events since it was built.
pub struct World {
    /// The clock.
    pub time: VirtualRuntime,
    /// The scheduler.
    pub scheduler: RuntimeScheduler<VirtualRuntime>,
    events: EventStream,
    _guard: Box<dyn std::any::Any + Send>,
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
        let Harness { runtime, guard } = backend.harness();
        let time = VirtualRuntime::new(runtime);
        let scheduler = RuntimeScheduler::with_options(time.clone(), options);
        let scheduler = scheduler.expect("the options are valid");
        let events = scheduler.subscribe(EventFilter::all());
        Self {
            time,
            scheduler,
            events,
            _guard: guard,
        }
    }

    /// A runtime in virtual time without a scheduler.
    pub fn bare(backend: &dyn Backend) -> (Arc<dyn Runtime>, Box<dyn std::any::Any + Send>) {
        let Harness { runtime, guard } = backend.harness();
        (runtime, guard)
    }

    /// The same, started.
    pub fn started(self) -> Self {
        self.run(self.scheduler.start()).expect("it starts");
        self
    }

    /// Runs a call that may wait; time moves if it has to.
    pub fn run<F: Future>(&self, call: F) -> F::Output {
        self.time.run(call)
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

    /// The state.
    pub fn state(&self) -> State {
        self.scheduler.state()
    }

    /// The events since the last call.
    pub fn events(&mut self) -> Vec<Event> {
        self.settle();
        std::iter::from_fn(|| self.events.try_next()).collect()
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("scheduler", &self.scheduler)
            .finish_non_exhaustive()
    }
}

/// The kind of the error, or nothing if the call went well: what cases compare.
pub(crate) fn kind<T>(answer: Result<T>) -> Option<ErrorKind> {
    answer.err().map(|error| error.kind())
}
