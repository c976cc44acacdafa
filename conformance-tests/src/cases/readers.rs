//! Cases of EV: readers that go away or match no event, and the order of events.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Wake, Waker},
    time::{Duration, Instant},
};

use scheduler_core::{
    Event, EventFilter, EventKind, Job, Runtime, Shutdown,
    event::{EventStream, ListenerId},
    implement::block_on,
    runtime::{BlockingWork, BoxFuture, Now, SpawnError},
};

use super::{bodies::assert_succeeds, overtaking::Overtaking};
use crate::{
    Backend, World,
    gate::{Counter, Mark},
};

const SECOND: Duration = Duration::from_secs(1);

/// A runtime that counts its blocking work, and can make a call while another caller reads the clock.
struct Watched {
    runtime: Arc<dyn Runtime>,
    blocking: Counter,
    reads: Overtaking,
}

impl Runtime for Watched {
    fn name(&self) -> &str {
        self.runtime.name()
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        self.runtime.spawn(task)
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        self.runtime.sleep_until(deadline)
    }

    fn spawn_blocking(&self, work: BlockingWork) -> Result<(), SpawnError> {
        self.blocking.add();
        self.runtime.spawn_blocking(work)
    }

    fn now(&self) -> Now {
        let mut now = self.runtime.now();
        // Each reading without a call advances the clock, so that no two of them are equal.
        if !self.reads.step() {
            let step = Duration::from_millis(1);
            now = Now::new(now.mono() + step, now.wall() + step);
        }
        now
    }
}

/// A second call overtakes a caller that has read the clock, at each reading in the life of a job.
pub(super) fn events_are_in_time_order_across_threads(backend: &dyn Backend) {
    let jobs: [fn() -> Job; 2] = [|| Job::new(|_| async {}), || Job::blocking(|_| ())];
    for job in jobs {
        let overtaken = (0..).take_while(|&reading| tells_in_order(backend, job(), reading));
        assert!(
            overtaken.count() > 2,
            "the clock is read when a job is accepted, begins and ends"
        );
    }
}

/// Runs a job. Another caller makes a call after `reading` readings of the clock. Returns whether
/// it did.
fn tells_in_order(backend: &dyn Backend, job: Job, reading: usize) -> bool {
    let reads = Overtaking::default();
    let read = reads.clone();
    let mut world = World::over(backend, |runtime| {
        Arc::new(Watched {
            runtime: Arc::new(runtime),
            blocking: Counter::default(),
            reads: read,
        })
    });
    world = world.started();
    let (overtakes, overtaken) = (Mark::default(), world.scheduler.clone());
    reads.make_after(reading, move || {
        overtakes.reach();
        overtaken.post(later()).expect("accepted");
    });
    world.call(|it| it.post(job).expect("accepted"));
    world.settle();
    let was_overtaken = reads.is_over();
    let events = world.events();
    let is_job = |event: &&Event| matches!(event.kind, EventKind::JobScheduled { .. });
    let accepted = events.iter().filter(is_job).count();
    assert_eq!(accepted, 1 + usize::from(was_overtaken), "{events:?}");
    let in_order = |pair: &[Event]| pair[0].seq < pair[1].seq && pair[0].at <= pair[1].at;
    assert!(events.windows(2).all(in_order), "{events:?}");
    was_overtaken
}

fn later() -> Job {
    Job::new(|_| async {}).after(3600 * SECOND)
}

/// The listener is removed while a call of it is running.
pub(super) fn removing_a_listener_waits_for_its_running_call(backend: &dyn Backend) {
    let world = World::new(backend);
    let (begun, returned) = (Counter::default(), Counter::default());
    let (begins, returns) = (begun.clone(), returned.clone());
    let sleeper = world.scheduler.clone();
    let listener = move |_: &Event| {
        begins.add();
        block_on(sleeper.sleep(SECOND));
        returns.add();
    };
    let id = world
        .scheduler
        .add_listener(EventFilter::jobs(), Arc::new(listener));
    let world = world.started();
    let job = world.call(|it| it.try_submit(Job::new(|_| async {})).expect("accepted"));
    assert_succeeds(&world, &job);
    world.settle();
    assert_eq!(
        (begun.get(), returned.get()),
        (1, 0),
        "the listener is in its call"
    );
    assert!(world.call(|it| it.remove_listener(id)));
    assert_eq!((begun.get(), returned.get()), (1, 1));
    world.advance(10 * SECOND);
    assert_eq!(begun.get(), 1, "no further call begins");
}

/// Listeners that remove themselves or each other do not wait.
pub(super) fn listeners_can_remove_themselves_and_each_other(backend: &dyn Backend) {
    let world = World::new(backend);
    let (calls, removed) = (Counter::default(), Counter::default());
    let all: Arc<Mutex<Vec<ListenerId>>> = Arc::default();
    for _ in 0..3 {
        let (calls, removed, all) = (calls.clone(), removed.clone(), all.clone());
        let (known, scheduler) = (all.clone(), world.scheduler.clone());
        let listener = move |_: &Event| {
            calls.add();
            // Meanwhile the other listeners enter their calls.
            block_on(scheduler.sleep(SECOND));
            let all = all.lock().unwrap_or_else(PoisonError::into_inner).clone();
            all.iter()
                .filter(|id| scheduler.remove_listener(**id))
                .for_each(|_| removed.add());
        };
        let id = world
            .scheduler
            .add_listener(EventFilter::jobs(), Arc::new(listener));
        known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(id);
    }
    let world = world.started();
    let job = world.call(|it| it.try_submit(Job::new(|_| async {})).expect("accepted"));
    assert_succeeds(&world, &job);
    world.advance(10 * SECOND);
    assert_eq!((calls.get(), removed.get()), (3, 3));
}

/// A waker that counts its wakes.
struct Woken(Counter);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.add();
    }
}

/// Many readers match no event. No listener is called and no stream is woken.
pub(super) fn readers_without_matching_events_are_not_woken(backend: &dyn Backend) {
    let blocking = Counter::default();
    let counted = blocking.clone();
    let world = World::over(backend, |runtime| {
        Arc::new(Watched {
            runtime: Arc::new(runtime),
            blocking: counted,
            reads: Overtaking::default(),
        })
    });
    let world = world.started();
    let nothing = || EventFilter::jobs().tagged("unused");
    for _ in 0..50 {
        world
            .scheduler
            .add_listener(nothing(), Arc::new(|_: &Event| {}));
    }
    let mut streams: Vec<_> = (0..50)
        .map(|_| world.scheduler.subscribe(nothing()))
        .collect();
    let woken = Counter::default();
    let waker = Waker::from(Arc::new(Woken(woken.clone())));
    let mut waits: Vec<_> = streams
        .iter_mut()
        .map(|stream| Box::pin(stream.next()))
        .collect();
    for wait in &mut waits {
        assert!(
            wait.as_mut()
                .poll(&mut Context::from_waker(&waker))
                .is_pending()
        );
    }
    for _ in 0..100 {
        let job = world.call(|it| it.try_submit(Job::new(|_| async {})).expect("accepted"));
        assert_succeeds(&world, &job);
    }
    world.settle();
    assert_eq!((blocking.get(), woken.get()), (0, 0));
}

/// An error that counts its drops.
struct Counted(#[expect(dead_code, reason = "its drop is counted")] crate::gate::CountsDrop);

impl fmt::Debug for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Counted")
    }
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a counted error")
    }
}

impl std::error::Error for Counted {}

/// A dropped stream releases its unread events and keeps no further ones.
pub(super) fn a_dropped_stream_keeps_nothing(backend: &dyn Backend) {
    let mut world = World::new(backend).started();
    let ended = Counter::default();
    let fail = |world: &World| {
        let token = ended.on_drop();
        let job = Job::new(|_| async { Err::<(), _>(Counted(token)) });
        let job = world.call(|it| it.try_submit(job).expect("accepted"));
        world.run(job.wait()).expect("the job ends");
    };
    let streams: Vec<_> = (0..10)
        .map(|_| world.scheduler.subscribe(EventFilter::all()))
        .collect();
    fail(&world);
    assert_eq!(ended.get(), 0, "the streams keep the error");
    drop(streams);
    fail(&world);
    // Only the world's own reader still keeps both events.
    let events = world.events();
    let errors = events.into_iter().filter_map(|event| match event.kind {
        EventKind::JobFinished { outcome, .. } => outcome.into_result().err(),
        _ => None,
    });
    assert_eq!(errors.count(), 2);
    world.forget_events();
    world.settle();
    assert_eq!(ended.get(), 2);
}

/// A reader that waits for an event receives `None` once the scheduler has ended.
pub(super) fn a_stream_ends_with_its_scheduler(backend: &dyn Backend) {
    let world = World::new(backend);
    let early = world.scheduler.subscribe(EventFilter::schedules());
    let world = world.started();
    world.shut_down(Shutdown::graceful()).expect("shut down");
    let late = world.scheduler.subscribe(EventFilter::all());
    assert_eq!(
        read_to_the_end(early),
        Some(1),
        "every stream receives the last event"
    );
    assert_eq!(read_to_the_end(late), Some(0));
    let unstarted = World::new(backend);
    let orphan = unstarted.scheduler.subscribe(EventFilter::all());
    drop(unstarted);
    assert!(
        read_to_the_end(orphan).is_some(),
        "the streams end with their scheduler"
    );
}

/// Returns the number of events until the stream ends. `None` if it does not end.
fn read_to_the_end(mut stream: EventStream) -> Option<usize> {
    let mut cx = Context::from_waker(Waker::noop());
    for read in 0.. {
        match std::pin::pin!(stream.next()).poll(&mut cx) {
            Poll::Ready(Some(_)) => {}
            Poll::Ready(None) => return Some(read),
            Poll::Pending => return None,
        }
    }
    None
}
