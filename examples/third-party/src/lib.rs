//! Two ways to write a backend of your own, each proved by the suite.
//!
//! * [`ThreadPerTask`] is a runtime: a page of code. The core does everything else.
//! * [`Tiny`] is a scheduler from scratch, without the core's engine. It does less, and
//!   `conformance.toml` lists the cases that it is known to fail, and why.

mod signal;
mod thread_per_task;
mod tiny;

use std::sync::Arc;

use conformance_tests::{Backend, Harness, backend};
use scheduler_core::{Options, Result, Runtime, Scheduler};

pub use self::{thread_per_task::ThreadPerTask, tiny::Tiny};

/// Returns the runtime under test as a backend.
pub fn thread_per_task() -> impl Backend {
    backend(|| ThreadPerTask)
}

/// The scheduler from scratch under test, over the runtime of this crate or virtual time.
#[derive(Debug)]
pub struct FromScratch;

impl Backend for FromScratch {
    fn name(&self) -> String {
        "tiny".into()
    }

    fn harness(&self) -> Harness {
        Harness {
            runtime: Arc::new(ThreadPerTask),
            guard: Box::new(()),
        }
    }

    fn scheduler(&self, runtime: Arc<dyn Runtime>, options: Options) -> Result<Arc<dyn Scheduler>> {
        options.validate()?;
        Ok(Arc::new(Tiny::new(runtime)))
    }
}
