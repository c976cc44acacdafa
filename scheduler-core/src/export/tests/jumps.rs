//! After the wall clock was set, a schedule that was exported and imported continues like one that
//! was not.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{exported, import_into, registry, reread};
use crate::{
    Misfire, MisfirePolicy, Now, Options, Overlap, ResumeFrom, Schedule, Trigger,
    engine::rig::Rig,
    trigger::{Cron, Interval, Limited, Once},
};

const SECOND: Duration = Duration::from_secs(1);
/// Differences by which the clock is set, in seconds.
const JUMPS: [i64; 7] = [18_000, 3_600, 65, 0, -65, -3_600, -50_000];

fn midnight() -> Now {
    Now::new(
        Now::system().mono(),
        "2026-01-05T00:00:00Z".parse().unwrap(),
    )
}

fn schedule(trigger: impl Trigger) -> Schedule {
    let all = Misfire::policy(MisfirePolicy::FireAll { max: 9 }).grace(SECOND);
    let task = registry().task("tick", ()).unwrap();
    Schedule::new(trigger, task)
        .id("s")
        .misfire(all)
        .overlap(Overlap::AllowAll)
}

fn tens() -> Interval {
    Interval::every(10 * SECOND).unwrap()
}

/// Returns when runs start, in seconds, and their nominal times.
fn starts(rig: &mut Rig, seconds: u64) -> Vec<(u64, DateTime<Utc>)> {
    let mut all = Vec::new();
    let before = rig.claims.len();
    let begun = rig.now.mono();
    for _ in 0..seconds {
        let known = before + all.len();
        for claim in &rig.claims[known..] {
            let nominal = claim.cell.as_ref().unwrap().nominal();
            all.push(((rig.now.mono() - begun).as_secs(), nominal));
        }
        rig.advance(SECOND);
    }
    all
}

/// Creates a scheduler in another process that continues from the export, at the same moment.
fn successor(rig: &Rig, started: bool) -> Rig {
    let document = reread(&exported(rig).complete().unwrap());
    let mut copy = import_into(Rig::at(Options::default(), rig.now), &document);
    assert_eq!(exported(&copy).document, document, "a fixed point");
    if started {
        copy.start();
        assert_eq!(exported(&copy).document, document, "also of a live one");
    }
    copy
}

#[test]
fn a_schedule_of_elapsed_time_counts_on_in_its_successor() {
    let limited = |of: Interval| Limited::new(std::sync::Arc::new(of), 7).unwrap();
    let since = midnight().wall() - TimeDelta::seconds(100);
    let rules: [&dyn Fn() -> Schedule; 5] = [
        &|| schedule(tens()),
        &|| schedule(tens().starting_at(since)),
        &|| schedule(limited(tens())),
        &|| schedule(Once::after(60 * SECOND)),
        &|| schedule(tens()).jitter(3 * SECOND),
    ];
    for (rule, make) in rules.iter().enumerate() {
        for by in JUMPS {
            for noticed in [0, 7] {
                let mut rig = Rig::at(Options::default(), midnight());
                rig.add(make()).unwrap();
                rig.start();
                rig.advance(35 * SECOND);
                rig.jump(by);
                rig.advance(noticed * SECOND);
                let mut copy = successor(&rig, true);
                let mut second = successor(&successor(&rig, false), true);
                let wanted = starts(&mut rig, 90);
                assert!(!wanted.is_empty());
                let what = format!("rule {rule}, set by {by} s, noticed after {noticed} s");
                assert_eq!(starts(&mut copy, 90), wanted, "{what}");
                assert_eq!(starts(&mut second, 90), wanted, "{what}");
            }
        }
    }
}

#[test]
fn time_without_a_process_counts_as_the_clock_says() {
    for by in JUMPS {
        let mut rig = Rig::at(Options::default(), midnight());
        rig.add(schedule(tens())).unwrap();
        rig.start();
        rig.advance(35 * SECOND);
        rig.jump(by);
        let document = reread(&exported(&rig).complete().unwrap());
        let later = Now::new(
            rig.now.mono() + 30 * SECOND,
            rig.now.wall() + TimeDelta::seconds(30),
        );
        let mut copy = import_into(Rig::at(Options::default(), later), &document);
        copy.start();
        let since = midnight().wall();
        assert_eq!(copy.runs(since), [40, 50, 60], "set by {by} s");
    }
}

#[test]
fn an_import_in_its_place_changes_nothing() {
    for by in JUMPS {
        let mut rig = Rig::at(Options::default(), midnight());
        rig.add(schedule(tens())).unwrap();
        rig.start();
        rig.advance(35 * SECOND);
        rig.jump(by);
        let document = reread(&exported(&rig).complete().unwrap());
        let made = super::super::calls::build(
            &document,
            &registry(),
            crate::Conflict::Replace,
            &std::iter::once("s".into()).collect(),
        );
        for schedule in made.unwrap() {
            rig.add(schedule).unwrap();
        }
        rig.advance(30 * SECOND);
        assert_eq!(
            rig.runs(midnight().wall()),
            [10, 20, 30, 40, 50, 60],
            "set by {by} s"
        );
    }
}

#[test]
fn a_pause_moves_with_its_timeline() {
    for by in JUMPS {
        for from in [ResumeFrom::Now, ResumeFrom::WhereItStood] {
            let mut rig = Rig::at(Options::default(), midnight());
            rig.add(schedule(tens())).unwrap();
            rig.start();
            rig.advance(35 * SECOND);
            rig.jump(by);
            rig.advance(SECOND);
            rig.engine
                .pause_schedule(&"s".into(), "wait", &rig.now)
                .unwrap();
            rig.advance(20 * SECOND);
            let mut copy = successor(&rig, true);
            for rig in [&mut rig, &mut copy] {
                rig.claims.clear();
                rig.engine
                    .resume_schedule(&"s".into(), from, &rig.now)
                    .unwrap();
                rig.settle();
            }
            let late = if from == ResumeFrom::Now { 0 } else { 2 };
            assert_eq!((rig.claims.len(), copy.claims.len()), (late, late));
            let wanted = starts(&mut rig, 30);
            assert_eq!(starts(&mut copy, 30), wanted, "{from:?}, set by {by} s");
        }
    }
}

#[test]
fn a_schedule_of_the_wall_clock_has_no_lag() {
    let mut rig = Rig::at(Options::default(), midnight());
    rig.add(schedule(Cron::parse("* * * * *").unwrap()))
        .unwrap();
    rig.start();
    rig.advance(35 * SECOND);
    rig.jump(18_000);
    assert!(exported(&rig).document.schedules[0].lag.is_zero());
    let text = serde_json::to_string(&exported(&rig).document).unwrap();
    assert!(!text.contains("lag"), "{text}");
}
