//! A scheduler in virtual time.

use std::{
    future::Future,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use scheduler::{
    ErrorKind, JobContext, Options, Result, Runtime, RuntimeScheduler, Scheduler, Task,
    chrono::{DateTime, TimeDelta, Utc},
    failure::JobFailure,
    testing::VirtualRuntime,
    thread::ThreadRuntime,
};

pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// A scheduler over threads, and its clock.
pub(crate) struct World {
    pub(crate) time: VirtualRuntime,
    pub(crate) scheduler: Arc<RuntimeScheduler<VirtualRuntime>>,
}

impl World {
    /// Builds a scheduler, which has not started.
    pub(crate) fn new(options: Options) -> Self {
        let time = VirtualRuntime::new(ThreadRuntime::new());
        let options = match options.settings().error_handler {
            Some(_) => options,
            None => options.on_error(|_: &JobFailure| ()),
        };
        let scheduler = RuntimeScheduler::with_options(time.clone(), options);
        Self {
            time,
            scheduler: Arc::new(scheduler.expect("the options are valid")),
        }
    }

    /// Builds a scheduler and starts it.
    pub(crate) fn started(options: Options) -> Self {
        let world = Self::new(options);
        world.run(world.scheduler.start()).expect("it starts");
        world
    }

    /// Builds a scheduler with the default options and starts it.
    pub(crate) fn plain() -> Self {
        Self::started(Options::default())
    }

    pub(crate) fn run<F: Future>(&self, future: F) -> F::Output {
        self.time.run(future)
    }

    /// Makes a call that does not wait.
    pub(crate) fn call<T>(
        &self,
        call: impl FnOnce(&RuntimeScheduler<VirtualRuntime>) -> Result<T>,
    ) -> T {
        let result = self.time.run(async { call(&self.scheduler) });
        result.unwrap_or_else(|error| panic!("{error}"))
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.time.now().wall()
    }

    /// Returns the time `seconds` from now.
    pub(crate) fn at(&self, seconds: i64) -> DateTime<Utc> {
        self.now() + TimeDelta::seconds(seconds)
    }
}

/// Counts calls, and how many of them run at the same time.
#[derive(Clone, Default)]
pub(crate) struct Calls(Arc<CallsInner>);

#[derive(Default)]
struct CallsInner {
    all: AtomicUsize,
    running: AtomicUsize,
    peak: AtomicUsize,
    nominal: Mutex<Vec<DateTime<Utc>>>,
}

impl Calls {
    pub(crate) fn count(&self) -> usize {
        self.0.all.load(Ordering::SeqCst)
    }

    /// Returns how many calls ran at the same time, at most.
    pub(crate) fn peak(&self) -> usize {
        self.0.peak.load(Ordering::SeqCst)
    }

    /// Returns the nominal times of the calls, in seconds from `from`.
    pub(crate) fn seconds_from(&self, from: DateTime<Utc>) -> Vec<i64> {
        let nominal = self
            .0
            .nominal
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        nominal
            .iter()
            .map(|at| (*at - from).num_seconds())
            .collect()
    }

    fn begin(&self, job: &JobContext) {
        self.0.all.fetch_add(1, Ordering::SeqCst);
        let running = self.0.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.peak.fetch_max(running, Ordering::SeqCst);
        let mut nominal = self
            .0
            .nominal
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        nominal.push(job.nominal());
    }

    fn end(&self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }

    /// Returns a task that counts its calls, each of which takes `length` of virtual time.
    pub(crate) fn task(&self, world: &World, length: Duration) -> Task {
        let (calls, time) = (self.clone(), world.time.clone());
        Task::new(move |job| {
            let (calls, time) = (calls.clone(), time.clone());
            async move {
                calls.begin(&job);
                if !length.is_zero() {
                    time.sleep(length).await;
                }
                calls.end();
            }
        })
    }
}

/// Returns the kind of the error, or `None` if the call succeeded.
pub(crate) fn kind<T>(result: Result<T>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind())
}
