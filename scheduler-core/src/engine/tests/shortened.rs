//! Jitter that becomes shorter while a start waits for it.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    Conflict, Misfire, MisfirePolicy, Now, Options, ResumeFrom, Schedule, ScheduleChange, Task,
    engine::rig::{self, Rig},
    trigger::Interval,
};

const SECOND: Duration = Duration::from_secs(1);
const TEN: Duration = Duration::from_secs(10);
const SHIFT: Duration = Duration::from_secs(9);

/// Creates a schedule that skips every late instant.
fn strict(jitter: Duration) -> Schedule {
    let misfire = Misfire::policy(MisfirePolicy::Skip).grace(SECOND);
    let task = Task::new(|_| async {});
    let schedule = Schedule::new(Interval::every(TEN).unwrap(), task);
    schedule.id("s").misfire(misfire).jitter(jitter)
}

/// Returns the jitter of the first start of a schedule that begins at `start`.
fn shift(start: DateTime<Utc>, limit: Duration) -> Duration {
    let nominal = start + TEN;
    rig::shift(nominal, nominal + TEN, limit)
}

/// Creates a scheduler whose first start has waited for two seconds of its jitter, which is more
/// than seven seconds.
fn waiting() -> (Rig, DateTime<Utc>) {
    let first: DateTime<Utc> = "2026-01-05T00:00:00Z".parse().unwrap();
    let fits = |shift| shift > 7 * SECOND && shift < 8 * SECOND;
    let mut days = (0..100).map(|day| first + TimeDelta::days(day));
    let start = days.find(|&start| fits(shift(start, SHIFT))).unwrap();
    let now = Now::new(Now::system().mono(), start);
    let mut rig = Rig::at(Options::default(), now);
    rig.start();
    rig.add(strict(SHIFT)).unwrap();
    rig.advance(TEN + 2 * SECOND);
    assert!(rig.claims.is_empty(), "its start is shifted");
    (rig, start)
}

fn update(rig: &mut Rig, jitter: Duration) {
    let change = ScheduleChange::new().jitter(jitter);
    rig.engine.update(&"s".into(), change, &rig.now).unwrap();
    rig.settle();
}

fn replace(rig: &mut Rig, jitter: Duration) {
    rig.add(strict(jitter).on_conflict(Conflict::Replace))
        .unwrap();
}

#[test]
fn what_a_shorter_shift_makes_due_is_not_late() {
    for change in [update, replace] {
        for jitter in [Duration::ZERO, SECOND] {
            let (mut rig, start) = waiting();
            change(&mut rig, jitter);
            assert_eq!(rig.runs(start), [10], "{jitter:?}");
        }
    }
}

#[test]
fn a_shorter_shift_may_still_be_to_come() {
    let (mut rig, start) = waiting();
    let (old, new) = (shift(start, SHIFT), shift(start, 6 * SECOND));
    assert!(new > 2 * SECOND && new < old);
    update(&mut rig, 6 * SECOND);
    rig.advance(new - 2 * SECOND - Duration::from_nanos(1));
    assert!(rig.claims.is_empty());
    rig.advance(Duration::from_nanos(1));
    assert_eq!(rig.runs(start), [10]);
}

#[test]
fn a_pause_after_the_change_counts_as_before() {
    for from in [ResumeFrom::Now, ResumeFrom::WhereItStood] {
        for (pause, runs) in [(SECOND, true), (SECOND * 15 / 2, false)] {
            let (mut rig, start) = waiting();
            let hold = |rig: &mut Rig| rig.engine.pause_schedule(&"s".into(), "no", &rig.now);
            hold(&mut rig).unwrap();
            update(&mut rig, Duration::ZERO);
            rig.advance(pause);
            rig.engine
                .resume_schedule(&"s".into(), from, &rig.now)
                .unwrap();
            rig.settle();
            let late = 2 * SECOND + pause > shift(start, SHIFT) + SECOND;
            assert_eq!(late, !runs, "the pause is as long as it has to be");
            assert_eq!(rig.runs(start) == [10], runs, "{from:?} {pause:?}");
        }
    }
}
