//! Up to the number of workers, tasks never wait for each other, however they are woken.
//!
//! Threads meet at a barrier that opens only if the expected number runs at once.

use std::{
    future::poll_fn,
    num::NonZeroUsize,
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        mpsc::{self, Receiver},
    },
    task::{Poll, Waker},
    time::Duration,
};

use backend_thread::{ThreadRuntime, ThreadScheduler};
use scheduler_core::{Blocking, Job, Runtime, Scheduler, SchedulerExt, Shutdown};

const PATIENCE: Duration = Duration::from_secs(30);
const WORKERS: usize = 8;

fn runtime() -> ThreadRuntime {
    let workers = NonZeroUsize::new(WORKERS).expect("not zero");
    ThreadRuntime::builder().workers(workers).build()
}

fn started() -> Blocking<ThreadScheduler> {
    let scheduler = Blocking::new(ThreadScheduler::new(runtime()));
    scheduler.start().expect("it starts");
    scheduler
}

/// A barrier for a number of threads.
struct Meeting {
    size: usize,
    here: Mutex<usize>,
    changed: Condvar,
}

impl Meeting {
    fn of(size: usize) -> Arc<Self> {
        Arc::new(Self {
            size,
            here: Mutex::new(0),
            changed: Condvar::new(),
        })
    }

    /// Blocks until all threads are here. Returns whether they came in time.
    fn attend(&self) -> bool {
        let mut here = self.here.lock().unwrap_or_else(PoisonError::into_inner);
        *here += 1;
        self.changed.notify_all();
        let missing = |here: &mut usize| *here < self.size;
        let waited = self.changed.wait_timeout_while(here, PATIENCE, missing);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }
}

/// Waits until the other end of a channel is dropped.
fn gone(gate: &Receiver<()>) -> bool {
    gate.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Disconnected)
}

#[test]
fn tasks_that_are_woken_at_once_have_a_thread_each() {
    let runtime = runtime();
    let meeting = Meeting::of(WORKERS);
    let (asleep, wakers) = mpsc::channel::<Waker>();
    let (met, meetings) = mpsc::channel();
    let mut waiting = Vec::new();
    for _ in 0..WORKERS {
        let (meeting, met, asleep) = (meeting.clone(), met.clone(), asleep.clone());
        let mut polls = 0;
        let woken = poll_fn(move |cx| {
            polls += 1;
            if polls > 1 {
                return Poll::Ready(());
            }
            asleep.send(cx.waker().clone()).expect("it is waited for");
            Poll::Pending
        });
        let task = async move {
            woken.await;
            met.send(meeting.attend()).expect("it is waited for");
        };
        runtime.spawn(Box::pin(task)).expect("taken");
        // Spawned one after the other, so that one worker is enough for all of them.
        waiting.push(wakers.recv_timeout(PATIENCE).expect("it is polled"));
    }
    waiting.into_iter().for_each(Waker::wake);
    for _ in 0..WORKERS {
        assert_eq!(meetings.recv_timeout(2 * PATIENCE), Ok(true));
    }
}

#[test]
fn a_sleeper_is_resumed_while_another_job_computes() {
    let scheduler = started();
    let (asleep, is_asleep) = mpsc::channel::<()>();
    let (resumed, is_resumed) = mpsc::channel::<()>();
    let sleeper = Job::new(move |job| {
        let (asleep, resumed) = (asleep.clone(), resumed.clone());
        async move {
            drop(asleep);
            job.sleep(Duration::from_millis(20)).await;
            drop(resumed);
        }
    });
    scheduler.post(sleeper).expect("accepted");
    assert!(gone(&is_asleep));
    let computes = scheduler.spawn_value(async move { gone(&is_resumed) });
    let seen = computes.expect("accepted").wait_blocking();
    assert_eq!(seen.expect("no deadlock").ok(), Some(true));
    scheduler.shutdown(Shutdown::graceful()).expect("it ends");
}

#[test]
fn jobs_due_close_together_run_beside_each_other() {
    let scheduler = started();
    let meeting = Meeting::of(WORKERS);
    let (met, meetings) = mpsc::channel();
    for number in 0..WORKERS as u64 {
        let (meeting, met) = (meeting.clone(), met.clone());
        let job = Job::new(move |_| {
            let (meeting, met) = (meeting.clone(), met.clone());
            async move { met.send(meeting.attend()).expect("it is waited for") }
        });
        let later = job.after(Duration::from_millis(20 + 8 * number));
        scheduler.post(later).expect("accepted");
    }
    for _ in 0..WORKERS {
        assert_eq!(meetings.recv_timeout(2 * PATIENCE), Ok(true));
    }
    scheduler.shutdown(Shutdown::graceful()).expect("it ends");
}

#[test]
fn a_shutdown_keeps_its_deadline_while_jobs_compute() {
    let scheduler = started();
    let (release, gate) = mpsc::channel::<()>();
    let gate = Arc::new(Mutex::new(gate));
    let meeting = Meeting::of(WORKERS - 1);
    for _ in 1..WORKERS {
        let (gate, meeting) = (gate.clone(), meeting.clone());
        let job = Job::new(move |_| {
            let (gate, meeting) = (gate.clone(), meeting.clone());
            async move {
                assert!(meeting.attend());
                let gate = gate.lock().unwrap_or_else(PoisonError::into_inner);
                assert!(gone(&gate));
            }
        });
        scheduler.post(job).expect("accepted");
    }
    assert!(scheduler.metrics().running > 0);
    let (ended, end) = mpsc::channel();
    let ending = scheduler.clone();
    std::thread::spawn(move || {
        let how = Shutdown::drain_within(Duration::from_millis(150));
        let how = how
            .cancel_grace(Duration::ZERO)
            .abandon_after(Duration::ZERO);
        ended.send(ending.shutdown(how)).expect("it is waited for");
    });
    let report = end
        .recv_timeout(PATIENCE)
        .expect("before a job is released");
    assert!(report.is_err(), "it abandons what still computes");
    drop(release);
}

/// The rules for parallelism also hold with more workers than cores.
#[test]
fn the_suite_holds_with_more_workers_than_cores() {
    let backend = conformance_tests::backend(runtime);
    let about = |case: &&conformance_tests::Case| ["R7", "RT-014"].contains(&case.rule);
    let cases: Vec<_> = conformance_tests::CASES.iter().filter(about).collect();
    assert_eq!(cases.len(), 2);
    for case in cases {
        (case.run)(&backend);
    }
}
