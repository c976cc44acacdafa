//! The wall clock is set back. Patterns continue at once. Recorded fixed times are not repeated, unless the clock
//! was set back by more than three hours.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

use super::jumps::{self, SECOND, schedule};
use crate::{
    Decision, EventKind, EventName, ResumeFrom, RunCause, Schedule, SkipReason, Trigger, Verdict,
    base::unix_time::UnixTime,
    engine::rig::Rig,
    trigger::{
        AnyOf, Cron, Excluding, Exclusion, Interval, Jittered, Limited, Once, Zone, dst::Fold,
    },
};

const MINUTE: Duration = Duration::from_secs(60);
pub(super) const HOUR: i64 = 3_600;

/// Returns a running engine, half a minute after midnight.
pub(super) fn rig() -> Rig {
    let mut rig = jumps::rig();
    rig.advance(30 * SECOND);
    rig
}

/// Returns the midnight before the start.
pub(super) fn midnight(rig: &Rig) -> DateTime<Utc> {
    rig.now.wall() - TimeDelta::seconds(30)
}

pub(super) fn cron(expression: &str) -> Cron {
    Cron::parse(expression).unwrap()
}

/// Ends the runs claimed since the last call. Returns the nominal minute and the cause of each.
fn ran(rig: &mut Rig, since: DateTime<Utc>) -> Vec<(i64, RunCause)> {
    let cells = rig.claims.iter().filter_map(|claim| claim.cell.as_ref());
    let run = |cell: &Arc<crate::job::JobCell>| {
        let minutes = (cell.nominal() - since).num_minutes();
        (minutes, cell.run().unwrap_or_default().cause)
    };
    let runs = cells.map(run).collect();
    rig.end_all();
    runs
}

/// Runs a schedule for `minutes`.
fn running(rig: &mut Rig, trigger: impl Trigger, minutes: u32) -> DateTime<Utc> {
    let since = midnight(rig);
    rig.add(schedule(trigger).history(1_000)).unwrap();
    pass(rig, minutes);
    since
}

pub(super) fn pass(rig: &mut Rig, minutes: u32) {
    rig.advance(MINUTE * minutes);
}

fn due(minutes: impl IntoIterator<Item = i64>) -> Vec<(i64, RunCause)> {
    minutes.into_iter().map(|at| (at, RunCause::Due)).collect()
}

fn again(minutes: impl IntoIterator<Item = i64>, n: u32) -> Vec<(i64, RunCause)> {
    let repeat = RunCause::ClockRepeat(n);
    minutes.into_iter().map(|at| (at, repeat)).collect()
}

pub(super) fn next(rig: &Rig, since: DateTime<Utc>) -> Option<i64> {
    let info = rig.engine.schedule_info(&"s".into()).expect("listed");
    info.next.map(|next| (next - since).num_minutes())
}

fn preview(rig: &Rig, since: DateTime<Utc>, count: usize) -> Vec<i64> {
    let (question, armed) = rig.engine.preview(&"s".into(), &rig.now).unwrap();
    let step = |at: &UnixTime| question.preview_after(*at);
    let times = std::iter::successors(armed, step).take(count);
    times.map(|at| (at.date() - since).num_minutes()).collect()
}

fn history(rig: &Rig) -> Vec<Decision> {
    rig.engine.history(&"s".into()).unwrap()
}

#[test]
fn a_pattern_goes_on_at_once_and_says_that_it_comes_again() {
    let mut rig = rig();
    let since = running(&mut rig, cron("* * * * *"), 20);
    assert_eq!(ran(&mut rig, since), due(1..=20));
    rig.jump(-10 * 60);
    pass(&mut rig, 5);
    assert_eq!(ran(&mut rig, since), again(11..=15, 1));
    assert_eq!(preview(&rig, since, 3), [16, 17, 18]);
    pass(&mut rig, 10);
    let rest = [again(16..=20, 1), due(21..=25)].concat();
    assert_eq!(ran(&mut rig, since), rest);
    let keys = history(&rig)
        .into_iter()
        .map(|one| (one.span.from, one.cause));
    let keys: Vec<_> = keys.collect();
    let mut once = keys.clone();
    once.sort_by_key(|(at, cause)| (*at, *cause != RunCause::Due));
    once.dedup();
    assert_eq!((once.len(), keys.len()), (35, 35), "a record for each run");
    let jumps = |kind: &EventKind| kind.name() == EventName::ClockJumped;
    assert_eq!(rig.events().iter().filter(|kind| jumps(kind)).count(), 1);
}

#[test]
fn it_counts_how_often_an_instant_came_again() {
    let mut rig = rig();
    let since = running(&mut rig, cron("* * * * *"), 10);
    ran(&mut rig, since);
    rig.jump(-5 * 60);
    pass(&mut rig, 8);
    assert_eq!(
        ran(&mut rig, since),
        [again(6..=10, 1), due(11..=13)].concat()
    );
    rig.jump(-5 * 60);
    pass(&mut rig, 6);
    let runs = [again(9..=10, 2), again(11..=13, 1), due(14..=14)].concat();
    assert_eq!(ran(&mut rig, since), runs);
    for _ in 0..100 {
        rig.jump(-60);
        pass(&mut rig, 1);
    }
    assert_eq!(
        ran(&mut rig, since).len(),
        100,
        "a clock that is set repeatedly"
    );
}

/// An expression, and the minutes at which it runs after it ran at minute 30 and the clock was set
/// from minute 60 back to minute 0.
#[test]
fn fixed_times_that_have_a_record_are_not_repeated() {
    let any = |members: [Arc<dyn Trigger>; 2]| AnyOf::new(members).unwrap();
    let half = || Arc::new(cron("30 0 * * *")) as Arc<dyn Trigger>;
    let pattern = || Arc::new(cron("*/20 0 * * *")) as Arc<dyn Trigger>;
    let both = Cron::builder("30 0 * * *").fold(Fold::Both);
    let rules: [(Arc<dyn Trigger>, Vec<i64>); 8] = [
        (half(), vec![]),
        (Arc::new(cron("30,45 0 * * *")), vec![]),
        (Arc::new(both.build().unwrap()), vec![30]),
        (pattern(), vec![20, 40]),
        (Arc::new(any([half(), pattern()])), vec![20, 40]),
        (Arc::new(Limited::new(pattern(), 3).unwrap()), vec![]),
        (
            Arc::new(
                Excluding::new(Arc::new(any([half(), pattern()])))
                    .except(Exclusion::dates([], Zone::utc())),
            ),
            vec![20, 40],
        ),
        (
            Arc::new(Jittered::new(pattern(), Duration::ZERO, "s")),
            vec![20, 40],
        ),
    ];
    for (rule, wanted) in rules {
        let text = rule.to_string();
        let mut rig = rig();
        let since = midnight(&rig);
        let later = schedule(Once::at(since + TimeDelta::days(99)));
        let shared = Schedule::new(rule, later.task.clone()).id("s");
        rig.add(shared.overlap(crate::Overlap::AllowAll)).unwrap();
        pass(&mut rig, 60);
        assert!(!ran(&mut rig, since).is_empty(), "{text}");
        rig.jump(-HOUR);
        pass(&mut rig, 1);
        let previewed = preview(&rig, since, wanted.len());
        assert_eq!(previewed, wanted, "{text}");
        pass(&mut rig, 58);
        assert_eq!(ran(&mut rig, since), again(wanted, 1), "{text}");
    }
}

#[test]
fn a_fixed_time_without_a_record_runs() {
    let mut rig = rig();
    let since = midnight(&rig);
    pass(&mut rig, 60);
    running(&mut rig, cron("30,50 0 * * *"), 1);
    assert_eq!(next(&rig, since), Some(24 * 60 + 30));
    rig.jump(-45 * 60);
    pass(&mut rig, 60);
    assert_eq!(ran(&mut rig, since), due([30, 50]));
    assert_eq!(
        next(&rig, since),
        Some(24 * 60 + 30),
        "and then its trigger continues"
    );
    rig.jump(-45 * 60);
    pass(&mut rig, 40);
    assert_eq!(ran(&mut rig, since), []);
}

#[test]
fn set_back_far_the_new_time_counts_for_all() {
    for days in [1, 700] {
        let mut rig = rig();
        let since = running(&mut rig, cron("30 0 * * *"), 60);
        assert_eq!(ran(&mut rig, since), due([30]));
        rig.jump(-days * 24 * HOUR);
        pass(&mut rig, 1);
        assert_eq!(next(&rig, since), Some((1 - days) * 24 * 60 + 30));
        pass(&mut rig, 24 * 60);
        let first = (1 - days) * 24 * 60 + 30;
        let repeat = if days == 1 {
            again([first], 1)
        } else {
            due([first])
        };
        assert_eq!(ran(&mut rig, since), repeat);
    }
    // Four hours: the fixed time repeats.
    let mut rig = rig();
    let since = running(&mut rig, cron("30 4 * * *"), 300);
    assert_eq!(ran(&mut rig, since), due([270]));
    rig.jump(-4 * HOUR);
    pass(&mut rig, 240);
    assert_eq!(ran(&mut rig, since), again([270], 1));
}

#[test]
fn while_it_is_paused_nothing_is_lost_or_repeated() {
    for from in [ResumeFrom::Now, ResumeFrom::WhereItStood] {
        let mut rig = rig();
        let since = running(&mut rig, cron("*/5 * * * *"), 30);
        ran(&mut rig, since);
        rig.engine
            .pause_schedule(&"s".into(), "wait", &rig.now)
            .unwrap();
        rig.add(schedule(cron("* * * * *")).id("other")).unwrap();
        rig.jump(-20 * 60);
        pass(&mut rig, 12);
        rig.end_all();
        rig.engine
            .resume_schedule(&"s".into(), from, &rig.now)
            .unwrap();
        rig.settle();
        let own = |rig: &mut Rig| {
            let runs = ran(rig, since);
            runs.into_iter()
                .filter(|(at, _)| at % 5 == 0)
                .collect::<Vec<_>>()
        };
        let passed: Vec<_> = history(&rig).into_iter().skip(6).collect();
        if from == ResumeFrom::Now {
            let paused = Verdict::Skipped(SkipReason::Paused);
            let reasons: Vec<_> = passed.iter().map(|one| (one.verdict, one.cause)).collect();
            assert_eq!(reasons, [(paused, RunCause::ClockRepeat(1))]);
        }
        rig.engine.remove(&"other".into(), &rig.now).unwrap();
        own(&mut rig);
        pass(&mut rig, 15);
        let runs = own(&mut rig);
        assert_eq!(runs, [again([25, 30], 1), due([35])].concat(), "{from:?}");
    }
}

/// A step of less than a second, in either direction, repeats no instant.
#[test]
fn a_clock_that_is_corrected_a_little_repeats_nothing() {
    let mut rig = rig();
    let since = running(&mut rig, cron("* * * * *"), 3);
    for _ in 0..10 {
        rig.now.shift_wall(-TimeDelta::milliseconds(900));
        rig.settle();
        pass(&mut rig, 2);
    }
    let runs = ran(&mut rig, since);
    assert!(runs.iter().all(|(_, cause)| *cause == RunCause::Due));
    assert!(
        runs.windows(2).all(|pair| pair[0].0 + 1 == pair[1].0),
        "{runs:?}"
    );
}

#[test]
fn set_forward_again_what_has_a_record_is_not_caught_up_with() {
    let mut rig = rig();
    let since = running(&mut rig, cron("* * * * *"), 60);
    ran(&mut rig, since);
    rig.jump(-30 * 60);
    pass(&mut rig, 5);
    assert_eq!(ran(&mut rig, since), again(31..=35, 1));
    let before = history(&rig).len();
    rig.jump(30 * 60);
    pass(&mut rig, 5);
    let runs = ran(&mut rig, since);
    let wanted: Vec<_> = (61..=70).collect();
    let found: Vec<_> = runs.iter().map(|run| run.0).collect();
    assert!(wanted.ends_with(&found) && found.len() >= 5, "{runs:?}");
    let late = history(&rig);
    assert!(
        late[before..]
            .iter()
            .all(|one| one.span.from >= since + TimeDelta::minutes(61))
    );
}

#[test]
fn an_instant_that_is_due_when_the_clock_is_set_stays_due() {
    let mut rig = rig();
    let since = running(&mut rig, cron("0 * * * *"), 30);
    rig.engine.pause(&rig.now).unwrap();
    pass(&mut rig, 60);
    rig.jump(-20 * 60);
    rig.engine.resume(&rig.now).unwrap();
    rig.settle();
    let runs: Vec<_> = ran(&mut rig, since).iter().map(|run| run.0).collect();
    assert_eq!(runs, [60], "12:30, set back to 12:10: noon has not run");
    rig.jump(-20 * 60);
    pass(&mut rig, 15);
    assert_eq!(ran(&mut rig, since), again([60], 1));
}

#[test]
fn intervals_do_not_notice() {
    for by in [-10, -600, -50_000] {
        let mut rig = rig();
        let since = running(&mut rig, Interval::every(MINUTE).unwrap(), 10);
        rig.jump(by);
        pass(&mut rig, 10);
        let runs: Vec<_> = rig.runs(since).iter().map(|at| at - 30).collect();
        assert_eq!(
            runs,
            Vec::from_iter((1..=20).map(|minute| 60 * minute)),
            "set by {by} s"
        );
    }
}
