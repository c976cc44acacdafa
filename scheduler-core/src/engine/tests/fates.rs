//! Instants that another run replaces, and the recorded reasons.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::{
    EventKind, Misfire, MisfirePolicy, Options, Overlap, Schedule, SkipReason, Task, Verdict,
    Which,
    engine::{Ended, rig::Rig},
    job::CancelReason,
    trigger::Interval,
};

const SECOND: Duration = Duration::from_secs(1);
const TEN: Duration = Duration::from_secs(10);

/// Adds a schedule that is due every ten seconds, and starts its first run.
fn busy(rig: &mut Rig, overlap: Overlap, which: Which) -> DateTime<Utc> {
    let start = rig.now.wall();
    let every = Interval::every(TEN).unwrap();
    let once = Misfire::policy(MisfirePolicy::FireOnce(which)).grace(SECOND);
    let schedule = Schedule::new(every, Task::new(|_| async {})).id("s");
    rig.add(schedule.overlap(overlap).misfire(once)).unwrap();
    rig.advance(TEN);
    assert_eq!(rig.runs(start), [10]);
    rig.events();
    start
}

/// Returns the records: seconds of the first and the last instant, and the verdict.
fn records(rig: &Rig, start: DateTime<Utc>) -> Vec<(i64, i64, Verdict)> {
    let second = |instant: DateTime<Utc>| (instant - start).num_seconds();
    let history = rig.engine.history(&"s".into()).unwrap();
    let records = history.iter().skip(1);
    let record = |one: &crate::Decision| (second(one.span.from), second(one.span.to), one.verdict);
    records.map(record).collect()
}

/// Returns the number of skipped instants in each event, with the reason.
fn told(rig: &mut Rig) -> Vec<(u64, SkipReason)> {
    let told = |kind| match kind {
        EventKind::OccurrencesSkipped { span, reason, .. } => Some((span.count.known(), reason)),
        _ => None,
    };
    rig.events().into_iter().filter_map(told).collect()
}

fn end_all(rig: &mut Rig) {
    for claim in std::mem::take(&mut rig.claims) {
        rig.engine
            .handle_finished(claim.key, &Ended::Dropped, &rig.now);
    }
    rig.settle();
}

#[test]
fn nothing_is_said_to_be_in_a_run_that_was_itself_skipped() {
    for (which, run, others) in [
        (Which::Latest, 50, (20, 40)),
        (Which::Earliest, 20, (30, 50)),
    ] {
        let mut rig = Rig::started(Options::default());
        let start = busy(&mut rig, Overlap::Skip, which);
        rig.sleep_through(45 * SECOND);
        let skipped = Verdict::Skipped(SkipReason::Overlap);
        let (from, to) = others;
        assert_eq!(
            records(&rig, start),
            [(from, to, skipped), (run, run, skipped)]
        );
        let overlap = SkipReason::Overlap;
        assert_eq!(told(&mut rig), [(3, overlap), (1, overlap)]);
        let skipped = rig.engine.schedule_info(&"s".into()).unwrap().skipped;
        assert_eq!(skipped, 4);
    }
}

#[test]
fn what_stands_for_others_takes_them_along() {
    let into = |start: DateTime<Utc>| start + 50 * SECOND;
    for removed in [true, false] {
        let mut rig = Rig::started(Options::default());
        let start = busy(&mut rig, Overlap::BufferOne, Which::Latest);
        rig.sleep_through(45 * SECOND);
        let coalesced = Verdict::Coalesced { into: into(start) };
        let kept = [(20, 40, coalesced), (50, 50, Verdict::Buffered)];
        assert_eq!(records(&rig, start), kept);
        assert_eq!(told(&mut rig), [(3, SkipReason::Coalesced)], "once");
        if removed {
            rig.engine.remove(&"s".into(), &rig.now).unwrap();
            rig.settle();
            let gone = Verdict::Skipped(SkipReason::ScheduleRemoved);
            assert_eq!(records(&rig, start), [(20, 40, gone), (50, 50, gone)]);
        } else {
            end_all(&mut rig);
            assert_eq!(rig.runs(start), [50]);
            assert_eq!(records(&rig, start)[0], kept[0]);
            assert_eq!(told(&mut rig), []);
        }
    }
}

#[test]
fn a_run_that_never_began_stands_for_nothing() {
    let mut rig = Rig::started(Options::default().max_concurrent_jobs(1));
    let start = busy(&mut rig, Overlap::AllowAll, Which::Latest);
    rig.sleep_through(45 * SECOND);
    assert_eq!(rig.claims.len(), 1, "there is no permit for another");
    rig.engine.remove(&"s".into(), &rig.now).unwrap();
    rig.settle();
    let [(20, 40, others), (50, 50, run)] = records(&rig, start)[..] else {
        panic!("{:?}", records(&rig, start));
    };
    assert_eq!(others, run);
    let reason = CancelReason::ScheduleRemoved;
    assert!(matches!(run, Verdict::Cancelled { reason: why, .. } if why == reason));
}

#[test]
fn what_waits_for_its_turn_takes_others_along_too() {
    let mut rig = Rig::started(Options::default());
    let start = rig.now.wall();
    let once = MisfirePolicy::FireOnce(Which::Latest);
    let paced = Misfire::policy(once).grace(SECOND).pace(600 * SECOND);
    let every = Interval::every(TEN).unwrap();
    let schedule = Schedule::new(every, Task::new(|_| async {})).id("s");
    let schedule = schedule.overlap(Overlap::AllowAll).misfire(paced);
    rig.add(schedule).unwrap();
    rig.sleep_through(25 * SECOND);
    rig.sleep_through(30 * SECOND);
    let into = start + 50 * SECOND;
    let kept = [
        (30, 40, Verdict::Coalesced { into }),
        (50, 50, Verdict::Buffered),
    ];
    assert_eq!(records(&rig, start)[1..], kept);
    rig.engine.remove(&"s".into(), &rig.now).unwrap();
    rig.settle();
    let gone = Verdict::Skipped(SkipReason::ScheduleRemoved);
    assert_eq!(records(&rig, start)[1..], [(30, 40, gone), (50, 50, gone)]);
    let told: Vec<_> = told(&mut rig).into_iter().map(|one| one.0).collect();
    assert_eq!(told, [1, 2, 1]);
}

#[test]
fn within_the_grace_nothing_is_said_to_be_late() {
    let (late, superseded) = (
        Verdict::Missed(SkipReason::Misfire),
        Verdict::Skipped(SkipReason::Superseded),
    );
    for (grace, expected) in [
        (60, vec![(10, 30, superseded)]),
        (15, vec![(10, 20, late), (30, 30, superseded)]),
        (14, vec![(10, 30, late)]),
    ] {
        let mut rig = Rig::started(Options::default());
        let start = rig.now.wall();
        let skip = Misfire::policy(MisfirePolicy::Skip).grace(grace * SECOND);
        let every = Interval::every(TEN).unwrap();
        let schedule = Schedule::new(every, Task::new(|_| async {})).id("s");
        rig.add(schedule.misfire(skip)).unwrap();
        rig.sleep_through(45 * SECOND);
        assert_eq!(rig.runs(start), [40], "{grace} s");
        let second = |instant: DateTime<Utc>| (instant - start).num_seconds();
        let history = rig.engine.history(&"s".into()).unwrap();
        let passed = history.iter().filter(|one| one.verdict.reason().is_some());
        let passed: Vec<_> = passed
            .map(|one| (second(one.span.from), second(one.span.to), one.verdict))
            .collect();
        assert_eq!(passed, expected, "{grace} s");
    }
}
