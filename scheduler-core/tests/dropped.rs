//! A runtime that stores its tasks, and drops them at unfavourable times.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::{
    future::{Future, pending},
    mem,
    pin::{Pin, pin},
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc::{RecvTimeoutError, channel},
    },
    task::{Context, Poll, Wake, Waker},
    thread,
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use scheduler_core::{
    ErrorKind, Event, EventFilter, Job, JobHandle, Options, Runtime, RuntimeScheduler, Schedule,
    Scheduler, SchedulerExt, State, Task as Work,
    backfill::{Backfill, BackfillHandle},
    failure::JobFailure,
    implement::block_on,
    job::OutcomeKind,
    runtime::{BlockingWork, BoxFuture, SpawnError},
    trigger::Cron,
};

type Task = BoxFuture<'static, ()>;

/// A runtime that polls its tasks only on request; clones share them.
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

    /// Drops all tasks but the first, which is the driver.
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
        // Drops the work, as a runtime does that is shutting down.
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
    started_with(Options::default())
}

fn started_with(options: Options) -> (Keeps, Scheduling) {
    let runtime = Keeps::default();
    let scheduler = RuntimeScheduler::with_options(runtime.clone(), options);
    let scheduler = Arc::new(scheduler.unwrap());
    {
        let mut start = Scheduler::start(&*scheduler);
        assert!(poll(start.as_mut()).is_pending());
        runtime.turn();
        assert!(matches!(poll(start.as_mut()), Poll::Ready(Ok(()))));
    }
    (runtime, scheduler)
}

fn outcome(job: &JobHandle) -> Option<OutcomeKind> {
    match poll(pin!(job.wait())) {
        Poll::Ready(outcome) => Some(outcome.unwrap().kind()),
        Poll::Pending => None,
    }
}

/// Spawns several jobs that are due together, so that runners take them.
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
        // The runtime has dropped the handler's turn too, so the driver calls the handler.
        runtime.turn();
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

/// A value that records whether the job has an outcome when the value is dropped.
struct Witness(Arc<OnceLock<JobHandle>>, Arc<OnceLock<bool>>);

impl Drop for Witness {
    fn drop(&mut self) {
        let wait = poll(pin!(self.0.get().unwrap().wait()));
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
    runtime.turn();
    assert_eq!(outcome(own.get().unwrap()), Some(OutcomeKind::Lost));
}

/// The caller of the first start continues only when the second start is in progress, or has ended.
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
    assert!(asked > 0, "a call of the listener was requested");
    drop(runtime.take());
    assert_eq!(scheduler.state(), State::ShutDown);
    assert_eq!(outcome(&job), Some(OutcomeKind::Lost));
    assert_eq!(runtime.0.blocking.load(SeqCst), asked);
}

/// Counts its wakes.
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// A blocking job outlives the loss. Its sleep must end, even on a runtime whose sleeps do not.
#[test]
fn a_sleep_of_a_job_ends_when_its_runtime_is_lost() {
    let (runtime, scheduler) = started();
    let context = Arc::new(OnceLock::new());
    let keep = context.clone();
    let job = Job::new(move |job| async move {
        assert!(keep.set(job).is_ok());
        pending::<()>().await;
    });
    let _job = scheduler.try_submit(job).unwrap();
    runtime.turn();
    let wakes = Arc::new(Wakes(AtomicUsize::new(0)));
    let waker = Waker::from(wakes.clone());
    let context = context.get().unwrap();
    let mut sleep = Box::pin(context.sleep(Duration::from_secs(3_600)));
    let mut sleep_is_over = || {
        sleep
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_ready()
    };
    assert!(!sleep_is_over());
    drop(runtime.take());
    assert_eq!(wakes.0.load(SeqCst), 1);
    assert!(sleep_is_over());
    let later = pin!(context.sleep(Duration::from_secs(3_600)));
    assert!(poll(later).is_ready());
}

/// Runs the closure on its own thread, which must end.
#[expect(
    clippy::disallowed_methods,
    reason = "what hangs must not take the test along"
)]
fn ends(what: impl FnOnce() + Send + 'static) {
    let (done, end) = channel::<()>();
    let thread = thread::spawn(move || {
        what();
        drop(done);
    });
    let ended = end.recv_timeout(Duration::from_secs(20));
    assert_eq!(ended, Err(RecvTimeoutError::Disconnected), "it hangs");
    thread.join().unwrap();
}

/// Returns a scheduler with two jobs whose handlers wait for the end of the other job, and the
/// number of handlers that have returned.
fn entangled() -> (Keeps, Scheduling, Vec<JobHandle>, Arc<AtomicUsize>) {
    let jobs = Arc::new(OnceLock::<Vec<JobHandle>>::new());
    let (known, returned) = (jobs.clone(), Arc::new(AtomicUsize::new(0)));
    let returns = returned.clone();
    let options = Options::default().on_error(move |failure: &JobFailure| {
        let jobs = known.get().unwrap();
        for other in jobs.iter().filter(|job| job.id() != failure.job) {
            block_on(other.wait()).unwrap();
        }
        returns.fetch_add(1, SeqCst);
    });
    let (runtime, scheduler) = started_with(options);
    let job = |_| scheduler.try_submit(Job::new(|_| pending::<()>())).unwrap();
    let all: Vec<_> = (0..2).map(job).collect();
    jobs.set(all.clone()).unwrap();
    runtime.turn();
    (runtime, scheduler, all, returned)
}

/// Asserts that both jobs are lost and both handlers have returned in time.
fn assert_all_handled(scheduler: &dyn Scheduler, jobs: &[JobHandle], returned: &AtomicUsize) {
    for job in jobs {
        assert_eq!(outcome(job), Some(OutcomeKind::Lost));
    }
    assert_eq!(
        (returned.load(SeqCst), scheduler.state()),
        (2, State::ShutDown)
    );
    assert_eq!(scheduler.metrics().hung_handlers, 0);
}

#[test]
fn a_handler_may_wait_for_another_job_of_the_same_loss() {
    ends(|| {
        let (runtime, scheduler, jobs, returned) = entangled();
        drop(runtime.take());
        assert_all_handled(&scheduler, &jobs, &returned);
    });
}

#[test]
fn a_handler_may_wait_for_a_job_that_its_thread_is_about_to_drop() {
    ends(|| {
        let (runtime, scheduler, jobs, returned) = entangled();
        let mut tasks = runtime.take();
        // The driver is dropped last.
        tasks.reverse();
        drop(tasks);
        assert_all_handled(&scheduler, &jobs, &returned);
    });
}

#[test]
fn a_handler_may_wait_for_its_own_backfill_when_the_runtime_is_lost() {
    ends(|| {
        let backfill = Arc::new(OnceLock::<BackfillHandle>::new());
        let (known, returned) = (backfill.clone(), Arc::new(AtomicUsize::new(0)));
        let returns = returned.clone();
        let options = Options::default().on_error(move |_: &JobFailure| {
            let report = block_on(known.get().unwrap().wait()).unwrap();
            assert!(report.end.is_some());
            returns.fetch_add(1, SeqCst);
        });
        let (runtime, scheduler) = started_with(options);
        let every = Cron::parse("* * * * *").unwrap();
        let schedule = Schedule::new(every, Work::new(|_| pending::<()>()));
        let schedule = scheduler.add(schedule.id("s")).unwrap();
        let now = runtime.now().wall();
        let range = Backfill::new(now - TimeDelta::minutes(3)..=now);
        let handle = schedule.backfill(range).unwrap();
        backfill.set(handle.clone()).unwrap();
        (0..6).for_each(|_| runtime.turn());
        drop(runtime.take());
        assert!(handle.is_finished());
        assert!(returned.load(SeqCst) > 0);
        assert_eq!(scheduler.state(), State::ShutDown);
    });
}

#[test]
fn a_failure_that_the_runtime_takes_no_turn_for_is_told_by_the_driver() {
    let told = Arc::new(AtomicUsize::new(0));
    let tells = told.clone();
    let options = Options::default().on_error(move |_: &JobFailure| {
        tells.fetch_add(1, SeqCst);
    });
    let (runtime, scheduler) = started_with(options);
    let failing = Job::new(|_| async { Err::<(), _>("no") });
    let job = scheduler.try_submit(failing).unwrap();
    // The driver may be polled before the job.
    (0..3).for_each(|_| runtime.turn());
    assert_eq!(
        (told.load(SeqCst), outcome(&job)),
        (1, Some(OutcomeKind::Failed))
    );
}
