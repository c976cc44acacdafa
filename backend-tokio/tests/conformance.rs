//! The conformance suite on this backend: on a multi-thread runtime, and on a current-thread one.

use std::{sync::mpsc, thread};

use backend_tokio::TokioRuntime;
use conformance_tests::{Backend, Harness};
use tokio::runtime::Builder;

/// A new multi-thread runtime for each case. Dropping it ends its tasks.
struct MultiThread;

impl Backend for MultiThread {
    fn name(&self) -> String {
        "tokio".into()
    }

    fn harness(&self) -> Harness {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_time()
            .build();
        let runtime = runtime.expect("a tokio runtime");
        Harness {
            runtime: std::sync::Arc::new(TokioRuntime::new(runtime.handle().clone())),
            guard: Box::new(Background(Some(runtime))),
        }
    }

    fn stops_with_its_guard(&self) -> bool {
        true
    }
}

/// A runtime that is shut down without waiting for blocking work.
struct Background(Option<tokio::runtime::Runtime>);

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// A current-thread runtime, driven by one thread.
struct CurrentThread;

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
            runtime: std::sync::Arc::new(TokioRuntime::new(handle)),
            guard: Box::new((stop, is_gone)),
        }
    }

    fn stops_with_its_guard(&self) -> bool {
        true
    }
}

mod multi_thread {
    conformance_tests::conformance_suite!(super::MultiThread);
}

mod current_thread {
    conformance_tests::conformance_suite!(super::CurrentThread);
}
