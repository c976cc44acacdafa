//! The free slots of the queue are counted exactly, at every instant (`AJ-022`).

#![allow(
    clippy::disallowed_methods,
    reason = "a test brings its own runtime, which starts threads"
)]

use std::{
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
        mpsc::{Receiver, Sender, channel},
    },
    task::{Context, Waker},
    thread,
    time::{Duration, Instant},
};

use scheduler_core::{
    ErrorKind, Job, Options, Runtime, RuntimeScheduler, Scheduler,
    implement::block_on,
    job::OutcomeKind,
    runtime::{BoxFuture, SpawnError},
};

/// A timeout that only a hang exceeds.
const LONG: Duration = Duration::from_secs(60);

/// A runtime with a thread for each task. It can block the caller of the next spawn.
struct Holding {
    armed: Arc<AtomicBool>,
    came: Sender<()>,
    go: Mutex<Receiver<()>>,
}

impl Runtime for Holding {
    fn name(&self) -> &str {
        "holding"
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        if self.armed.swap(false, SeqCst) {
            self.came.send(()).expect("the test waits");
            let go = self.go.lock().expect("no panic").recv_timeout(LONG);
            go.expect("the test releases it");
        }
        thread::spawn(move || block_on(task));
        Ok(())
    }

    fn sleep_until(&self, _: Instant) -> BoxFuture<'static, ()> {
        Box::pin(pending())
    }
}

/// A job that was accepted counts once, even if its `submit` has not returned yet.
#[test]
fn a_job_that_is_taken_is_counted_once_before_its_submit_returns() {
    let (armed, (came, comes), (let_go, go)) = (Arc::default(), channel(), channel());
    let runtime = Holding {
        armed: Arc::clone(&armed),
        came,
        go: Mutex::new(go),
    };
    let options = Options::default().max_concurrent_jobs(1).queue_limit(1);
    let it = RuntimeScheduler::with_options(runtime, options).expect("valid options");
    block_on(it.start()).expect("it starts");
    let (open, gate) = channel::<()>();
    let held = Job::blocking(move |_| gate.recv_timeout(LONG));
    it.post(held).expect("it runs");
    it.post(Job::new(|_| async {})).expect("it is queued");
    let mut waits = Box::pin(it.submit(Job::new(|_| async {})));
    let mut cx = Context::from_waker(Waker::noop());
    assert!(waits.as_mut().poll(&mut cx).is_pending(), "there was room");
    open.send(()).expect("it waits");
    block_on(it.wait_idle()).expect("it becomes idle");

    armed.store(true, SeqCst);
    thread::scope(|scope| {
        let returns = scope.spawn(|| block_on(waits));
        comes.recv_timeout(LONG).expect("its job is taken");
        let queued = it.try_submit(Job::new(|_| async {})).map(drop);
        let refused = it.try_submit(Job::new(|_| async {})).map(drop);
        let_go.send(()).expect("it is held");
        let job = returns.join().expect("no panic").expect("accepted");
        assert_eq!(
            queued.err().map(|error| error.kind()),
            None,
            "counted twice"
        );
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::QueueFull);
        let outcome = job.wait_blocking().expect("it ends");
        assert_eq!(outcome.kind(), OutcomeKind::Succeeded);
    });
    block_on(it.wait_idle()).expect("it becomes idle");
}
