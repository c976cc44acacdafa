//! Replacing schedules by equal ones, as a program does at each start; time is virtual.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test has threads of its own, and may fail"
)]

mod threads;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use scheduler_core::{
    RuntimeScheduler, Schedule, Scheduler, SchedulerExt, Task, Trigger,
    schedule::{Conflict, ResumeFrom, ScheduleChange, SkipReason, Verdict},
    trigger::{Cron, Interval},
};
use scheduler_testing::VirtualRuntime;

use self::threads::Threads;

struct World {
    time: VirtualRuntime,
    scheduler: RuntimeScheduler<VirtualRuntime>,
    runs: Arc<AtomicUsize>,
}

/// Returns a running scheduler, half an hour before noon.
fn world() -> World {
    let begin = "2026-03-02T11:30:00Z".parse().unwrap();
    let time = VirtualRuntime::new(Threads).starting_at(begin);
    let scheduler = RuntimeScheduler::new(time.clone());
    time.run(scheduler.start()).unwrap();
    World {
        time,
        scheduler,
        runs: Arc::default(),
    }
}

impl World {
    fn schedule(&self, trigger: impl Trigger) -> Schedule {
        let runs = self.runs.clone();
        let task = Task::new(move |_| {
            runs.fetch_add(1, SeqCst);
            async {}
        });
        let schedule = Schedule::new(trigger, task).id("a");
        schedule.on_conflict(Conflict::Replace)
    }

    fn add(&self, schedule: Schedule) {
        self.time
            .run(async { self.scheduler.add(schedule).unwrap() });
    }

    fn update(&self, schedule: Schedule) {
        let change = ScheduleChange::all(schedule);
        let update = async { self.scheduler.schedule(&"a".into()).update(change).unwrap() };
        self.time.run(update);
    }

    fn advance(&self, minutes: u64) {
        self.time.advance(Duration::from_secs(60 * minutes));
    }

    fn runs(&self) -> usize {
        self.runs.load(SeqCst)
    }

    fn verdicts(&self) -> Vec<(DateTime<Utc>, Verdict)> {
        let history = self.scheduler.schedule(&"a".into()).history().unwrap();
        history
            .iter()
            .map(|one| (one.span.from, one.verdict))
            .collect()
    }
}

#[test]
fn an_interval_that_is_replaced_again_and_again_runs_all_the_same() {
    let world = world();
    let every = || Interval::every(Duration::from_secs(60)).unwrap();
    world.add(world.schedule(every()));
    for _ in 0..15 {
        world.time.advance(Duration::from_secs(40));
        world.add(world.schedule(every()));
    }
    assert_eq!(world.runs(), 10);
}

#[test]
fn an_instant_that_is_due_runs_or_says_why_not() {
    let hourly = || Cron::parse("0 * * * *").unwrap();
    let noon: DateTime<Utc> = "2026-03-02T12:00:00Z".parse().unwrap();
    for change in [World::add, World::update] {
        for from in [ResumeFrom::WhereItStood, ResumeFrom::Now] {
            let world = world();
            world.add(world.schedule(hourly()));
            world.scheduler.schedule(&"a".into()).pause("held").unwrap();
            world.advance(45);
            change(&world, world.schedule(hourly()));
            let resume = async { world.scheduler.schedule(&"a".into()).resume(from).unwrap() };
            world.time.run(resume);
            world.advance(1);
            match (from, &world.verdicts()[..]) {
                (ResumeFrom::WhereItStood, [(at, Verdict::Ran { .. })]) => {
                    assert_eq!((*at, world.runs()), (noon, 1));
                }
                (_, [(at, Verdict::Skipped(SkipReason::Paused))]) => {
                    assert_eq!((*at, world.runs()), (noon, 0));
                }
                (_, other) => panic!("{from:?}: {other:?}"),
            }
        }
    }
}

#[test]
fn an_instant_that_waits_for_its_shift_runs_once() {
    let hourly = || Cron::parse("0 * * * *").unwrap();
    for change in [World::add, World::update] {
        let world = world();
        let shifted = || {
            let schedule = world.schedule(hourly());
            schedule.jitter(Duration::from_secs(3_500))
        };
        world.add(shifted());
        world.advance(30);
        assert_eq!(world.runs(), 0, "the shift holds it");
        change(&world, shifted());
        world.advance(59);
        assert_eq!(world.runs(), 1);
        assert_eq!(world.verdicts().len(), 1);
        let next = world.scheduler.schedule(&"a".into()).info().unwrap().next;
        let noon: DateTime<Utc> = "2026-03-02T12:00:00Z".parse().unwrap();
        assert_eq!(next, Some(noon + TimeDelta::hours(1)));
    }
}

/// The task of the first schedule never ends.
#[test]
fn running_attempts_count_for_a_replacement_but_not_after_a_removal() {
    let every = || Interval::every(Duration::from_secs(60)).unwrap();
    for (is_removed, runs) in [(false, 0), (true, 1)] {
        let world = world();
        let endless = Task::new(|_| std::future::pending::<()>());
        let first = Schedule::new(every(), endless).id("a");
        world.add(first);
        world.advance(1);
        if is_removed {
            let handle = world.scheduler.schedule(&"a".into());
            world.time.run(async { handle.remove().unwrap() });
        }
        world.add(world.schedule(every()));
        world.advance(1);
        assert_eq!(world.runs(), runs, "removed: {is_removed}");
    }
}
