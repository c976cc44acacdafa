//! Cases of OV: instants that come due while an earlier run is active.

use std::time::Duration;

use scheduler_core::{
    Event, EventKind, JobContext, Misfire, Overlap, Schedule, ScheduleHandle, Task,
    job::{CancelMode, CancelReason},
    schedule::{MisfirePolicy, ScheduleChange, SkipReason},
    trigger::Once,
};

use super::stage::{HALF, SECOND, Stage, every, single};
use crate::{
    Backend,
    gate::{Counter, Gate},
};

/// Runs a secondly schedule, whose runs take 2.4 seconds, for `length`.
fn slow(backend: &dyn Backend, overlap: Overlap, length: Duration) -> Stage {
    let stage = Stage::new(backend);
    let task = stage.record.slow_task(Duration::from_millis(2_400));
    stage.add(stage.secondly_as(task).overlap(overlap));
    stage.world.advance(length);
    stage
}

/// Returns a secondly schedule whose runs wait at a closed gate.
fn held(backend: &dyn Backend, change: impl FnOnce(Schedule) -> Schedule) -> (Stage, Gate) {
    let (stage, gate) = (Stage::new(backend), Gate::default());
    stage.add(change(stage.secondly_as(stage.record.held_task(&gate))));
    (stage, gate)
}

fn kept(stage: &Stage, events: &[Event]) -> Vec<i64> {
    let kept = events.iter().filter_map(|event| match event.kind {
        EventKind::OccurrenceKept { nominal, .. } => Some(stage.second(nominal)),
        _ => None,
    });
    kept.collect()
}

pub(super) fn skip_skips_overlapping_instants(backend: &dyn Backend) {
    let mut stage = slow(backend, Overlap::Skip, 8 * SECOND);
    assert_eq!(stage.began(), [1_000, 4_000, 7_000]);
    assert_eq!(
        stage.skipped(),
        single([2, 3, 5, 6, 8], SkipReason::Overlap)
    );
}

pub(super) fn buffer_one_keeps_the_first_instant(backend: &dyn Backend) {
    let mut stage = slow(backend, Overlap::BufferOne, 8 * SECOND);
    assert_eq!(stage.ran(), [1, 2, 4]);
    assert_eq!(stage.began(), [1_000, 3_400, 5_800]);
    let events = stage.world.events();
    assert_eq!(kept(&stage, &events), [2, 4, 6]);
    let skipped = single([3, 5, 7, 8], SkipReason::Overlap);
    assert_eq!(stage.skips_of(&events), skipped);
    assert_eq!(stage.info().kept, 1);
}

pub(super) fn buffer_all_runs_one_after_the_other(backend: &dyn Backend) {
    let mut stage = slow(backend, Overlap::BufferAll, 9 * SECOND);
    assert_eq!(stage.ran(), [1, 2, 3, 4]);
    assert_eq!(stage.began(), [1_000, 3_400, 5_800, 8_200]);
    let events = stage.world.events();
    assert_eq!(kept(&stage, &events), Vec::from_iter(2..=9));
    assert_eq!(stage.skips_of(&events), []);
}

/// Returns a task that cleans up for a while when it is cancelled. `replaced` counts cancellations
/// by a newer run.
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

pub(super) fn cancel_other_waits_for_the_end(backend: &dyn Backend) {
    let (stage, replaced) = (Stage::new(backend), Counter::default());
    let polite = stage.secondly_as(polite(&stage, &replaced));
    stage.add(polite.overlap(Overlap::CancelOther));
    stage.world.advance(3 * SECOND + HALF);
    assert_eq!(stage.ran(), [1, 2, 3]);
    assert_eq!(stage.began(), [1_000, 2_250, 3_250]);
    assert_eq!(replaced.get(), 2);
}

/// Returns a schedule of every ten seconds whose runs never end and ignore their cancellation.
fn deaf(backend: &dyn Backend, overlap: Overlap) -> Stage {
    let stage = Stage::new(backend);
    let deaf = stage.record.held_task(&Gate::default());
    let schedule = Schedule::new(every(10 * SECOND), deaf).overlap(overlap);
    stage.add(schedule.id("it"));
    stage.world.advance(37 * SECOND);
    stage
}

pub(super) fn a_run_that_ignores_cancel_other_is_dropped_after_its_grace(backend: &dyn Backend) {
    let stage = deaf(backend, Overlap::CancelOther);
    assert_eq!(stage.ran(), [10, 20, 30]);
    let began = stage.began();
    for (run, &at) in began.iter().enumerate().skip(1) {
        let nominal = 10_000 * (i64::try_from(run).expect("small") + 1);
        assert!(at > nominal && at <= nominal + 6_000, "{began:?}");
    }
    assert_eq!(stage.info().running, 1);
}

pub(super) fn terminate_other_does_not_wait(backend: &dyn Backend) {
    let stage = deaf(backend, Overlap::TerminateOther);
    assert_eq!(stage.began(), [10_000, 20_000, 30_000]);
    assert_eq!(stage.info().running, 1);
}

pub(super) fn allow_all_starts_every_run(backend: &dyn Backend) {
    let mut stage = slow(backend, Overlap::AllowAll, 5 * SECOND);
    assert_eq!(stage.began(), [1_000, 2_000, 3_000, 4_000, 5_000]);
    assert_eq!(stage.info().running, 3);
    assert_eq!(stage.skipped(), []);
}

pub(super) fn schedules_of_a_group_overlap(backend: &dyn Backend) {
    let (mut stage, gate) = (Stage::new(backend), Gate::default());
    let once = |second| Schedule::new(Once::at(stage.at(second)), stage.record.held_task(&gate));
    stage.add(once(1).group("database"));
    stage.add(once(2).group("database"));
    stage.add(once(3).group("database").overlap(Overlap::BufferOne));
    stage.add(once(4));
    stage.add(once(5).group("mail"));
    stage.world.advance(6 * SECOND);
    assert_eq!(stage.ran(), [1, 4, 5]);
    let events = stage.world.events();
    assert_eq!(stage.skips_of(&events), single([2], SkipReason::Overlap));
    assert_eq!(kept(&stage, &events), [3]);
    gate.open();
    stage.world.settle();
    assert_eq!(stage.ran(), [1, 4, 5, 3]);
}

/// The run of the second schedule meets the run of the first, under `AllowAll`. The run of the last one meets
/// the second, under `Skip`.
pub(super) fn allow_all_takes_no_part_in_its_group(backend: &dyn Backend) {
    let (mut stage, gate) = (Stage::new(backend), Gate::default());
    let once = |second| {
        let task = stage.record.held_task(&gate);
        Schedule::new(Once::at(stage.at(second)), task).group("database")
    };
    stage.add(once(1).overlap(Overlap::AllowAll));
    stage.add(once(2));
    stage.add(once(3).overlap(Overlap::AllowAll));
    stage.add(once(4));
    stage.world.advance(5 * SECOND);
    assert_eq!(stage.ran(), [1, 2, 3]);
    assert_eq!(stage.skipped(), single([4], SkipReason::Overlap));
    gate.open();
}

/// The buffered run of the moved schedule no longer waits. Runs of the other members stay in the old
/// group.
pub(super) fn a_schedule_that_changes_groups_takes_only_its_own_runs(backend: &dyn Backend) {
    let (mut stage, gate) = (Stage::new(backend), Gate::default());
    let task = || stage.record.held_task(&gate);
    let once = |second| Schedule::new(Once::at(stage.at(second)), task());
    let tenth = Schedule::new(every(10 * SECOND), task()).id("it");
    stage.add(once(1).group("database"));
    stage.add(tenth.group("database").overlap(Overlap::BufferOne));
    stage.add(once(12).group("database"));
    stage.add(once(14).group("mail"));
    stage.world.advance(11 * SECOND);
    assert_eq!((stage.ran(), stage.info().kept), (vec![1], 1));
    stage.update(ScheduleChange::new().group::<String>(None));
    assert_eq!((stage.ran(), stage.info().kept), (vec![1, 10], 0));
    stage.world.advance(2 * SECOND);
    stage.update(ScheduleChange::new().group("mail".to_owned()));
    stage.world.advance(2 * SECOND);
    assert_eq!(stage.ran(), [1, 10]);
    assert_eq!(stage.skipped(), single([12, 14], SkipReason::Overlap));
    gate.open();
}

/// Runs of two schedules began in turn. The schedules join a group in each order, and the runs end in each order.
pub(super) fn active_runs_join_a_group_with_their_schedules(backend: &dyn Backend) {
    for (order, newest_first) in [
        ([0, 1], false),
        ([0, 1], true),
        ([1, 0], false),
        ([1, 0], true),
    ] {
        let (stage, gate) = (Stage::new(backend), Gate::default());
        let schedules = [2, 3].map(|seconds| {
            let task = stage.record.held_task(&gate);
            let schedule = Schedule::new(every(seconds * SECOND), task);
            stage.add(schedule.max_instances(9))
        });
        stage.world.advance(6 * SECOND + HALF);
        let running = || {
            let info = |handle: &ScheduleHandle| handle.info().expect("listed").running;
            stage.world.call(|_| schedules.each_ref().map(info))
        };
        assert_eq!(running(), [3, 2]);
        let joins = ScheduleChange::new().group("database".to_owned());
        for number in order {
            let joined = schedules[number].update(joins.clone().max_instances(1));
            joined.expect("changed");
        }
        assert_eq!(running(), [3, 2], "they continue");
        let mut jobs = stage.world.call(|it| it.jobs());
        jobs.sort_by_key(|job| job.id);
        if newest_first {
            jobs.reverse();
        }
        for job in jobs {
            stage
                .world
                .call(|it| it.cancel(job.id, CancelMode::Immediate));
            stage.world.settle();
        }
        assert_eq!(running(), [0, 0]);
        gate.open();
        stage.world.advance(2 * SECOND);
        assert_eq!(
            stage.ran()[5..],
            [8],
            "nothing is active that would stop it"
        );
    }
}

pub(super) fn a_changed_policy_applies_to_buffered_runs(backend: &dyn Backend) {
    let (stage, gate) = held(backend, |it| it.overlap(Overlap::BufferAll));
    stage.world.advance(3 * SECOND + HALF);
    assert_eq!((stage.ran(), stage.info().kept), (vec![1], 2));
    stage.update(ScheduleChange::new().overlap(Overlap::AllowAll));
    assert_eq!((stage.ran(), stage.info().kept), (vec![1, 2, 3], 0));
    gate.open();
}

pub(super) fn max_instances_runs_are_active(backend: &dyn Backend) {
    let (mut stage, gate) = held(backend, |it| it.max_instances(2));
    stage.world.advance(4 * SECOND + HALF);
    assert_eq!((stage.ran(), stage.info().running), (vec![1, 2], 2));
    assert_eq!(stage.skipped(), single([3, 4], SkipReason::Overlap));
    gate.open();
    stage.world.advance(SECOND);
    assert_eq!(stage.ran(), [1, 2, 5]);
}

pub(super) fn the_buffer_limit_holds(backend: &dyn Backend) {
    let keep_two = |it: Schedule| it.overlap(Overlap::BufferAll).buffer_limit(2);
    let (mut stage, gate) = held(backend, keep_two);
    stage.world.advance(5 * SECOND + HALF);
    let info = stage.info();
    assert_eq!((info.running, info.kept), (1, 2));
    let events = stage.world.events();
    assert_eq!(kept(&stage, &events), [2, 3]);
    assert_eq!(
        stage.skips_of(&events),
        single([4, 5], SkipReason::BufferFull)
    );
    gate.open();
    stage.world.settle();
    assert_eq!(stage.ran(), [1, 2, 3]);
}

pub(super) fn each_skipped_instant_is_reported_once(backend: &dyn Backend) {
    for (overlap, dropped, reason) in [
        (Overlap::Skip, [9, 10], SkipReason::Overlap),
        (Overlap::TerminateOther, [8, 9], SkipReason::Superseded),
    ] {
        let some = Misfire::policy(MisfirePolicy::FireAll { max: 3 });
        let (mut stage, gate) = held(backend, |it| it.misfire(some).overlap(overlap));
        stage.come_late(10 * SECOND + HALF);
        let [first, second] = single(dropped, reason);
        let wanted = [(1, 7, SkipReason::TooMany), first, second];
        assert_eq!(stage.skipped(), wanted, "{overlap:?}");
        let info = stage.info();
        assert_eq!((info.skipped, info.started), (9, 1), "{overlap:?}");
        gate.open();
    }
}
