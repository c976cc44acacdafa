//! All backends, and the callers of a scheduler: tasks of their executors, and plain threads.

#![allow(dead_code, reason = "each test uses some of it")]

use std::{
    sync::{Arc, mpsc},
    time::Duration,
};

use backend_async_std::AsyncStdRuntime;
use backend_smol::SmolRuntime;
use backend_thread::ThreadRuntime;
use backend_tokio::TokioRuntime;
use scheduler_core::{Runtime, implement::block_on, runtime::BoxFuture};
use tokio::runtime::{Builder, Handle, Runtime as Tokio};

/// A time limit that only a hang exceeds.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// The tokio runtimes of the tests, kept alive until the end.
pub(crate) struct Backends {
    multi: Tokio,
    single: Handle,
    _stop: tokio::sync::oneshot::Sender<()>,
}

impl Backends {
    pub(crate) fn new() -> Self {
        let single = tokio(Builder::new_current_thread());
        let handle = single.handle().clone();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || drop(single.block_on(stopped)));
        Self {
            multi: tokio(Builder::new_multi_thread()),
            single: handle,
            _stop: stop,
        }
    }

    /// Returns each backend's runtime, on the real clock.
    pub(crate) fn all(&self) -> [(&'static str, Arc<dyn Runtime>); 5] {
        let multi = self.multi.handle().clone();
        [
            ("thread", Arc::new(ThreadRuntime::new())),
            ("smol", Arc::new(SmolRuntime::global())),
            ("async-std", Arc::new(AsyncStdRuntime::new())),
            ("tokio", Arc::new(TokioRuntime::new(multi))),
            (
                "tokio, one thread",
                Arc::new(TokioRuntime::new(self.single.clone())),
            ),
        ]
    }

    /// Returns every kind of caller: a plain thread, `block_on` of each runtime, and a task of each
    /// runtime.
    pub(crate) fn callers(&self) -> Vec<Caller> {
        let multi = self.multi.handle().clone();
        let mut callers = vec![
            Caller::new("a plain thread", block_on),
            Caller::new("smol's block_on", smol::block_on),
            Caller::new("tokio's block_on", move |call| multi.block_on(call)),
            Caller::new("tokio's block_on, one thread", |call| {
                tokio(Builder::new_current_thread()).block_on(call);
            }),
        ];
        callers.extend(self.all().map(|(name, runtime)| task_of(name, runtime)));
        callers
    }
}

fn tokio(mut builder: Builder) -> Tokio {
    builder.enable_time().build().expect("a tokio runtime")
}

type Call = BoxFuture<'static, ()>;

/// A kind of caller.
pub(crate) struct Caller {
    pub(crate) name: String,
    run: Box<dyn Fn(Call) + Send + Sync>,
}

impl Caller {
    fn new(name: &str, run: impl Fn(Call) + Send + Sync + 'static) -> Self {
        Self {
            name: name.to_owned(),
            run: Box::new(run),
        }
    }

    /// Makes the call from this kind of caller, and returns its result.
    pub(crate) fn call<T: Send + 'static>(
        &self,
        call: impl Future<Output = T> + Send + 'static,
    ) -> T {
        let (tell, answer) = mpsc::channel();
        (self.run)(Box::pin(async move { drop(tell.send(call.await)) }));
        let answer = answer.recv_timeout(LONG);
        answer.unwrap_or_else(|_| panic!("{}: no answer", self.name))
    }
}

fn task_of(name: &str, runtime: Arc<dyn Runtime>) -> Caller {
    let name = format!("a task of {name}");
    Caller::new(&name, move |call| {
        runtime.spawn(call).expect("it is spawned");
    })
}
