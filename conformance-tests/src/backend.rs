//! A backend under test: a factory for runtimes, and for schedulers over them.

use std::{
    any::Any,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

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
    /// Returns the name of the backend in reports.
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
///
/// The name is that of the first runtime, which then serves the first case.
pub fn backend<R: Runtime>(make: impl Fn() -> R + Send + Sync + 'static) -> impl Backend {
    Plain {
        make,
        name: OnceLock::new(),
        first: Mutex::new(None),
    }
}

struct Plain<F, R> {
    make: F,
    name: OnceLock<String>,
    /// The runtime whose name was read, until a case takes it.
    first: Mutex<Option<R>>,
}

impl<R: Runtime, F: Fn() -> R + Send + Sync + 'static> Backend for Plain<F, R> {
    fn name(&self) -> String {
        let read = || {
            let first = (self.make)();
            let name = first.name().to_owned();
            *self.first.lock().unwrap_or_else(PoisonError::into_inner) = Some(first);
            name
        };
        self.name.get_or_init(read).clone()
    }

    fn harness(&self) -> Harness {
        let first = self
            .first
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        Harness {
            runtime: Arc::new(first.unwrap_or_else(&self.make)),
            guard: Box::new(()),
        }
    }
}

/// Returns a backend called `name`, whose runtimes a guard shuts down. A call of `make` returns a runtime and its
/// guard: dropping the guard ends the runtime and drops its tasks.
pub fn guarded_backend<R: Runtime, G: Send + 'static>(
    name: impl Into<String>,
    make: impl Fn() -> (R, G) + Send + Sync + 'static,
) -> impl Backend {
    Guarded {
        name: name.into(),
        make,
    }
}

struct Guarded<F> {
    name: String,
    make: F,
}

impl<R, G, F> Backend for Guarded<F>
where
    R: Runtime,
    G: Send + 'static,
    F: Fn() -> (R, G) + Send + Sync + 'static,
{
    fn name(&self) -> String {
        self.name.clone()
    }

    fn harness(&self) -> Harness {
        let (runtime, guard) = (self.make)();
        Harness {
            runtime: Arc::new(runtime),
            guard: Box::new(guard),
        }
    }

    fn stops_with_its_guard(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CASES, Filter, gate::Counter, isolated, reference::Reference, run_case};

    /// Returns a backend, and the number of runtimes that it has built.
    fn counted() -> (Arc<dyn Backend>, Counter) {
        let built = Counter::default();
        let count = built.clone();
        let make = move || {
            count.add();
            Reference
        };
        (Arc::new(backend(make)), built)
    }

    #[test]
    fn reading_the_name_builds_one_runtime_which_the_first_case_uses() {
        let (backend, built) = counted();
        for case in CASES {
            isolated::serve(*case, &backend);
            assert!(isolated::label(*case, &*backend).ends_with("@reference"));
        }
        assert_eq!(built.get(), 1, "runtimes for {} labels", CASES.len());
        backend.harness();
        assert_eq!(built.get(), 1, "the first case has the first runtime");
        backend.harness();
        assert_eq!(built.get(), 2, "each further case has its own");
    }

    #[test]
    fn a_case_builds_one_runtime() {
        let filter = Filter::parse("LC-006");
        let case = CASES.iter().find(|case| filter.selects(case)).expect("one");
        let (backend, built) = counted();
        run_case(*case, &backend);
        assert_eq!(built.get(), 1);
    }
}
