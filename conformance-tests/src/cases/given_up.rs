//! Cases of SD, SC, LG: runs that a paused schedule holds back, and instants that never run because of it.

use std::sync::Arc;

use chrono::TimeDelta;
use scheduler_core::{
    JobContext, Misfire, Overlap, Schedule, Scheduler, Shutdown, Task,
    job::{CancelReason, JobPolicy, OutcomeKind, RateLimit, Retry},
    schedule::{
        MisfirePolicy, ResumeFrom, RunCause, ScheduleChange, ScheduleEnd, SkipReason, Verdict,
    },
    trigger::{Cron, Limited},
};

use super::stage::{HALF, SECOND, Stage, every, it_id};
use crate::Backend;

/// A run of a paused schedule waits for its rate or for its next attempt.
pub(super) fn a_drain_waits_for_no_run_of_a_paused_schedule(backend: &dyn Backend) {
    let throttled: fn(&Stage) -> Task = |stage| {
        let slow = JobPolicy::default().rate_limit(RateLimit::new("slow", 1, 60 * SECOND));
        stage.record.task().policy(slow)
    };
    let retried: fn(&Stage) -> Task = |stage| {
        let record = stage.record.clone();
        let failing = Task::new(move |job: JobContext| {
            record.note(&job);
            async { Err::<(), _>("no route to host") }
        });
        failing.retry(Retry::fixed(9, 60 * SECOND))
    };
    let given_up = |stage: &Stage| {
        let report = stage.world.shut_down(Shutdown::graceful());
        let report = report.expect("shut down");
        assert_eq!(stage.world.time.elapsed(), 2 * SECOND + HALF, "no wait");
        assert_eq!(report.drained.len(), 0);
        (report.never_started.len(), report.cancelled.len())
    };
    for (task, ran, wanted) in [(throttled, vec![1], (1, 0)), (retried, vec![1, 2], (0, 2))] {
        let stage = Stage::new(backend);
        let schedule = stage.secondly_as(task(&stage));
        stage.add(schedule.overlap(Overlap::AllowAll));
        stage.world.advance(2 * SECOND + HALF);
        stage.pause("held");
        assert_eq!((given_up(&stage), stage.ran()), (wanted, ran));
        let (at, verdict) = stage.verdicts()[1];
        let is_cancelled = match verdict {
            Verdict::Ran { outcome, .. } => outcome == OutcomeKind::Cancelled,
            Verdict::Cancelled { reason, .. } => reason == CancelReason::Shutdown,
            _ => false,
        };
        assert!(at == 2 && is_cancelled, "{verdict:?}");
    }
}

/// Ends the pause of the stage's schedule without a run.
type GiveUp = fn(&Stage);

/// A pause holds back an instant that repeats because the clock was set back. The instant is then
/// dropped.
pub(super) fn a_repeated_instant_is_given_up_as_such(backend: &dyn Backend) {
    let ways: [(GiveUp, SkipReason); 3] = [
        (
            |stage| {
                let removed = stage.world.call(|it| it.schedule(&it_id()).remove());
                removed.expect("existed");
            },
            SkipReason::ScheduleRemoved,
        ),
        (|stage| stage.resume(ResumeFrom::Now), SkipReason::Paused),
        (
            |stage| {
                let ended = stage.world.shut_down(Shutdown::graceful());
                ended.expect("shut down");
            },
            SkipReason::Shutdown,
        ),
    ];
    for (give_up, reason) in ways {
        let stage = Stage::new(backend);
        let pattern = Cron::parse("*/10 * * * * *").expect("valid");
        stage.add(Schedule::new(pattern, stage.record.task()).id("it"));
        stage.world.advance(35 * SECOND);
        stage.world.time.jump_wall(TimeDelta::seconds(-20));
        stage.world.settle();
        stage.pause("held");
        stage.world.advance(10 * SECOND);
        give_up(&stage);
        stage.world.settle();
        assert_eq!(stage.ran(), [0, 10, 20, 30]);
        let again = &stage.history()[4];
        assert_eq!(stage.second(again.span.from), 20);
        let wanted = (RunCause::ClockRepeat(1), Verdict::Skipped(reason));
        assert_eq!((again.cause, again.verdict), wanted);
    }
}

/// Catch-up runs wait, one after the other, while their schedule is paused.
pub(super) fn an_ended_schedule_stays_listed_while_a_pause_holds_its_runs(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    let thrice = Limited::new(Arc::new(every(SECOND)), 3).expect("not zero");
    let all = Misfire::policy(MisfirePolicy::FireAll { max: 9 }).grace(HALF);
    let paced = all.pace(SECOND);
    let schedule = Schedule::new(thrice, stage.record.task()).id("it");
    stage.add(schedule.overlap(Overlap::AllowAll).misfire(paced));
    stage.come_late(5 * SECOND);
    stage.pause("held");
    // From now on the pause alone holds the runs.
    stage.update(ScheduleChange::new().misfire(all));
    for _ in 0..3 {
        assert_is_listed(&stage, 2);
        stage.world.advance(5 * SECOND);
    }
    assert_eq!(stage.ran(), [1]);
    stage.resume(ResumeFrom::WhereItStood);
    assert_eq!(stage.ran(), [1, 2, 3]);
    assert_is_gone(&stage);
}

fn assert_is_listed(stage: &Stage, held: usize) {
    let info = stage.info();
    assert!(info.is_paused());
    assert_eq!(info.ended, Some(ScheduleEnd::Exhausted));
    assert_eq!(info.running + info.kept, held, "{info:?}");
    assert_eq!(stage.world.scheduler.schedules().len(), 1);
}

fn assert_is_gone(stage: &Stage) {
    assert!(stage.world.scheduler.schedule(&it_id()).info().is_err());
    assert_eq!(stage.world.scheduler.schedules().len(), 0);
}
