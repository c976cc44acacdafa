//! All backends, for the tests of this crate.

#![allow(dead_code, reason = "each test uses some of them")]

use std::{
    panic::resume_unwind,
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use backend_async_std::AsyncStdRuntime;
use backend_smol::SmolRuntime;
use backend_thread::ThreadRuntime;
use backend_tokio::TokioRuntime;
use conformance_tests::{Backend, Harness, backend};
use tokio::runtime::{Builder, Runtime};

/// Returns every backend. The others are compared with the first one.
pub(crate) fn all() -> Vec<Arc<dyn Backend>> {
    vec![
        Arc::new(threads()),
        Arc::new(CurrentThread),
        Arc::new(MultiThread),
        Arc::new(backend(SmolRuntime::global)),
        Arc::new(backend(AsyncStdRuntime::new)),
    ]
}

/// Returns the backend without an async runtime.
pub(crate) fn threads() -> impl Backend {
    backend(ThreadRuntime::new)
}

/// Runs a function that could hang on a thread of its own, and panics at the timeout.
pub(crate) fn within<T: Send + 'static>(
    limit: Duration,
    what: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    let (done, ended) = mpsc::channel();
    let working = thread::spawn(move || drop(done.send(work())));
    match ended.recv_timeout(limit) {
        Ok(answer) => answer,
        Err(RecvTimeoutError::Timeout) => panic!("{what}: no result in time"),
        Err(RecvTimeoutError::Disconnected) => match working.join() {
            Err(panic) => resume_unwind(panic),
            Ok(()) => panic!("{what}: the thread ended without a result"),
        },
    }
}

/// The tokio backend with worker threads.
pub(crate) struct MultiThread;

impl Backend for MultiThread {
    fn name(&self) -> String {
        "tokio".into()
    }

    fn harness(&self) -> Harness {
        let mut builder = Builder::new_multi_thread();
        let runtime = builder.worker_threads(2).enable_time().build();
        let runtime = runtime.expect("a tokio runtime");
        Harness {
            runtime: Arc::new(TokioRuntime::new(runtime.handle().clone())),
            guard: Box::new(Background(Some(runtime))),
        }
    }
}

/// A runtime that is shut down in the background, without waiting for blocking work.
struct Background(Option<Runtime>);

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// The tokio backend on a single thread, which drives it.
pub(crate) struct CurrentThread;

impl Backend for CurrentThread {
    fn name(&self) -> String {
        "tokio-ct".into()
    }

    fn harness(&self) -> Harness {
        let runtime = Builder::new_current_thread().enable_time().build();
        let runtime = runtime.expect("a tokio runtime");
        let handle = runtime.handle().clone();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let (gone, is_gone) = mpsc::channel::<()>();
        thread::spawn(move || {
            drop(runtime.block_on(stopped));
            runtime.shutdown_background();
            drop(gone);
        });
        Harness {
            runtime: Arc::new(TokioRuntime::new(handle)),
            guard: Box::new((stop, is_gone)),
        }
    }
}
