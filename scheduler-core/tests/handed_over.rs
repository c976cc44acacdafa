//! A runtime that refuses spawns, panics or delays its tasks.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test brings its own runtime, which begins at an instant, and may fail"
)]

use std::{
    future::{Future, pending, poll_fn},
    mem,
    num::NonZeroUsize,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::{Context, Poll, Wake, Waker},
    time::{Duration, Instant},
};

use scheduler_core::{
    ErrorKind, Job, JobHandle, Options, Runtime, RuntimeScheduler, Scheduler, State,
    failure::JobFailure,
    job::{JobPolicy, OutcomeKind, RateLimit},
    runtime::{BlockingWork, BoxFuture, Now, SpawnError},
};

const SECOND: Duration = Duration::from_secs(1);

/// A runtime that polls tasks on the thread of the test, on request. One spawn panics. Blocking work is
/// refused.
struct Odd {
    now: Mutex<Now>,
    tasks: Mutex<Vec<BoxFuture<'static, ()>>>,
    /// Number of spawns before the one that panics.
    spawns_left: AtomicUsize,
}

#[derive(Clone)]
struct Hand(Arc<Odd>);

impl Hand {
    fn new() -> Self {
        Self(Arc::new(Odd {
            now: Mutex::new(Now::system()),
            tasks: Mutex::default(),
            spawns_left: AtomicUsize::new(usize::MAX),
        }))
    }

    /// Polls every task once.
    fn turn(&self) {
        let mut tasks = mem::take(&mut *self.0.tasks.lock().unwrap());
        tasks.retain_mut(|task| poll(task, Waker::noop()).is_pending());
        self.0.tasks.lock().unwrap().append(&mut tasks);
    }

    fn advance(&self, by: Duration) {
        let mut now = self.0.now.lock().unwrap();
        *now = Now::new(now.mono() + by, now.wall() + by);
    }
}

impl Runtime for Hand {
    fn name(&self) -> &str {
        "by hand"
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        let left = self.0.spawns_left.fetch_sub(1, SeqCst);
        assert!(left > 0, "there is no reactor");
        self.0.tasks.lock().unwrap().push(task);
        Ok(())
    }

    fn spawn_blocking(&self, work: BlockingWork) -> Result<(), SpawnError> {
        drop(work);
        Err(SpawnError::no_runtime("it has no threads"))
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        let hand = self.clone();
        Box::pin(poll_fn(move |_| match hand.now().mono() < deadline {
            true => Poll::Pending,
            false => Poll::Ready(()),
        }))
    }

    fn parallelism(&self) -> NonZeroUsize {
        NonZeroUsize::MIN
    }

    fn now(&self) -> Now {
        *self.0.now.lock().unwrap()
    }
}

fn poll<F: Future + Unpin>(future: &mut F, waker: &Waker) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(waker))
}

fn started(hand: &Hand, options: Options) -> RuntimeScheduler<Hand> {
    let scheduler = RuntimeScheduler::with_options(hand.clone(), options).unwrap();
    assert!(poll(&mut scheduler.start(), Waker::noop()).is_pending());
    hand.turn();
    assert_eq!(scheduler.state(), State::Running);
    scheduler
}

fn quiet() -> Options {
    Options::default().on_error(|_: &JobFailure| ())
}

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// One runner has five jobs. The first ends and the second never does. The permit of the first must
/// go to the waiting `submit`.
#[test]
fn a_permit_that_comes_free_is_told_of_before_the_next_job_of_the_runner() {
    let hand = Hand::new();
    let scheduler = started(&hand, quiet().max_concurrent_jobs(5).queue_limit(1));
    let rate = JobPolicy::default().rate_limit(RateLimit::new("slow", 1, 3600 * SECOND));
    let slow = || Job::new(|_| async {}).policy(rate.clone());
    scheduler.post(slow()).unwrap();
    hand.turn();
    // The job waits for a token, in the only slot.
    scheduler.post(slow()).unwrap();
    scheduler.post(Job::future(async {}).after(SECOND)).unwrap();
    // These jobs have handles, so their suspension requests nothing else.
    let lasts = || Job::future(pending::<()>()).after(SECOND);
    let _last = [(); 4].map(|()| scheduler.try_submit(lasts()).unwrap());
    hand.advance(SECOND);
    // The driver runs; the runner has not been polled yet.
    hand.turn();
    let (woken, job) = (Arc::new(Count::default()), Job::future(async {}));
    let mut waits = scheduler.submit(job);
    assert!(poll(&mut waits, &Waker::from(woken.clone())).is_pending());
    hand.turn();
    assert_eq!(scheduler.metrics().succeeded, 2);
    assert_eq!(woken.0.load(SeqCst), 1, "there is a permit");
    assert!(matches!(
        poll(&mut waits, Waker::noop()),
        Poll::Ready(Ok(_))
    ));
}

fn kinds(handles: &[JobHandle]) -> Vec<Option<OutcomeKind>> {
    let kind = |handle: &JobHandle| Some(handle.outcome()?.kind());
    handles.iter().map(kind).collect()
}

/// Jobs that start in one batch are spawned one after the other. The second spawn panics.
#[test]
fn a_spawn_that_panics_loses_its_job_and_no_sibling() {
    let hand = Hand::new();
    let scheduler = started(&hand, quiet().max_concurrent_jobs(3));
    let due = || Job::new(|_| async {}).after(SECOND);
    let handles = [due(), due(), due()].map(|job| scheduler.try_submit(job).unwrap());
    hand.advance(SECOND);
    hand.0.spawns_left.store(1, SeqCst);
    hand.turn();
    hand.0.spawns_left.store(usize::MAX, SeqCst);
    hand.turn();
    let ends = [
        OutcomeKind::Succeeded,
        OutcomeKind::Lost,
        OutcomeKind::Succeeded,
    ];
    assert_eq!(kinds(&handles), ends.map(Some));
    assert_eq!(scheduler.metrics().running, 0);
    let next = scheduler.try_submit(Job::new(|_| async {})).unwrap();
    hand.turn();
    assert_eq!(kinds(&[next]), [Some(OutcomeKind::Succeeded)]);
}

#[test]
fn a_start_at_which_the_runtime_panics_says_so_and_can_be_tried_again() {
    let hand = Hand::new();
    let scheduler = RuntimeScheduler::with_options(hand.clone(), quiet()).unwrap();
    hand.0.spawns_left.store(0, SeqCst);
    let Poll::Ready(Err(error)) = poll(&mut scheduler.start(), Waker::noop()) else {
        panic!("the runtime panics");
    };
    assert_eq!(error.kind(), ErrorKind::Spawn);
    let text = error.to_string();
    assert!(
        text.ends_with("the runtime panicked: there is no reactor"),
        "{text}"
    );
    assert_eq!(scheduler.state(), State::New);
    hand.0.spawns_left.store(usize::MAX, SeqCst);
    assert!(poll(&mut scheduler.start(), Waker::noop()).is_pending());
    hand.turn();
    assert_eq!(scheduler.state(), State::Running);
}

/// A value that counts its drops.
struct Held(Arc<AtomicUsize>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

#[test]
fn the_body_of_refused_work_is_dropped_before_its_failure_is_told() {
    let (hand, dropped) = (Hand::new(), Arc::new(AtomicUsize::new(0)));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (ends, sees) = (dropped.clone(), seen.clone());
    let options = Options::default().on_error(move |_: &JobFailure| {
        sees.lock().unwrap().push(ends.load(SeqCst));
    });
    let scheduler = started(&hand, options);
    let held = Held(dropped);
    scheduler.post(Job::blocking(move |_| drop(held))).unwrap();
    hand.turn();
    assert_eq!(*seen.lock().unwrap(), [1]);
    assert_eq!(scheduler.metrics().running, 0);
}
