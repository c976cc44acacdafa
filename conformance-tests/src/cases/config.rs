//! Cases of CF: invalid settings, ids, and the text, sources and kinds of errors.

use std::{sync::Arc, time::Duration};

use scheduler_core::{
    Error, ErrorKind, Options, Result, Runtime, Schedule, Scheduler, SchedulerExt, Shutdown, Task,
    runtime::SpawnError,
    trigger::{Cron, Once},
};

use crate::{Backend, World, world::kind};

fn refused(backend: &dyn Backend, options: Options) -> Option<ErrorKind> {
    let runtime: Arc<dyn Runtime> = backend.harness().runtime;
    kind(backend.scheduler(runtime, options))
}

pub(super) fn a_concurrency_limit_of_zero_is_refused(backend: &dyn Backend) {
    let none = Options::default().max_concurrent_jobs(0);
    assert_eq!(refused(backend, none), Some(ErrorKind::InvalidConfig));
    let one = Options::default().max_concurrent_jobs(1);
    assert_eq!(refused(backend, one), None);
}

pub(super) fn queue_and_event_capacities_of_zero_are_refused(backend: &dyn Backend) {
    for nonsense in [
        Options::default().queue_limit(0),
        Options::default().event_capacity(0),
    ] {
        assert_eq!(refused(backend, nonsense), Some(ErrorKind::InvalidConfig));
    }
}

fn schedule() -> Schedule {
    let task = Task::new(|_| async {});
    Schedule::new(Once::after(Duration::from_secs(60)), task).id("known")
}

pub(super) fn existing_and_unknown_ids_are_refused(backend: &dyn Backend) {
    let world = World::new(backend).started();
    assert_eq!(world.call(|it| kind(it.add(schedule()))), None);
    let twice = world.call(|it| kind(it.add(schedule())));
    assert_eq!(twice, Some(ErrorKind::DuplicateId));
    assert_eq!(world.scheduler.schedules().len(), 1);
    let not_found = Some(ErrorKind::NotFound);
    let unknown = "unknown".into();
    assert_eq!(
        world.call(|it| kind(it.schedule(&unknown).run_now())),
        not_found
    );
    assert_eq!(
        world.call(|it| kind(it.schedule(&unknown).next_times(1))),
        not_found
    );
    assert_eq!(
        world.call(|it| kind(it.schedule(&unknown).remove())),
        not_found
    );
    assert_eq!(
        world.call(|it| kind(it.schedule(&"known".into()).remove())),
        None
    );
    assert_eq!(
        world.call(|it| kind(it.schedule(&"known".into()).remove())),
        not_found
    );
    assert_eq!(world.call(|it| kind(it.add(schedule()))), None);
}

/// Checks one error of each kind that a scheduler returns, and one that has sources.
pub(super) fn errors_have_text_sources_and_kinds(backend: &dyn Backend) {
    let world = World::new(backend);
    let early = error(world.scheduler.pause());
    let io = std::io::Error::other("the cause of it all");
    world.time.fail_next_spawn(SpawnError::failed(io));
    let failed = error(world.run(world.scheduler.start()));
    assert_eq!(failed.kind(), ErrorKind::Spawn);
    assert!(chain(&failed).contains("the cause of it all"), "{failed:?}");
    let world = world.started();
    let unknown = error(world.scheduler.schedule(&"unknown".into()).remove());
    assert!(unknown.to_string().contains("unknown"), "{unknown}");
    world.shut_down(Shutdown::graceful()).expect("shut down");
    let late = error(world.scheduler.pause());
    let cron = Error::InvalidTrigger(Cron::parse("nonsense").expect_err("invalid").into());
    for error in [early, failed, unknown, late, cron] {
        assert!(error.to_string().len() > 10, "{error:?}");
        assert_eq!(error.clone().kind(), error.kind());
        assert_eq!(error.clone().to_string(), error.to_string());
    }
}

fn error<T: std::fmt::Debug>(answer: Result<T>) -> Error {
    answer.expect_err("the call is refused")
}

fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(source) = next {
        text.push_str(&format!(": {source}"));
        next = source.source();
    }
    text
}
