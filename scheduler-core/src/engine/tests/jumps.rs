//! Clock jumps: times that callers name are wall-clock times, and intervals continue unaffected.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    Backfill, BackfillControl, Misfire, MisfirePolicy, Now, Options, Overlap, Rerun, ResumeFrom,
    Schedule, Task,
    engine::rig::Rig,
    shell::Shared,
    trigger::{Cron, Interval, Limited, Trigger},
};

pub(super) const SECOND: Duration = Duration::from_secs(1);
const JUMPS: [i64; 5] = [18_000, 65, 0, -65, -18_000];

/// Creates a running engine at midnight.
pub(super) fn rig() -> Rig {
    let now = Now::new(
        Now::system().mono(),
        "2026-01-05T00:00:00Z".parse().unwrap(),
    );
    let mut rig = Rig::at(Options::default(), now);
    rig.start();
    rig
}

pub(super) fn schedule(trigger: impl Trigger) -> Schedule {
    let all = Misfire::policy(MisfirePolicy::FireAll { max: 9 }).grace(SECOND);
    Schedule::new(trigger, Task::new(|_| async {}))
        .id("s")
        .misfire(all)
        .overlap(Overlap::AllowAll)
}

fn tens() -> Interval {
    Interval::every(10 * SECOND).unwrap()
}

/// Finishes the running jobs, and returns their nominal times in seconds since `since`.
pub(super) fn ran(rig: &mut Rig, since: DateTime<Utc>) -> Vec<i64> {
    let runs = rig.runs(since);
    rig.end_all();
    runs
}

#[test]
fn now_is_now_when_a_schedule_goes_on_from_an_instant() {
    for by in JUMPS {
        for (back, wanted) in [(0, vec![]), (12, vec![50]), (25, vec![40, 50])] {
            let mut rig = rig();
            let since = rig.now.wall();
            rig.add(schedule(tens())).unwrap();
            rig.advance(35 * SECOND);
            rig.engine
                .pause_schedule(&"s".into(), "wait", &rig.now)
                .unwrap();
            rig.jump(by);
            rig.advance(20 * SECOND);
            ran(&mut rig, since);
            let from = ResumeFrom::At(rig.now.wall() - TimeDelta::seconds(back));
            rig.engine
                .resume_schedule(&"s".into(), from, &rig.now)
                .unwrap();
            rig.settle();
            assert_eq!(ran(&mut rig, since), wanted, "set by {by} s, {back} s back");
            rig.advance(15 * SECOND);
            assert_eq!(ran(&mut rig, since), [60, 70], "set by {by} s");
        }
    }
}

#[test]
fn an_hour_ago_is_an_hour_ago_for_a_backfill() {
    for by in JUMPS {
        let mut rig = rig();
        let since = rig.now.wall();
        rig.add(schedule(tens())).unwrap();
        rig.advance(45 * SECOND);
        rig.jump(by);
        rig.advance(20 * SECOND);
        ran(&mut rig, since);
        let (id, host) = (crate::ScheduleId::from("s"), Weak::<Shared>::new());
        let now = rig.now.wall();
        let hour = Backfill::new(now - TimeDelta::hours(1)..=now).max_concurrent(1_000);
        let dry = rig.engine.backfill_times(&id, &hour, &rig.now).unwrap();
        let dry: Vec<_> = dry.map(|at| (at - since).num_seconds()).collect();
        assert_eq!(dry, [10, 20, 30, 40, 50, 60], "set by {by} s");
        let limited = hour.clone().limit(2);
        let first = rig
            .engine
            .backfill(&id, limited, host.clone(), &rig.now)
            .unwrap();
        rig.settle();
        assert_eq!(ran(&mut rig, since), [10, 20]);
        let left = first.report().left.expect("more is left");
        let rest = Backfill::new(left..=now).max_concurrent(9);
        rig.engine
            .backfill(&id, rest, host.clone(), &rig.now)
            .unwrap();
        rig.settle();
        assert_eq!(
            ran(&mut rig, since),
            [30, 40, 50, 60],
            "it continues at the given instant"
        );
        let none = hour.rerun(Rerun::Nothing);
        rig.engine.backfill(&id, none, host, &rig.now).unwrap();
        rig.settle();
        assert_eq!(ran(&mut rig, since), [0_i64; 0]);
        rig.advance(10 * SECOND);
        assert_eq!(ran(&mut rig, since), [70], "each later instant runs once");
    }
}

#[test]
fn what_becomes_live_after_a_jump_counts_from_what_the_clock_shows() {
    for by in JUMPS {
        let mut rig = rig();
        rig.advance(SECOND);
        rig.jump(by);
        let since = rig.now.wall();
        let every = tens().starting_at(since + TimeDelta::seconds(5));
        rig.add(schedule(every)).unwrap();
        rig.advance(30 * SECOND);
        assert_eq!(ran(&mut rig, since), [5, 15, 25], "set by {by} s");
    }
}

#[test]
fn a_limit_counts_anew_after_a_long_step_back_unless_it_counts_from_an_instant() {
    let hourly = || Arc::new(Cron::parse("@hourly").unwrap());
    let relative = || Limited::new(hourly(), 3).unwrap();
    let hours = |runs: Vec<i64>| runs.into_iter().map(|at| at / 3_600).collect::<Vec<_>>();
    let fixed = relative().counting_from(rig().now.wall() + TimeDelta::seconds(1));
    for (rule, wanted) in [(relative(), vec![-2, -1, 0]), (fixed, vec![1, 2, 3])] {
        let mut rig = rig();
        let since = rig.now.wall();
        rig.advance(30 * SECOND);
        rig.add(schedule(rule)).unwrap();
        (0..5).for_each(|_| rig.advance(30 * 60 * SECOND));
        assert_eq!(hours(ran(&mut rig, since)), [1, 2]);
        rig.jump(-5 * 3_600);
        (0..16).for_each(|_| rig.advance(30 * 60 * SECOND));
        assert_eq!(hours(ran(&mut rig, since)), wanted);
    }
}
