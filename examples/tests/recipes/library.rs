//! Tests `examples/library.rs`: it works the same on every backend, and leaves nothing behind.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use backend_async_std::AsyncStdRuntime;
use backend_smol::SmolRuntime;
use backend_thread::ThreadRuntime;
use backend_tokio::TokioRuntime;
use scheduler_core::{ErrorKind, Options, Runtime, RuntimeScheduler, Scheduler, Shutdown};
use scheduler_testing::VirtualRuntime;

use crate::library::Reloaded;

const MINUTE: Duration = Duration::from_secs(60);

fn reloads_and_cleans_up(runtime: impl Runtime) {
    let time = VirtualRuntime::new(runtime);
    let quiet = Options::default().on_error(|_: &_| ());
    let scheduler = RuntimeScheduler::with_options(time.clone(), quiet).expect("valid options");
    let scheduler: Arc<dyn Scheduler> = Arc::new(scheduler);
    let loads = Arc::new(AtomicU32::new(0));
    let counted = loads.clone();
    // The third load fails once, and is retried after a second.
    let load = move || match counted.fetch_add(1, Ordering::SeqCst) {
        2 => Err(io::Error::other("unreachable")),
        count => Ok(count),
    };
    let value = time.outside(|| Reloaded::new(&*scheduler, "rates", MINUTE, load));
    let value = value.expect("it is added");
    assert_eq!(value.get(), None, "nothing runs before the start");

    time.run(scheduler.start()).expect("it starts");
    time.settle();
    assert_eq!(value.get(), Some(0), "loaded at once");
    time.advance(MINUTE);
    assert_eq!(value.get(), Some(1));
    time.advance(MINUTE);
    assert_eq!(
        value.get(),
        Some(1),
        "the old value stays while a load fails"
    );
    time.advance(Duration::from_secs(2));
    assert_eq!(value.get(), Some(3), "retried");

    let again = Reloaded::new(&*scheduler, "rates", MINUTE, || Ok::<_, io::Error>(0));
    assert_eq!(
        again.map(drop).map_err(|error| error.kind()),
        Err(ErrorKind::DuplicateId)
    );
    time.outside(|| drop(value));
    assert!(scheduler.schedules().is_empty());
    time.advance(60 * MINUTE);
    assert_eq!(loads.load(Ordering::SeqCst), 4, "no load after the drop");
    time.run(scheduler.shutdown(Shutdown::graceful()))
        .expect("it was running all the time");
}

#[test]
fn reloads_on_threads() {
    reloads_and_cleans_up(ThreadRuntime::new());
}

#[test]
fn reloads_on_smol() {
    reloads_and_cleans_up(SmolRuntime::global());
}

#[test]
fn reloads_on_async_std() {
    reloads_and_cleans_up(AsyncStdRuntime::new());
}

#[test]
fn reloads_on_tokio() {
    let tokio = tokio::runtime::Runtime::new().expect("a tokio runtime");
    reloads_and_cleans_up(TokioRuntime::new(tokio.handle().clone()));
}
