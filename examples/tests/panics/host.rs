//! The executors, each with a thread that runs it, and a function that ends it.

use std::{
    sync::{Arc, mpsc},
    thread,
};

use backend_async_std::AsyncStdRuntime;
use backend_smol::SmolRuntime;
use backend_thread::ThreadRuntime;
use backend_tokio::TokioRuntime;
use scheduler_core::Runtime;
use tokio::runtime::Builder;

pub(crate) struct Host {
    pub(crate) runtime: Arc<dyn Runtime>,
    /// Ends the executor; `None` if it runs until the program ends.
    pub(crate) end: Option<Box<dyn FnOnce()>>,
}

impl Host {
    fn everlasting(runtime: impl Runtime) -> Self {
        Self {
            runtime: Arc::new(runtime),
            end: None,
        }
    }

    /// Starts a thread that makes the executor, runs it until `end` is called, and destroys it.
    fn on_a_thread<R: Runtime>(
        run: impl FnOnce(&mpsc::Sender<R>, tokio::sync::oneshot::Receiver<()>) + Send + 'static,
    ) -> Self {
        let (made, runtime) = mpsc::channel();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let thread = thread::spawn(move || run(&made, stopped));
        let end = move || {
            drop(stop);
            thread.join().expect("the executor ends without a panic");
        };
        Self {
            runtime: Arc::new(runtime.recv().expect("an executor")),
            end: Some(Box::new(end)),
        }
    }
}

pub(crate) fn thread() -> Host {
    Host::everlasting(ThreadRuntime::new())
}

pub(crate) fn smol_global() -> Host {
    Host::everlasting(SmolRuntime::global())
}

pub(crate) fn smol_given() -> Host {
    Host::on_a_thread(|made, stopped| {
        let executor = Arc::new(smol::Executor::new());
        made.send(SmolRuntime::new(&executor)).expect("wanted");
        drop(smol::block_on(executor.run(stopped)));
    })
}

pub(crate) fn async_std() -> Host {
    Host::everlasting(AsyncStdRuntime::new())
}

pub(crate) fn tokio_single() -> Host {
    tokio_of(Builder::new_current_thread)
}

pub(crate) fn tokio_multi() -> Host {
    tokio_of(Builder::new_multi_thread)
}

fn tokio_of(builder: fn() -> Builder) -> Host {
    Host::on_a_thread(move |made, stopped| {
        let tokio = builder().enable_time().build().expect("a tokio runtime");
        let runtime = TokioRuntime::new(tokio.handle().clone());
        made.send(runtime).expect("wanted");
        drop(tokio.block_on(stopped));
    })
}
