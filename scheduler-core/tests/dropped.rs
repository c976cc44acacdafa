//! A runtime that keeps what it is given, and drops it at the worst moment.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::{
    future::{Future, pending},
    mem,
    pin::Pin,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::{Context, Poll, Waker},
    time::Instant,
};

use scheduler_core::{
    BlockingWork, BoxFuture, ErrorKind, Event, EventFilter, Job, JobHandle, OutcomeKind, Runtime,
    RuntimeScheduler, Scheduler, SpawnError, State,
};

type Task = BoxFuture<'static, ()>;

/// Polls when it is told to; clones are the same.
#[derive(Clone, Default)]
struct Keeps(Arc<Kept>);

#[derive(Default)]
struct Kept {
    tasks: Mutex<Vec<Task>>,
    blocking: AtomicUsize,
}

impl Keeps {
    fn take(&self) -> Vec<Task> {
        mem::take(&mut *self.0.tasks.lock().unwrap())
    }

    /// Polls each task once.
    fn turn(&self) {
        for mut task in self.take() {
            if poll(task.as_mut()).is_pending() {
                self.0.tasks.lock().unwrap().push(task);
            }
        }
    }

    /// Drops all but the first, which is the driver.
    fn drop_jobs(&self) {
        let mut tasks = self.take();
        let jobs = tasks.split_off(1);
        self.0.tasks.lock().unwrap().extend(tasks);
        drop(jobs);
    }
}

impl Runtime for Keeps {
    fn name(&self) -> &str {
        "keeps"
    }

    fn spawn(&self, task: Task) -> Result<(), SpawnError> {
        self.0.tasks.lock().unwrap().push(task);
        Ok(())
    }

    fn spawn_blocking(&self, _: BlockingWork) -> Result<(), SpawnError> {
        self.0.blocking.fetch_add(1, SeqCst);
        Ok(())
    }

    fn sleep_until(&self, _: Instant) -> BoxFuture<'static, ()> {
        Box::pin(pending())
    }
}

fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

type Scheduling = Arc<RuntimeScheduler<Keeps>>;

fn started() -> (Keeps, Scheduling) {
    let runtime = Keeps::default();
    let scheduler = Arc::new(RuntimeScheduler::new(runtime.clone()));
    {
        let mut start = Scheduler::start(&*scheduler);
        assert!(poll(start.as_mut()).is_pending());
        runtime.turn();
        assert!(matches!(poll(start.as_mut()), Poll::Ready(Ok(()))));
    }
    (runtime, scheduler)
}

fn outcome(job: &JobHandle) -> Option<OutcomeKind> {
    match poll(std::pin::pin!(job.wait())) {
        Poll::Ready(outcome) => Some(outcome.unwrap().kind()),
        Poll::Pending => None,
    }
}

/// Many that come up together: runners take them.
fn together(scheduler: &Scheduling) -> Vec<JobHandle> {
    scheduler.pause().unwrap();
    let job = |_| scheduler.try_submit(Job::new(|_| async {})).unwrap();
    let jobs = (0..20).map(job).collect();
    scheduler.resume().unwrap();
    jobs
}

#[test]
fn jobs_whose_runners_are_dropped_are_lost_and_later_ones_get_new_runners() {
    let (runtime, scheduler) = started();
    for _ in 0..3 {
        let jobs = together(&scheduler);
        runtime.drop_jobs();
        for job in &jobs {
            assert_eq!(outcome(job), Some(OutcomeKind::Lost));
        }
    }
    let jobs = together(&scheduler);
    runtime.turn();
    for job in &jobs {
        assert_eq!(outcome(job), Some(OutcomeKind::Succeeded));
    }
}

/// Tells at its end whether the job had an outcome by then.
struct Witness(Arc<OnceLock<JobHandle>>, Arc<OnceLock<bool>>);

impl Drop for Witness {
    fn drop(&mut self) {
        let wait = poll(std::pin::pin!(self.0.get().unwrap().wait()));
        self.1.set(matches!(wait, Poll::Ready(Ok(_)))).unwrap();
    }
}

#[test]
fn what_a_dropped_job_holds_is_gone_before_its_end_is_told() {
    let (runtime, scheduler) = started();
    let (own, told) = (Arc::new(OnceLock::new()), Arc::new(OnceLock::new()));
    let witness = Witness(own.clone(), told.clone());
    let job = Job::new(move |_| async move {
        let _held = witness;
        pending::<()>().await;
    });
    own.set(scheduler.try_submit(job).unwrap()).unwrap();
    runtime.turn();
    assert_eq!(told.get(), None);
    runtime.drop_jobs();
    assert_eq!(told.get(), Some(&false));
    assert_eq!(outcome(own.get().unwrap()), Some(OutcomeKind::Lost));
}

/// The first caller looks only when a second start is under way, or through.
#[test]
fn a_start_whose_driver_was_dropped_has_failed_whatever_became_of_the_next() {
    for next_is_through in [false, true] {
        let runtime = Keeps::default();
        let scheduler = RuntimeScheduler::new(runtime.clone());
        let mut first = Scheduler::start(&scheduler);
        assert!(poll(first.as_mut()).is_pending());
        drop(runtime.take());
        assert_eq!(scheduler.state(), State::New);
        let mut second = Scheduler::start(&scheduler);
        assert!(poll(second.as_mut()).is_pending());
        if next_is_through {
            runtime.turn();
            assert!(matches!(poll(second.as_mut()), Poll::Ready(Ok(()))));
        }
        match poll(first.as_mut()) {
            Poll::Ready(Err(error)) => assert_eq!(error.kind(), ErrorKind::NoRuntime),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_runtime_that_dropped_the_driver_is_asked_for_nothing_more() {
    let (runtime, scheduler) = started();
    scheduler.add_listener(EventFilter::all(), Arc::new(|_: &Event| {}));
    let job = scheduler.try_submit(Job::new(|_| pending::<()>())).unwrap();
    let asked = runtime.0.blocking.load(SeqCst);
    assert!(asked > 0, "the listener is to be called");
    drop(runtime.take());
    assert_eq!(scheduler.state(), State::ShutDown);
    assert_eq!(outcome(&job), Some(OutcomeKind::Lost));
    assert_eq!(runtime.0.blocking.load(SeqCst), asked);
}
