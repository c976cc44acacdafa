//! What the runtime does to the scheduler's own tasks, threads and sleeps, at every opportunity: a
//! poll or a piece of blocking work panics, a task or such work is dropped, a sleep cannot be had,
//! comes late, or never ends although it has to.
//!
//! Nothing of that is masked: what it hits is lost. But every job ends, and so does the scheduler.

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
    BlockingWork, BoxFuture, Event, EventFilter, EventKind, Job, JobHandle, JobScope, Now, Options,
    OutcomeKind, Result, Runtime, Schedule, Scheduler, SchedulerExt, Shutdown, SpawnError, State,
    Task, job::Retry, trigger::Interval,
};

use crate::backends;

const SECOND: Duration = Duration::from_secs(1);

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    PollPanics,
    TaskIsDropped,
    WorkPanics,
    WorkIsDropped,
    /// A sleep cannot be had: the call panics, as there is no other answer.
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

/// A count of opportunities at which no fault strikes.
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

    /// From now on nothing goes wrong any more; whether something had.
    fn heal(&self) -> bool {
        self.seen.swap(HEALED, SeqCst) > self.at
    }
}

/// A backend whose runtime goes wrong.
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
            Some(Kind::SleepPanics) => resume_unwind(Box::new("there is no timer")),
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

/// A task that may meet with an accident at each poll.
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

/// Counts when it is dropped.
struct Token(Arc<AtomicUsize>);

impl Drop for Token {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// The jobs of a life, and how many of their bodies are gone.
#[derive(Default)]
struct Jobs {
    handles: Vec<JobHandle>,
    gone: Arc<AtomicUsize>,
}

impl Jobs {
    /// Jobs of every sort: short, long, late, blocking, failing, tried again, in a scope, in line.
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

/// How many jobs are a crowd.
const CROWD: usize = 24;

/// What happens in a life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Alone,
    /// So many at one instant that they share tasks, and as many once more.
    Crowd,
    Busy,
    /// Busy to its end, which is disturbed, too.
    Closing,
}

const WAYS: [Way; 4] = [Way::Alone, Way::Crowd, Way::Busy, Way::Closing];

/// Everything there is for a task, a thread and a sleep to be spent on.
fn live(world: &World, jobs: &mut Jobs) {
    let every = Interval::every(SECOND / 2).expect("not zero");
    let schedule = Schedule::new(
        every,
        Task::new(|job| async move { job.sleep(SECOND).await }),
    );
    world.call(|it| it.add(schedule)).expect("it is added");
    world
        .scheduler
        .add_listener(EventFilter::jobs(), Arc::new(|_: &Event| {}));
    // It may fail, and even end the scheduler. Whatever it does, it answers.
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

/// A few jobs, and nothing else that would have a task look after what another has left.
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

/// The end with work left, which may fail and, where a sleep is lost, be waited for in vain.
fn close(world: &World) {
    let shutdown = Shutdown::within(SECOND).cancel_grace(SECOND);
    let _may_fail = world.time.try_run(world.scheduler.shutdown(shutdown));
    world.settle();
}

/// Without a further fault it can be started, does what it is given, and ends.
fn lives_and_ends(world: &World) {
    if world.state() == State::New {
        world.run(world.scheduler.start()).expect("it starts");
    }
    if world.state() == State::Running {
        let job = world.call(|it| it.spawn(async {}).expect("accepted"));
        let outcome = world.run(job.wait()).expect("it ends").kind();
        assert_eq!(outcome, OutcomeKind::Succeeded);
        world.advance(10 * SECOND);
        let shutdown = Shutdown::within(SECOND).cancel_grace(SECOND);
        world.shut_down(shutdown).expect("it ends");
    }
    if world.state() == State::ShuttingDown {
        let hurried = Shutdown::now().hurry();
        world
            .call(|it| it.request_shutdown(hurried))
            .expect("it hurries");
    }
    world.run(world.scheduler.stopped()).expect("it ends");
    world.settle();
    assert_eq!(world.state(), State::ShutDown);
    let left = (world.time.pending_timers(), world.time.participants());
    assert_eq!(left, (0, 0), "timers and tasks are left");
}

/// A life with the fault at one opportunity; whether there was one.
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
    assert_eq!(accepted, ended, "every job ends, once");
    drop(world);
    let bodies = jobs.handles.len() / 6 * 5;
    assert!(jobs.gone.load(SeqCst) >= bodies, "a body is left");
    has_struck
}

fn is_lost(job: &JobHandle) -> bool {
    job.outcome().map(|end| end.kind()) == Some(OutcomeKind::Lost)
}

/// More opportunities than there are: a sweep that comes here does not end.
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
                "it hardly ever struck"
            );
        }
    }
}
