//! Cases of SC: the last run of a schedule, and texts of users.

use scheduler_core::{
    ErrorKind, Job, Options, Result, Schedule, Scheduler, SchedulerExt, Task,
    queue::DEFAULT,
    schedule::{Conflict, ScheduleChange, ScheduleEnd},
    trigger::Once,
};

use super::{
    bodies::held,
    stage::{HALF, SECOND, Stage, every, it_id},
};
use crate::{Backend, World, gate::Gate};

/// A schedule of `task` whose only run waits for the only permit. Another job has it until the gate opens.
fn occupied(backend: &dyn Backend, task: impl FnOnce(&Stage) -> Task) -> (Stage, Gate) {
    let stage = Stage::with(backend, Options::default().max_concurrent_jobs(1));
    let busy = Gate::default();
    let blocker = held(&busy);
    stage.world.call(|it| it.post(blocker).expect("accepted"));
    stage.world.settle();
    stage.add(Schedule::new(Once::after(SECOND), task(&stage)).id("it"));
    stage.world.advance(SECOND + HALF);
    (stage, busy)
}

fn assert_listed(stage: &Stage) {
    let info = stage.info();
    assert_eq!(
        (info.ended, info.running, info.kept),
        (Some(ScheduleEnd::Exhausted), 1, 0)
    );
    let listed = stage.world.scheduler.schedules();
    assert!(listed.iter().any(|listed| listed.id == it_id()));
}

pub(super) fn an_ended_schedule_stays_listed_until_its_last_run_has_ended(backend: &dyn Backend) {
    let gate = Gate::default();
    let (stage, busy) = occupied(backend, |stage| stage.record.held_task(&gate));
    assert!(stage.ran().is_empty(), "its run waits for the permit");
    assert_listed(&stage);
    busy.open();
    stage.world.settle();
    assert_eq!(stage.ran(), [1]);
    assert_listed(&stage);
    gate.open();
    stage.world.settle();
    assert!(stage.world.scheduler.schedule(&it_id()).info().is_err());
    assert!(stage.world.scheduler.schedules().is_empty());
}

pub(super) fn the_last_run_that_waits_is_cancelled_with_its_schedule(backend: &dyn Backend) {
    let (stage, busy) = occupied(backend, |stage| stage.record.task());
    let removed = stage.world.call(|it| it.schedule(&it_id()).remove());
    removed.expect("it is listed");
    busy.open();
    stage.world.settle();
    assert!(stage.ran().is_empty());
    assert!(stage.world.scheduler.jobs().is_empty());
}

pub(super) fn a_run_adds_the_next_schedule_under_its_own_id(backend: &dyn Backend) {
    for conflict in [Conflict::Refuse, Conflict::Keep, Conflict::Replace] {
        let stage = Stage::new(backend);
        let gate = Gate::default();
        stage.add(Schedule::new(Once::after(SECOND), stage.record.held_task(&gate)).id("it"));
        stage.world.advance(SECOND);
        assert_eq!(stage.ran(), [1]);
        stage.add(stage.secondly().on_conflict(conflict));
        assert_eq!(stage.info().ended, None, "{conflict:?}");
        stage.world.advance(SECOND);
        assert_eq!(stage.ran(), [1, 2], "{conflict:?}");
        gate.open();
        stage.world.settle();
        assert_eq!(stage.info().ended, None, "{conflict:?}");
    }
}

fn assert_refused<T>(answer: Result<T>, what: &str) {
    let kind = answer.err().map(|error| error.kind());
    assert_eq!(kind, Some(ErrorKind::InvalidConfig), "{what}");
}

pub(super) fn texts_that_are_no_visible_line_are_refused(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    let world: &World = &stage.world;
    stage.add(stage.secondly());
    let make = || Schedule::new(every(SECOND), Task::new(|_| async {}));
    let long = "x".repeat(100_000);
    for text in ["a\nb", "a\u{1b}[2J", "a\u{202e}b", "a\u{2028}b", &long] {
        assert_refused(world.call(|it| it.add(make().id(text))), "id");
        assert_refused(world.call(|it| it.add(make().name(text))), "name");
        assert_refused(world.call(|it| it.add(make().paused(text))), "paused");
        let change = ScheduleChange::new().name(text);
        assert_refused(
            world.call(|it| it.schedule(&it_id()).update(change)),
            "update",
        );
        assert_refused(world.call(|it| it.schedule(&it_id()).pause(text)), "pause");
        assert!(!stage.info().is_paused());
        let queue = world.scheduler.queue(DEFAULT);
        assert_refused(world.call(|_| queue.pause(text)), "pause of a queue");
        assert!(!queue.info().expect("it exists").is_paused());
        let job = || Job::new(|_| async {}).name(text);
        assert_refused(world.call(|it| it.try_submit(job())), "try_submit");
        assert_refused(world.call(|it| it.post(job())), "post");
        assert_refused(world.run(world.scheduler.submit(job())), "submit");
    }
    for id in ["", " ", "\u{a0}\u{3000}"] {
        assert_refused(world.call(|it| it.add(make().id(id))), "id");
    }
    assert_eq!(world.scheduler.schedules().len(), 1);
    assert!(world.scheduler.jobs().is_empty());
}
