//! EV: readers that subscribe while jobs are under way.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use scheduler_core::{
    Event, EventFilter, Job, JobId,
    event::{
        EventName::{self, JobClaimed, JobFinished, JobScheduled, JobStarted},
        EventStream,
    },
};

use super::bodies::{assert_succeeds, counting, held};
use crate::{
    Backend, World,
    gate::{Counter, Gate},
};

const SECOND: Duration = Duration::from_secs(1);

/// A stream and a listener that subscribed at the same time.
struct Latecomer {
    stream: EventStream,
    read: Vec<Event>,
    called: Arc<Mutex<Vec<Event>>>,
}

impl Latecomer {
    fn to(world: &World) -> Self {
        let called: Arc<Mutex<Vec<Event>>> = Arc::default();
        let heard = called.clone();
        let listener = move |event: &Event| {
            let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
            heard.push(event.clone());
        };
        world.call(|it| {
            it.add_listener(EventFilter::jobs(), Arc::new(listener));
            Self {
                stream: it.subscribe(EventFilter::jobs()),
                read: Vec::new(),
                called,
            }
        })
    }

    /// The events of `job` that both received. Panics if the stream and the listener differ.
    fn story(&mut self, world: &World, job: JobId) -> Vec<EventName> {
        world.settle();
        self.read
            .extend(std::iter::from_fn(|| self.stream.try_next()));
        let called = self.called.lock().unwrap_or_else(PoisonError::into_inner);
        let of_job = |events: &[Event]| {
            let events = events.iter().map(|event| &event.kind);
            let events = events.filter(|kind| kind.job() == Some(job));
            events.map(|kind| kind.name()).collect::<Vec<_>>()
        };
        let (read, called) = (of_job(&self.read), of_job(&called));
        assert_eq!(read, called, "the stream and the listener differ");
        read
    }
}

/// A started scheduler that has run a job and has no reader of its events.
fn unobserved(backend: &dyn Backend) -> World {
    let world = World::new(backend).started().unobserved();
    let job = world.call(|it| it.try_submit(Job::new(|_| async {})).expect("accepted"));
    assert_succeeds(&world, &job);
    world
}

/// The reader receives only the end of the running job, and every event of the next one.
pub(super) fn a_reader_during_a_job_receives_its_end(backend: &dyn Backend) {
    let world = unobserved(backend);
    let gate = Gate::default();
    let running = world.call(|it| it.try_submit(held(&gate)).expect("accepted"));
    world.settle();
    let mut late = Latecomer::to(&world);
    let jobs = world.scheduler.jobs();
    assert!(
        jobs.iter().any(|job| job.id == running.id()),
        "a new reader finds the running job in the list: {jobs:?}"
    );
    let next = world.call(|it| it.try_submit(Job::new(|_| async {})).expect("accepted"));
    assert_succeeds(&world, &next);
    world.time.outside(|| gate.open());
    assert_succeeds(&world, &running);
    assert_eq!(late.story(&world, running.id()), [JobFinished]);
    let full = [JobScheduled, JobClaimed, JobStarted, JobFinished];
    assert_eq!(late.story(&world, next.id()), full);
}

pub(super) fn a_reader_before_the_due_time_receives_the_start(backend: &dyn Backend) {
    let world = unobserved(backend);
    let due = Job::new(|_| async {}).after(SECOND);
    let due = world.call(|it| it.try_submit(due).expect("accepted"));
    let mut late = Latecomer::to(&world);
    world.advance(SECOND);
    let rest = [JobClaimed, JobStarted, JobFinished];
    assert_eq!(late.story(&world, due.id()), rest);
}

/// The reader subscribes after the job has its permit. A pause holds the body back.
pub(super) fn a_reader_before_the_body_receives_the_start(backend: &dyn Backend) {
    let world = unobserved(backend);
    let ran = Counter::default();
    let job = world.call(|it| {
        let job = it.try_submit(counting(&ran)).expect("accepted");
        it.pause().expect("paused");
        job
    });
    world.settle();
    assert_eq!(ran.get(), 0, "the pause holds the job back");
    let mut late = Latecomer::to(&world);
    world.call(|it| it.resume().expect("resumed"));
    world.settle();
    assert_eq!(ran.get(), 1);
    let story = late.story(&world, job.id());
    assert!(story.ends_with(&[JobStarted, JobFinished]), "{story:?}");
    assert!(!story.contains(&JobScheduled), "{story:?}");
}
