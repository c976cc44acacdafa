//! Cases of SC: schedules that are paused and resumed.

use std::sync::Arc;

use chrono::TimeDelta;
use scheduler_core::{
    EventKind, Job, JobContext, Misfire, Options, Overlap, Schedule, Task,
    schedule::{MisfirePolicy, ResumeFrom, RunCause, SkipReason, Verdict},
};

use super::{
    record::Record,
    stage::{HALF, SECOND, Stage, every},
};
use crate::{
    Backend,
    gate::{Counter, Gate},
};

pub(super) fn a_paused_schedule_begins_nothing(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    let (gate, other) = (Gate::default(), Record::new(&stage.world.time));
    let held = stage.secondly_as(stage.record.held_task(&gate));
    stage.add(held.overlap(Overlap::BufferAll));
    stage.add(Schedule::new(every(SECOND), other.task()).id("other"));
    stage.world.advance(2 * SECOND + HALF);
    stage.pause("the disk is full");
    let info = stage.info();
    assert_eq!((info.running, info.kept), (1, 1));
    let paused = info.paused.expect("the schedule is paused");
    assert_eq!(&*paused.reason, "the disk is full");
    assert_eq!(paused.since, stage.world.wall());
    gate.open();
    stage.world.advance(3 * SECOND);
    let info = stage.info();
    assert_eq!((info.running, info.kept), (0, 1));
    assert_eq!(stage.ran(), [1]);
    assert_eq!(other.runs().len(), 5);
    stage.resume(ResumeFrom::Now);
    assert_eq!(stage.ran(), [1, 2], "the buffered run starts");
    assert!(!stage.info().is_paused());
}

/// A job pauses the schedule when one of its runs already has a permit.
pub(super) fn a_run_with_a_permit_waits_for_its_schedule(backend: &dyn Backend) {
    let options = Options::default().max_concurrent_jobs(2);
    let stage = Stage::with(backend, options);
    let scheduler = Arc::downgrade(&stage.world.scheduler);
    let pauses = Job::new(move |_| async move {
        let scheduler = scheduler.upgrade().expect("the scheduler exists");
        scheduler
            .schedule(&"it".into())
            .pause("not now")
            .expect("paused");
    });
    stage
        .world
        .call(|it| it.post(pauses.after(SECOND)).expect("accepted"));
    stage.add(stage.secondly());
    stage.world.advance(SECOND + HALF);
    assert_eq!(stage.ran(), [0_i64; 0]);
    let other = Counter::default();
    for _ in 0..2 {
        stage
            .world
            .call(|it| it.post(held_until(&other)).expect("accepted"));
    }
    stage
        .world
        .run(stage.world.scheduler.wait_idle())
        .expect("a paused run does not keep the scheduler busy");
    assert_eq!(
        other.get(),
        2,
        "the permit of the paused run goes to other jobs"
    );
    stage.resume(ResumeFrom::Now);
    assert_eq!(stage.ran(), [1]);
}

fn held_until(counter: &Counter) -> Job {
    let counter = counter.clone();
    Job::new(move |job: JobContext| async move {
        job.sleep(SECOND).await;
        counter.add();
    })
}

pub(super) fn a_schedule_can_be_added_paused(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    stage.add(stage.secondly().paused("not yet"));
    stage.world.advance(5 * SECOND + HALF);
    assert!(stage.ran().is_empty());
    assert!(stage.info().is_paused());
    stage.resume(ResumeFrom::Now);
    stage.world.advance(2 * SECOND);
    assert_eq!(stage.ran(), [6, 7]);
}

pub(super) fn pausing_again_changes_the_reason(backend: &dyn Backend) {
    let mut stage = Stage::new(backend);
    stage.add(stage.secondly());
    stage.world.advance(HALF);
    stage.pause("something is wrong");
    let since = stage.world.wall();
    stage.world.advance(SECOND);
    stage.pause("the disk is full");
    let paused = stage.info().paused.expect("the schedule is paused");
    assert_eq!((&*paused.reason, paused.since), ("the disk is full", since));
    stage.world.advance(SECOND);
    for _ in 0..2 {
        stage.resume(ResumeFrom::Now);
    }
    let events = stage.world.events();
    let resumed = events.iter();
    let resumed = resumed.filter(|event| matches!(event.kind, EventKind::ScheduleResumed(_)));
    assert_eq!(resumed.count(), 1);
    stage.world.advance(SECOND);
    assert_eq!(stage.ran(), [3]);
}

pub(super) fn instants_of_a_pause_are_skipped(backend: &dyn Backend) {
    let mut stage = Stage::new(backend);
    stage.add(stage.secondly());
    stage.world.advance(HALF);
    stage.pause("for a while");
    stage.world.advance(5 * SECOND);
    stage.resume(ResumeFrom::Now);
    assert_eq!(stage.ran(), [0_i64; 0]);
    assert_eq!(stage.skipped(), [(1, 5, SkipReason::Paused)]);
    assert_eq!(
        stage.verdicts(),
        [(1, Verdict::Skipped(SkipReason::Paused))]
    );
    stage.world.advance(2 * SECOND);
    assert_eq!(stage.ran(), [6, 7]);
    assert_eq!(stage.causes(), [RunCause::Due; 2]);
}

/// Pauses a schedule for its first five seconds, resumes it, and returns the instants run and
/// skipped.
fn resumed(backend: &dyn Backend, from: impl FnOnce(&Stage) -> ResumeFrom) -> (Vec<i64>, Vec<i64>) {
    let mut stage = Stage::new(backend);
    let all = Misfire::policy(MisfirePolicy::FireAll { max: 3 }).grace(HALF);
    stage.add(stage.secondly().misfire(all).overlap(Overlap::AllowAll));
    stage.world.advance(HALF);
    stage.pause("for a while");
    stage.world.advance(5 * SECOND);
    stage.resume(from(&stage));
    let passed = stage
        .skipped()
        .into_iter()
        .flat_map(|(from, to, _)| from..=to);
    (stage.ran(), passed.collect())
}

/// The clock is set while an interval is paused. `ResumeFrom` reads its instant on the new clock.
pub(super) fn a_resumption_instant_is_wall_clock_time(backend: &dyn Backend) {
    for by in [5 * 3_600, -5 * 3_600] {
        let stage = Stage::new(backend);
        let all = Misfire::policy(MisfirePolicy::FireAll { max: 9 });
        stage.add(stage.secondly().misfire(all).overlap(Overlap::AllowAll));
        stage.pause("it is repaired");
        stage.world.time.jump_wall(TimeDelta::seconds(by));
        stage.world.advance(10 * SECOND + HALF);
        stage.resume(ResumeFrom::At(stage.world.wall() - TimeDelta::seconds(3)));
        assert_eq!(stage.ran(), [8, 9, 10], "set by {by} s");
        stage.world.advance(2 * SECOND);
        assert_eq!(stage.ran(), [8, 9, 10, 11, 12], "set by {by} s");
    }
}

pub(super) fn after_a_resumption_at_the_cursor_the_misfire_policy_decides(backend: &dyn Backend) {
    let stood = resumed(backend, |_| ResumeFrom::WhereItStood);
    assert_eq!(stood, (vec![3, 4, 5], vec![1, 2]));
    let from_four = resumed(backend, |stage| ResumeFrom::At(stage.at(4)));
    assert_eq!(from_four, (vec![4, 5], vec![1, 2, 3]));
    let far = resumed(backend, |stage| ResumeFrom::At(stage.at(60)));
    assert_eq!(far, (vec![], Vec::from_iter(1..=59)));
}

/// Returns a task that fails, except at the runs listed in `fine`.
fn failing(record: &Record, fine: &'static [usize]) -> Task {
    let record = record.clone();
    Task::new(move |job: JobContext| {
        record.note(&job);
        let is_fine = fine.contains(&record.runs().len());
        async move {
            if is_fine {
                Ok(())
            } else {
                Err("no route to host")
            }
        }
    })
}

pub(super) fn consecutive_failures_pause_a_schedule(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    let failing = stage.secondly_as(failing(&stage.record, &[3]));
    stage.add(failing.pause_after_failures(3));
    stage.world.advance(10 * SECOND + HALF);
    assert_eq!(
        stage.ran(),
        [1, 2, 3, 4, 5, 6],
        "a success resets the count of failures"
    );
    let reason = stage.info().paused.expect("the schedule is paused").reason;
    assert!(reason.contains("no route to host"), "{reason}");
    stage.resume(ResumeFrom::Now);
    assert_eq!(stage.info().failures, 0);
    stage.world.advance(10 * SECOND);
    assert_eq!(stage.ran().len(), 9);
}
