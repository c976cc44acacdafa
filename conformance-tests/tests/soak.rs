//! A day of a busy scheduler, in virtual time: a thousand schedules, 1.44 million runs, some of which
//! fail or panic. Nothing drifts, nothing is lost, nothing grows.

mod backends;

use std::{
    panic::resume_unwind,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use conformance_tests::World;
use scheduler_core::{Options, Runtime, Schedule, Shutdown, Task, trigger::Interval};

const SCHEDULES: u64 = 1_000;
const EVERY: Duration = Duration::from_secs(60);
const HOURS: u64 = 24;
const RUNS_AN_HOUR: u64 = SCHEDULES * 60;

#[derive(Default)]
struct Seen {
    runs: AtomicU64,
    /// Runs whose instant was not the one at which they ran.
    drifted: AtomicU64,
}

/// What a schedule does: nothing, mostly; one in a hundred fails, one panics.
fn task(seen: &Arc<Seen>, world: &World, number: u64) -> Task {
    let (seen, clock) = (seen.clone(), world.time.clone());
    Task::new(move |job| {
        seen.runs.fetch_add(1, Relaxed);
        let late = clock.now().wall != job.nominal();
        seen.drifted.fetch_add(u64::from(late), Relaxed);
        async move {
            match number % 100 {
                7 => Err("one in a hundred"),
                8 => resume_unwind(Box::new("one in a hundred")),
                _ => Ok(()),
            }
        }
    })
}

#[test]
fn a_day_of_a_thousand_schedules() {
    let (begun, backend) = (Instant::now(), backends::threads());
    let world = World::with(&backend, Options::default().event_capacity(1)).started();
    let seen = Arc::new(Seen::default());
    for number in 0..SCHEDULES {
        let every = Interval::every(EVERY).expect("not zero");
        let schedule = Schedule::new(every, task(&seen, &world, number));
        world.call(|it| it.add(schedule).expect("it is added"));
    }
    for hour in 1..=HOURS {
        world.advance(60 * EVERY);
        let metrics = world.scheduler.metrics();
        let waiting = metrics.queued + metrics.running + metrics.delayed + metrics.retrying;
        let size = (
            metrics.schedules as u64,
            waiting,
            world.scheduler.jobs().len(),
        );
        assert_eq!(size, (SCHEDULES, 0, 0), "after {hour} hours: {metrics:?}");
        assert_eq!(seen.runs.load(Relaxed), hour * RUNS_AN_HOUR);
        let tasks = (world.time.pending_timers(), world.time.participants());
        assert_eq!(
            tasks,
            (1, 1),
            "only the driver and its sleep are there after {hour} hours"
        );
    }
    assert_eq!(seen.drifted.load(Relaxed), 0);
    let metrics = world.scheduler.metrics();
    let hundredth = HOURS * RUNS_AN_HOUR / 100;
    assert_eq!((metrics.failed, metrics.panicked), (hundredth, hundredth));
    assert_eq!(metrics.succeeded, HOURS * RUNS_AN_HOUR - 2 * hundredth);
    world.shut_down(Shutdown::graceful()).expect("it ends");
    world.settle();
    assert_eq!(
        (world.time.pending_timers(), world.time.participants()),
        (0, 0)
    );
    println!("{} runs in {:?}", seen.runs.load(Relaxed), begun.elapsed());
}
