//! Cases of FT: sweeps of injected faults. A sweep repeats one scenario with the fault at its first
//! opportunity, then at its second, and so on, until the scenario has no further opportunity. After
//! each fault the scheduler must still run a job and shut down.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::Poll,
    time::{Duration, Instant},
};

use scheduler_core::{
    Event, EventFilter, Job, Options, Runtime, Scheduler, SchedulerExt, Shutdown, State,
    implement::yield_now,
    job::OutcomeKind,
    runtime::{BlockingWork, BoxFuture, Now, SpawnError},
};

use super::{bodies::held, record::Record, timers::Timers};
use crate::{
    Backend, World,
    gate::{Counter, Gate},
};

const SECOND: Duration = Duration::from_secs(1);

/// More opportunities than any scenario has. A sweep that reaches this number never ends.
const MANY: usize = 200;

/// Runs `scenario` with the fault at one opportunity after the other. `scenario` returns whether it
/// reached the opportunity.
fn sweep(scenario: impl Fn(usize) -> bool) {
    let last = (0..MANY).find(|&opportunity| !scenario(opportunity));
    let swept = last.expect("the sweep ends");
    assert!(swept > 0, "the scenario has no opportunity for the fault");
}

/// Asserts, without a further fault, that the scheduler starts if it is new, runs a job, and ends.
fn lives_and_ends(world: &World) {
    if world.state() == State::New {
        world.run(world.scheduler.start()).expect("started");
    }
    if world.state() == State::Running {
        let job = world.call(|it| it.spawn(async {}).expect("accepted"));
        let outcome = world.run(job.wait()).expect("the job ends").kind();
        assert_eq!(outcome, OutcomeKind::Succeeded);
    }
    ends(world);
}

fn ends(world: &World) {
    if world.state() != State::ShutDown {
        let request = |it: &dyn Scheduler| it.request_shutdown(Shutdown::immediate());
        world.call(request).expect("requested");
    }
    world.run(world.scheduler.stopped()).expect("stopped");
    let left = (world.time.pending_timers(), world.time.participants());
    assert_eq!(left, (0, 0), "timers and tasks are left");
}

/// Polls `call` up to `polls` times, then drops it. Returns whether it was still pending.
async fn given_up_after<F: Future>(polls: usize, call: F) -> bool {
    let mut call = pin!(call);
    for _ in 0..polls {
        let ended = poll_fn(|cx| Poll::Ready(call.as_mut().poll(cx).is_ready()));
        if ended.await {
            return false;
        }
        yield_now().await;
    }
    true
}

type Waiting = fn(&Arc<dyn Scheduler>, &Gate) -> BoxFuture<'static, scheduler_core::Result<()>>;

/// The async calls of a scheduler, each made in a state in which it must wait.
const WAITING: [Waiting; 6] = [
    |it, _| {
        let it = it.clone();
        Box::pin(async move { it.start().await })
    },
    |it, _| {
        let it = it.clone();
        Box::pin(async move { it.start_paused().await })
    },
    |it, gate| {
        let (it, gate) = (it.clone(), gate.clone());
        Box::pin(async move {
            it.start().await?;
            it.post(held(&gate))?;
            it.shutdown(Shutdown::graceful()).await.map(drop)
        })
    },
    |it, gate| {
        let (it, gate) = (it.clone(), gate.clone());
        Box::pin(async move {
            it.start().await?;
            it.post(held(&gate))?;
            it.wait_idle().await
        })
    },
    |it, gate| {
        let (it, gate) = (it.clone(), gate.clone());
        Box::pin(async move {
            it.start().await?;
            it.try_submit(held(&gate))?.wait().await.map(drop)
        })
    },
    |it, _| {
        let it = it.clone();
        Box::pin(async move { it.stopped().await.map(drop) })
    },
];

pub(super) fn a_dropped_call_leaves_nothing_stuck(backend: &dyn Backend) {
    for waiting in WAITING {
        for polls in 0..6 {
            let world = World::new(backend);
            let gate = Gate::default();
            let call = waiting(&world.scheduler, &gate);
            world.run(given_up_after(polls, call));
            world.settle();
            assert_ne!(world.state(), State::Starting, "after {polls} polls");
            world.time.outside(|| gate.open());
            world.settle();
            lives_and_ends(&world);
        }
    }
}

/// A `submit` that is dropped while it waits for a slot submits nothing.
pub(super) fn a_submit_dropped_at_any_poll_submits_nothing(backend: &dyn Backend) {
    for polls in 0..5 {
        let options = Options::default();
        let options = options.max_concurrent_jobs(1).queue_limit(1);
        let world = World::with(backend, options).started();
        let (gate, ran) = (Gate::default(), Counter::default());
        for _ in 0..2 {
            world.call(|it| it.post(held(&gate)).expect("accepted"));
        }
        let submit = world.scheduler.submit(super::bodies::counting(&ran));
        assert!(world.run(given_up_after(polls, submit)));
        world.time.outside(|| gate.open());
        world.run(world.scheduler.wait_idle()).expect("idle");
        assert_eq!(ran.get(), 0);
        lives_and_ends(&world);
    }
}

/// A job that suspends four times panics at one of its polls.
pub(super) fn a_panic_at_any_poll_ends_only_its_job(backend: &dyn Backend) {
    sweep(|opportunity| {
        let options = Options::default().max_concurrent_jobs(1);
        let world = World::with(backend, options).started();
        let panics = move |step: usize| assert_ne!(step, opportunity, "at this poll");
        let job = Job::new(move |job| async move {
            for step in 0..5 {
                panics(step);
                job.sleep(SECOND).await;
            }
        });
        let job = world.call(|it| it.try_submit(job).expect("accepted"));
        let outcome = world.run(job.wait()).expect("the job ends").kind();
        world.settle();
        assert_eq!(world.state(), State::Running);
        lives_and_ends(&world);
        outcome == OutcomeKind::Panicked
    });
}

/// One spawn fails, at each possible place, while a scheduler starts and runs async and blocking
/// jobs, now and later, with a listener.
pub(super) fn every_job_ends_when_spawns_are_refused(backend: &dyn Backend) {
    sweep(|opportunity| {
        let world = World::new(backend);
        let listener = Arc::new(|_: &Event| {});
        world.scheduler.add_listener(EventFilter::all(), listener);
        let failing = u64::try_from(opportunity).expect("small");
        let refused = || SpawnError::no_runtime("the case says so");
        world.time.fail_spawn_after(failing, refused());
        let start = world.run(world.scheduler.start());
        assert_eq!(start.is_err(), opportunity == 0);
        if start.is_err() {
            assert_eq!(world.state(), State::New);
            world.run(world.scheduler.start()).expect("a retry works");
        }
        let jobs = world.call(|it| {
            let jobs = [
                Job::new(|_| async {}),
                Job::blocking(|_| {}),
                Job::new(|job| async move { job.sleep(SECOND).await }).after(SECOND),
                Job::blocking(|_| {}).after(SECOND),
            ];
            jobs.map(|job| it.try_submit(job).expect("accepted"))
        });
        for job in jobs {
            let outcome = world.run(job.wait()).expect("the job ends").kind();
            let fine = [OutcomeKind::Succeeded, OutcomeKind::Lost].contains(&outcome);
            assert!(fine, "{outcome}");
        }
        let reached = world.time.spawns() > failing;
        // Take back a failure that was not reached, or it would hit the next spawn.
        if reached {
            lives_and_ends(&world);
        }
        reached
    });
}

/// A runtime that panics at one spawn: `left` counts the tasks and threads until then.
struct Panicking {
    runtime: Arc<dyn Runtime>,
    left: Arc<AtomicUsize>,
}

impl Panicking {
    fn ask(&self) {
        let left = self.left.fetch_sub(1, Ordering::SeqCst);
        assert_ne!(left, 0, "no reactor");
    }
}

impl Runtime for Panicking {
    fn name(&self) -> &str {
        self.runtime.name()
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        self.ask();
        self.runtime.spawn(task)
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        self.runtime.sleep_until(deadline)
    }

    fn spawn_blocking(&self, work: BlockingWork) -> Result<(), SpawnError> {
        self.ask();
        self.runtime.spawn_blocking(work)
    }

    fn now(&self) -> Now {
        self.runtime.now()
    }
}

/// The runtime panics at one spawn while async and blocking jobs run, alone and many at an instant.
pub(super) fn a_panicking_runtime_loses_only_its_task(backend: &dyn Backend) {
    sweep(|opportunity| {
        let left = Arc::new(AtomicUsize::new(usize::MAX));
        let counted = left.clone();
        let options = Options::default().max_concurrent_jobs(3);
        let world = World::over_with(backend, options, |runtime| {
            Arc::new(Panicking {
                runtime: Arc::new(runtime),
                left: counted,
            })
        });
        let world = world.started();
        left.store(opportunity, Ordering::SeqCst);
        let asleep = || Job::new(|job| async move { job.sleep(SECOND).await });
        let jobs = world.call(|it| {
            let many = (0..9).map(|_| asleep().after(SECOND));
            let others = [
                asleep(),
                Job::blocking(|_| {}),
                Job::blocking(|_| {}).after(SECOND),
            ];
            let jobs = many.chain(others);
            jobs.map(|job| it.try_submit(job).expect("accepted"))
                .collect::<Vec<_>>()
        });
        for job in jobs {
            let outcome = world.run(job.wait()).expect("the job ends").kind();
            let fine = [OutcomeKind::Succeeded, OutcomeKind::Lost].contains(&outcome);
            assert!(fine, "{outcome}");
        }
        let reached = left.load(Ordering::SeqCst) > opportunity;
        left.store(usize::MAX, Ordering::SeqCst);
        world.settle();
        assert_eq!(world.scheduler.metrics().running, 0, "permits are left");
        lives_and_ends(&world);
        reached
    });
}

/// Checks one-off runs and a schedule of every two seconds over a runtime whose sleeps are wrong.
fn runs_over(backend: &dyn Backend, between: fn(scheduler_testing::VirtualRuntime) -> Timers) {
    let world = World::over(backend, |time| Arc::new(between(time))).started();
    let record = Record::new(&world.time);
    let every = scheduler_core::trigger::Interval::every(2 * SECOND).expect("not zero");
    world.call(|it| {
        for millis in [1, 500, 500, 1_500, 4_000] {
            let job = Job::from(record.task()).after(Duration::from_millis(millis));
            it.post(job).expect("accepted");
        }
        let schedule = scheduler_core::Schedule::new(every, record.task());
        it.add(schedule).expect("added");
    });
    world.advance(20 * SECOND);
    let runs = record.runs();
    assert_eq!(runs.len(), 15, "{runs:?}");
    for run in &runs {
        assert!(run.at >= run.nominal, "early: {run:?}");
        assert!((run.at - run.nominal).num_seconds() < 1, "late: {run:?}");
    }
    lives_and_ends(&world);
}

pub(super) fn sleeps_that_end_early_change_nothing(backend: &dyn Backend) {
    runs_over(backend, Timers::early);
}

pub(super) fn sleeps_that_end_late_lose_nothing(backend: &dyn Backend) {
    runs_over(backend, Timers::late);
}

/// The listener panics at one event of a scheduler's life.
pub(super) fn a_listener_can_panic_at_any_event(backend: &dyn Backend) {
    sweep(|opportunity| {
        let world = World::new(backend);
        let heard = Counter::default();
        let hears = heard.clone();
        let listener = move |_: &Event| {
            hears.add();
            assert_ne!(hears.get(), opportunity + 1, "at this event");
        };
        let listener = Arc::new(listener);
        world.scheduler.add_listener(EventFilter::all(), listener);
        let world = world.started();
        world.call(|it| {
            it.pause().expect("paused");
            it.post(Job::new(|_| async {})).expect("accepted");
            it.resume().expect("resumed");
        });
        world.settle();
        assert_eq!(world.state(), State::Running);
        lives_and_ends(&world);
        heard.get() > opportunity
    });
}
