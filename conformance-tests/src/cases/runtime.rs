//! R: what a runtime promises, in real time.

use std::{
    sync::{Arc, mpsc},
    task::{Context, Wake, Waker},
    thread,
    time::{Duration, Instant},
};

use scheduler_core::{Runtime, Scheduler, SchedulerExt};

use crate::{
    Backend, World,
    gate::{Counter, Gate},
};

/// How long something that has to come may take.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) fn spawn_does_not_poll_inline(backend: &dyn Backend) {
    let harness = backend.harness();
    let me = thread::current().id();
    let (polled, polls) = mpsc::channel();
    let task = Box::pin(async move { polled.send(thread::current().id()).unwrap_or_default() });
    harness.runtime.spawn(task).expect("it is taken");
    assert_ne!(polls.recv_timeout(PATIENCE), Ok(me));
}

pub(super) fn tasks_are_polled_to_their_end(backend: &dyn Backend) {
    let harness = backend.harness();
    let (dropped, drops) = mpsc::channel::<()>();
    for _ in 0..100 {
        let dropped = dropped.clone();
        let runtime = harness.runtime.clone();
        harness
            .runtime
            .spawn(Box::pin(async move {
                runtime
                    .sleep_until(runtime.now().mono + Duration::from_millis(1))
                    .await;
                drop(dropped);
            }))
            .expect("it is taken");
    }
    drop(dropped);
    assert_eq!(
        drops.recv_timeout(PATIENCE),
        Err(mpsc::RecvTimeoutError::Disconnected)
    );
}

pub(super) fn waiting_tasks_give_way(backend: &dyn Backend) {
    let harness = backend.harness();
    let gates: Vec<Gate> = (0..50).map(|_| Gate::default()).collect();
    let (done, ended) = mpsc::channel();
    for pair in gates.windows(2) {
        let (mine, next) = (pair[0].clone(), pair[1].clone());
        let task = Box::pin(async move {
            mine.pass().await;
            next.open();
        });
        harness.runtime.spawn(task).expect("it is taken");
    }
    let last = gates[gates.len() - 1].clone();
    let task = Box::pin(async move {
        last.pass().await;
        done.send(()).unwrap_or_default();
    });
    harness.runtime.spawn(task).expect("it is taken");
    gates[0].open();
    ended
        .recv_timeout(PATIENCE)
        .expect("the last one is reached");
}

pub(super) fn no_sleep_is_lost(backend: &dyn Backend) {
    let harness = backend.harness();
    let (done, ended) = mpsc::channel();
    for number in 0..200_u64 {
        let (done, runtime) = (done.clone(), harness.runtime.clone());
        let task = Box::pin(async move {
            let deadline = runtime.now().mono + Duration::from_micros(number * 97);
            runtime.sleep_until(deadline).await;
            done.send(()).unwrap_or_default();
        });
        harness.runtime.spawn(task).expect("it is taken");
    }
    for _ in 0..200 {
        ended.recv_timeout(PATIENCE).expect("every sleep ends");
    }
}

struct Counts(Counter);

impl Wake for Counts {
    fn wake(self: Arc<Self>) {
        self.0.add();
    }
}

fn poll_and_drop(runtime: &dyn Runtime, waker: &Waker) {
    let mut sleep = runtime.sleep_until(Instant::now() + Duration::from_secs(3600));
    let mut cx = Context::from_waker(waker);
    assert!(sleep.as_mut().poll(&mut cx).is_pending());
}

pub(super) fn a_dropped_sleep_wakes_nobody(backend: &dyn Backend) {
    let harness = backend.harness();
    let wakes = Counter::default();
    let waker = Waker::from(Arc::new(Counts(wakes.clone())));
    let (done, ended) = mpsc::channel();
    let runtime = harness.runtime.clone();
    let task = Box::pin(async move {
        for _ in 0..1_000 {
            poll_and_drop(&*runtime, &waker);
        }
        let soon = runtime.now().mono + Duration::from_millis(20);
        runtime.sleep_until(soon).await;
        // Only the case itself still holds the waker if every timer was freed.
        drop(done.send(waker));
    });
    harness.runtime.spawn(task).expect("it is taken");
    let waker = ended.recv_timeout(PATIENCE).expect("it ends");
    drop(waker);
    assert_eq!(wakes.get(), 0);
}

pub(super) fn an_idle_scheduler_does_not_spin(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let far = scheduler_core::Job::new(|_| async {}).after(Duration::from_secs(365 * 86_400));
    world.scheduler.post(far).expect("accepted");
    world.settle();
    let polls = world.time.polls();
    world.advance(Duration::from_secs(86_400));
    assert_eq!(world.time.polls(), polls, "nothing is due for a year");
    let job = world.scheduler.spawn(async {}).expect("accepted");
    world.run(job.wait()).expect("it ends");
}
