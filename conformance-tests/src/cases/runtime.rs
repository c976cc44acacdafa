//! Cases of R: the contract of a runtime, in real time.

use std::{
    future::poll_fn,
    sync::{Arc, mpsc},
    task::{Context, Poll, Wake, Waker},
    thread,
    time::{Duration, Instant},
};

use scheduler_core::{Runtime, Scheduler, SchedulerExt, runtime::BoxFuture};

use crate::{
    Backend, World,
    gate::{Counter, Gate},
    limits::patience,
    process::{own_processor_time, processor_time, wakeups},
    world::Live,
};

pub(super) fn spawn_does_not_poll_inline(backend: &dyn Backend) {
    let harness = backend.harness();
    let me = thread::current().id();
    let (polled, polls) = mpsc::channel();
    let task = Box::pin(async move { polled.send(thread::current().id()).unwrap_or_default() });
    harness.runtime.spawn(task).expect("spawned");
    assert_ne!(polls.recv_timeout(patience()), Ok(me));
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
                    .sleep_until(runtime.now().mono() + Duration::from_millis(1))
                    .await;
                drop(dropped);
            }))
            .expect("spawned");
    }
    drop(dropped);
    assert_eq!(
        drops.recv_timeout(patience()),
        Err(mpsc::RecvTimeoutError::Disconnected)
    );
}

/// Another thread wakes the task while it is being polled, and nothing wakes it afterwards.
pub(super) fn a_wake_during_a_poll_is_not_lost(backend: &dyn Backend) {
    let harness = backend.harness();
    let (done, ended) = mpsc::channel();
    let mut is_woken = false;
    let task = poll_fn(move |cx| {
        if is_woken {
            done.send(()).unwrap_or_default();
            return Poll::Ready(());
        }
        let waker = cx.waker().clone();
        // The poll continues until the thread has called the waker.
        is_woken = thread::spawn(move || waker.wake()).join().is_ok();
        Poll::Pending
    });
    harness.runtime.spawn(Box::pin(task)).expect("spawned");
    let again = ended.recv_timeout(patience());
    again.expect("the task is polled again");
}

/// Each task waits for one that is spawned after it.
pub(super) fn pending_tasks_do_not_keep_their_thread(backend: &dyn Backend) {
    let harness = backend.harness();
    let gates: Vec<Gate> = (0..50).map(|_| Gate::default()).collect();
    let (done, ended) = mpsc::channel();
    let last = gates[gates.len() - 1].clone();
    let task = Box::pin(async move {
        last.pass().await;
        done.send(()).unwrap_or_default();
    });
    harness.runtime.spawn(task).expect("spawned");
    for pair in gates.windows(2).rev() {
        let (mine, next) = (pair[0].clone(), pair[1].clone());
        let task = Box::pin(async move {
            mine.pass().await;
            next.open();
        });
        harness.runtime.spawn(task).expect("spawned");
    }
    gates[0].open();
    ended.recv_timeout(patience()).expect("the last task ran");
}

pub(super) fn no_sleep_is_lost(backend: &dyn Backend) {
    let harness = backend.harness();
    let (done, ended) = mpsc::channel();
    for number in 0..200_u64 {
        let (done, runtime) = (done.clone(), harness.runtime.clone());
        let task = Box::pin(async move {
            let deadline = runtime.now().mono() + Duration::from_micros(number * 97);
            runtime.sleep_until(deadline).await;
            done.send(()).unwrap_or_default();
        });
        harness.runtime.spawn(task).expect("spawned");
    }
    for _ in 0..200 {
        ended.recv_timeout(patience()).expect("every sleep ends");
    }
}

/// Polls the sleep once with a waker that does nothing. Returns whether it has ended.
fn has_ended(sleep: &mut BoxFuture<'static, ()>) -> bool {
    let mut nobody = Context::from_waker(Waker::noop());
    sleep.as_mut().poll(&mut nobody).is_ready()
}

/// Only the waker of the last poll must wake, because another task may poll the sleep later.
pub(super) fn a_sleep_wakes_its_last_waker(backend: &dyn Backend) {
    let harness = backend.harness();
    let (done, ended) = mpsc::channel();
    let runtime = harness.runtime.clone();
    let task = Box::pin(async move {
        let deadline = runtime.now().mono() + Duration::from_millis(20);
        let mut sleep = runtime.sleep_until(deadline);
        if !has_ended(&mut sleep) {
            sleep.await;
        }
        done.send(()).unwrap_or_default();
    });
    harness.runtime.spawn(task).expect("spawned");
    ended.recv_timeout(patience()).expect("the sleep ends");
}

/// A sleep of an hour does not delay a shorter one.
pub(super) fn a_shorter_sleep_overtakes_a_longer_one(backend: &dyn Backend) {
    let harness = backend.harness();
    let (done, ended) = mpsc::channel();
    let runtime = harness.runtime.clone();
    let task = Box::pin(async move {
        let mut long = runtime.sleep_until(runtime.now().mono() + Duration::from_secs(3600));
        assert!(!has_ended(&mut long));
        for millis in [50, 20, 1] {
            let soon = runtime.now().mono() + Duration::from_millis(millis);
            runtime.sleep_until(soon).await;
        }
        done.send(()).unwrap_or_default();
    });
    harness.runtime.spawn(task).expect("spawned");
    ended.recv_timeout(patience()).expect("the short ones end");
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

/// A freed timer has dropped its waker. Some runtimes free timers only on their next turn, so the
/// task keeps checking until all are freed.
pub(super) fn a_dropped_sleep_frees_its_timer(backend: &dyn Backend) {
    let harness = backend.harness();
    let wakes = Counter::default();
    let counts = Arc::new(Counts(wakes.clone()));
    let (done, ended) = mpsc::channel();
    let runtime = harness.runtime.clone();
    let task = Box::pin(async move {
        for _ in 0..1_000 {
            poll_and_drop(&*runtime, &Waker::from(counts.clone()));
        }
        while Arc::strong_count(&counts) > 1 {
            let soon = runtime.now().mono() + Duration::from_millis(5);
            runtime.sleep_until(soon).await;
        }
        done.send(()).unwrap_or_default();
    });
    harness.runtime.spawn(task).expect("spawned");
    let freed = ended.recv_timeout(patience());
    freed.expect("the timers of dropped sleeps are freed");
    assert_eq!(wakes.get(), 0, "a dropped sleep woke its task");
}

/// The task polls a long sleep beside a shorter one. Only the start and the shorter sleep's end
/// should poll it.
pub(super) fn a_sleeping_task_is_not_polled(backend: &dyn Backend) {
    let harness = backend.harness();
    let (done, ended) = mpsc::channel();
    let runtime = harness.runtime.clone();
    let task = Box::pin(async move {
        let deadline = runtime.now().mono() + Duration::from_millis(300);
        let mut sleep = runtime.sleep_until(deadline);
        let mut polls = 0;
        let slept = poll_fn(|cx| {
            polls += 1;
            sleep.as_mut().poll(cx)
        });
        slept.await;
        done.send(polls).unwrap_or_default();
    });
    harness.runtime.spawn(task).expect("spawned");
    let polls = ended.recv_timeout(patience()).expect("the sleep ends");
    assert!(polls <= 10, "a sleep of 300 ms was polled {polls} times");
}

/// A sleep beside others, as in a loop with `select`, is polled at the end of each of them.
pub(super) fn a_sleep_that_is_polled_often_ends(backend: &dyn Backend) {
    let harness = backend.harness();
    let (done, ended) = mpsc::channel();
    let runtime = harness.runtime.clone();
    let task = Box::pin(async move {
        let after = |millis| runtime.now().mono() + Duration::from_millis(millis);
        let mut sleep = runtime.sleep_until(after(250));
        while !has_ended(&mut sleep) {
            runtime.sleep_until(after(3)).await;
        }
        done.send(()).unwrap_or_default();
    });
    harness.runtime.spawn(task).expect("spawned");
    let ended = ended.recv_timeout(patience());
    ended.expect("a sleep ends however often it is polled");
}

/// A runtime that looks for work at intervals passes as idle by its use of the processor. The system
/// counts how often its threads wake up. A wake-up of the past may still be counted, so a window in
/// which there are many is repeated.
pub(super) fn an_idle_process_is_not_woken(backend: &dyn Backend) {
    const WINDOW: Duration = Duration::from_millis(250);
    const FEW: u64 = 10;
    let live = Live::new(backend).started();
    let far = scheduler_core::Job::new(|_| async {}).after(Duration::from_secs(86_400));
    live.scheduler.post(far).expect("accepted");
    live.scheduler.wait_idle().expect("idle");
    let end = Instant::now() + patience();
    loop {
        let before = wakeups();
        thread::sleep(WINDOW);
        let count = wakeups().saturating_sub(before);
        if count <= FEW {
            return;
        }
        assert!(
            Instant::now() < end,
            "an idle process woke up {count} times in {WINDOW:?}"
        );
    }
}

/// One thread of the case works without a pause, while the rest of the process is idle. On a busy
/// machine, a spinning thread of the runtime would get about as much processor time as that one.
pub(super) fn an_idle_process_uses_no_processor(backend: &dyn Backend) {
    /// Long enough that a second busy thread gets a tenth of it, even on a crowded core.
    const WORK: Duration = Duration::from_secs(1);
    let live = Live::new(backend).started();
    let far = scheduler_core::Job::new(|_| async {}).after(Duration::from_secs(86_400));
    live.scheduler.post(far).expect("accepted");
    live.scheduler.wait_idle().expect("idle");
    let (before, own_before) = (processor_time(), own_processor_time());
    while own_processor_time() - own_before < WORK {
        std::hint::spin_loop();
    }
    let used = (processor_time() - before).saturating_sub(WORK);
    assert!(
        used <= WORK / 10,
        "the idle process used {used:?} of processor time"
    );
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
    world.run(job.wait()).expect("the job ends");
}
