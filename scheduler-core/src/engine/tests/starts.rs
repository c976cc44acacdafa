//! Limits at the start of a run, which may be long after its decision: pace, catch-up window, hours.

use std::{sync::Weak, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    Backfill, EventKind, EventName, Explanation, Hours, Job, Misfire, MisfirePolicy, Options,
    Overlap, Schedule, SkipReason, Task, Verdict,
    engine::rig::Rig,
    job::CancelReason,
    shell::Shared,
    trigger::{Interval, Zone},
};

const SECOND: Duration = Duration::from_secs(1);

fn task() -> Task {
    Task::new(|_| async {})
}

/// Creates a schedule that is due every ten seconds and whose misfire policy runs the latest nine
/// late instants.
fn tens(misfire: impl FnOnce(Misfire) -> Misfire) -> Schedule {
    let all = Misfire::policy(MisfirePolicy::FireAll { max: 9 }).grace(SECOND);
    let every = Interval::every(10 * SECOND).unwrap();
    Schedule::new(every, task()).id("s").misfire(misfire(all))
}

/// Returns when runs start, and for which instants, in seconds, if each run takes `length` seconds.
fn starts(rig: &mut Rig, since: DateTime<Utc>, length: u64, until: u64) -> Vec<(i64, i64)> {
    let mut all = Vec::new();
    let mut running: Vec<(u64, i64)> = Vec::new();
    for _ in 0..until {
        let at = rig.elapsed() / 1_000_000_000;
        while let Some(&(end, nominal)) = running.first().filter(|(end, _)| *end <= at) {
            let _ = (end, nominal);
            running.remove(0);
            rig.end_oldest();
        }
        for &nominal in &rig.runs(since)[running.len()..] {
            running.push((at + length, nominal));
            all.push((at as i64, nominal));
        }
        rig.advance(SECOND);
    }
    all
}

fn paced(starts: &[(i64, i64)], due: &[i64], pace: i64) {
    let late: Vec<_> = starts
        .iter()
        .filter(|(_, nominal)| !due.contains(nominal))
        .collect();
    for pair in late.windows(2) {
        assert!(pair[1].0 - pair[0].0 >= pace, "{starts:?}");
    }
}

fn verdict(rig: &Rig, since: DateTime<Utc>, second: i64) -> Verdict {
    let history = rig.engine.history(&"s".into()).unwrap();
    let at = since + TimeDelta::seconds(second);
    let known = history.iter().find(|known| known.span.contains(at));
    known.expect("it has a record").verdict
}

#[test]
fn the_pace_lies_between_starts_and_not_between_acceptances() {
    for overlap in [Overlap::AllowAll, Overlap::BufferAll] {
        for limit in [1, 9] {
            let options = Options::default().max_concurrent_jobs(limit);
            let mut rig = Rig::started(options);
            let since = rig.now.wall();
            rig.add(tens(|it| it.pace(3 * SECOND)).overlap(overlap))
                .unwrap();
            rig.sleep_through(52 * SECOND);
            let starts = starts(&mut rig, since, 2, 8);
            assert_eq!(
                starts,
                [(52, 10), (55, 20), (58, 30)],
                "{overlap:?}, {limit}"
            );
        }
    }
    // A long job has the only permit for 30 s: what waited does not start all at once.
    let mut rig = Rig::started(Options::default().max_concurrent_jobs(1));
    let since = rig.now.wall();
    rig.submit(Job::new(|_| async {}));
    rig.add(tens(|it| it.pace(3 * SECOND)).overlap(Overlap::AllowAll))
        .unwrap();
    rig.sleep_through(48 * SECOND);
    rig.advance(30 * SECOND);
    assert_eq!(rig.claims.len(), 1);
    rig.end_oldest();
    let starts = starts(&mut rig, since, 0, 14);
    assert_eq!(
        starts
            .iter()
            .filter(|(_, nominal)| [50, 60, 70].contains(nominal))
            .count(),
        3
    );
    paced(&starts, &[50, 60, 70, 80, 90], 3);
    let late: Vec<_> = starts
        .iter()
        .map(|start| start.1)
        .filter(|nominal| *nominal < 50)
        .collect();
    assert_eq!(late, [10, 20, 30, 40]);
}

#[test]
fn a_turn_that_comes_to_nothing_takes_its_time_too() {
    let mut rig = Rig::started(Options::default());
    let since = rig.now.wall();
    rig.add(tens(|it| it.pace(3 * SECOND))).unwrap();
    rig.sleep_through(48 * SECOND);
    let starts = starts(&mut rig, since, 4, 11);
    assert_eq!(starts, [(48, 10), (54, 30)], "20 meets the run for 10");
    assert_eq!(
        verdict(&rig, since, 20),
        Verdict::Skipped(SkipReason::Overlap)
    );
    assert_eq!(
        verdict(&rig, since, 40),
        Verdict::Skipped(SkipReason::Overlap)
    );
}

#[test]
fn what_waits_for_its_turn_has_a_record_however_short_the_history() {
    for history in [0, 1, 100] {
        let mut rig = Rig::started(Options::default());
        let since = rig.now.wall();
        let schedule = tens(|it| it.pace(3 * SECOND)).overlap(Overlap::AllowAll);
        rig.add(schedule.history(history)).unwrap();
        rig.sleep_through(48 * SECOND);
        for second in [20, 30, 40] {
            let at = since + TimeDelta::seconds(second);
            let Explanation::Decided(decision) = rig.explain(&"s".into(), at) else {
                panic!("{second} has no record");
            };
            assert_eq!(decision.verdict, Verdict::Buffered);
        }
        let kept = |kind: &EventKind| kind.name() == EventName::OccurrenceKept;
        assert_eq!(rig.events().iter().filter(|kind| kept(kind)).count(), 3);
        rig.advance(12 * SECOND);
        rig.end_all();
        let ran = |known: &crate::Decision| matches!(known.verdict, Verdict::Ran { .. });
        let history = rig.engine.history(&"s".into()).unwrap();
        assert!(history.iter().all(ran), "{history:?}");
        assert!(history.len() <= 100 && (history.len() >= 5 || history.len() < 2));
    }
}

#[test]
fn the_pace_of_a_backfill_lies_between_its_starts() {
    let mut rig = Rig::started(Options::default().max_concurrent_jobs(1));
    let since = rig.now.wall();
    rig.submit(Job::new(|_| async {}));
    let every = Interval::every(10 * SECOND)
        .unwrap()
        .starting_at(since - TimeDelta::seconds(100));
    rig.add(Schedule::new(every, task()).id("s")).unwrap();
    let at = |second| since + TimeDelta::seconds(second);
    let what = Backfill::new(at(-50)..=at(-20))
        .max_concurrent(9)
        .pace(3 * SECOND);
    let host = Weak::<Shared>::new();
    rig.engine
        .backfill(&"s".into(), what, host, &rig.now)
        .unwrap();
    rig.advance(9 * SECOND + SECOND / 2);
    assert_eq!(rig.claims.len(), 1);
    rig.end_oldest();
    let starts = starts(&mut rig, since, 0, 20);
    let of_backfill: Vec<_> = starts.iter().filter(|(_, nominal)| *nominal < 0).collect();
    assert_eq!(of_backfill.len(), 4);
    assert!(
        of_backfill
            .windows(2)
            .all(|pair| pair[1].0 - pair[0].0 >= 3),
        "{starts:?}"
    );
}

/// When the instant is due, another job has the only permit, or an earlier run is active.
#[test]
fn what_waited_longer_than_the_window_does_not_start() {
    for (overlap, limit) in [(Overlap::AllowAll, 1), (Overlap::BufferAll, 9)] {
        let mut rig = Rig::started(Options::default().max_concurrent_jobs(limit));
        let since = rig.now.wall();
        let window = |it: Misfire| it.grace(SECOND).window(25 * SECOND);
        let every = Interval::every(10 * SECOND).unwrap();
        let schedule = Schedule::new(every.clone().immediately(), task()).id("s");
        rig.add(
            schedule
                .misfire(window(Misfire::default()))
                .overlap(overlap),
        )
        .unwrap();
        assert_eq!(rig.runs(since), [0]);
        rig.advance(45 * SECOND);
        rig.end_oldest();
        assert_eq!(
            rig.runs(since),
            [20],
            "{overlap:?}: 10 is 35 s late, 20 is at the boundary"
        );
        let reason = CancelReason::Expired;
        match verdict(&rig, since, 10) {
            Verdict::Cancelled { reason: found, .. } => assert_eq!(found, reason),
            other => assert_eq!(other, Verdict::Missed(SkipReason::CatchUpWindow)),
        }
        let cancelled = rig.engine.metrics().cancelled;
        assert_eq!(cancelled, u64::from(limit == 1), "{overlap:?}");
    }
}

#[test]
fn late_runs_start_only_within_their_hours() {
    for (overlap, limit) in [(Overlap::AllowAll, 1), (Overlap::BufferAll, 9)] {
        let mut rig = Rig::started(Options::default().max_concurrent_jobs(limit));
        let since = rig.now.wall();
        let time = |second| (since + TimeDelta::seconds(second)).time();
        let hours = Hours::new(time(-3_600), time(42), Zone::utc());
        let every = Interval::every(10 * SECOND).unwrap().immediately();
        let late = Misfire::default().grace(8 * SECOND);
        let schedule = Schedule::new(every, task()).id("s").misfire(late);
        rig.add(schedule.late_hours(hours).overlap(overlap))
            .unwrap();
        rig.advance(45 * SECOND);
        rig.end_oldest();
        assert_eq!(
            rig.runs(since),
            [40],
            "{overlap:?}: only 40 is within its grace"
        );
        match verdict(&rig, since, 20) {
            Verdict::Cancelled { reason, .. } => assert_eq!(reason, CancelReason::OutsideHours),
            other => assert_eq!(other, Verdict::Missed(SkipReason::OutsideHours)),
        }
        assert_eq!(rig.engine.metrics().queued, 0);
    }
}

#[test]
fn a_paced_run_whose_turn_comes_too_late_is_missed() {
    let mut rig = Rig::started(Options::default());
    let since = rig.now.wall();
    let misfire = |it: Misfire| it.pace(14 * SECOND).window(34 * SECOND);
    rig.add(tens(misfire).overlap(Overlap::AllowAll)).unwrap();
    rig.sleep_through(58 * SECOND);
    let starts = starts(&mut rig, since, 0, 30);
    let late: Vec<_> = starts.iter().filter(|(_, nominal)| *nominal < 60).collect();
    assert_eq!(
        late,
        [&(58, 30), &(72, 40)],
        "50 is 36 s late when its turn comes"
    );
    for second in [10, 20, 50] {
        let missed = Verdict::Missed(SkipReason::CatchUpWindow);
        assert_eq!(verdict(&rig, since, second), missed, "{second}");
    }
}
