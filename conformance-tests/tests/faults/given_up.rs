//! Every waiting call, dropped at every possible point: before its first poll, after each poll that
//! leaves it pending, and after a wake that no poll follows.

mod stage;

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::Poll,
    time::Duration,
};

use chrono::{DateTime, Utc};
use conformance_tests::{Backend, World};
use scheduler_core::{
    ErrorKind, Event, EventFilter, EventKind, Job, JobHandle, Options, Result, Runtime, Scheduler,
    SchedulerExt, Shutdown, State,
    job::{CancelMode, OutcomeKind},
    runtime::BoxFuture,
};
use scheduler_testing::VirtualRuntime;

use self::stage::Stage;
use crate::backends;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);

/// How many jobs run at the same time.
const PERMITS: usize = 2;
const PLACES: usize = 1;

/// More polls than any call takes. A sweep that reaches this number never ends.
const MANY: usize = 200;

trait WallClock {
    fn now_in_utc(&self) -> DateTime<Utc>;
}

impl WallClock for VirtualRuntime {
    fn now_in_utc(&self) -> DateTime<Utc> {
        self.now().wall()
    }
}

type Call = fn(Stage) -> BoxFuture<'static, Result<()>>;

macro_rules! calls {
    ($($name:literal $on:ident => $body:expr;)*) => {
        &[$(($name, |$on: Stage| Box::pin(async move { let _ = $body; Ok(()) }))),*]
    };
}

/// Every waiting call of the interface, in a state in which it must wait. Each ends by itself.
const CALLS: &[(&str, Call)] = calls! {
    "start" on => on.it.start().await?;
    "start_paused" on => on.it.start_paused().await?;
    "shutdown" on => {
        on.full().await?;
        on.it.shutdown(Shutdown::graceful()).await?
    };
    "a second shutdown" on => {
        on.full().await?;
        on.it.request_shutdown(Shutdown::graceful())?;
        on.it.shutdown(Shutdown::drain_within(SECOND / 2)).await?
    };
    "stopped" on => {
        on.started().await?;
        on.end_later()?;
        on.it.stopped().await?
    };
    "wait_idle" on => {
        on.full().await?;
        on.it.wait_idle().await?;
    };
    "sleep" on => {
        on.started().await?;
        on.it.sleep(SECOND).await;
    };
    "submit" on => {
        on.full().await?;
        on.it.submit(on.work()).await?.wait().await?
    };
    "submit, with a waiter behind it" on => {
        on.full().await?;
        on.submit_beside();
        on.it.submit(on.work()).await?
    };
    "submit, behind another waiter" on => {
        on.full().await?;
        on.submit_beside();
        on.it.sleep(SECOND / 5).await;
        on.it.submit(on.work()).await?
    };
    "submit, until the end" on => {
        on.started().await?;
        on.end_later()?;
        on.full().await?;
        on.it.submit(on.work()).await.map_err(|error| error.kind())
    };
    "JobHandle::wait" on => on.working().await?.wait().await?;
    "JobHandle::wait_timeout, in time" on => on.working().await?.wait_timeout(2 * SECOND).await?;
    "JobHandle::wait_timeout, too late" on => {
        on.working().await?.wait_timeout(SECOND / 2).await.map_err(|error| error.kind())
    };
    "JobHandle::wait_or_cancel, at once" on => {
        on.working().await?.wait_or_cancel(SECOND / 2, CancelMode::Immediate).await?
    };
    "JobHandle::wait_or_cancel, with grace" on => {
        let grace = CancelMode::Graceful(SECOND / 4);
        on.working().await?.wait_or_cancel(SECOND / 2, grace).await?
    };
    "JobHandle::close" on => on.working().await?.close(SECOND, CancelMode::Immediate).await?;
    "JobHandle::close, too late" on => {
        let grace = CancelMode::Graceful(SECOND);
        on.working().await?.close(SECOND / 2, grace).await.map_err(|error| error.kind())
    };
    "EventStream::next" on => {
        let mut events = on.it.subscribe(EventFilter::jobs());
        drop(on.working().await?);
        while !matches!(events.next().await.map(|it| it.kind), Some(EventKind::JobFinished { .. })) {}
    };
    "JobScope::submit" on => {
        on.full().await?;
        on.scope().submit(on.work()).await?.wait().await?
    };
    "JobScope::drain" on => {
        on.started().await?;
        let scope = on.scope();
        scope.post(on.work())?;
        drop(scope.post(on.work()));
        scope.drain().await?
    };
    "JobScope::drain_within" on => {
        on.started().await?;
        let scope = on.scope();
        scope.post(on.work())?;
        scope.drain_within(SECOND / 2, CancelMode::Immediate).await?
    };
    "JobScope::drain_within, with grace" on => {
        on.started().await?;
        let scope = on.scope();
        scope.post(on.work())?;
        scope.drain_within(SECOND / 2, CancelMode::Graceful(SECOND / 4)).await?
    };
    "BackfillHandle::wait" on => on.backfilled().await?.wait().await?;
    "BackfillHandle::wait_timeout, in time" on => {
        on.backfilled().await?.wait_timeout(HOUR).await?
    };
    "BackfillHandle::wait_timeout, too late" on => {
        on.backfilled().await?.wait_timeout(SECOND / 2).await.map_err(|error| error.kind())
    };
    "wait_and_close, in time" on => {
        on.full().await?;
        on.it.wait_and_close(HOUR, Shutdown::graceful()).await?
    };
    "wait_and_close, too late" on => {
        on.full().await?;
        on.it.wait_and_close(SECOND / 2, Shutdown::drain_within(SECOND / 4)).await?
    };
    "run_scoped" on => on.it.run_scoped(HOUR, async { on.working().await?.wait().await }).await?;
};

/// The point at which a call is dropped.
#[derive(Debug, Clone, Copy)]
struct Patience {
    /// The number of polls before the drop.
    polls: usize,
    /// Drop the call right after its last poll, rather than at the next wake.
    at_once: bool,
}

impl Patience {
    /// Polls `call` on each wake and drops it at the chosen point. Returns whether it was still
    /// pending.
    async fn gives_up<F: Future>(self, call: F) -> bool {
        let (mut call, mut polled) = (pin!(call), 0);
        poll_fn(|cx| {
            if polled == self.polls {
                return Poll::Ready(true);
            }
            polled += 1;
            match call.as_mut().poll(cx) {
                Poll::Ready(_) => Poll::Ready(false),
                Poll::Pending if self.at_once && polled == self.polls => Poll::Ready(true),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }
}

/// Makes the call, and returns whether it was dropped before it completed.
type Caller = fn(&World, &Stage, Call, Patience) -> bool;

/// The callers: a client outside of the scheduler, and a job.
const CALLERS: [(&str, Caller); 2] = [("outside", from_outside), ("a job", from_a_job)];

fn from_outside(world: &World, stage: &Stage, call: Call, patience: Patience) -> bool {
    world.run(patience.gives_up(call(stage.clone())))
}

fn from_a_job(world: &World, stage: &Stage, call: Call, patience: Patience) -> bool {
    world.run(stage.started()).expect("started");
    let call = call(stage.clone());
    let gave_up = Arc::new(AtomicBool::new(false));
    let answer = gave_up.clone();
    let caller = async move { answer.store(patience.gives_up(call).await, SeqCst) };
    let caller = world.call(|it| it.spawn(caller).expect("accepted"));
    world.run(caller.wait()).expect("ended");
    gave_up.load(SeqCst)
}

/// Asserts that the dropped call left no trace: all jobs end, and all permits and slots are free.
fn lives_and_ends(mut world: World, stage: &Stage) {
    world.settle();
    assert_ne!(world.state(), State::Starting);
    for schedule in world.scheduler.schedules() {
        world
            .call(|it| it.schedule(&schedule.id).remove())
            .expect("exists");
    }
    world.advance(HOUR);
    match world.state() {
        State::New => world.run(world.scheduler.start()).expect("started"),
        State::Paused => world.call(|it| it.resume()).expect("resumed"),
        _ => {}
    }
    world.advance(HOUR);
    let left = world.scheduler.jobs();
    assert!(left.is_empty(), "unfinished jobs: {left:?}");
    if world.state() == State::Running {
        has_all_its_room(&world, stage);
        world.shut_down(Shutdown::graceful()).expect("shut down");
    }
    world.run(world.scheduler.stopped()).expect("stopped");
    let left = (world.time.pending_timers(), world.time.participants());
    assert_eq!(left, (0, 0), "leaked timers or tasks");
    let (made, gone) = (stage.made.load(SeqCst), stage.gone.load(SeqCst));
    assert_eq!(made, gone, "each body is dropped once");
    each_ended_once(&world.events());
}

/// Asserts that exactly [`PERMITS`] jobs run at a time, and exactly [`PLACES`] jobs wait.
fn has_all_its_room(world: &World, stage: &Stage) {
    let begun = world.time.elapsed();
    let submit = |it: &dyn Scheduler| it.try_submit(stage.work());
    let take = |_| world.call(submit).expect("a slot is free");
    let jobs: Vec<_> = (0..PERMITS + PLACES).map(take).collect();
    let refused = world.call(submit).map_err(|error| error.kind());
    assert_eq!(refused.err(), Some(ErrorKind::QueueFull));
    for job in jobs {
        let outcome = world.run(job.wait()).expect("ended").kind();
        assert_eq!(outcome, OutcomeKind::Succeeded);
    }
    assert_eq!(
        world.time.elapsed() - begun,
        2 * SECOND,
        "two jobs run at a time"
    );
}

/// Asserts that each accepted job finished once, and that no event follows the end.
fn each_ended_once(events: &[Event]) {
    let count =
        |wanted: fn(&EventKind) -> bool| events.iter().filter(|it| wanted(&it.kind)).count();
    let accepted = count(|kind| matches!(kind, EventKind::JobScheduled { .. }));
    let ended = count(|kind| matches!(kind, EventKind::JobFinished { .. }));
    assert_eq!(accepted, ended, "{events:#?}");
    let last = events.last().map(|event| &event.kind);
    let is_the_end = matches!(
        last,
        Some(EventKind::StateChanged {
            to: State::ShutDown,
            ..
        })
    );
    assert!(is_the_end, "{last:?}");
}

/// Drops `call` at one point after the other, and returns the number of points.
fn swept(backend: &dyn Backend, caller: Caller, call: Call, at_once: bool) -> usize {
    let is_over = |&polls: &usize| {
        let options = Options::default();
        let options = options.max_concurrent_jobs(PERMITS).queue_limit(PLACES);
        let world = World::with(backend, options);
        let stage = Stage::new(&world);
        let given_up = caller(&world, &stage, call, Patience { polls, at_once });
        lives_and_ends(world, &stage);
        let waited = *stage.waited.lock().expect("not poisoned");
        let in_time = !given_up || waited < SECOND;
        assert!(
            in_time,
            "the dropped call kept another caller waiting for {waited:?}"
        );
        !given_up
    };
    (0..MANY).find(is_over).expect("the sweep ends")
}

#[test]
fn every_call_that_waits_can_be_given_up_at_every_point() {
    for backend in backends::all() {
        let mut points = 0;
        for (name, call) in CALLS {
            for (who, caller) in CALLERS {
                for at_once in [true, false] {
                    println!(
                        "{}: {name} from {who}, dropped at once: {at_once}",
                        backend.name()
                    );
                    points += swept(&*backend, caller, *call, at_once);
                }
            }
        }
        println!(
            "{}: {} calls at {points} points",
            backend.name(),
            CALLS.len()
        );
    }
}

/// The handle of a job, set after the job was submitted.
type Known = Arc<OnceLock<JobHandle>>;

/// A job waits for another and drops that wait. The other may then wait for it without a deadlock.
#[test]
fn a_job_that_dropped_its_wait_can_be_awaited() {
    for backend in backends::all() {
        let world = World::with(&*backend, Options::default().max_concurrent_jobs(2)).started();
        let [first, second] = [Known::default(), Known::default()];
        let known = (first.clone(), second.clone());
        let waits_in_vain = Job::new(move |job| async move {
            job.sleep(SECOND).await;
            let patience = Patience {
                polls: 1,
                at_once: true,
            };
            let other = known.1.get().expect("the handle is set");
            assert!(patience.gives_up(other.wait()).await);
            job.sleep(2 * SECOND).await;
        });
        let waits_for_that = Job::new(move |job| async move {
            job.sleep(2 * SECOND).await;
            known
                .0
                .get()
                .expect("the handle is set")
                .wait()
                .await
                .map(drop)
        });
        let submit = |job| world.call(|it| it.try_submit(job).expect("accepted"));
        let jobs = [(first, waits_in_vain), (second, waits_for_that)].map(|(place, job)| {
            let job = submit(job);
            place.set(job.clone()).expect("set once");
            job
        });
        for job in jobs {
            let outcome = world.run(job.wait()).expect("ended").kind();
            assert_eq!(outcome, OutcomeKind::Succeeded);
        }
        world.shut_down(Shutdown::graceful()).expect("shut down");
    }
}
