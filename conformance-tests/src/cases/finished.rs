//! Cases of EV: what the event of an end says about its job.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, Utc};
use scheduler_core::{
    Event, EventFilter, EventKind, Job, JobId, Options, Schedule, Scheduler, SchedulerExt, Task,
    event::EventName,
    job::{CancelMode, Retry},
    trigger::Once,
};

use super::retries::{SECOND, submit};
use crate::{Backend, World};

/// The data of the event about an end. Times are counted from the begin of the case.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    schedule: Option<String>,
    nominal: Duration,
    began: Option<Duration>,
    ended: Duration,
    attempts: u32,
}

fn said(events: &[Event], of: JobId, begin: DateTime<Utc>) -> Said {
    let since = |at: DateTime<Utc>| (at - begin).to_std().expect("after the begin");
    let mut ends = events.iter().filter_map(|event| match &event.kind {
        EventKind::JobFinished {
            job,
            schedule,
            nominal,
            began,
            ended,
            attempts,
            ..
        } if *job == of => Some(Said {
            schedule: schedule.as_ref().map(ToString::to_string),
            nominal: since(*nominal),
            began: began.map(since),
            ended: since(*ended),
            attempts: *attempts,
        }),
        _ => None,
    });
    let first = ends.next().expect("the job has ended");
    assert_eq!(ends.next(), None, "one end");
    first
}

fn sleeping(seconds: u32) -> Job {
    Job::new(move |job| async move { job.sleep(seconds * SECOND).await })
}

/// Adds a schedule that is due once, and whose run takes two seconds.
fn add_once(world: &World, after: Duration) {
    let task = Task::new(|job| async move { job.sleep(2 * SECOND).await });
    let schedule = Schedule::new(Once::after(after), task).id("due");
    world.call(|it| it.add(schedule).expect("added"));
}

/// Returns a job whose second attempt succeeds. Each attempt takes a second.
fn second_attempt() -> Job {
    let task = Task::new(|job| async move {
        job.sleep(SECOND).await;
        if job.attempt() == 1 {
            return Err("not yet");
        }
        Ok(())
    });
    Job::from(task.retry(Retry::fixed(2, 4 * SECOND)))
}

pub(super) fn the_event_of_an_end_has_the_facts_about_the_job(backend: &dyn Backend) {
    let world = World::with(backend, Options::default().max_concurrent_jobs(1));
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hears = heard.clone();
    let listener = move |event: &Event| hears.lock().expect("not poisoned").push(event.clone());
    let ends = EventFilter::only([EventName::JobFinished]);
    world.scheduler.add_listener(ends, Arc::new(listener));
    let begin = world.wall();
    let mut world = world.started();
    let busy = submit(&world, sleeping(3));
    add_once(&world, SECOND);
    let cancelled = submit(&world, sleeping(1));
    world.call(|_| cancelled.cancel(CancelMode::Immediate));
    let retried = submit(&world, second_attempt().after(10 * SECOND));
    world.advance(20 * SECOND);
    let posted = world.call(|it| it.post(sleeping(2)).expect("accepted"));
    world.advance(5 * SECOND);
    let stream = world.events();
    let heard = heard.lock().expect("not poisoned");
    let due = stream.iter().find_map(|event| match event.kind {
        EventKind::JobFinished {
            job,
            schedule: Some(_),
            ..
        } => Some(job),
        _ => None,
    });
    let facts = |nominal: u32, began: Option<u32>, ended: u32, attempts| Said {
        schedule: None,
        nominal: nominal * SECOND,
        began: began.map(|began| began * SECOND),
        ended: ended * SECOND,
        attempts,
    };
    let of_schedule = Said {
        schedule: Some("due".to_owned()),
        ..facts(1, Some(3), 5, 1)
    };
    for (job, expected) in [
        (busy.id(), facts(0, Some(0), 3, 1)),
        (due.expect("the run has ended"), of_schedule),
        (cancelled.id(), facts(0, None, 0, 0)),
        (retried.id(), facts(10, Some(10), 16, 2)),
        (posted, facts(20, Some(20), 22, 1)),
    ] {
        assert_eq!(said(&heard, job, begin), expected, "the listener");
        assert_eq!(said(&stream, job, begin), expected, "the stream");
    }
}

pub(super) fn a_late_reader_learns_when_a_run_began(backend: &dyn Backend) {
    let world = World::new(backend).unobserved();
    let begin = world.wall();
    let world = world.started();
    add_once(&world, SECOND);
    world.advance(2 * SECOND);
    let mut late = world
        .scheduler
        .subscribe(EventFilter::only([EventName::JobFinished]));
    world.advance(2 * SECOND);
    let events: Vec<_> = std::iter::from_fn(|| late.try_next()).collect();
    let end = events.first().expect("the run has ended");
    let EventKind::JobFinished { job, .. } = end.kind else {
        panic!("another event: {end:?}");
    };
    let told = said(&events, job, begin);
    assert_eq!((told.began, told.ended), (Some(SECOND), 3 * SECOND));
}
