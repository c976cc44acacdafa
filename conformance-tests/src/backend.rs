//! A backend under test: something that makes runtimes.

use std::{any::Any, sync::Arc};

use scheduler_core::Runtime;

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
pub trait Backend: Send + Sync + 'static {
    /// Its name in reports.
    fn name(&self) -> String;

    /// A runtime for one case.
    fn harness(&self) -> Harness;

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
