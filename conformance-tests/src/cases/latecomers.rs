//! Cases of EV: readers that subscribe while there are unfinished jobs.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use scheduler_core::{
    Event, EventFilter, EventKind, Job, JobId, Options,
    event::{
        EventName::{self, JobClaimed, JobFinished, JobScheduled, JobStarted},
        EventStream,
    },
    implement::block_on,
};

use super::{
    bodies::{assert_succeeds, counting, held},
    overtaking::stepping,
};
use crate::{
    Backend, World,
    gate::{Counter, Gate},
    world::Live,
};

const SECOND: Duration = Duration::from_secs(1);
/// The events in the life of a job, in order.
const LIFE: [EventName; 4] = [JobScheduled, JobClaimed, JobStarted, JobFinished];

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

    /// Returns the events of `job` that both received. Panics if the stream and the listener differ.
    fn story(&mut self, world: &World, job: JobId) -> Vec<EventName> {
        world.settle();
        self.read
            .extend(std::iter::from_fn(|| self.stream.try_next()));
        let called = self.called.lock().unwrap_or_else(PoisonError::into_inner);
        let (read, called) = (story_of(job, &self.read), story_of(job, &called));
        assert_eq!(read, called, "the stream and the listener differ");
        read
    }
}

/// Returns a started scheduler that has run a job and has no reader of its events.
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
    assert_eq!(late.story(&world, next.id()), LIFE);
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

/// Makes a job that counts when its body begins.
type MakeJob = fn(&Counter) -> Job;

fn blocking(begun: &Counter) -> Job {
    let begun = begun.clone();
    Job::blocking(move |_| begun.add())
}

fn later(begun: &Counter) -> Job {
    counting(begun).after(SECOND)
}

/// A reader subscribes at each step of the jobs' life: before they are accepted, between acceptance,
/// permit and body, and as they end. Afterwards readers race with a thread that submits jobs.
pub(super) fn a_late_reader_misses_no_start(backend: &dyn Backend) {
    /// Enough jobs that the scheduler hands them over in batches.
    const MANY: usize = 20;
    let kinds: [(usize, usize, MakeJob); 6] = [
        (1, 1, counting),
        (1, 1, blocking),
        (1, 1, later),
        (1, 3, counting),
        (MANY, MANY, counting),
        (MANY, MANY, later),
    ];
    for (permits, count, job) in kinds {
        let options = Options::default().max_concurrent_jobs(permits);
        let reads = |step: &usize| reads_from(backend, options.clone(), count, job, *step);
        let steps = (0..).take_while(reads).count();
        assert!(steps > 4, "only {steps} steps in the life of {count} jobs");
    }
    race(backend);
}

/// Subscribes a reader after `step` steps. Returns whether the jobs took that many steps.
fn reads_from(
    backend: &dyn Backend,
    options: Options,
    count: usize,
    job: MakeJob,
    step: usize,
) -> bool {
    let (world, reader) = stepping(backend, options);
    let world = world.started().unobserved();
    let begun: Vec<_> = (0..count).map(|_| Counter::default()).collect();
    let (scheduler, bodies) = (world.scheduler.clone(), begun.clone());
    let (late, subscribed) = mpsc::channel();
    reader.make_after(step, move || {
        let begun: Vec<_> = bodies.iter().map(Counter::get).collect();
        let left: Vec<_> = scheduler.jobs().iter().map(|job| job.id).collect();
        let stream = scheduler.subscribe(EventFilter::jobs());
        late.send((stream, begun, left)).unwrap_or_default();
    });
    let submit = |begun| world.call(|it| it.try_submit(job(begun)).expect("accepted").id());
    let jobs: Vec<_> = begun.iter().map(submit).collect();
    world.advance(SECOND);
    assert!(begun.iter().all(|begun| begun.get() == 1));
    let Ok((mut stream, begun, left)) = subscribed.try_recv() else {
        return false;
    };
    let read: Vec<_> = std::iter::from_fn(|| stream.try_next()).collect();
    let stories: Vec<_> = jobs.iter().map(|job| story_of(*job, &read)).collect();
    let told = || format!("from step {step} of {count} jobs: {stories:?}");
    for ((job, story), begun) in jobs.iter().zip(&stories).zip(begun) {
        assert!(LIFE.ends_with(story), "an event is missing {}", told());
        let (had_begun, had_ended) = (begun > 0, begun > 0 && !left.contains(job));
        let wanted = (!had_begun, !had_ended);
        let read = (story.contains(&JobStarted), story.contains(&JobFinished));
        assert_eq!(read, wanted, "a start or an end is wrong {}", told());
    }
    true
}

fn story_of(job: JobId, events: &[Event]) -> Vec<EventName> {
    let kinds = events.iter().map(|event| &event.kind);
    let of_job = kinds.filter(|kind| kind.job() == Some(job));
    of_job.map(EventKind::name).collect()
}

/// A thread submits jobs, and readers subscribe meanwhile, in real time.
fn race(backend: &dyn Backend) {
    let live = Live::new(backend).started();
    let (over, ran) = (AtomicBool::new(false), Counter::default());
    thread::scope(|scope| {
        let _ends = Sets(&over);
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                let job = live.scheduler.try_submit(counting(&ran)).expect("accepted");
                job.wait_blocking().expect("the job ends");
            }
        });
        for _ in 0..200 {
            let mut stream = live.scheduler.subscribe(EventFilter::jobs());
            let story: Vec<_> = (0..9).filter_map(|_| block_on(stream.next())).collect();
            assert_complete(&story);
        }
    });
    assert!(ran.get() > 0);
}

/// Sets a flag when it is dropped, even by a panic.
struct Sets<'a>(&'a AtomicBool);

impl Drop for Sets<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Asserts that each claim is followed by the start of its job, unless the story ends before.
fn assert_complete(story: &[Event]) {
    for (at, event) in story.iter().enumerate() {
        let EventKind::JobClaimed(job) = event.kind else {
            continue;
        };
        let mut rest = story[at + 1..].iter().map(|event| &event.kind);
        let next = rest.find(|kind| kind.job() == Some(job));
        let is_start = next.is_none_or(|kind| matches!(kind, EventKind::JobStarted(_)));
        assert!(is_start, "{next:?} follows the claim of {job}: {story:?}");
    }
}
