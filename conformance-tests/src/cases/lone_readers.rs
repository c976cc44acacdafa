//! EV: the only reader of a scheduler gets the events of its filter, however that is made.

use std::{collections::BTreeMap, time::Duration};

use scheduler_core::{
    EventFilter, Job, Schedule, Scheduler, SchedulerExt, Task,
    event::EventName,
    job::{CancelMode, JobPolicy, RateLimit, Retry},
    queue::DEFAULT,
    schedule::{ResumeFrom, ScheduleChange},
    trigger::Once,
};

use super::{
    retries::{SECOND, post, submit},
    stage::it_id,
};
use crate::{Backend, World};

/// Returns how many events of each name a lone reader with this filter got.
fn seen(backend: &dyn Backend, filter: EventFilter) -> BTreeMap<EventName, usize> {
    let world = World::new(backend).unobserved();
    let mut events = world.scheduler.subscribe(filter);
    let world = world.started();
    follow_jobs(&world);
    follow_a_schedule(&world);
    let mut seen = BTreeMap::new();
    while let Some(event) = events.try_next() {
        *seen.entry(event.kind.name()).or_default() += 1;
    }
    seen
}

fn follow_jobs(world: &World) {
    let fails = Task::new(|job| async move {
        job.report_progress(0.5, "half");
        Err::<(), _>("a failure")
    });
    post(world, fails.retry(Retry::fixed(2, SECOND)));
    let limit = RateLimit::new("provider", 1, SECOND);
    for _ in 0..2 {
        let limited = JobPolicy::default().rate_limit(limit.clone());
        post(world, Job::new(|_| async {}).policy(limited));
    }
    let stuck = Job::new(|_| std::future::pending::<()>());
    let timed = JobPolicy::default().attempt_timeout(SECOND);
    post(world, stuck.policy(timed));
    let stuck = submit(world, Job::new(|_| std::future::pending::<()>()));
    world.advance(5 * SECOND);
    world.call(|_| stuck.cancel(CancelMode::Immediate));
    world.settle();
}

fn follow_a_schedule(world: &World) {
    let once = Schedule::new(Once::after(SECOND), Task::new(|_| async {}));
    let schedule = world.call(|it| it.add(once.id(it_id())).expect("added"));
    let queue = world.scheduler.queue(DEFAULT);
    queue.pause("held").expect("paused");
    queue.resume().expect("resumed");
    schedule.pause("held").expect("paused");
    schedule.resume(ResumeFrom::Now).expect("resumed");
    let jitter = ScheduleChange::new().jitter(Duration::ZERO);
    schedule.update(jitter).expect("changed");
    world.advance(2 * SECOND);
}

pub(super) fn a_lone_reader_gets_the_events_of_its_filter(backend: &dyn Backend) {
    let all = seen(backend, EventFilter::all());
    assert!(all.len() > 5, "{all:?}");
    for (&name, &count) in &all {
        let (only, other) = (
            || EventFilter::only([name]),
            || EventFilter::only([EventName::ClockJumped]),
        );
        for filter in [only(), only() | other(), other() | only()] {
            let seen = seen(backend, filter.clone());
            assert_eq!(seen.get(&name), Some(&count), "{name:?}: {filter:?}");
            let others = seen.keys().filter(|&&seen| seen != name).count();
            assert_eq!(others, 0, "{seen:?}: {filter:?}");
        }
    }
}
