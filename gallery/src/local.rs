//! Runtimes whose tasks stay on one thread, which the core's `LocalRuntime` connects.

use std::{
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll},
};

use conformance_tests::{Backend, Harness};
use futures_util::stream::{FuturesUnordered, StreamExt};
use scheduler_core::{
    Runtime,
    runtime::{LocalRuntime, LocalTasks, SpawnError},
};

/// A backend that starts a runtime for each case. The guard of the case ends it.
pub(crate) struct Local {
    pub(crate) name: &'static str,
    pub(crate) start: fn(&'static str) -> Result<LocalRuntime, SpawnError>,
}

impl Backend for Local {
    fn name(&self) -> String {
        self.name.into()
    }

    fn harness(&self) -> Harness {
        let runtime = (self.start)(self.name).expect("the system has threads");
        Harness {
            guard: Box::new(End(runtime.clone())),
            runtime: Arc::new(runtime) as Arc<dyn Runtime>,
        }
    }

    fn stops_with_its_guard(&self) -> bool {
        true
    }
}

struct End(LocalRuntime);

impl Drop for End {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// Runs all tasks in one, until the runtime ends: for an executor whose own tasks cannot be used.
pub(crate) async fn run_all(mut tasks: LocalTasks) {
    let mut running = FuturesUnordered::new();
    let turn = |cx: &mut Context<'_>| {
        while let Poll::Ready(arrived) = tasks.poll_next(cx) {
            match arrived {
                Some(task) => running.push(task),
                None => return Poll::Ready(()),
            }
        }
        while let Poll::Ready(Some(())) = running.poll_next_unpin(cx) {}
        Poll::Pending
    };
    poll_fn(turn).await;
}
