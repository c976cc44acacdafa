//! OV, LG: runs that wait while a change gives them up, lets them start, or needs the place of others.

use scheduler_core::{
    JobContext, Misfire, Options, Overlap, Schedule, Shutdown, Task,
    job::CancelReason,
    schedule::{Conflict, MisfirePolicy, ScheduleChange, SkipReason, Verdict},
    trigger::Once,
};

use super::{
    bodies::held,
    stage::{HALF, SECOND, Stage, every, it_id},
};
use crate::{
    Backend,
    gate::{Counter, Gate},
};

/// A way to give up the catch-up runs that wait, and the reason.
type GivesUp = (fn(&mut Stage), SkipReason);

const GIVES_UP: [GivesUp; 4] = [
    (
        |stage| {
            let removed = stage.world.call(|it| it.schedule(&it_id()).remove());
            removed.expect("removed");
        },
        SkipReason::ScheduleRemoved,
    ),
    (
        |stage| stage.update(ScheduleChange::new().trigger(every(3_600 * SECOND))),
        SkipReason::ScheduleChanged,
    ),
    (
        |stage| {
            let hourly = Schedule::new(every(3_600 * SECOND), stage.record.task());
            stage.add(hourly.id("it").on_conflict(Conflict::Replace));
        },
        SkipReason::ScheduleChanged,
    ),
    (
        |stage| drop(stage.world.shut_down(Shutdown::immediate())),
        SkipReason::Shutdown,
    ),
];

/// Of four catch-up runs one has started. The others wait for their pace.
pub(super) fn catch_up_runs_that_are_given_up_have_a_record(backend: &dyn Backend) {
    for (give_up, reason) in GIVES_UP {
        let mut stage = Stage::new(backend);
        let misfire = Misfire::policy(MisfirePolicy::FireAll { max: 4 });
        let misfire = misfire.grace(HALF / 2).pace(60 * SECOND);
        stage.add(stage.secondly().misfire(misfire));
        stage.come_late(4 * SECOND + HALF);
        assert_eq!(stage.ran(), [1], "{reason:?}");
        let waits = |second| (second, Verdict::Buffered);
        assert_eq!(stage.verdicts()[1..], [2, 3, 4].map(waits), "{reason:?}");
        give_up(&mut stage);
        stage.world.settle();
        let given_up = |second| (second, Verdict::Skipped(reason));
        assert_eq!(stage.verdicts()[1..], [2, 3, 4].map(given_up));
        let skipped = stage.skipped();
        let wanted = [2, 3, 4].map(|second| (second, second, reason));
        assert_eq!(skipped, wanted);
        stage.world.advance(600 * SECOND);
        assert_eq!(stage.ran(), [1], "{reason:?}");
    }
}

/// The active run of a group leaves it with its schedule.
pub(super) fn a_schedule_that_leaves_its_group_makes_room(backend: &dyn Backend) {
    for group in [None, Some("mail".to_owned())] {
        let (stage, gate) = (Stage::new(backend), Gate::default());
        let once = |second| {
            let task = stage.record.held_task(&gate);
            let once = Schedule::new(Once::at(stage.at(second)), task);
            once.group("database").overlap(Overlap::BufferOne)
        };
        let tenth = Schedule::new(every(10 * SECOND), stage.record.held_task(&gate));
        stage.add(tenth.id("it").group("database"));
        stage.add(once(11));
        stage.world.advance(12 * SECOND);
        assert_eq!(stage.ran(), [10], "the other one waits");
        stage.update(ScheduleChange::new().group::<String>(group));
        assert_eq!(stage.ran(), [10, 11]);
        gate.open();
    }
}

/// Returns a task that needs a while to end after a request.
fn polite(stage: &Stage, replaced: &Counter) -> Task {
    let (record, replaced) = (stage.record.clone(), replaced.clone());
    Task::new(move |job: JobContext| {
        record.note(&job);
        let replaced = replaced.clone();
        async move {
            job.cancelled().await;
            if job.cancel_reason() == Some(CancelReason::Replaced) {
                replaced.add();
            }
            job.sleep(HALF / 2).await;
        }
    })
}

/// Three runs are active when the limit falls to one.
pub(super) fn cancel_other_makes_room_for_a_lowered_limit_at_once(backend: &dyn Backend) {
    let (stage, replaced) = (Stage::new(backend), Counter::default());
    let wide = stage.secondly_as(polite(&stage, &replaced));
    stage.add(wide.overlap(Overlap::CancelOther).max_instances(3));
    stage.world.advance(3 * SECOND + HALF);
    assert_eq!(
        (stage.began(), replaced.get()),
        (vec![1_000, 2_000, 3_000], 0)
    );
    stage.update(ScheduleChange::new().max_instances(1));
    stage.world.advance(SECOND);
    assert_eq!(replaced.get(), 3, "each of them receives a request at once");
    assert_eq!(stage.began()[3..], [4_250]);
}

/// Five overlapping runs wait for permits when the limit falls to one, and the first is active when the limit rises.
pub(super) fn a_raised_limit_lets_each_waiting_run_begin(backend: &dyn Backend) {
    let stage = Stage::with(backend, Options::default().max_concurrent_jobs(5));
    let (blocked, gate) = (Gate::default(), Gate::default());
    for _ in 0..5 {
        stage
            .world
            .call(|it| it.post(held(&blocked)).expect("accepted"));
    }
    let wide = stage.secondly_as(stage.record.held_task(&gate));
    stage.add(wide.overlap(Overlap::AllowAll));
    stage.world.advance(5 * SECOND);
    stage.update(ScheduleChange::new().overlap(Overlap::Skip));
    blocked.open();
    stage.world.settle();
    assert_eq!(stage.ran(), [1]);
    stage.update(ScheduleChange::new().max_instances(4));
    assert_eq!(stage.ran(), [1, 2, 3, 4]);
    stage.update(ScheduleChange::new().overlap(Overlap::AllowAll));
    assert_eq!(stage.ran(), [1, 2, 3, 4, 5]);
    gate.open();
}
