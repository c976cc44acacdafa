//! The backends, by name.

use std::{num::NonZeroUsize, sync::Arc, thread};

use backend_async_std::AsyncStdRuntime;
use backend_smol::SmolRuntime;
use backend_thread::ThreadRuntime;
use backend_tokio::TokioRuntime;
use conformance_tests::{Backend, backend, guarded_backend, mutants::MUTANTS};
use smol::{
    Executor, block_on,
    channel::{self, Sender},
};
use tokio::runtime::{Builder, Runtime};

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
        "tokio" => Some(Arc::new(guarded_backend("tokio", tokio))),
        "async-std" => Some(Arc::new(backend(AsyncStdRuntime::new))),
        "smol" => Some(Arc::new(guarded_backend("smol", smol))),
        "thread" => Some(Arc::new(backend(ThreadRuntime::new))),
        _ => None,
    }
}

/// Returns an executor with a thread of its own. Dropping the sender ends both.
fn smol() -> (SmolRuntime, Sender<()>) {
    let executor = Arc::new(Executor::new());
    let runtime = SmolRuntime::new(&executor).threads(NonZeroUsize::MIN);
    let (stop, stopped) = channel::bounded(1);
    thread::spawn(move || block_on(executor.run(stopped.recv())));
    (runtime, stop)
}

/// Returns a multi-thread runtime. Dropping the guard ends it.
fn tokio() -> (TokioRuntime, Background) {
    let mut builder = Builder::new_multi_thread();
    let runtime = builder.worker_threads(2).enable_time().build();
    let runtime = runtime.expect("the machine has threads to run the suite on");
    let backend = TokioRuntime::new(runtime.handle().clone());
    (backend, Background(Some(runtime)))
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
