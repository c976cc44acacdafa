//! Which late instants run.

use std::time::Duration;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};

use crate::{
    Count, EventKind, Hours, Misfire, MisfirePolicy, Options, ResumeFrom, RunCause, Schedule,
    SkipReason, Span, Task, Which,
    engine::rig::Rig,
    trigger::{Cron, Interval, Once, Zone},
};

const SECOND: Duration = Duration::from_secs(1);

/// Adds a schedule that is due every ten seconds. Returns it with the time from which it counts.
fn every_ten(rig: &mut Rig, misfire: Misfire) -> DateTime<Utc> {
    let every = Interval::every(10 * SECOND).unwrap();
    let start = rig.now.wall();
    add(rig, Schedule::new(every, task()).misfire(misfire));
    start
}

fn add(rig: &mut Rig, schedule: Schedule) {
    let overlap = crate::Overlap::AllowAll;
    rig.add(schedule.id("s").overlap(overlap)).unwrap();
}

fn task() -> Task {
    Task::new(|_| async {})
}

/// Returns the instants that did not run: seconds of the first and the last, number, and reason.
fn skipped(rig: &mut Rig, start: DateTime<Utc>) -> Vec<(i64, i64, u64, SkipReason)> {
    let second = |instant: DateTime<Utc>| (instant - start).num_seconds();
    let one = |kind| match kind {
        EventKind::OccurrencesSkipped { span, reason, .. } => Some((
            second(span.from),
            second(span.to),
            span.count.known(),
            reason,
        )),
        _ => None,
    };
    rig.events().into_iter().filter_map(one).collect()
}

fn policy(policy: MisfirePolicy) -> Misfire {
    Misfire::policy(policy).grace(5 * SECOND)
}

#[test]
fn at_the_grace_it_is_on_time_and_past_it_not() {
    for (late, expected) in [(5 * SECOND, 1), (5 * SECOND + Duration::from_nanos(1), 0)] {
        let mut rig = Rig::started(Options::default());
        let once = Once::after(10 * SECOND);
        add(
            &mut rig,
            Schedule::new(once, task()).misfire(policy(MisfirePolicy::Skip)),
        );
        rig.sleep_through(10 * SECOND + late);
        assert_eq!(rig.claims.len(), expected, "{late:?} late");
    }
}

#[test]
fn skip_runs_the_one_that_is_on_time() {
    let mut rig = Rig::started(Options::default());
    let start = every_ten(&mut rig, policy(MisfirePolicy::Skip));
    rig.sleep_through(33 * SECOND);
    assert_eq!(rig.runs(start), [30]);
    assert_eq!(skipped(&mut rig, start), [(10, 20, 2, SkipReason::Misfire)]);
    rig.sleep_through(36 * SECOND);
    assert_eq!(rig.runs(start), [30]);
    assert_eq!(skipped(&mut rig, start), [(40, 60, 3, SkipReason::Misfire)]);
}

#[test]
fn one_run_for_all_knows_what_it_stands_for() {
    for (which, nominal, others) in [
        (Which::Latest, 30, (10, 20)),
        (Which::Earliest, 10, (20, 30)),
    ] {
        let mut rig = Rig::started(Options::default());
        let start = every_ten(&mut rig, policy(MisfirePolicy::FireOnce(which)));
        rig.sleep_through(38 * SECOND);
        assert_eq!(rig.runs(start), [nominal]);
        let run = rig.claims[0]
            .cell
            .as_ref()
            .and_then(|cell| cell.run())
            .unwrap();
        assert_eq!(run.cause, RunCause::CatchUp);
        let at = |second| start + TimeDelta::seconds(second);
        let covers = Span {
            from: at(10),
            to: at(30),
            count: Count::Exactly(3),
        };
        assert_eq!(run.covers, Some(covers));
        let coalesced = [(others.0, others.1, 2, SkipReason::Coalesced)];
        assert_eq!(skipped(&mut rig, start), coalesced);
    }
}

#[test]
fn fire_all_runs_the_latest_ones_and_gives_up_the_oldest() {
    let mut rig = Rig::started(Options::default());
    let start = every_ten(&mut rig, policy(MisfirePolicy::FireAll { max: 3 }));
    rig.sleep_through(58 * SECOND);
    assert_eq!(rig.runs(start), [30, 40, 50]);
    assert_eq!(skipped(&mut rig, start), [(10, 20, 2, SkipReason::TooMany)]);
}

#[test]
fn catch_up_runs_keep_their_pace_and_delay_nothing_that_is_on_time() {
    let mut rig = Rig::started(Options::default());
    let misfire = policy(MisfirePolicy::FireAll { max: 10 }).pace(4 * SECOND);
    let start = every_ten(&mut rig, misfire);
    rig.sleep_through(48 * SECOND);
    assert_eq!(rig.runs(start), [10]);
    rig.advance(2 * SECOND);
    assert_eq!(rig.runs(start), [10, 50], "the one on time goes at once");
    rig.advance(2 * SECOND);
    assert_eq!(rig.runs(start), [10, 50, 20]);
    rig.advance(4 * SECOND);
    assert_eq!(rig.runs(start), [10, 50, 20, 30]);
    rig.advance(4 * SECOND);
    assert_eq!(
        rig.runs(start),
        [10, 50, 20, 30, 40, 60][..rig.claims.len()]
    );
    assert!(rig.claims.len() >= 5);
}

#[test]
fn catch_up_runs_of_a_paused_schedule_wait_for_its_resumption() {
    let mut rig = Rig::started(Options::default());
    let misfire = policy(MisfirePolicy::FireAll { max: 10 }).pace(4 * SECOND);
    let start = every_ten(&mut rig, misfire);
    rig.sleep_through(46 * SECOND);
    assert_eq!(rig.runs(start), [10]);
    let kept = |rig: &Rig| rig.engine.schedule_info(&"s".into()).unwrap().kept;
    assert_eq!(kept(&rig), 3, "20, 30 and 40 are buffered");
    rig.engine
        .pause_schedule(&"s".into(), "for now", &rig.now)
        .unwrap();
    rig.advance(12 * SECOND);
    assert_eq!((rig.runs(start), kept(&rig)), (vec![10], 3));
    let from = ResumeFrom::WhereItStood;
    rig.engine
        .resume_schedule(&"s".into(), from, &rig.now)
        .unwrap();
    rig.settle();
    assert!(rig.runs(start).contains(&20) && !rig.runs(start).contains(&30));
    rig.advance(8 * SECOND);
    assert!(rig.runs(start).contains(&30) && rig.runs(start).contains(&40));
}

#[test]
fn a_schedule_that_is_resumed_catches_up_at_once_and_then_at_its_pace() {
    let mut rig = Rig::started(Options::default());
    let misfire = policy(MisfirePolicy::FireAll { max: 10 }).pace(SECOND);
    let start = every_ten(&mut rig, misfire);
    rig.sleep_through(46 * SECOND);
    rig.engine
        .pause_schedule(&"s".into(), "for now", &rig.now)
        .unwrap();
    rig.advance(SECOND);
    let from = ResumeFrom::WhereItStood;
    rig.engine
        .resume_schedule(&"s".into(), from, &rig.now)
        .unwrap();
    rig.settle();
    assert_eq!(rig.runs(start), [10, 20]);
    rig.advance(SECOND);
    assert_eq!(rig.runs(start), [10, 20, 30]);
    rig.advance(SECOND);
    assert_eq!(rig.runs(start), [10, 20, 30, 40]);
}

#[test]
fn no_more_catch_up_runs_are_kept_than_allowed() {
    let mut rig = Rig::started(Options::default());
    let misfire = policy(MisfirePolicy::FireAll { max: 10 }).pace(4 * SECOND);
    let every = Interval::every(10 * SECOND).unwrap();
    let start = rig.now.wall();
    let schedule = Schedule::new(every, task()).misfire(misfire);
    add(&mut rig, schedule.buffer_limit(2));
    rig.sleep_through(46 * SECOND);
    assert_eq!(rig.runs(start), [30], "the oldest are given up");
    let given_up = [10, 20].map(|second| (second, second, 1, SkipReason::TooMany));
    assert_eq!(skipped(&mut rig, start), given_up);
    let history = rig.engine.history(&"s".into()).unwrap();
    let too_many = crate::Verdict::not_run(SkipReason::TooMany);
    let noted = history.iter().filter(|known| known.verdict == too_many);
    assert_eq!(noted.count(), 2);
    let info = rig.engine.schedule_info(&"s".into()).unwrap();
    assert_eq!((info.skipped, info.started), (2, 1));
}

#[test]
fn what_is_older_than_the_window_is_given_up() {
    let mut rig = Rig::started(Options::default());
    let misfire = policy(MisfirePolicy::FireAll { max: 100 }).window(25 * SECOND);
    let start = every_ten(&mut rig, misfire);
    rig.sleep_through(55 * SECOND);
    assert_eq!(
        rig.runs(start),
        [30, 40, 50],
        "the boundary is in the window"
    );
    assert_eq!(
        skipped(&mut rig, start),
        [(10, 20, 2, SkipReason::CatchUpWindow)]
    );
}

#[test]
fn a_window_shorter_than_the_grace_takes_nothing_that_is_on_time() {
    let mut rig = Rig::started(Options::default());
    let misfire = policy(MisfirePolicy::FireOnce(Which::Latest)).window(SECOND);
    let start = every_ten(&mut rig, misfire);
    rig.sleep_through(14 * SECOND);
    assert_eq!(rig.runs(start), [10]);
    rig.sleep_through(14 * SECOND);
    assert_eq!(rig.runs(start), [10], "20 is 8 s late");
    assert_eq!(
        skipped(&mut rig, start),
        [(20, 20, 1, SkipReason::CatchUpWindow)]
    );
}

#[test]
fn late_runs_stay_within_their_hours() {
    let hour = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
    let mut rig = Rig::new(Options::default());
    rig.now = crate::Now::new(rig.now.mono(), "2026-03-01T22:30:00Z".parse().unwrap());
    let mut rig = {
        rig.start();
        rig
    };
    let night = Hours::new(hour(22), hour(6), Zone::utc());
    let hourly = Cron::parse("0 * * * *").unwrap();
    add(&mut rig, Schedule::new(hourly, task()).late_hours(night));
    rig.sleep_through(3 * 3_600 * SECOND);
    assert_eq!(rig.claims.len(), 1, "at 1:30 late runs are allowed");
    rig.sleep_through(6 * 3_600 * SECOND);
    assert_eq!(rig.claims.len(), 1, "at 7:30 they are not");
    rig.advance(1_800 * SECOND);
    assert_eq!(rig.claims.len(), 2, "at 8:00 the run is on time");
    let start = "2026-03-02T00:00:00Z".parse().unwrap();
    let skipped = skipped(&mut rig, start);
    assert_eq!(
        skipped.last(),
        Some(&(7_200, 25_200, 6, SkipReason::OutsideHours))
    );
}

#[test]
fn a_year_asleep_costs_next_to_nothing() {
    let mut rig = Rig::started(Options::default());
    let start = rig.now.wall();
    let every = Interval::every(SECOND).unwrap();
    add(&mut rig, Schedule::new(every, task()));
    rig.sleep_through(365 * 86_400 * SECOND);
    assert_eq!(rig.runs(start), [365 * 86_400]);
    let run = rig.claims[0]
        .cell
        .as_ref()
        .and_then(|cell| cell.run())
        .unwrap();
    assert!(matches!(
        run.covers,
        Some(Span {
            count: Count::AtLeast(1_000),
            ..
        })
    ));
    assert_eq!(skipped(&mut rig, start).len(), 1);
}

#[test]
fn jitter_shifts_the_start_and_not_the_instant() {
    let mut rig = Rig::started(Options::default());
    let start = rig.now.wall();
    let every = Interval::every(100 * SECOND).unwrap();
    add(&mut rig, Schedule::new(every, task()).jitter(80 * SECOND));
    let mut shifts = Vec::new();
    for n in 1..20 {
        while rig.claims.is_empty() {
            rig.advance(SECOND);
        }
        let nominal = rig.runs(start)[0];
        assert_eq!(nominal, n * 100, "every instant runs, in order");
        let late = rig.elapsed() / 1_000_000_000 - nominal as u64;
        assert!(late <= 81, "{late}");
        shifts.push(late);
        rig.end_all();
    }
    shifts.dedup();
    assert!(shifts.len() > 10, "{shifts:?}");
}

#[test]
fn a_shifted_start_past_the_grace_is_not_late() {
    let mut rig = Rig::started(Options::default());
    let every = Interval::every(1_000 * SECOND).unwrap();
    let strict = Misfire::policy(MisfirePolicy::Skip).grace(Duration::ZERO);
    add(
        &mut rig,
        Schedule::new(every, task())
            .misfire(strict)
            .jitter(900 * SECOND),
    );
    rig.advance(10_000 * SECOND);
    assert!(rig.claims.len() >= 9, "{}", rig.claims.len());
    for claim in &rig.claims {
        let run = claim.cell.as_ref().and_then(|cell| cell.run()).unwrap();
        assert_eq!(run.cause, RunCause::Due);
    }
}
