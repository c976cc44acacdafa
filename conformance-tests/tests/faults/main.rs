//! Faults at every opportunity, in random scenarios and in one fixed scenario with every kind of
//! call.

#[path = "../backends/mod.rs"]
mod backends;
mod given_up;
mod tasks;

use std::{
    panic::resume_unwind,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::{Context, Waker},
    thread,
    time::Duration,
};

use chrono::{DateTime, Utc};
use conformance_tests::{
    Backend, World,
    model::{Command, Scenario, Sweep, generate, sweep},
};
use scheduler_core::{
    ErrorKind, EventFilter, Job, Options, Schedule, Scheduler, SchedulerExt, Shutdown, State, Task,
    Trigger,
    job::{CancelMode, OutcomeKind},
    runtime::SpawnError,
    trigger::Interval,
};

/// A start, schedules, jobs of every kind, a pause, a clock step, cancellations, waiting calls, and a
/// shutdown with unfinished jobs.
const EVERYTHING: &str = r#"{
  "name": "a bit of everything",
  "config": {"max_concurrent_jobs": 3, "queue_limit": 2},
  "commands": [
    {"call": {"client": 0, "call": {"add": {"id": 0, "every": 300, "script": [{"sleep": 50}]}}}},
    {"call": {"client": 0, "call": {"try_submit": {"tag": 0, "script": [{"sleep": 10}, "fail"]}}}},
    {"call": {"client": 0, "call": "start"}},
    {"call": {"client": 1, "call": {"wait": 0}}},
    {"call": {"client": 0, "call": {"post": {"tag": 1, "blocking": true, "script": [{"sleep": 40}]}}}},
    {"call": {"client": 0, "call": {"try_submit": {"tag": 2, "script": ["yield", {"gate": 0}, "witness"]}}}},
    {"call": {"client": 0, "call": {"try_submit": {"tag": 3, "delay": 60, "script": ["panic"]}}}},
    {"call": {"client": 2, "call": {"submit": {"tag": 4, "script": ["witness"]}}}},
    {"call": {"client": 2, "call": {"submit": {"tag": 5, "script": [{"sleep": 5}]}}}},
    {"call": {"client": 2, "call": {"submit": {"tag": 6, "script": [{"sleep": 5}]}}}},
    {"advance": 30},
    {"call": {"client": 0, "call": "pause"}},
    {"advance": 700},
    {"jump_wall": 3600000},
    {"call": {"client": 0, "call": "resume"}},
    {"advance": 350},
    {"call": {"client": 0, "call": {"run_now": 0}}},
    {"call": {"client": 0, "call": {"cancel": {"job": 2, "grace": 20}}}},
    {"advance": 100},
    {"call": {"client": 1, "call": "wait_idle"}},
    {"open_gate": 0},
    {"call": {"client": 0, "call": {"post": {"tag": 7, "script": [{"call": {"shutdown": {"grace": 0, "abandon": 0}}}, {"sleep": 400}]}}}},
    {"call": {"client": 0, "call": {"post": {"tag": 8, "blocking": true, "script": [{"deaf": 900}]}}}},
    {"call": {"client": 2, "call": "stopped"}},
    {"call": {"client": 1, "call": {"shutdown": {"drain": 100, "grace": 50, "abandon": 50}}}},
    {"advance": 1000}
  ]
}"#;

fn swept(backend: &dyn Backend, scenario: &Scenario, kind: Sweep) -> u64 {
    match sweep(backend, scenario, kind) {
        Ok(opportunities) => opportunities,
        Err(failure) => panic!("{kind:?}: {failure}"),
    }
}

#[test]
fn a_bit_of_everything_survives_every_fault_on_every_backend() {
    let scenario = Scenario::from_json(EVERYTHING).expect("valid");
    for backend in backends::all() {
        for kind in Sweep::ALL {
            let opportunities = swept(&*backend, &scenario, kind);
            println!(
                "{}: {kind:?} at {opportunities} opportunities",
                backend.name()
            );
            assert!(opportunities > 0, "{kind:?} never struck");
        }
    }
}

/// Returns whether `scenario` supports faults of `kind`. A spawned task calls the listeners, so
/// holding spawns back delays the end, and a trace with a listener then differs from one without.
fn can_have(scenario: &Scenario, kind: Sweep) -> bool {
    let holds = |command: &Command| matches!(command, Command::HoldSpawns);
    kind != Sweep::ListenerPanic || !scenario.commands.iter().any(holds)
}

/// Number of scenarios in which each kind of fault strikes.
const SCENARIOS: usize = 30;

#[test]
fn scenarios_made_of_seeds_survive_every_fault() {
    let backend = backends::threads();
    for kind in Sweep::ALL {
        let scenarios = (0..400).map(generate).filter(|it| can_have(it, kind));
        let scenarios = scenarios.take(SCENARIOS);
        let swept = scenarios.map(|scenario| swept(&backend, &scenario, kind));
        let (count, opportunities) = swept.fold((0, 0), |(n, sum), swept| (n + 1, sum + swept));
        println!("{kind:?} at {opportunities} opportunities of {count} scenarios");
        assert_eq!(count, SCENARIOS, "too few scenarios can have {kind:?}");
        assert!(opportunities > 0, "{kind:?} never struck");
    }
}

const MILLISECOND: Duration = Duration::from_millis(1);

/// A value that counts its drops and panics in each, except while the thread unwinds already.
struct Spiteful(Arc<AtomicUsize>);

impl Drop for Spiteful {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
        if !thread::panicking() {
            resume_unwind(Box::new("a destructor panics"));
        }
    }
}

/// A way in which the body of a job is dropped.
type Fate = fn(&World, Job);

const FATES: [(&str, Fate); 6] = [
    ("refused", |world, job| {
        world.shut_down(Shutdown::immediate()).expect("shut down");
        let refused = world.call(|it| it.post(job).map_err(|error| error.kind()));
        assert_eq!(refused.err(), Some(ErrorKind::ShutDown));
    }),
    ("cancelled before it runs", |world, job| {
        let job = world.call(|it| it.try_submit(job.after(1_000 * MILLISECOND)));
        world.call(|_| job.expect("accepted").cancel(CancelMode::Immediate));
    }),
    ("dropped while it runs", |world, job| {
        let job = world.call(|it| it.try_submit(job).expect("accepted"));
        world.settle();
        world.call(|_| job.cancel(CancelMode::Immediate));
        let outcome = world.run(job.wait()).expect("ended").kind();
        assert_eq!(outcome, OutcomeKind::Cancelled);
    }),
    ("run to its end", |world, job| {
        let job = world.call(|it| it.try_submit(job).expect("accepted"));
        world.advance(1_000 * MILLISECOND);
        let ended = [OutcomeKind::Succeeded, OutcomeKind::Panicked];
        assert!(ended.contains(&world.run(job.wait()).expect("ended").kind()));
    }),
    ("the scheduler shuts down", |world, job| {
        world.call(|it| it.post(job.after(1_000 * MILLISECOND)).expect("accepted"));
        world.shut_down(Shutdown::immediate()).expect("shut down");
    }),
    ("its spawn fails", |world, job| {
        world
            .time
            .fail_next_spawn(SpawnError::no_runtime("the test says so"));
        let job = world.call(|it| it.try_submit(job).expect("accepted"));
        assert_eq!(
            world.run(job.wait()).expect("ended").kind(),
            OutcomeKind::Lost
        );
    }),
];

/// Asserts that the scheduler runs a job, if it accepts one, and ends without a leaked timer or task.
fn lives_and_ends(world: &World) {
    world.settle();
    if world.state() == State::Running {
        let job = world.call(|it| it.spawn(async {}).expect("accepted"));
        assert_eq!(
            world.run(job.wait()).expect("ended").kind(),
            OutcomeKind::Succeeded
        );
        world.shut_down(Shutdown::graceful()).expect("shut down");
    }
    world.settle();
    assert_eq!(world.state(), State::ShutDown);
    assert_eq!(
        (world.time.pending_timers(), world.time.participants()),
        (0, 0)
    );
}

#[test]
fn a_destructor_that_panics_harms_nobody_however_it_comes_to_run() {
    for backend in backends::all() {
        for (fate, meet) in FATES {
            let options = Options::default().max_concurrent_jobs(1);
            let world = World::with(&*backend, options).started();
            let destroyed = Arc::new(AtomicUsize::new(0));
            let spite = Spiteful(destroyed.clone());
            let job = Job::new(move |job| async move {
                let _spite = spite;
                job.sleep(100 * MILLISECOND).await;
            });
            meet(&world, job);
            lives_and_ends(&world);
            assert_eq!(destroyed.load(SeqCst), 1, "{} when {fate}", backend.name());
        }
    }
}

/// An interval that panics at its n-th call.
#[derive(Debug)]
struct Treacherous {
    inner: Interval,
    asked: AtomicUsize,
    panics_at: usize,
}

impl Treacherous {
    fn ask<T>(&self, answer: impl FnOnce(&Interval) -> T) -> T {
        if self.asked.fetch_add(1, SeqCst) == self.panics_at {
            resume_unwind(Box::new("a trigger panics"));
        }
        answer(&self.inner)
    }
}

impl Trigger for Treacherous {
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.ask(|inner| inner.next_after(after))
    }

    fn first_from(&self, from: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.ask(|inner| inner.first_from(from))
    }
}

/// Runs a second of a schedule whose trigger panics at call `panics_at`, beside a sound schedule.
/// Returns whether the trigger panicked.
fn with_a_panic_at(backend: &dyn Backend, panics_at: usize) -> bool {
    let world = World::new(backend).started();
    let every = Interval::every(100 * MILLISECOND).expect("not zero");
    let trigger = Arc::new(Treacherous {
        inner: every.clone().starting_at(world.wall()),
        asked: AtomicUsize::new(0),
        panics_at,
    });
    let sound = Arc::new(AtomicUsize::new(0));
    let runs = sound.clone();
    let count = Task::new(move |_| {
        runs.fetch_add(1, SeqCst);
        async {}
    });
    world.call(|it| {
        let treacherous =
            Schedule::new(trigger.clone() as Arc<dyn Trigger>, Task::new(|_| async {}));
        it.add(treacherous).expect("added");
        it.add(Schedule::new(every, count)).expect("added");
    });
    world.advance(1_000 * MILLISECOND);
    let panicked = trigger.asked.load(SeqCst) > panics_at;
    assert_eq!(sound.load(SeqCst), 10, "the other schedule continues");
    assert_eq!(world.scheduler.schedules().len(), 2 - usize::from(panicked));
    lives_and_ends(&world);
    panicked
}

#[test]
fn a_trigger_that_panics_at_any_call_affects_no_other() {
    for backend in backends::all() {
        let swept = (0..100).find(|&at| !with_a_panic_at(&*backend, at));
        let swept = swept.expect("the sweep ends");
        assert!(swept > 5, "only {swept} calls of the trigger");
    }
}

/// Polls a future up to `polls` times, a millisecond apart, and drops it.
fn given_up(world: &World, polls: usize, call: impl Future) {
    let mut call = Box::pin(call);
    for _ in 0..polls {
        let ready = world.time.outside(|| {
            let mut context = Context::from_waker(Waker::noop());
            call.as_mut().poll(&mut context).is_ready()
        });
        if ready {
            return;
        }
        world.advance(MILLISECOND);
    }
    world.time.outside(|| drop(call));
}

#[test]
fn a_read_or_a_wait_with_a_limit_can_be_given_up_at_any_poll() {
    for backend in backends::all() {
        for polls in 0..8 {
            let world = World::new(&*backend).started();
            let mut events = world.scheduler.subscribe(EventFilter::jobs());
            given_up(&world, polls, events.next());
            let job = Job::new(|job| async move { job.sleep(100 * MILLISECOND).await });
            let job = world.call(|it| it.try_submit(job).expect("accepted"));
            given_up(&world, polls, job.wait_timeout(5 * MILLISECOND));
            world.settle();
            assert_eq!(
                world.time.pending_timers(),
                1,
                "only the job's own sleep is left"
            );
            assert_eq!(
                world.run(job.wait()).expect("ended").kind(),
                OutcomeKind::Succeeded
            );
            let told = std::iter::from_fn(|| events.try_next()).count();
            assert_eq!(
                told, 4,
                "the events are scheduled, claimed, started, finished"
            );
            lives_and_ends(&world);
        }
    }
}
