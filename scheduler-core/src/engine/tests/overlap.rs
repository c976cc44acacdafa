//! Instants that meet earlier runs.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::{
    EventKind, Options, Overlap, Schedule, ScheduleChange, SkipReason, Task, engine::rig::Rig,
    job::CancelRequest, trigger::Interval,
};

const TEN: Duration = Duration::from_secs(10);

fn every_ten(id: &str, overlap: Overlap) -> Schedule {
    let every = Interval::every(TEN).unwrap();
    Schedule::new(every, Task::new(|_| async {}))
        .id(id.to_owned())
        .overlap(overlap)
}

fn rig(schedule: Schedule) -> (Rig, DateTime<Utc>) {
    let mut rig = Rig::started(Options::default());
    let start = rig.now.wall();
    rig.add(schedule).unwrap();
    (rig, start)
}

fn skips(rig: &mut Rig) -> Vec<SkipReason> {
    let reason = |kind| match kind {
        EventKind::OccurrencesSkipped { reason, .. } => Some(reason),
        _ => None,
    };
    rig.events().into_iter().filter_map(reason).collect()
}

#[test]
fn skip_skips_overlapping_instants() {
    let (mut rig, start) = rig(every_ten("s", Overlap::Skip));
    rig.advance(3 * TEN);
    assert_eq!(rig.runs(start), [10]);
    assert_eq!(skips(&mut rig), [SkipReason::Overlap; 2]);
    rig.end_oldest();
    assert!(rig.claims.is_empty());
    rig.advance(TEN);
    assert_eq!(rig.runs(start), [40]);
}

#[test]
fn buffer_one_keeps_the_first_that_waits() {
    let (mut rig, start) = rig(every_ten("s", Overlap::BufferOne));
    rig.advance(4 * TEN);
    rig.end_oldest();
    assert_eq!(rig.runs(start), [20]);
    assert_eq!(skips(&mut rig), [SkipReason::Overlap; 2]);
}

#[test]
fn buffer_all_keeps_as_many_as_allowed() {
    let (mut rig, start) = rig(every_ten("s", Overlap::BufferAll).buffer_limit(2));
    rig.advance(5 * TEN);
    assert_eq!(skips(&mut rig), [SkipReason::BufferFull; 2]);
    for second in [10, 20, 30] {
        assert_eq!(rig.runs(start), [second]);
        rig.end_oldest();
    }
    assert!(rig.claims.is_empty());
}

#[test]
fn cancel_other_waits_for_the_end_of_what_it_cancels() {
    for (overlap, told) in [
        (Overlap::CancelOther, CancelRequest::Graceful),
        (Overlap::TerminateOther, CancelRequest::Immediate),
    ] {
        let (mut rig, start) = rig(every_ten("s", overlap));
        rig.advance(2 * TEN);
        assert_eq!(rig.runs(start), [10]);
        let cell = rig.claims[0].cell.clone().unwrap();
        assert_eq!(cell.cancel_request(), told);
        rig.end_oldest();
        assert_eq!(rig.runs(start), [20]);
        assert!(skips(&mut rig).is_empty());
    }
}

#[test]
fn of_several_that_would_replace_a_run_the_last_one_does() {
    let (mut rig, start) = rig(every_ten("s", Overlap::CancelOther));
    rig.advance(4 * TEN);
    rig.end_oldest();
    assert_eq!(rig.runs(start), [40]);
    assert_eq!(skips(&mut rig), [SkipReason::Superseded; 2]);
}

#[test]
fn allow_all_runs_side_by_side() {
    let (mut rig, start) = rig(every_ten("s", Overlap::AllowAll));
    rig.advance(3 * TEN);
    assert_eq!(rig.runs(start), [10, 20, 30]);
}

#[test]
fn a_limit_counts_before_the_policy_does() {
    let (mut rig, start) = rig(every_ten("s", Overlap::Skip).max_instances(2));
    rig.advance(3 * TEN);
    assert_eq!(rig.runs(start), [10, 20]);
    assert_eq!(skips(&mut rig), [SkipReason::Overlap]);
    rig.end_oldest();
    rig.advance(TEN);
    assert_eq!(rig.runs(start), [20, 40]);
}

#[test]
fn a_change_of_policy_counts_for_what_waits_already() {
    let (mut rig, start) = rig(every_ten("s", Overlap::BufferAll));
    rig.advance(4 * TEN);
    let change = ScheduleChange::new().overlap(Overlap::AllowAll);
    rig.engine.update(&"s".into(), change, &rig.now).unwrap();
    rig.settle();
    assert_eq!(rig.runs(start), [10, 20, 30, 40]);
}

#[test]
fn schedules_of_a_group_overlap_with_each_other() {
    let mut rig = Rig::started(Options::default());
    let start = rig.now.wall();
    for id in ["a", "b"] {
        rig.add(every_ten(id, Overlap::BufferAll).group("db"))
            .unwrap();
    }
    rig.add(every_ten("c", Overlap::Skip)).unwrap();
    rig.advance(TEN);
    assert_eq!(
        rig.runs(start),
        [10, 10],
        "one of the group, and the other schedule"
    );
    rig.end_all();
    assert_eq!(rig.claims.len(), 1, "the second of the group");
    rig.end_all();
    assert!(rig.claims.is_empty());
}

#[test]
fn a_schedule_that_leaves_a_group_takes_its_runs_along() {
    let mut rig = Rig::started(Options::default());
    for id in ["a", "b"] {
        rig.add(every_ten(id, Overlap::BufferOne).group("db"))
            .unwrap();
    }
    rig.advance(TEN);
    assert_eq!(rig.claims.len(), 1);
    let leave = ScheduleChange::new().group::<&str>(None);
    rig.engine.update(&"a".into(), leave, &rig.now).unwrap();
    rig.settle();
    assert_eq!(rig.claims.len(), 2, "no run of the group is active");
    rig.end_all();
    assert!(!rig.engine.schedules.has_groups());
}

#[test]
fn a_removed_schedule_of_a_group_leaves_nothing_behind() {
    let mut rig = Rig::started(Options::default());
    for id in ["a", "b"] {
        rig.add(every_ten(id, Overlap::BufferAll).group("db"))
            .unwrap();
    }
    rig.advance(2 * TEN);
    rig.engine.remove(&"a".into(), &rig.now).unwrap();
    rig.settle();
    rig.engine.remove(&"b".into(), &rig.now).unwrap();
    rig.settle();
    assert_eq!(skips(&mut rig).len(), 3, "what was kept is accounted for");
    rig.end_all();
    assert!(!rig.engine.schedules.has_groups());
    assert!(rig.claims.is_empty());
}

#[test]
fn a_paused_schedule_keeps_what_it_has() {
    let (mut rig, start) = rig(every_ten("s", Overlap::BufferOne));
    rig.advance(2 * TEN);
    rig.engine
        .pause_schedule(&"s".into(), "why not", &rig.now)
        .unwrap();
    rig.end_oldest();
    assert!(rig.claims.is_empty());
    rig.engine
        .resume_schedule(&"s".into(), crate::ResumeFrom::Now, &rig.now)
        .unwrap();
    rig.settle();
    assert_eq!(rig.runs(start), [20]);
}
