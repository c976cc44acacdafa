//! Cases of LC and AJ: jobs and calls that wait for a slot or for the end of a pause.

use std::{
    future::poll_fn,
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::Duration,
};

use scheduler_core::{
    Error, ErrorKind, Event, EventFilter, EventKind, Job, Options, Schedule, Scheduler,
    SchedulerExt, Shutdown, State, Task, event::EventStream, trigger::Interval,
};

use super::{
    bodies::{assert_succeeds, counting, held, telling},
    overtaking::stepping,
    table::poll_once,
};
use crate::{
    Backend, World,
    gate::{Counter, Gate},
    world::{Live, kind},
};

pub(super) fn a_full_queue_refuses_at_once(backend: &dyn Backend) {
    let options = Options::default().max_concurrent_jobs(1).queue_limit(1);
    let world = World::with(backend, options).started();
    let gate = Gate::default();
    world.scheduler.post(held(&gate)).expect("a permit");
    world.scheduler.post(held(&gate)).expect("a slot is free");
    let refused = Some(ErrorKind::QueueFull);
    assert_eq!(world.call(|it| kind(it.try_submit(held(&gate)))), refused);
    assert_eq!(world.call(|it| kind(it.post(held(&gate)))), refused);
    world.time.outside(|| gate.open());
    let waited = world.run(world.scheduler.submit(held(&gate)));
    assert_succeeds(&world, &waited.expect("a slot became free"));
}

/// The waiting `submit` is not polled meanwhile. One freed slot stays reserved for it, the others
/// do not.
pub(super) fn slots_beyond_the_waiters_are_available_at_once(backend: &dyn Backend) {
    let options = Options::default().max_concurrent_jobs(1).queue_limit(2);
    let world = World::with(backend, options).started();
    let (first, last, ran) = (Gate::default(), Gate::default(), Counter::default());
    let offer = |gate: &Gate| world.call(|it| kind(it.try_submit(held(gate))));
    let (taken, full) = (None, Some(ErrorKind::QueueFull));
    let mut waits = world.scheduler.submit(counting(&ran));
    assert_eq!([(); 4].map(|()| offer(&first)), [taken, taken, taken, full]);
    assert!(poll_once(&mut waits).is_none(), "the queue had a free slot");
    world.time.outside(|| first.open());
    world.run(world.scheduler.wait_idle()).expect("idle");
    assert_eq!([(); 3].map(|()| offer(&last)), [taken, taken, full]);
    let job = world.run(waits).expect("the submit has its slot");
    assert_eq!(offer(&last), full);
    world.time.outside(|| last.open());
    assert_succeeds(&world, &job);
    world.run(world.scheduler.wait_idle()).expect("idle");
    assert_eq!((ran.get(), world.scheduler.metrics().succeeded), (1, 6));
}

/// A slot becomes free and wakes the first waiting `submit`, which is then dropped.
pub(super) fn a_dropped_submit_gives_its_slot_to_the_next_waiter(backend: &dyn Backend) {
    let options = Options::default().max_concurrent_jobs(1).queue_limit(1);
    let world = World::with(backend, options).started();
    let (gate, given_up, ran) = (Gate::default(), Counter::default(), Counter::default());
    for _ in 0..2 {
        world.scheduler.post(held(&gate)).expect("a slot is free");
    }
    let mut first = world.scheduler.submit(counting(&given_up));
    let mut second = world.scheduler.submit(counting(&ran));
    world.time.outside(|| {
        assert!(poll_once(&mut first).is_none(), "the queue had a free slot");
        assert!(
            poll_once(&mut second).is_none(),
            "the queue had a free slot"
        );
        gate.open();
    });
    world.run(world.scheduler.wait_idle()).expect("idle");
    let mut first = Some(first);
    let accepted = world.run(poll_fn(|cx| {
        let answer = second.as_mut().poll(cx);
        assert!(first.is_none() || answer.is_pending(), "overtaken");
        first = None;
        answer
    }));
    assert_succeeds(&world, &accepted.expect("the submit has its slot"));
    assert_eq!((given_up.get(), ran.get()), (0, 1));
}

/// Every submitting call is refused during the shutdown and after it.
pub(super) fn a_refused_job_is_dropped_once_and_never_polled(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let gate = Gate::default();
    world.scheduler.post(held(&gate)).expect("accepted");
    world.settle();
    let request = |it: &dyn Scheduler| it.request_shutdown(Shutdown::graceful());
    world.call(request).expect("requested");
    refuses_jobs(&world);
    world.time.outside(|| gate.open());
    world.run(world.scheduler.stopped()).expect("stopped");
    refuses_jobs(&world);
}

fn refuses_jobs(world: &World) {
    let (ran, dropped) = (Counter::default(), Counter::default());
    let job = || {
        let (runs, token) = (ran.clone(), dropped.on_drop());
        Job::new(move |_| async move {
            let _token = token;
            runs.add();
        })
    };
    let refused = Some(ErrorKind::ShutDown);
    assert_eq!(world.call(|it| kind(it.try_submit(job()))), refused);
    assert_eq!(world.call(|it| kind(it.post(job()))), refused);
    assert_eq!(kind(world.run(world.scheduler.submit(job()))), refused);
    world.settle();
    assert_eq!((ran.get(), dropped.get()), (0, 3));
}

/// The job uses the scheduler of its context, and a handle that it captured.
pub(super) fn a_job_may_submit_until_the_shutdown(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let handle = world.scheduler.clone();
    let job = world.scheduler.try_submit(telling(|job| async move {
        let both = [job.scheduler().expect("the scheduler exists"), handle];
        for scheduler in &both {
            assert_eq!(kind(scheduler.post(Job::new(|_| async {}))), None);
        }
        both[0].request_shutdown(Shutdown::graceful())?;
        for scheduler in &both {
            let refused = kind(scheduler.post(Job::new(|_| async {})));
            assert_eq!(refused, Some(ErrorKind::ShutDown));
        }
        Ok::<_, Error>(())
    }));
    assert_succeeds(&world, &job.expect("accepted"));
}

/// Posted jobs, jobs that become due, and due jobs that wait for a permit all stay waiting.
pub(super) fn no_job_starts_after_a_pause(backend: &dyn Backend) {
    let (any, one) = (
        Options::default(),
        Options::default().max_concurrent_jobs(1),
    );
    for (options, before_the_pause) in [(any, 0), (one, 1)] {
        let world = World::with(backend, options).started();
        let (ran, gate) = (Counter::default(), Gate::default());
        let running = world.scheduler.try_submit(held(&gate)).expect("accepted");
        world.settle();
        world.call(|scheduler| {
            for _ in 0..before_the_pause {
                scheduler.post(counting(&ran)).expect("accepted");
            }
            let later = counting(&ran).after(Duration::from_secs(1));
            scheduler.post(later).expect("accepted");
            scheduler.pause().expect("paused");
            scheduler.post(counting(&ran)).expect("accepted");
        });
        world.advance(Duration::from_secs(10));
        world.time.outside(|| gate.open());
        assert_succeeds(&world, &running);
        world.settle();
        assert_eq!(ran.get(), 0);
        world.call(|scheduler| scheduler.resume().expect("resumed"));
        world.settle();
        assert_eq!(ran.get(), 2 + before_the_pause);
    }
}

fn blocking(counter: &Counter) -> Job {
    let counter = counter.clone();
    Job::blocking(move |_| counter.add())
}

/// The jobs have permits but have not begun: a few, enough to share tasks, or blocking ones.
pub(super) fn jobs_with_a_permit_wait_for_the_end_of_a_pause(backend: &dyn Backend) {
    let kinds: [(usize, MakeJob<'_>); 3] = [(2, &counting), (20, &counting), (2, &blocking)];
    for (count, job) in kinds {
        let mut world = World::new(backend).started();
        let ran = Counter::default();
        world.call(|scheduler| {
            for _ in 0..count {
                scheduler.post(job(&ran)).expect("accepted");
            }
            scheduler.pause().expect("paused");
        });
        world.run(world.scheduler.wait_idle()).expect("no job runs");
        let metrics = world.scheduler.metrics();
        assert_eq!((ran.get(), metrics.running, metrics.queued), (0, 0, count));
        assert_eq!(started(&world.events()), 0);
        world.call(|scheduler| scheduler.resume().expect("resumed"));
        world.settle();
        assert_eq!((ran.get(), started(&world.events())), (count, count));
    }
}

fn started(events: &[Event]) -> usize {
    let started = |event: &&Event| matches!(event.kind, EventKind::JobStarted(_));
    events.iter().filter(started).count()
}

/// Makes a job that counts its runs.
type MakeJob<'a> = &'a dyn Fn(&Counter) -> Job;

/// Another caller pauses the scheduler at each step of the jobs' life.
pub(super) fn no_body_begins_after_a_pause_at_any_step(backend: &dyn Backend) {
    let later = |counter: &Counter| counting(counter).after(Duration::from_secs(1));
    let kinds: [(usize, MakeJob<'_>); 5] = [
        (1, &counting),
        (20, &counting),
        (1, &blocking),
        (1, &later),
        (20, &later),
    ];
    for (count, job) in kinds {
        for observed in [false, true] {
            let pauses = |step: &usize| pauses_at(backend, *step, observed, count, job);
            let steps = (0..).take_while(pauses).count();
            assert!(steps > 4, "only {steps} steps in the life of {count} jobs");
        }
    }
}

/// Pauses the scheduler after `step` steps. Returns whether the jobs took that many steps.
fn pauses_at(
    backend: &dyn Backend,
    step: usize,
    observed: bool,
    count: usize,
    job: MakeJob<'_>,
) -> bool {
    let (world, pauser) = stepping(backend, Options::default());
    let mut world = world.started();
    if !observed {
        world = world.unobserved();
    }
    let (begun, tells) = (Counter::default(), mpsc::channel());
    let (scheduler, seen) = (world.scheduler.clone(), begun.clone());
    let (tell, told) = tells;
    pauser.make_after(step, move || {
        scheduler.pause().expect("paused");
        tell.send(seen.get()).unwrap_or_default();
    });
    for _ in 0..count {
        world.call(|it| it.post(job(&begun)).expect("accepted"));
    }
    world.advance(Duration::from_secs(1));
    let Ok(at_the_pause) = told.try_recv() else {
        assert_eq!(begun.get(), count);
        return false;
    };
    assert_eq!(
        begun.get(),
        at_the_pause,
        "a body began after the pause at step {step}"
    );
    world.call(|it| it.resume().expect("resumed"));
    world.settle();
    assert_eq!(begun.get(), count, "after the pause at step {step}");
    true
}

/// Real threads reach the gate while a pause closes it, without and with a reader of the events.
///
/// A thread may lose its processor between the gate and the first line of the body. So the events say
/// which bodies begin after the pause, or the wait for those that began before it.
pub(super) fn no_body_begins_after_a_pause_on_any_thread(backend: &dyn Backend) {
    for observed in [false, true] {
        let options = Options::default().event_capacity(10_000);
        let live = Live::with(backend, options).started();
        let mut events = observed.then(|| live.shared().subscribe(EventFilter::all()));
        let crowd = Crowd::default();
        crowd.post(&live);
        live.scheduler.pause().expect("paused");
        let mut story = read(&mut events);
        assert!(!observed || pause_in(&story).is_some(), "the pause is late");
        crowd.pause_returned();
        live.scheduler.wait_idle().expect("the running jobs end");
        crowd.idle.store(true, Ordering::SeqCst);
        story.extend(read(&mut events));
        let after = story.split_off(pause_in(&story).unwrap_or_default());
        assert_eq!(started(&after), 0, "bodies began after the pause");
        assert_eq!(crowd.late.get(), 0, "bodies began after the wait");
        live.scheduler.resume().expect("resumed");
        live.scheduler.wait_idle().expect("all jobs end");
        assert_eq!(crowd.begun.get(), Crowd::JOBS);
        live.scheduler
            .shutdown(Shutdown::graceful())
            .expect("shut down");
    }
}

/// Jobs for every thread. The second half of them end only after the pause has returned, so that
/// they would still occupy the threads if the pause were late.
#[derive(Clone, Default)]
struct Crowd {
    begun: Counter,
    /// Bodies that began after the last job had ended.
    late: Counter,
    returned: Arc<(Mutex<bool>, Condvar)>,
    idle: Arc<AtomicBool>,
}

impl Crowd {
    const JOBS: usize = 700;

    fn post(&self, live: &Live) {
        for number in 0..Self::JOBS {
            let crowd = self.clone();
            let body = Job::new(move |_| async move { crowd.run(number) });
            live.scheduler.post(body).expect("accepted");
        }
    }

    fn run(&self, number: usize) {
        self.begun.add();
        if self.idle.load(Ordering::SeqCst) {
            self.late.add();
        }
        std::thread::sleep(Duration::from_micros(50));
        if number >= Self::JOBS / 2 {
            let returned = self
                .returned
                .0
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let waited = self.returned.1.wait_while(returned, |returned| !*returned);
            drop(waited);
        }
    }

    fn pause_returned(&self) {
        *self
            .returned
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = true;
        self.returned.1.notify_all();
    }
}

fn read(events: &mut Option<EventStream>) -> Vec<Event> {
    let next = || events.as_mut()?.try_next();
    std::iter::from_fn(next).collect()
}

fn pause_in(events: &[Event]) -> Option<usize> {
    let is_pause = |kind: &EventKind| matches!(kind, EventKind::StateChanged { to, .. } if *to == State::Paused);
    events.iter().position(|event| is_pause(&event.kind))
}

pub(super) fn pausing_twice_and_resuming_twice_do_nothing(backend: &dyn Backend) {
    let mut world = World::new(backend).started();
    let before = world.events().len();
    assert_eq!(world.call(|scheduler| kind(scheduler.resume())), None);
    assert_eq!((before, world.events().len()), (2, 0));
    assert_eq!(kind(world.scheduler.pause()), None);
    assert_eq!(world.events().len(), 1);
    assert_eq!(kind(world.scheduler.pause()), None);
    assert_eq!(world.events().len(), 0);
}

pub(super) fn instants_of_a_pause_cause_no_burst(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let ran = Counter::default();
    let runs = ran.clone();
    let task = Task::new(move |_| {
        runs.add();
        async {}
    });
    let every = Interval::every(Duration::from_secs(1)).expect("not zero");
    world
        .scheduler
        .add(Schedule::new(every, task))
        .expect("added");
    world.advance(Duration::from_secs(2));
    world.scheduler.pause().expect("paused");
    world.advance(Duration::from_secs(1000));
    assert_eq!(ran.get(), 2);
    world
        .time
        .outside(|| world.scheduler.resume())
        .expect("resumed");
    world.settle();
    assert_eq!(ran.get(), 3);
}
