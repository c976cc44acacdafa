//! A day of a busy scheduler in virtual time: a thousand schedules, 1.44 million runs, some of
//! which fail or panic, and faults every hour. No run drifts, no run is lost, and the memory does
//! not grow.
//!
//! This file has a single test, because it measures the memory of the process.

mod backends;

use std::{
    alloc::System,
    panic::resume_unwind,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use cap::Cap;
use chrono::TimeDelta;
use conformance_tests::World;
use scheduler_core::{
    Event, EventFilter, Job, Options, Runtime, Schedule, Scheduler, SchedulerExt, Shutdown, Task,
    backfill::Backfill,
    job::{CancelMode, OutcomeKind, Retry},
    runtime::SpawnError,
    scope::JobScope,
    trigger::Interval,
};

/// The system's allocator, with a count of the live bytes.
#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, usize::MAX);

/// The number of hours after which all buffers have reached their size.
const WARM_UP: u64 = 4;

/// Number of bytes by which the memory may vary in the rest of the day. A leak per run, or per hour
/// of faults, would be many times more.
const SLACK: usize = 4_096;

const SCHEDULES: u64 = 1_000;
const EVERY: Duration = Duration::from_secs(60);
const HOURS: u64 = 24;
const RUNS_AN_HOUR: u64 = SCHEDULES * 60;

#[derive(Default)]
struct Seen {
    runs: AtomicU64,
    /// Runs that did not run at their nominal time.
    drifted: AtomicU64,
}

/// Returns a task that mostly does nothing. One run in a hundred fails, and one panics.
fn task(seen: &Arc<Seen>, world: &World, number: u64) -> Task {
    let (seen, clock) = (seen.clone(), world.time.clone());
    Task::new(move |job| {
        seen.runs.fetch_add(1, Relaxed);
        let late = clock.now().wall() != job.nominal();
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

/// The faults and calls of each hour: a job that cannot be spawned, one that is cancelled long
/// before it is due, one that needs a second attempt, jobs in a scope, a schedule that is
/// backfilled and removed, a panicking listener, an unread stream, and a dropped call.
fn trouble(world: &World) {
    let failed = SpawnError::no_runtime("the test says so");
    world.time.fail_next_spawn(failed);
    let submit = |job: Job| world.call(|it| it.try_submit(job).expect("accepted"));
    let lost = submit(Job::new(|_| async {}));
    assert_eq!(
        world.run(lost.wait()).expect("ended").kind(),
        OutcomeKind::Lost
    );
    submit(Job::new(|_| async {}).after(HOURS as u32 * 60 * EVERY)).cancel(CancelMode::Immediate);
    let twice = Task::new(|_| async { Err::<(), _>("again") }).retry(Retry::fixed(2, EVERY / 60));
    let twice = submit(twice.into());
    let listener = Arc::new(|_: &Event| resume_unwind(Box::new("a listener panics")));
    let listener = world.scheduler.add_listener(EventFilter::jobs(), listener);
    let unread = world.scheduler.subscribe(EventFilter::all());
    let scope = JobScope::new(world.scheduler.clone());
    world.call(|_| {
        scope
            .post(Job::new(|_| std::future::pending::<()>()))
            .expect("accepted")
    });
    world.call(|_| drop(scope));
    backfill(world);
    world.run(async { drop(world.scheduler.wait_idle()) });
    assert_eq!(
        world.run(twice.wait()).expect("ended").kind(),
        OutcomeKind::Failed
    );
    assert!(world.scheduler.remove_listener(listener));
    drop(unread);
}

fn backfill(world: &World) {
    let (every, now) = (Interval::every(EVERY).expect("not zero"), world.wall());
    let since = now - TimeDelta::seconds(10 * 60 - 30);
    let schedule = Schedule::new(every.starting_at(since), Task::new(|_| async {})).id("it");
    let schedule = world.call(|it| it.add(schedule).expect("added"));
    let backfill = world.call(|_| schedule.backfill(Backfill::new(since..=now)));
    let report = world.run(backfill.expect("begun").wait()).expect("ended");
    assert!(report.is_success() && report.started == 10, "{report}");
    world.call(|_| schedule.remove()).expect("exists");
}

#[test]
fn a_day_of_a_thousand_schedules() {
    let (begun, backend) = (Instant::now(), backends::threads());
    let world = World::with(&backend, Options::default().event_capacity(1)).started();
    let seen = Arc::new(Seen::default());
    for number in 0..SCHEDULES {
        let every = Interval::every(EVERY).expect("not zero");
        let schedule = Schedule::new(every, task(&seen, &world, number));
        world.call(|it| it.add(schedule).expect("added"));
    }
    let mut bytes = usize::MAX - SLACK;
    for hour in 1..=HOURS {
        trouble(&world);
        world.advance(hour as u32 * 60 * EVERY - world.time.elapsed());
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
            "only the driver and its sleep are left after {hour} hours"
        );
        let live = MEMORY.allocated();
        assert!(
            live <= bytes + SLACK,
            "after {hour} hours, {bytes} live bytes have become {live}"
        );
        if hour == WARM_UP {
            bytes = live;
        }
    }
    assert_eq!(seen.drifted.load(Relaxed), 0);
    let metrics = world.scheduler.metrics();
    let hundredth = HOURS * RUNS_AN_HOUR / 100;
    assert_eq!(
        (metrics.failed, metrics.panicked),
        (hundredth + HOURS, hundredth)
    );
    let (backfilled, sound) = (10 * HOURS, HOURS * RUNS_AN_HOUR - 2 * hundredth);
    assert_eq!(metrics.succeeded, sound + backfilled);
    world.shut_down(Shutdown::graceful()).expect("shut down");
    world.settle();
    assert_eq!(
        (world.time.pending_timers(), world.time.participants()),
        (0, 0)
    );
    let (runs, elapsed) = (seen.runs.load(Relaxed), begun.elapsed());
    println!("{runs} runs in {elapsed:?}, {bytes} bytes live from hour {WARM_UP} on");
}
