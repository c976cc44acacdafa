//! The cursor of a schedule whose definition is replaced: an equal trigger keeps it, a different
//! one records the due instants.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    Conflict, Explanation, Misfire, MisfirePolicy, Now, Options, Overlap, ResumeFrom, Schedule,
    ScheduleChange, ScheduleId, SkipReason, Task, Verdict,
    engine::rig::{Rig, shift},
    trigger::{Interval, Limited, Once, Trigger},
};

const SECOND: Duration = Duration::from_secs(1);
const TEN: Duration = Duration::from_secs(10);

fn task() -> Task {
    Task::new(|_| async {})
}

fn every(period: Duration) -> Interval {
    Interval::every(period).unwrap()
}

fn of(trigger: impl Trigger) -> Schedule {
    Schedule::new(trigger, task()).id("s")
}

fn id() -> ScheduleId {
    "s".into()
}

fn pause(rig: &mut Rig) {
    rig.engine.pause_schedule(&id(), "", &rig.now).unwrap();
    rig.settle();
}

fn resume(rig: &mut Rig, from: ResumeFrom) {
    rig.engine.resume_schedule(&id(), from, &rig.now).unwrap();
    rig.settle();
}

fn started(rig: &Rig) -> u64 {
    rig.engine.schedule_info(&id()).unwrap().started
}

/// Returns the records: seconds of the first and the last instant, number, and verdict.
fn records(rig: &Rig, start: DateTime<Utc>) -> Vec<(i64, i64, u64, Verdict)> {
    let second = |instant: DateTime<Utc>| (instant - start).num_seconds();
    let history = rig.engine.history(&id()).unwrap();
    let of = |one: &crate::Decision| {
        let span = one.span;
        let (from, to) = (second(span.from), second(span.to));
        (from, to, span.count.known(), one.verdict)
    };
    history.iter().map(of).collect()
}

const CHANGED: Verdict = Verdict::Skipped(SkipReason::ScheduleChanged);
const REMOVED: Verdict = Verdict::Skipped(SkipReason::ScheduleRemoved);
const PAUSED: Verdict = Verdict::Skipped(SkipReason::Paused);

/// A way to replace the definition of a schedule by one in which only the trigger may differ.
type Change = fn(&mut Rig, Schedule);

const CHANGES: [Change; 3] = [
    |rig, schedule| drop(rig.add(schedule.on_conflict(Conflict::Replace)).unwrap()),
    |rig, schedule| rig.update(&id(), ScheduleChange::all(schedule)).unwrap(),
    |rig, schedule| {
        let trigger = schedule.trigger.into_inner();
        let change = ScheduleChange::new().trigger(trigger);
        rig.update(&id(), change).unwrap();
    },
];

/// A trigger that is equal only to itself.
#[derive(Debug)]
struct Opaque(Interval);

impl Trigger for Opaque {
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.0.next_after(after)
    }

    fn anchored(&self, live: DateTime<Utc>) -> Option<Arc<dyn Trigger>> {
        self.0.anchored(live)
    }
}

#[test]
fn an_equal_rule_keeps_its_place() {
    let opaque: Arc<dyn Trigger> = Arc::new(Opaque(every(TEN)));
    let same = move || Schedule::new(opaque.clone(), task()).id("s");
    let twice = || of(Limited::new(Arc::new(every(TEN)), 2).unwrap());
    let makes: [(&dyn Fn() -> Schedule, u64); 4] = [
        (&|| of(every(TEN)), 6),
        (&same, 6),
        (&twice, 2),
        (&|| of(Once::after(TEN)), 1),
    ];
    for change in CHANGES {
        for (make, expected) in makes {
            let mut rig = Rig::started(Options::default());
            rig.add(make()).unwrap();
            let mut runs = 0;
            for _ in 0..9 {
                rig.advance(Duration::from_millis(6_700));
                runs += rig.claims.len() as u64;
                rig.end_all();
                if rig.engine.schedule_info(&id()).is_some() {
                    change(&mut rig, make());
                }
            }
            assert_eq!(runs, expected, "{:?}", make());
        }
    }
}

#[test]
fn the_rule_as_it_is_asked_is_the_same_one_too() {
    let mut rig = Rig::started(Options::default());
    rig.add(of(every(TEN))).unwrap();
    rig.advance(TEN / 2);
    let info = rig.engine.schedule_info(&id()).unwrap();
    let absolute = Schedule::new(info.trigger().unwrap().clone(), task());
    CHANGES[0](&mut rig, absolute.id("s"));
    assert_eq!(rig.engine.schedule_info(&id()).unwrap().next, info.next);
}

#[test]
fn due_instants_stay_due_under_an_equal_trigger() {
    for change in CHANGES {
        for (jitter, from) in [
            (Duration::ZERO, Some(ResumeFrom::WhereItStood)),
            (9 * SECOND, None),
        ] {
            let make = || of(every(TEN)).jitter(jitter);
            let mut rig = Rig::started(Options::default());
            let start = rig.now.wall();
            rig.add(make()).unwrap();
            if from.is_some() {
                pause(&mut rig);
            }
            rig.advance(TEN);
            assert_eq!(started(&rig), 0, "it is held");
            change(&mut rig, make());
            if let Some(from) = from {
                resume(&mut rig, from);
            }
            rig.advance(9 * SECOND);
            assert_eq!(rig.runs(start), [10]);
            assert_eq!(records(&rig, start).len(), 1);
        }
    }
}

#[test]
fn what_is_due_is_put_on_record_by_another_rule() {
    for change in CHANGES {
        let mut rig = Rig::started(Options::default());
        let start = rig.now.wall();
        rig.add(of(every(TEN))).unwrap();
        pause(&mut rig);
        rig.advance(3 * TEN + SECOND);
        change(&mut rig, of(every(7 * SECOND)));
        assert_eq!(records(&rig, start), [(10, 30, 3, CHANGED)]);
        for second in [10, 20, 30] {
            let instant = start + TimeDelta::seconds(second);
            let Explanation::Decided(decision) = rig.explain(&id(), instant) else {
                panic!("{second} s: it is on record");
            };
            assert_eq!(decision.verdict, CHANGED);
        }
        assert_eq!(rig.engine.schedule_info(&id()).unwrap().skipped, 3);
        resume(&mut rig, ResumeFrom::WhereItStood);
        rig.advance(7 * SECOND);
        assert_eq!(rig.runs(start), [38], "the new rule counts from now");
    }
}

#[test]
fn what_waits_for_its_shift_is_put_on_record_by_another_rule() {
    let mut rig = Rig::started(Options::default());
    let start = rig.now.wall();
    rig.add(of(every(TEN)).jitter(9 * SECOND)).unwrap();
    rig.advance(TEN);
    CHANGES[1](&mut rig, of(every(7 * SECOND)));
    rig.advance(6 * SECOND);
    assert_eq!(records(&rig, start), [(10, 10, 1, CHANGED)]);
    assert!(rig.claims.is_empty());
}

#[test]
fn what_is_due_is_put_on_record_by_a_removal() {
    for held in [true, false] {
        let mut rig = Rig::started(Options::default());
        let start = rig.now.wall();
        rig.add(of(every(TEN)).jitter(9 * SECOND)).unwrap();
        if held {
            pause(&mut rig);
        }
        rig.advance(TEN);
        rig.engine.remove(&id(), &rig.now).unwrap();
        rig.settle();
        assert_eq!(records(&rig, start), [(10, 10, 1, REMOVED)]);
        rig.advance(TEN);
        assert!(rig.claims.is_empty());
        assert_eq!(rig.engine.schedules.iter().count(), 0);
    }
}

#[test]
fn another_place_accounts_for_what_it_leaves_out() {
    for held in [true, false] {
        let mut rig = Rig::started(Options::default());
        let start = rig.now.wall();
        rig.add(of(every(TEN)).jitter(9 * SECOND)).unwrap();
        if held {
            pause(&mut rig);
        }
        rig.advance(TEN);
        let next = start + TimeDelta::seconds(30);
        let ahead = of(every(TEN)).jitter(9 * SECOND).waiting_for(next);
        CHANGES[0](&mut rig, ahead);
        assert_eq!(records(&rig, start), [(10, 10, 1, CHANGED)]);
        if held {
            resume(&mut rig, ResumeFrom::WhereItStood);
        }
        rig.advance(30 * SECOND - SECOND);
        assert_eq!(rig.runs(start), [30]);
    }
}

#[test]
fn a_place_is_kept_before_the_start_too() {
    let mut rig = Rig::new(Options::default());
    let start = rig.now.wall();
    let daily = || of(every(TEN).starting_at(start - TimeDelta::seconds(95)));
    let stood = start - TimeDelta::seconds(35);
    rig.add(daily().waiting_for(stood)).unwrap();
    CHANGES[0](&mut rig, daily());
    let next = rig.engine.schedule_info(&id()).unwrap().next;
    assert_eq!(next, Some(stood));
}

#[test]
fn late_runs_of_another_rule_are_put_on_record_and_kept_ones_go_on() {
    let all = Misfire::policy(MisfirePolicy::FireAll { max: 9 }).grace(SECOND);
    let mut rig = Rig::started(Options::default());
    let start = rig.now.wall();
    let paced = of(every(TEN)).overlap(Overlap::BufferAll);
    rig.add(paced.misfire(all.pace(TEN / 2))).unwrap();
    rig.sleep_through(4 * TEN + TEN / 2);
    rig.advance(6 * SECOND);
    assert_eq!(rig.runs(start), [10], "20 and 50 are kept, 30 and 40 paced");
    let other = ScheduleChange::new().trigger(every(1_000 * SECOND));
    rig.update(&id(), other).unwrap();
    let kept = rig.engine.schedule_info(&id()).unwrap().kept;
    assert_eq!(kept, 2);
    rig.end_all();
    rig.end_all();
    rig.advance(10 * TEN);
    assert_eq!(rig.runs(start).len(), 1);
    let left: Vec<_> = records(&rig, start);
    let dropped = left.iter().filter(|record| record.3 == CHANGED);
    assert_eq!(dropped.map(|record| record.0).collect::<Vec<_>>(), [30, 40]);
}

/// Returns a start time for which the jitter of the first start is more than two seconds.
fn beginning() -> Now {
    let first: DateTime<Utc> = "2026-01-05T00:00:00Z".parse().unwrap();
    let shift_of = |day: i64| {
        let nominal = first + TimeDelta::days(day) + TimeDelta::seconds(10);
        shift(nominal, nominal + TimeDelta::seconds(10), 9 * SECOND)
    };
    let day = (0..100).find(|&day| shift_of(day) > 2 * SECOND);
    Now::new(Now::system().mono(), first + TimeDelta::days(day.unwrap()))
}

#[test]
fn instants_before_a_pause_are_not_skipped() {
    let all = Misfire::policy(MisfirePolicy::FireAll { max: 9 }).grace(SECOND);
    for pause_lasts in [SECOND, 35 * SECOND] {
        let mut rig = Rig::at(Options::default(), beginning());
        rig.start();
        let start = rig.now.wall();
        let shifted = of(every(TEN)).overlap(Overlap::AllowAll).misfire(all);
        rig.add(shifted.jitter(9 * SECOND)).unwrap();
        rig.advance(TEN);
        assert!(rig.claims.is_empty(), "its start is shifted");
        rig.advance(Duration::from_nanos(1));
        pause(&mut rig);
        rig.advance(pause_lasts);
        resume(&mut rig, ResumeFrom::Now);
        let passed = records(&rig, start);
        let passed: Vec<_> = passed.iter().filter(|one| one.3 == PAUSED).collect();
        if pause_lasts < TEN {
            assert!(rig.claims.is_empty(), "its start is still shifted");
            assert!(passed.is_empty());
        } else {
            assert_eq!(passed, [&(20, 40, 3, PAUSED)]);
        }
        rig.advance(5 * TEN);
        assert_eq!(rig.runs(start)[0], 10);
    }
}

#[test]
fn an_instant_of_both_rules_is_decided_once() {
    let at = |start, period: u64| every(Duration::from_secs(period)).starting_at(start);
    for change in CHANGES {
        // It has run under the old rule.
        let mut rig = Rig::started(Options::default());
        let start = rig.now.wall() + TEN;
        rig.add(of(at(start, 10)).overlap(Overlap::AllowAll))
            .unwrap();
        rig.advance(TEN);
        assert_eq!(rig.runs(start), [0]);
        change(&mut rig, of(at(start, 4)));
        assert_eq!(records(&rig, start).len(), 1);
        rig.end_all();
        rig.advance(4 * SECOND);
        assert_eq!(rig.runs(start), [4]);
    }
}

#[test]
fn an_instant_that_comes_with_the_new_rule_is_left_to_it() {
    for change in CHANGES {
        for (offset, retired) in [(0, (0, 5, 2)), (1, (0, 10, 3))] {
            let mut rig = Rig::started(Options::default());
            let start = rig.now.wall() + TEN;
            rig.add(of(every(TEN / 2).starting_at(start))).unwrap();
            pause(&mut rig);
            rig.advance(2 * TEN);
            let new = every(TEN).starting_at(start + TimeDelta::seconds(offset));
            change(&mut rig, of(new));
            let (from, to, count) = retired;
            assert_eq!(records(&rig, start), [(from, to, count, CHANGED)]);
            resume(&mut rig, ResumeFrom::WhereItStood);
            rig.advance(SECOND);
            assert_eq!(rig.runs(start), [10 + offset]);
        }
    }
}
