//! The backends, by name.

use std::{num::NonZeroUsize, sync::Arc, thread};

use backend_async_std::AsyncStdRuntime;
use backend_smol::SmolRuntime;
use backend_thread::ThreadRuntime;
use backend_tokio::TokioRuntime;
use conformance_tests::{Backend, Harness, backend, mutants::MUTANTS};
use smol::Executor;
use tokio::runtime::{Builder, Runtime};

/// Names of the backends, in the order of reports.
pub(crate) const NAMES: [&str; 4] = ["tokio", "async-std", "smol", "thread"];

/// Returns the backend with this name. `thread-mutant-02` is the thread backend with a flaw.
pub(crate) fn named(name: &str) -> Option<Arc<dyn Backend>> {
    let Some((name, id)) = name.split_once("-mutant-") else {
        return sound(name);
    };
    let mutant = MUTANTS.iter().find(|mutant| id.parse() == Ok(mutant.id))?;
    Some(mutant.of(sound(name)?))
}

fn sound(name: &str) -> Option<Arc<dyn Backend>> {
    match name {
        "tokio" => Some(Arc::new(Tokio)),
        "async-std" => Some(Arc::new(backend(AsyncStdRuntime::new))),
        "smol" => Some(Arc::new(Smol)),
        "thread" => Some(Arc::new(backend(ThreadRuntime::new))),
        _ => None,
    }
}

/// An executor with a thread for each case.
struct Smol;

impl Backend for Smol {
    fn name(&self) -> String {
        "smol".into()
    }

    fn harness(&self) -> Harness {
        let executor = Arc::new(Executor::new());
        let runtime = SmolRuntime::new(&executor).threads(NonZeroUsize::MIN);
        let (stop, stopped) = smol::channel::bounded::<()>(1);
        thread::spawn(move || smol::block_on(executor.run(stopped.recv())));
        Harness {
            runtime: Arc::new(runtime),
            guard: Box::new(stop),
        }
    }

    fn stops_with_its_guard(&self) -> bool {
        true
    }
}

/// A multi-thread runtime for each case.
struct Tokio;

impl Backend for Tokio {
    fn name(&self) -> String {
        "tokio".into()
    }

    fn harness(&self) -> Harness {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_time()
            .build();
        let runtime = runtime.expect("the machine has threads to run the suite on");
        Harness {
            runtime: Arc::new(TokioRuntime::new(runtime.handle().clone())),
            guard: Box::new(Background(Some(runtime))),
        }
    }

    fn stops_with_its_guard(&self) -> bool {
        true
    }
}

/// A runtime that is shut down without waiting for its blocking tasks.
struct Background(Option<Runtime>);

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
