//! Faults of a runtime in the scheduler's own tasks, threads and sleeps, at every opportunity. A
//! poll or a piece of blocking work panics, a task or blocking work is dropped, a sleep panics,
//! ends late, or never ends.
//!
//! A fault may lose the job that it hits. Still, every job ends, and so does the scheduler.

use std::{
    future::{Future, pending},
    panic::resume_unwind,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use conformance_tests::{Backend, Harness, World};
use scheduler_core::{
    Event, EventFilter, EventKind, Job, JobHandle, Options, Result, Runtime, Schedule, Scheduler,
    SchedulerExt, Shutdown, State, Task,
    job::{OutcomeKind, Retry},
    runtime::{BlockingWork, BoxFuture, Now, SpawnError},
    scope::JobScope,
    trigger::Interval,
};

use crate::backends;

const SECOND: Duration = Duration::from_secs(1);

/// The kinds of faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    PollPanics,
    TaskIsDropped,
    WorkPanics,
    WorkIsDropped,
    /// The call of `sleep_until` panics, because it cannot return an error.
    SleepPanics,
    SleepIsLate,
    SleepIsLost,
}

const KINDS: [Kind; 7] = [
    Kind::PollPanics,
    Kind::TaskIsDropped,
    Kind::WorkPanics,
    Kind::WorkIsDropped,
    Kind::SleepPanics,
    Kind::SleepIsLate,
    Kind::SleepIsLost,
];

/// A number of seen opportunities after which no fault strikes.
const HEALED: u64 = 1 << 32;

/// A fault that strikes at one opportunity.
#[derive(Debug)]
struct Fault {
    kind: Kind,
    at: u64,
    seen: AtomicU64,
}

impl Fault {
    fn strikes(&self, kinds: &[Kind]) -> Option<Kind> {
        let concerned = kinds.contains(&self.kind);
        (concerned && self.seen.fetch_add(1, SeqCst) == self.at).then_some(self.kind)
    }

    /// Disables the fault. Returns whether it has struck.
    fn heal(&self) -> bool {
        self.seen.swap(HEALED, SeqCst) > self.at
    }
}

/// A backend whose runtime has a fault.
struct Faulty {
    inner: Arc<dyn Backend>,
    fault: Arc<Fault>,
}

impl Backend for Faulty {
    fn name(&self) -> String {
        self.inner.name()
    }

    fn harness(&self) -> Harness {
        self.inner.harness()
    }

    fn scheduler(&self, inner: Arc<dyn Runtime>, options: Options) -> Result<Arc<dyn Scheduler>> {
        let fault = self.fault.clone();
        let runtime = Arc::new(Troubled { inner, fault });
        self.inner.scheduler(runtime, options)
    }
}

struct Troubled {
    inner: Arc<dyn Runtime>,
    fault: Arc<Fault>,
}

impl Runtime for Troubled {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> std::result::Result<(), SpawnError> {
        self.inner.spawn(Box::pin(Mortal {
            task: Some(task),
            fault: self.fault.clone(),
        }))
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        let kinds = [Kind::SleepPanics, Kind::SleepIsLate, Kind::SleepIsLost];
        match self.fault.strikes(&kinds) {
            Some(Kind::SleepPanics) => resume_unwind(Box::new("no timer")),
            Some(Kind::SleepIsLate) => self.inner.sleep_until(deadline + SECOND / 3),
            Some(_) => Box::pin(pending()),
            None => self.inner.sleep_until(deadline),
        }
    }

    fn spawn_blocking(&self, work: BlockingWork) -> std::result::Result<(), SpawnError> {
        let fault = self.fault.clone();
        self.inner.spawn_blocking(Box::new(move || {
            match fault.strikes(&[Kind::WorkPanics, Kind::WorkIsDropped]) {
                Some(Kind::WorkPanics) => resume_unwind(Box::new("the thread panics")),
                Some(_) => drop(work),
                None => work(),
            }
        }))
    }

    fn now(&self) -> Now {
        self.inner.now()
    }
}

/// A task that may panic or be dropped at each poll.
struct Mortal {
    task: Option<BoxFuture<'static, ()>>,
    fault: Arc<Fault>,
}

impl Future for Mortal {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match self.fault.strikes(&[Kind::PollPanics, Kind::TaskIsDropped]) {
            Some(Kind::PollPanics) => resume_unwind(Box::new("the task panics")),
            Some(_) => self.task = None,
            None => {}
        }
        match &mut self.task {
            Some(task) => task.as_mut().poll(cx),
            None => Poll::Ready(()),
        }
    }
}

/// A value that counts its drop.
struct Token(Arc<AtomicUsize>);

impl Drop for Token {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// The jobs of one scheduler, and a count of the dropped bodies.
#[derive(Default)]
struct Jobs {
    handles: Vec<JobHandle>,
    gone: Arc<AtomicUsize>,
}

impl Jobs {
    /// Submits jobs of every kind: short, long, delayed, blocking, failing and retried ones.
    fn submit(&mut self, it: &dyn Scheduler) -> Result<()> {
        let token = || Token(self.gone.clone());
        let (a, b, c, d, e) = (token(), token(), token(), token(), token());
        let retried = Task::new(|_| async { Err::<(), _>("again") }).retry(Retry::fixed(2, SECOND));
        let jobs = [
            Job::new(move |_| async move { drop(a) }),
            Job::new(move |job| async move {
                let _b = b;
                job.sleep(SECOND).await;
                job.sleep(SECOND).await;
            }),
            Job::new(move |_| async move { drop(c) }).after(SECOND / 2),
            Job::blocking(move |_| drop(d)),
            Job::new(move |_| async move {
                drop(e);
                Err::<(), _>("a failure")
            }),
            retried.into(),
        ];
        for job in jobs {
            self.handles.push(it.try_submit(job)?);
        }
        Ok(())
    }

    fn submit_crowd(&mut self, it: &dyn Scheduler) -> Result<()> {
        for number in 0..CROWD as u32 {
            let token = Token(self.gone.clone());
            let job = Job::new(move |job| async move {
                let _token = token;
                if number % 4 == 0 {
                    job.sleep(SECOND).await;
                }
            });
            let delay = SECOND * (1 + number / (CROWD as u32 / 2));
            self.handles.push(it.try_submit(job.after(delay))?);
        }
        Ok(())
    }

    fn have_ended(&self) {
        for job in &self.handles {
            assert!(job.outcome().is_some(), "{job:?} has no outcome");
        }
    }
}

/// The number of jobs in a crowd.
const CROWD: usize = 24;

/// The load of the scheduler before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Alone,
    /// Two batches of jobs, each due at one instant and large enough to share tasks.
    Crowd,
    Busy,
    /// Like `Busy`, but the fault may strike during the shutdown as well.
    Closing,
}

const WAYS: [Way; 4] = [Way::Alone, Way::Crowd, Way::Busy, Way::Closing];

/// Uses everything that needs a task, a thread or a sleep.
fn live(world: &World, jobs: &mut Jobs) {
    let every = Interval::every(SECOND / 2).expect("not zero");
    let schedule = Schedule::new(
        every,
        Task::new(|job| async move { job.sleep(SECOND).await }),
    );
    world.call(|it| it.add(schedule)).expect("added");
    world
        .scheduler
        .add_listener(EventFilter::jobs(), Arc::new(|_: &Event| {}));
    // The start may fail, or even end the scheduler, but it must return.
    let _may_fail = world.run(world.scheduler.start());
    let _may_have_ended = world.call(|it| jobs.submit(it));
    let it = world.scheduler.clone();
    let scope = JobScope::new(it.clone());
    let _may_have_ended = world.call(|_| scope.post(Job::new(|_| async {})));
    world.advance(SECOND / 4);
    let _may_have_ended = world.call(|it| jobs.submit(it));
    world.advance(3 * SECOND);
    drop(scope);
}

/// Runs a few jobs alone, so that no later task can make up for a lost one.
fn live_alone(world: &World, jobs: &mut Jobs, kind: Kind, way: Way) {
    let _may_fail = world.run(world.scheduler.start());
    let _may_have_ended = world.call(|it| match way {
        Way::Crowd => jobs.submit_crowd(it),
        _ => jobs.submit(it),
    });
    world.advance(10 * SECOND);
    if world.state() != State::New && kind != Kind::SleepIsLost {
        jobs.have_ended();
    }
}

/// Shuts down with unfinished jobs. The call may fail, and it never returns if a sleep is lost.
fn close(world: &World) {
    let shutdown = Shutdown::drain_within(SECOND).cancel_grace(SECOND);
    let _may_fail = world.time.try_run(world.scheduler.shutdown(shutdown));
    world.settle();
}

/// Asserts, without a further fault, that the scheduler starts if it is new, runs a job, and ends.
fn lives_and_ends(world: &World) {
    if world.state() == State::New {
        world.run(world.scheduler.start()).expect("started");
    }
    if world.state() == State::Running {
        let job = world.call(|it| it.spawn(async {}).expect("accepted"));
        let outcome = world.run(job.wait()).expect("ended").kind();
        assert_eq!(outcome, OutcomeKind::Succeeded);
        world.advance(10 * SECOND);
        let shutdown = Shutdown::drain_within(SECOND).cancel_grace(SECOND);
        world.shut_down(shutdown).expect("shut down");
    }
    if world.state() == State::ShuttingDown {
        let hurried = Shutdown::immediate().hurry();
        world
            .call(|it| it.request_shutdown(hurried))
            .expect("requested");
    }
    world.run(world.scheduler.stopped()).expect("stopped");
    world.settle();
    assert_eq!(world.state(), State::ShutDown);
    let left = (world.time.pending_timers(), world.time.participants());
    assert_eq!(left, (0, 0), "leaked timers or tasks");
}

/// Runs one scheduler with the fault at opportunity `at`. Returns whether the fault struck.
fn live_with(inner: Arc<dyn Backend>, kind: Kind, at: u64, way: Way) -> bool {
    let seen = AtomicU64::new(0);
    let fault = Arc::new(Fault { kind, at, seen });
    let backend = Faulty {
        inner,
        fault: fault.clone(),
    };
    let at_a_time = if way == Way::Crowd { CROWD } else { 3 };
    let mut world = World::with(&backend, Options::default().max_concurrent_jobs(at_a_time));
    let mut jobs = Jobs::default();
    match way {
        Way::Alone | Way::Crowd => live_alone(&world, &mut jobs, kind, way),
        Way::Busy | Way::Closing => live(&world, &mut jobs),
    }
    if way == Way::Closing {
        close(&world);
    }
    let has_struck = fault.heal();
    lives_and_ends(&world);
    jobs.have_ended();
    let lost = jobs.handles.iter().filter(|job| is_lost(job)).count();
    assert!(lost == 0 || has_struck);
    let events = world.events();
    let ended = |event: &&Event| matches!(event.kind, EventKind::JobFinished { .. });
    let accepted = |event: &&Event| matches!(event.kind, EventKind::JobScheduled { .. });
    let (accepted, ended) = (
        events.iter().filter(accepted).count(),
        events.iter().filter(ended).count(),
    );
    assert_eq!(accepted, ended, "every job ends once");
    drop(world);
    let bodies = jobs.handles.len() / 6 * 5;
    assert!(jobs.gone.load(SeqCst) >= bodies, "a body was not dropped");
    has_struck
}

fn is_lost(job: &JobHandle) -> bool {
    job.outcome().map(|end| end.kind()) == Some(OutcomeKind::Lost)
}

/// More opportunities than any scheduler has. A sweep that reaches this number never ends.
const MANY: u64 = 500;

#[test]
fn whatever_the_runtime_does_to_the_schedulers_own_tasks_everything_ends() {
    for backend in backends::all() {
        for kind in KINDS {
            let swept = WAYS.map(|way| {
                let is_over = |&at: &u64| !live_with(backend.clone(), kind, at, way);
                (0..MANY).find(is_over).expect("the sweep ends")
            });
            println!("{}: {kind:?} at {swept:?} opportunities", backend.name());
            assert!(
                swept[2] > 2 && swept[3] >= swept[2],
                "too few opportunities"
            );
        }
    }
}
