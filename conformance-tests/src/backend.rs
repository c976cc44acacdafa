//! A backend under test: something that makes runtimes, and schedulers over them.

use std::{any::Any, sync::Arc};

use scheduler_core::{Options, Result, Runtime, RuntimeScheduler, Scheduler};

/// A runtime for one case, and what keeps it alive.
pub struct Harness {
    /// What the scheduler runs on.
    pub runtime: Arc<dyn Runtime>,
    /// Dropped when the case is over.
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
/// Whoever supplies a [`Runtime`] needs only [`backend`]; whoever implements [`Scheduler`] anew
/// overrides [`scheduler`](Self::scheduler) too.
pub trait Backend: Send + Sync + 'static {
    /// Its name in reports.
    fn name(&self) -> String;

    /// A runtime for one case.
    fn harness(&self) -> Harness;

    /// A scheduler over `runtime`, which is the one of a harness, or one in virtual time over it:
    /// it must spawn, sleep and read the time there and nowhere else.
    ///
    /// # Errors
    ///
    /// `InvalidConfig` if the options make no sense (`CF-001`, `CF-002`).
    fn scheduler(&self, runtime: Arc<dyn Runtime>, options: Options) -> Result<Arc<dyn Scheduler>> {
        Ok(Arc::new(RuntimeScheduler::with_options(runtime, options)?))
    }

    /// Whether dropping the guard of a harness ends its runtime, and the tasks on it.
    fn stops_with_its_guard(&self) -> bool {
        false
    }
}

/// The backend whose runtimes `make` makes.
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
