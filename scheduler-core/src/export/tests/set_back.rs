//! After the wall clock was set back, a schedule that was exported and imported continues like one
//! that was not.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{exported, import_into, problems, registry, reread};
use crate::{
    Misfire, MisfirePolicy, Now, Options, Overlap, ResumeFrom, RunCause, Schedule, SkipReason,
    Trigger,
    engine::rig::Rig,
    trigger::{AnyOf, Cron, Interval, Limited},
};

const MINUTE: Duration = Duration::from_secs(60);

/// The decision about an instant, in minutes: its cause, and whether it was skipped.
type Known = (i64, RunCause, Option<SkipReason>);

fn midnight() -> Now {
    Now::new(
        Now::system().mono(),
        "2026-01-05T00:00:30Z".parse().unwrap(),
    )
}

fn cron(expression: &str) -> Arc<dyn Trigger> {
    Arc::new(Cron::parse(expression).unwrap())
}

fn schedule(trigger: Arc<dyn Trigger>) -> Schedule {
    let all = Misfire::policy(MisfirePolicy::FireAll { max: 9 });
    let task = registry().task("tick", ()).unwrap();
    Schedule::new(trigger, task)
        .id("s")
        .misfire(all)
        .overlap(Overlap::AllowAll)
        .history(10_000)
}

/// Creates a scheduler whose schedule has had this trigger for an hour and a half.
fn first(trigger: &Arc<dyn Trigger>) -> Rig {
    let mut rig = Rig::at(Options::default(), midnight());
    rig.add(schedule(trigger.clone())).unwrap();
    rig.start();
    rig.advance(90 * MINUTE);
    rig
}

/// Creates a scheduler that continues from the export of another one.
fn successor(rig: &Rig) -> Rig {
    let document = reread(&exported(rig).complete().unwrap());
    let mut copy = import_into(Rig::at(Options::default(), rig.now), &document);
    assert_eq!(exported(&copy).document, document, "a fixed point");
    copy.start();
    if document.schedules[0].next.is_some() {
        assert_eq!(exported(&copy).document, document, "also of a live one");
    }
    copy
}

/// Returns the decisions of the next minutes.
fn next(rig: &mut Rig, minutes: u32) -> Vec<Known> {
    let known = |rig: &Rig| rig.engine.history(&"s".into()).unwrap_or_default();
    let before = known(rig).len();
    rig.advance(MINUTE * minutes);
    let decided = known(rig).into_iter().skip(before);
    let minute =
        |at: DateTime<Utc>| (at - midnight().wall() + TimeDelta::seconds(30)).num_minutes();
    let mut decided: Vec<_> = decided
        .map(|one| (minute(one.span.from), one.cause, one.verdict.reason()))
        .collect();
    decided.sort_by_key(|(at, ..)| *at);
    decided
}

/// Returns a pattern, a fixed time, both combined, and a trigger that counts its instants.
fn rules() -> [Arc<dyn Trigger>; 4] {
    let both = AnyOf::new([cron("20 1 * * *"), cron("*/7 * * * *")]).unwrap();
    [
        cron("*/5 * * * *"),
        cron("20 1 * * *"),
        Arc::new(both),
        Arc::new(Limited::new(cron("*/10 * * * *"), 40).unwrap()),
    ]
}

#[test]
fn instants_come_again_as_often_in_a_successor() {
    for rule in rules() {
        for by in [-20, -50, -400] {
            let mut rig = first(&rule);
            rig.jump(by * 60);
            next(&mut rig, 11);
            let mut copy = successor(&rig);
            let mut second = successor(&copy);
            let wanted = next(&mut rig, 120);
            assert_eq!(next(&mut copy, 120), wanted, "{rule}, set by {by} min");
            assert_eq!(next(&mut second, 120), wanted, "{rule}, set by {by} min");
        }
    }
}

#[test]
fn a_successor_knows_what_was_decided_before_the_next_step_back() {
    for (number, rule) in rules().into_iter().enumerate() {
        // After a large step back, a trigger that counts from the start of its schedule begins again. A successor knows
        // only that start.
        let counts = number == 3;
        for steps in [&[-20][..], &[-50, -30], &[-30, -400]] {
            if counts && steps.contains(&-400) {
                continue;
            }
            let mut rig = first(&rule);
            let mut copy = successor(&rig);
            for by in steps {
                for rig in [&mut rig, &mut copy] {
                    rig.jump(by * 60);
                    next(rig, 13);
                }
            }
            let wanted = next(&mut rig, 120);
            assert_eq!(next(&mut copy, 120), wanted, "{rule}, set by {steps:?} min");
        }
    }
}

/// The driver compares the clocks once a minute; an export compares them too.
#[test]
fn a_step_that_nobody_has_noticed_is_exported() {
    for rule in rules() {
        for by in [-20, -50, -400] {
            let mut rig = first(&rule);
            rig.jump(by * 60);
            let mut copy = successor(&rig);
            let wanted = next(&mut rig, 120);
            assert_eq!(next(&mut copy, 120), wanted, "{rule}, set by {by} min");
        }
    }
}

#[test]
fn a_pause_that_began_before_the_step_moves_along() {
    let every: Arc<dyn Trigger> = Arc::new(Interval::every(5 * MINUTE).unwrap());
    for rule in rules().into_iter().chain([every]) {
        for by in [20, -20, -50] {
            for noticed in [0, 12] {
                let mut rig = first(&rule);
                rig.engine
                    .pause_schedule(&"s".into(), "wait", &rig.now)
                    .unwrap();
                rig.advance(7 * MINUTE);
                rig.jump(by * 60);
                rig.advance(MINUTE * noticed);
                let mut copy = successor(&rig);
                for rig in [&mut rig, &mut copy] {
                    rig.advance(17 * MINUTE);
                    rig.engine
                        .resume_schedule(&"s".into(), ResumeFrom::Now, &rig.now)
                        .unwrap();
                }
                let wanted = next(&mut rig, 60);
                let what = format!("{rule}, set by {by} min, noticed after {noticed} min");
                assert_eq!(next(&mut copy, 60), wanted, "{what}");
            }
        }
    }
}

#[test]
fn so_many_steps_back_are_remembered_at_most() {
    let rule = cron("* * * * *");
    let mut rig = first(&rule);
    for _ in 0..80 {
        rig.jump(-120);
        rig.advance(2 * MINUTE);
    }
    let document = exported(&rig).complete().unwrap();
    let decided = document.schedules[0].decided.as_ref().unwrap();
    assert_eq!(decided.passes.len(), 64);
    let mut copy = successor(&rig);
    assert_eq!(next(&mut copy, 5), next(&mut rig, 5));
}

fn with(trigger: &Value, decided: Value) -> Value {
    let mut one = json!({"id": "s", "trigger": trigger, "task": {"name": "tick"}});
    one["decided"] = decided;
    json!({"version": 1, "schedules": [one]})
}

#[test]
fn what_was_decided_is_refused_where_it_makes_no_sense() {
    let daily = || json!({"type": "cron", "expr": "@daily"});
    let pass = |from: &str, until: &str| json!({"from": from, "until": until, "repeats": "all"});
    let sound = pass("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z");
    let empty = pass("2026-01-02T00:00:00Z", "2026-01-02T00:00:00Z");
    let many = vec![sound.clone(); 65];
    let every = json!({"type": "interval", "every": "1h"});
    for (trigger, decided, wanted) in [
        (
            daily(),
            json!({"passes": [sound, empty]}),
            "passes[1].until: 2026-01-02 00:00:00 UTC is not after \"from\", 2026-01-02 00:00:00 UTC",
        ),
        (
            daily(),
            json!({"passes": many}),
            "passes: found 65, and at most 64 are known: remove the oldest",
        ),
        (
            every,
            json!({"since": "2026-01-01T00:00:00Z"}),
            ": the trigger counts elapsed time, which is never set back: leave it out",
        ),
    ] {
        let told = problems(with(&trigger, decided));
        let dot = if wanted.starts_with(':') { "" } else { "." };
        assert_eq!(told, [format!("schedules[0].decided{dot}{wanted}")]);
    }
    let told = problems(with(&daily(), json!({"passes": [{"repeats": "none"}]})));
    assert!(
        told[0].starts_with("schedules[0].decided.passes[0]"),
        "{told:?}"
    );
}
