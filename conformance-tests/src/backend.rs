//! A backend under test: a factory for runtimes, and for schedulers over them.

use std::{any::Any, sync::Arc};

use scheduler_core::{Options, Result, Runtime, RuntimeScheduler, Scheduler};

/// A runtime for one case, and the guard that keeps it alive.
pub struct Harness {
    /// The runtime that the scheduler uses.
    pub runtime: Arc<dyn Runtime>,
    /// Dropped after the case has ended.
    pub guard: Box<dyn Any + Send>,
}

impl std::fmt::Debug for Harness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Harness")
            .field("runtime", &self.runtime.name())
            .finish_non_exhaustive()
    }
}

/// A backend under test.
///
/// For a new [`Runtime`], call [`backend`]. For a new implementation of [`Scheduler`], implement
/// this trait and override [`scheduler`](Self::scheduler) too.
pub trait Backend: Send + Sync + 'static {
    /// The name of the backend in reports.
    fn name(&self) -> String;

    /// Returns a fresh runtime for one case.
    fn harness(&self) -> Harness;

    /// Returns a scheduler over `runtime`, which is the runtime of a harness or a virtual-time
    /// wrapper around it. The scheduler must spawn, sleep and read the time on `runtime` only.
    ///
    /// # Errors
    ///
    /// `InvalidConfig` if the options are invalid (`CF-001`, `CF-002`).
    fn scheduler(&self, runtime: Arc<dyn Runtime>, options: Options) -> Result<Arc<dyn Scheduler>> {
        Ok(Arc::new(RuntimeScheduler::with_options(runtime, options)?))
    }

    /// Returns whether dropping the guard of a harness shuts down its runtime and drops the tasks
    /// on it.
    fn stops_with_its_guard(&self) -> bool {
        false
    }
}

/// Returns a backend that creates each runtime by a call of `make`.
pub fn backend<R: Runtime>(make: impl Fn() -> R + Send + Sync + 'static) -> impl Backend {
    Plain(make)
}

struct Plain<F>(F);

impl<R: Runtime, F: Fn() -> R + Send + Sync + 'static> Backend for Plain<F> {
    fn name(&self) -> String {
        (self.0)().name().to_owned()
    }

    fn harness(&self) -> Harness {
        Harness {
            runtime: Arc::new((self.0)()),
            guard: Box::new(()),
        }
    }
}
