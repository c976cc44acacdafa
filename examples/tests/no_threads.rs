//! If the system refuses threads, the start returns an error on every executor that needs them.

use std::{env, process::Command, sync::Arc};

use backend_async_std::{AsyncStdRuntime, AsyncStdScheduler};
use backend_smol::{SmolRuntime, SmolScheduler};
use scheduler_core::{ErrorKind, Scheduler, State, implement::block_on};

const INSIDE: &str = "WITHOUT_THREADS";

/// Runs `test` in its own process. No thread can start there, because each requests a stack larger
/// than any address space.
fn without_threads(test: &str, scheduler: impl FnOnce() -> Arc<dyn Scheduler>) {
    if env::var_os(INSIDE).is_some() {
        return start(&*scheduler());
    }
    let program = env::current_exe().expect("it runs");
    let ended = Command::new(program)
        .args(["--exact", test, "--test-threads=1", "--nocapture"])
        .env(INSIDE, "1")
        .env("RUST_MIN_STACK", (1_u64 << 50).to_string())
        .output()
        .expect("it starts again");
    let said = String::from_utf8_lossy(&ended.stdout) + String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{}\n{said}", ended.status);
    assert!(said.contains("1 passed"), "{said}");
    assert!(!said.contains("panicked"), "{said}");
}

fn start(scheduler: &dyn Scheduler) {
    assert!(
        std::thread::Builder::new().spawn(|| ()).is_err(),
        "there are threads"
    );
    for _ in 0..2 {
        let error = block_on(scheduler.start()).expect_err("it cannot start");
        assert_eq!(error.kind(), ErrorKind::Spawn, "{error}");
        assert_eq!(scheduler.state(), State::New);
    }
}

#[test]
fn without_threads_the_start_is_refused_on_smol() {
    let name = "without_threads_the_start_is_refused_on_smol";
    without_threads(name, || Arc::new(SmolScheduler::new(SmolRuntime::global())));
}

#[test]
fn without_threads_the_start_is_refused_on_async_std() {
    let name = "without_threads_the_start_is_refused_on_async_std";
    without_threads(name, || {
        Arc::new(AsyncStdScheduler::new(AsyncStdRuntime::new()))
    });
}
