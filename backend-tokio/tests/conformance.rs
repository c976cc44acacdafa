//! The conformance suite on this backend: on a multi-thread runtime, and on a current-thread one.

use std::{sync::mpsc, thread};

use backend_tokio::TokioRuntime;
use conformance_tests::guarded_backend;
use tokio::{
    runtime::{Builder, Runtime},
    sync::oneshot,
};

/// A runtime that is shut down without waiting for blocking work.
struct Background(Option<Runtime>);

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Returns a new multi-thread runtime. Dropping it ends its tasks.
fn on_two_workers() -> (TokioRuntime, Background) {
    let mut builder = Builder::new_multi_thread();
    let runtime = builder.worker_threads(2).enable_time().build();
    let runtime = runtime.expect("a tokio runtime");
    let backend = TokioRuntime::new(runtime.handle().clone());
    (backend, Background(Some(runtime)))
}

/// The guard of a current-thread runtime: dropping it ends the runtime, and waits for that.
type Driven = (oneshot::Sender<()>, mpsc::Receiver<()>);

/// Returns a new current-thread runtime, driven by a thread of its own.
fn on_one_thread() -> (TokioRuntime, Driven) {
    let runtime = Builder::new_current_thread().enable_time().build();
    let runtime = runtime.expect("a tokio runtime");
    let backend = TokioRuntime::new(runtime.handle().clone());
    let (stop, stopped) = oneshot::channel();
    let (gone, is_gone) = mpsc::channel();
    thread::spawn(move || {
        drop(runtime.block_on(stopped));
        runtime.shutdown_background();
        drop(gone);
    });
    (backend, (stop, is_gone))
}

mod multi_thread {
    use super::{guarded_backend, on_two_workers};

    conformance_tests::conformance_suite!(guarded_backend("tokio", on_two_workers));
}

mod current_thread {
    use super::{guarded_backend, on_one_thread};

    conformance_tests::conformance_suite!(guarded_backend("tokio-ct", on_one_thread));
}
