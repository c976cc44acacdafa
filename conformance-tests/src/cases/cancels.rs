//! Cases of JB: jobs that are cancelled before they run, while they run, as they end and afterwards.

use std::{
    sync::{Arc, Barrier, mpsc},
    thread,
    time::Duration,
};

use scheduler_core::{
    Event, EventFilter, EventKind, Job, JobHandle, JobId, Options, Scheduler, SchedulerExt,
    Shutdown,
    implement::block_on,
    job::{CancelMode, CancelStatus, JobStatus, OutcomeKind},
};

use super::{
    bodies::{counting, end_of, held, lasting},
    overtaking::stepping,
};
use crate::{
    Backend, World,
    gate::{Counter, Gate},
    world::Live,
};

const SECOND: Duration = Duration::from_secs(1);

pub(super) fn a_queued_job_can_be_cancelled(backend: &dyn Backend) {
    let world = World::new(backend);
    let ran = Counter::default();
    let submit = || world.scheduler.try_submit(counting(&ran));
    let (job, other) = (submit().expect("accepted"), submit().expect("accepted"));
    assert_eq!(job.cancel(CancelMode::Immediate), CancelStatus::Prevented);
    let world = world.started();
    assert_eq!(end_of(&world, &job), OutcomeKind::Cancelled);
    assert_eq!(end_of(&world, &other), OutcomeKind::Succeeded);
    world.settle();
    assert_eq!(ran.get(), 1);
}

pub(super) fn a_running_job_is_dropped_at_its_suspension(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let dropped = Counter::default();
    let job = world.scheduler.spawn(lasting(&dropped));
    let job = job.expect("accepted");
    world.settle();
    let told = world
        .time
        .outside(|| job.cancel(CancelMode::Graceful(Duration::from_secs(5))));
    assert_eq!(told, CancelStatus::Requested);
    world.advance(Duration::from_secs(4));
    assert_eq!((dropped.get(), job.status()), (0, JobStatus::Cancelling));
    world.advance(Duration::from_secs(1));
    assert_eq!(dropped.get(), 1);
    assert_eq!(end_of(&world, &job), OutcomeKind::Cancelled);
}

pub(super) fn a_blocking_job_sees_that_it_is_cancelled(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let job = Job::blocking(|job| block_on(job.cancelled()));
    let job = world.scheduler.try_submit(job).expect("accepted");
    world.settle();
    world.time.outside(|| job.cancel(CancelMode::Immediate));
    assert_eq!(end_of(&world, &job), OutcomeKind::Cancelled);
}

pub(super) fn a_cancel_of_an_unknown_id_says_so(backend: &dyn Backend) {
    let mut world = World::new(backend);
    let cancel = |world: &World, job: JobId| {
        let cancel = |it: &dyn Scheduler| it.cancel(job, CancelMode::Immediate);
        assert_eq!(world.call(cancel), CancelStatus::Unknown, "{job}");
    };
    let unknown = |job: JobId| JobId::from_bits(job.to_bits() + 1_000_000);
    cancel(&world, JobId::from_bits(u64::MAX));
    let job = world.scheduler.spawn_value(async { 7 }).expect("accepted");
    cancel(&world, unknown(job.id()));
    world = world.started();
    assert_eq!(world.run(job.wait()).expect("the job ends").ok(), Some(7));
    world.events();
    cancel(&world, unknown(job.id()));
    assert!(world.events().is_empty());
    world.shut_down(Shutdown::graceful()).expect("shut down");
    cancel(&world, unknown(job.id()));
}

pub(super) fn a_late_cancel_changes_nothing(backend: &dyn Backend) {
    let mut world = World::new(backend).started();
    let job = world.scheduler.spawn_value(async { 7 }).expect("accepted");
    assert_eq!(world.run(job.wait()).expect("the job ends").ok(), Some(7));
    world.events();
    assert_eq!(job.cancel(CancelMode::Immediate), CancelStatus::TooLate);
    assert_eq!(
        world.scheduler.cancel(job.id(), CancelMode::Immediate),
        CancelStatus::TooLate
    );
    assert!(world.events().is_empty());
    assert_eq!(
        world.run(job.wait()).expect("the job has ended").ok(),
        Some(7)
    );
}

/// Another caller cancels a job at each step of its life. Then real threads open the gate of a job
/// and cancel it at the same time. All waiters must see one outcome.
pub(super) fn a_cancel_that_races_the_end_has_one_winner(backend: &dyn Backend) {
    let jobs: [fn() -> Job; 3] = [
        || Job::new(|_| async {}),
        || Job::new(|job| async move { job.sleep(SECOND).await }),
        || Job::blocking(|_| ()),
    ];
    for job in jobs {
        let steps = (0..).take_while(|&step| is_cancelled_at(backend, job(), step));
        assert!(steps.count() > 4, "there is a step at each change");
    }
    race_the_ends(backend);
}

/// Cancels the job after `step` steps. Returns whether it took that many steps.
fn is_cancelled_at(backend: &dyn Backend, job: Job, step: usize) -> bool {
    let (world, canceller) = stepping(backend, Options::default());
    let mut world = world.started();
    let (submitted, accepted) = mpsc::channel::<JobHandle>();
    let (tells, told) = mpsc::channel();
    let scheduler = world.scheduler.clone();
    canceller.make_after(step, move || {
        let found = || scheduler.handle(scheduler.jobs().first()?.id);
        if let Some(job) = accepted.try_recv().ok().or_else(found) {
            tells
                .send(job.cancel(CancelMode::Immediate))
                .unwrap_or_default();
        }
    });
    let job = world.call(|it| it.try_submit(job).expect("accepted"));
    submitted.send(job.clone()).unwrap_or_default();
    world.advance(SECOND);
    let is_made = canceller.is_over();
    let outcome = end_of(&world, &job);
    match told.try_recv() {
        Ok(CancelStatus::TooLate) => assert_eq!(outcome, OutcomeKind::Succeeded, "{step}"),
        Ok(CancelStatus::Prevented) => assert_eq!(outcome, OutcomeKind::Cancelled, "{step}"),
        _ => {}
    }
    let ends = world
        .events()
        .into_iter()
        .filter_map(|event| match event.kind {
            EventKind::JobFinished { job, outcome, .. } => Some((job, outcome.kind())),
            _ => None,
        });
    let ends: Vec<_> = ends.collect();
    assert_eq!(ends, [(job.id(), outcome)], "cancelled at step {step}");
    is_made
}

fn race_the_ends(backend: &dyn Backend) {
    const ROUNDS: usize = 100;
    let live = Live::with(backend, Options::default().event_capacity(100_000));
    let mut events = live.scheduler.subscribe(EventFilter::jobs());
    live.scheduler.start().expect("started");
    let outcomes: Vec<_> = (0..ROUNDS).map(|_| race(&live)).collect();
    live.scheduler
        .shutdown(Shutdown::graceful())
        .expect("shut down");
    let mut told = Vec::new();
    while let Some(event) = block_on(events.next()) {
        if let EventKind::JobFinished { job, outcome, .. } = event.kind {
            told.push((job, outcome.kind()));
        }
    }
    told.sort_unstable_by_key(|(job, _)| outcomes.iter().position(|(of, _)| of == job));
    assert_eq!(told, outcomes);
}

/// Runs one race and returns the outcome that both waiters received.
fn race(live: &Live) -> (JobId, OutcomeKind) {
    // Optional, because the cancel may win every race before a body reaches the gate.
    let gate = Gate::optional();
    let job = live.scheduler.try_submit(held(&gate)).expect("accepted");
    let (cancelled, at_once) = (job.clone(), Arc::new(Barrier::new(2)));
    let barrier = at_once.clone();
    let canceller = thread::spawn(move || {
        barrier.wait();
        cancelled.cancel(CancelMode::Immediate);
        cancelled.wait_blocking().expect("the job ends").kind()
    });
    at_once.wait();
    gate.open();
    let outcome = job.wait_blocking().expect("the job ends").kind();
    assert_eq!(canceller.join().expect("no panic"), outcome);
    (job.id(), outcome)
}

pub(super) fn a_second_cancel_adds_no_event(backend: &dyn Backend) {
    let mut world = World::new(backend).started();
    let job = world
        .scheduler
        .spawn(std::future::pending::<()>())
        .expect("accepted");
    world.settle();
    let mode = CancelMode::Graceful(Duration::from_secs(5));
    for _ in 0..3 {
        assert_eq!(
            world.time.outside(|| job.cancel(mode)),
            CancelStatus::Requested
        );
    }
    world.run(job.wait()).expect("the job ends");
    let told = |event: &&Event| matches!(event.kind, EventKind::JobCancelling(_));
    assert_eq!(world.events().iter().filter(told).count(), 1);
}
