//! Cases of SC, OV: schedules that are changed, paused or removed while their runs are due.

use std::time::Duration;

use scheduler_core::{
    Job, JobContext, JobHandle, JobOutcome, Misfire, Options, Overlap, Schedule, Scheduler, Task,
    job::{CancelReason, JobStatus, OutcomeKind, Retry},
    schedule::{Conflict, MisfirePolicy, ResumeFrom, ScheduleChange, ScheduleEnd, SkipReason},
    trigger::Limited,
};

use super::{
    bodies::{end_of, held},
    stage::{HALF, SECOND, Stage, every, it_id},
};
use crate::{Backend, gate::Gate};

/// A way to give the stage's schedule a new definition.
type Change = fn(&Stage, Schedule);

const REPLACED: Change = |stage, schedule| {
    stage.add(schedule.on_conflict(Conflict::Replace));
    stage.world.settle();
};

const CHANGES: [Change; 2] = [REPLACED, |stage, schedule| {
    stage.update(ScheduleChange::all(schedule));
}];

/// Returns a schedule with so much jitter that each run starts almost one interval late.
fn shifted(stage: &Stage) -> Schedule {
    let slow = Schedule::new(every(10 * SECOND), stage.record.task());
    slow.id("it").jitter(Duration::from_millis(9_999))
}

fn remove(stage: &Stage) {
    let removed = stage.world.call(|it| it.schedule(&it_id()).remove());
    removed.expect("existed");
    stage.world.settle();
}

pub(super) fn an_equal_trigger_keeps_its_cursor(backend: &dyn Backend) {
    for change in CHANGES {
        let mut stage = Stage::new(backend);
        let minutely = |stage: &Stage| {
            let minutely = every(60 * SECOND);
            Schedule::new(minutely, stage.record.task()).id("it")
        };
        stage.add(minutely(&stage));
        for _ in 0..15 {
            stage.world.advance(40 * SECOND);
            change(&stage, minutely(&stage));
        }
        let minutes = (1..=10).map(|minute| 60 * minute);
        assert_eq!(stage.ran(), Vec::from_iter(minutes));
        assert_eq!(stage.skipped(), []);
    }
}

pub(super) fn due_instants_stay_due_under_an_equal_trigger(backend: &dyn Backend) {
    for change in CHANGES {
        let mut stage = Stage::new(backend);
        stage.add(stage.secondly());
        stage.pause("held");
        stage.world.advance(SECOND + HALF);
        change(&stage, stage.secondly());
        stage.resume(ResumeFrom::WhereItStood);
        assert_eq!(stage.ran(), [1]);
        assert_eq!(stage.skipped(), []);
        let mut stage = Stage::new(backend);
        stage.add(shifted(&stage));
        stage.world.advance(10 * SECOND);
        assert_eq!(stage.ran(), [0_i64; 0], "the jitter delays its start");
        change(&stage, shifted(&stage));
        stage.world.advance(10 * SECOND);
        assert_eq!(stage.ran(), [10]);
        assert_eq!(stage.skipped(), []);
    }
}

/// Asserts that both the skip events and the history contain exactly the `expected` skipped spans.
fn assert_skipped(stage: &mut Stage, expected: &[(i64, i64, SkipReason)]) {
    assert_eq!(stage.skipped(), expected);
    let history = stage.history();
    let skipped = history.iter().filter_map(|known| {
        let reason = known.verdict.reason()?;
        let (from, to) = (stage.second(known.span.from), stage.second(known.span.to));
        Some((from, to, reason))
    });
    assert_eq!(skipped.collect::<Vec<_>>(), expected);
}

pub(super) fn due_instants_of_a_replaced_trigger_are_recorded(backend: &dyn Backend) {
    let changed = SkipReason::ScheduleChanged;
    for change in CHANGES {
        let mut stage = Stage::new(backend);
        stage.add(stage.secondly());
        stage.pause("held");
        stage.world.advance(3 * SECOND + HALF);
        let other = Schedule::new(every(2 * SECOND), stage.record.task());
        change(&stage, other.id("it"));
        stage.resume(ResumeFrom::WhereItStood);
        stage.world.advance(SECOND);
        assert_eq!(stage.ran(), [0_i64; 0]);
        assert_skipped(&mut stage, &[(1, 3, changed)]);
        let mut stage = Stage::new(backend);
        stage.add(shifted(&stage));
        stage.world.advance(10 * SECOND);
        change(&stage, stage.secondly());
        assert_skipped(&mut stage, &[(10, 10, changed)]);
        stage.world.advance(SECOND);
        assert_eq!(stage.ran(), [11]);
    }
}

pub(super) fn due_instants_before_a_new_cursor_are_recorded(backend: &dyn Backend) {
    let mut stage = Stage::new(backend);
    stage.add(stage.secondly());
    stage.pause("held");
    stage.world.advance(3 * SECOND + HALF);
    REPLACED(&stage, stage.secondly().waiting_for(stage.at(3)));
    assert_skipped(&mut stage, &[(1, 2, SkipReason::ScheduleChanged)]);
    stage.resume(ResumeFrom::WhereItStood);
    stage.world.advance(SECOND);
    assert_eq!(stage.ran(), [3, 4]);
}

pub(super) fn due_instants_of_a_removed_schedule_are_recorded(backend: &dyn Backend) {
    let removed = SkipReason::ScheduleRemoved;
    let mut stage = Stage::new(backend);
    stage.add(stage.secondly());
    stage.pause("held");
    stage.world.advance(3 * SECOND + HALF);
    remove(&stage);
    assert_skipped(&mut stage, &[(1, 3, removed)]);
    let mut stage = Stage::new(backend);
    stage.add(shifted(&stage));
    stage.world.advance(10 * SECOND);
    remove(&stage);
    assert_skipped(&mut stage, &[(10, 10, removed)]);
    stage.world.advance(20 * SECOND);
    assert_eq!(stage.ran(), [0_i64; 0]);
}

pub(super) fn a_schedule_with_buffered_runs_stays_listed_after_its_end(backend: &dyn Backend) {
    let mut stage = Stage::new(backend);
    let gate = Gate::default();
    let thrice = Limited::new(std::sync::Arc::new(every(SECOND)), 3).expect("not zero");
    let schedule = Schedule::new(thrice, stage.record.held_task(&gate)).id("it");
    stage.add(schedule.overlap(Overlap::BufferAll));
    stage.world.advance(5 * SECOND);
    let info = stage.info();
    assert_eq!(
        (info.ended, info.next),
        (Some(ScheduleEnd::Exhausted), None)
    );
    assert_eq!((info.running, info.kept), (1, 2));
    stage.pause("held");
    gate.open();
    stage.world.advance(SECOND);
    assert_eq!(stage.ran(), [1], "the schedule is paused");
    stage.resume(ResumeFrom::Now);
    stage.world.advance(SECOND);
    assert_eq!(stage.ran(), [1, 2, 3]);
    assert!(stage.world.scheduler.schedule(&it_id()).info().is_err());
    assert_eq!(stage.skipped(), []);
}

fn run_now(stage: &Stage) -> JobHandle {
    let job = stage.world.call(|it| it.schedule(&it_id()).run_now());
    let job = job.expect("`run_now` succeeds");
    stage.world.settle();
    job
}

pub(super) fn run_now_jobs_are_cancelled_with_their_schedule(backend: &dyn Backend) {
    let stage = Stage::with(backend, Options::default().max_concurrent_jobs(1));
    let gate = Gate::default();
    let blocker: Job = held(&gate);
    stage.world.call(|it| it.post(blocker).expect("accepted"));
    stage.add(stage.secondly());
    let job = run_now(&stage);
    assert_eq!(job.status(), JobStatus::Queued);
    remove(&stage);
    stage.world.run(job.wait()).expect("the job ends at once");
    let reason = match job.outcome() {
        Some(JobOutcome::Cancelled(reason)) => reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(reason, CancelReason::ScheduleRemoved);
    gate.open();
    stage.world.advance(SECOND);
    assert_eq!(stage.ran(), [0_i64; 0]);
}

pub(super) fn no_retry_follows_a_removal(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    let gate = Gate::default();
    let (record, opened) = (stage.record.clone(), gate.clone());
    let failing = Task::new(move |job: JobContext| {
        record.note(&job);
        let gate = opened.clone();
        async move {
            gate.pass().await;
            Err::<(), _>("no route to host")
        }
    });
    let failing = failing.retry(Retry::fixed(9, HALF));
    stage.add(stage.secondly_as(failing).overlap(Overlap::Skip));
    stage.world.advance(SECOND);
    let asked = run_now(&stage);
    assert_eq!(
        stage.record.runs().len(),
        2,
        "both jobs are in their first attempt"
    );
    remove(&stage);
    gate.open();
    assert_eq!(end_of(&stage.world, &asked), OutcomeKind::Failed);
    stage.world.advance(9 * SECOND);
    assert_eq!(stage.record.runs().len(), 2, "no further attempt follows");
}

pub(super) fn instants_before_a_pause_are_not_skipped(backend: &dyn Backend) {
    let mut stage = Stage::new(backend);
    let all = Misfire::policy(MisfirePolicy::FireAll { max: 9 }).grace(SECOND);
    stage.add(shifted(&stage).misfire(all).overlap(Overlap::AllowAll));
    stage.world.advance(10 * SECOND + Duration::from_nanos(1));
    assert_eq!(stage.ran(), [0_i64; 0], "the jitter delays its start");
    stage.pause("held");
    stage.world.advance(25 * SECOND);
    stage.resume(ResumeFrom::Now);
    assert_eq!(stage.ran(), [10]);
    assert_eq!(stage.skipped(), [(20, 30, SkipReason::Paused)]);
}

pub(super) fn a_new_jitter_applies_to_a_paused_schedule(backend: &dyn Backend) {
    let started = |jitter: Duration, while_paused: bool| {
        let stage = Stage::new(backend);
        let plain = Schedule::new(every(10 * SECOND), stage.record.task()).id("it");
        stage.add(if while_paused {
            plain
        } else {
            plain.jitter(jitter)
        });
        stage.pause("held");
        if while_paused {
            stage.update(ScheduleChange::new().jitter(jitter));
        }
        stage.resume(ResumeFrom::WhereItStood);
        stage.world.advance(20 * SECOND);
        stage.began()[0]
    };
    for jitter in [3 * SECOND, 9 * SECOND] {
        assert_eq!(started(jitter, true), started(jitter, false));
    }
}

pub(super) fn active_runs_count_for_a_new_policy(backend: &dyn Backend) {
    let overlap = |stage: &Stage, gate: &Gate, overlap: Overlap| {
        let held = stage.secondly_as(stage.record.held_task(gate));
        held.overlap(overlap).max_instances(2)
    };
    for change in CHANGES {
        for other in [Overlap::Skip, Overlap::BufferOne, Overlap::BufferAll] {
            let stage = Stage::new(backend);
            let gate = Gate::default();
            stage.add(overlap(&stage, &gate, Overlap::AllowAll));
            stage.world.advance(3 * SECOND + HALF);
            change(&stage, overlap(&stage, &gate, other));
            stage.world.advance(2 * SECOND);
            assert_eq!(stage.ran(), [1, 2, 3], "{other:?}");
            change(&stage, overlap(&stage, &gate, Overlap::AllowAll));
            stage.world.advance(SECOND);
            let beside = stage.ran();
            assert!(beside.len() > 3, "{other:?}: runs overlap");
            change(&stage, overlap(&stage, &gate, other));
            stage.world.advance(2 * SECOND);
            assert_eq!(
                stage.ran(),
                beside,
                "{other:?}: no new run beside the active ones"
            );
            gate.open();
            stage.world.advance(SECOND);
            assert!(
                stage.ran().len() > beside.len(),
                "{other:?}: runs start again after the active ones"
            );
        }
    }
}

/// A change that lowers how many runs of a schedule may overlap.
type Narrows = fn(&Stage, usize);

const NARROWS: [Narrows; 3] = [
    |stage, limit| {
        let change = ScheduleChange::new().overlap(Overlap::Skip);
        stage.update(change.max_instances(limit));
    },
    |stage, limit| {
        let change = ScheduleChange::new().overlap(Overlap::BufferAll);
        stage.update(change.max_instances(limit));
    },
    |stage, limit| {
        let task = stage.record.slow_task(SLOW);
        let narrow = stage.secondly_as(task).overlap(Overlap::Skip);
        let narrow = narrow.max_instances(limit).waiting_for(stage.at(6));
        stage.add(narrow.on_conflict(Conflict::Replace));
    },
];

/// How long the body of a run takes.
const SLOW: Duration = Duration::from_millis(140);

/// Five overlapping runs are accepted while other jobs hold the permits. Then the limit is lowered.
pub(super) fn runs_beyond_a_lowered_limit_wait(backend: &dyn Backend) {
    for narrow in NARROWS {
        for limit in [1, 2] {
            let stage = Stage::with(backend, Options::default().max_concurrent_jobs(5));
            let gate = Gate::default();
            for _ in 0..5 {
                let job = Job::from(stage.record.held_task(&gate));
                let posted = stage.world.call(|it| it.post(job));
                posted.expect("accepted");
            }
            let wide = stage.secondly_as(stage.record.slow_task(SLOW));
            stage.add(wide.overlap(Overlap::AllowAll));
            stage.world.advance(5 * SECOND);
            narrow(&stage, limit);
            assert_eq!(stage.info().running, 5, "all five runs wait for a permit");
            gate.open();
            stage.world.advance(SECOND - HALF / 5);
            let begun = stage.began().split_off(5);
            let slow = i64::try_from(SLOW.as_millis()).expect("small");
            let place = |run: usize| 5_000 + slow * i64::try_from(run / limit).expect("small");
            assert_eq!(
                begun,
                Vec::from_iter((0..5).map(place)),
                "{limit} at a time"
            );
        }
    }
}

/// The first attempts of three runs fail at the same time, so their second attempts are due at the
/// same time.
pub(super) fn retries_beyond_a_lowered_limit_wait(backend: &dyn Backend) {
    let (stage, gate) = (Stage::new(backend), Gate::default());
    let (record, held) = (stage.record.clone(), gate.clone());
    let task = Task::new(move |job: JobContext| {
        record.note(&job);
        let held = held.clone();
        async move {
            if job.attempt() == 1 {
                held.pass().await;
                return Err("not yet");
            }
            job.sleep(SLOW).await;
            Ok(())
        }
    });
    let wide = stage.secondly_as(task.retry(Retry::fixed(2, SECOND)));
    stage.add(wide.overlap(Overlap::AllowAll));
    stage.world.advance(3 * SECOND + HALF);
    stage.update(ScheduleChange::new().overlap(Overlap::Skip));
    gate.open();
    stage.world.advance(SECOND + HALF - HALF / 5);
    let slow = i64::try_from(SLOW.as_millis()).expect("small");
    let begun = [4_500, 4_500 + slow, 4_500 + 2 * slow];
    assert_eq!(
        stage.began()[3..],
        begun,
        "the retries run one after the other"
    );
}
