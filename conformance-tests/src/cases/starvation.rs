//! Cases of AJ, QU: waits inside jobs that are no deadlocks, although nearly every job waits.

use std::time::Duration;

use scheduler_core::{
    ErrorKind, Job, Options, Scheduler,
    job::{CancelMode, CancelStatus, JobPolicy, OutcomeKind},
    queue::Queue,
};

use super::{
    bodies::{assert_succeeds, counting, end_of, held, telling},
    table::poll_once,
};
use crate::{
    Backend, World,
    gate::{Counter, Gate},
    world::kind,
};

const SECOND: Duration = Duration::from_secs(1);
/// A queue without limits.
const SIDE: &str = "side";

fn world(backend: &dyn Backend, permits: usize) -> World {
    let options = Options::default().queue(Queue::named(SIDE));
    let options = options.max_concurrent_jobs(permits).queue_limit(1);
    World::with(backend, options).started()
}

fn submit(world: &World, job: Job) -> scheduler_core::JobHandle {
    world.call(|it| it.try_submit(job).expect("accepted"))
}

/// Of two jobs with a permit one waits for a slot, and the other for a job that can end. Whichever began first.
pub(super) fn a_submit_waits_for_a_holder_that_can_end(backend: &dyn Backend) {
    for submits_first in [true, false] {
        let world = world(backend, 2);
        let (gate, go, ran) = (Gate::default(), Gate::default(), Counter::default());
        let side = submit(&world, held(&gate).queue(SIDE));
        let waiting = telling(move |_| async move { assert_eq!(kind(side.wait().await), None) });
        let (passes, jobs) = (go.clone(), [counting(&ran), counting(&ran)]);
        let submitting = telling(move |job| async move {
            passes.pass().await;
            let scheduler = job.scheduler().expect("it exists");
            for job in jobs {
                assert_eq!(kind(scheduler.submit(job).await), None);
            }
        });
        let mut both = [submitting, waiting];
        if !submits_first {
            both.reverse();
        }
        let both = both.map(|job| submit(&world, job));
        world.settle();
        world.time.outside(|| go.open());
        world.advance(10 * SECOND);
        world.time.outside(|| gate.open());
        both.iter().for_each(|job| assert_succeeds(&world, job));
        world.run(world.scheduler.wait_idle()).expect("idle");
        assert_eq!(ran.get(), 2);
    }
}

/// The only job with a permit has waited for a slot, and then waits for a job that can end.
pub(super) fn a_wait_for_a_slot_that_is_over_blocks_nothing(backend: &dyn Backend) {
    let world = world(backend, 1);
    let (gate, ran) = (Gate::default(), Counter::default());
    let side = submit(&world, held(&gate).queue(SIDE));
    let (late, awaited) = (
        counting(&ran).policy(JobPolicy::default().start_within(SECOND)),
        counting(&ran).name("awaited"),
    );
    let first = telling(move |job| async move {
        let scheduler = job.scheduler().expect("it exists");
        assert_eq!(kind(scheduler.submit(late).await), None);
        // The first one expires, and its slot becomes free.
        assert_eq!(kind(scheduler.submit(awaited).await), None);
        assert_eq!(kind(side.wait().await), None);
    });
    let first = submit(&world, first);
    world.advance(2 * SECOND);
    let queued = world.scheduler.jobs().into_iter();
    let mut queued = queued.filter(|job| job.name.as_deref() == Some("awaited"));
    let awaited = queued.next().expect("it is queued").id;
    let second = telling(move |job| async move {
        let awaited = job.scheduler().and_then(|it| it.handle(awaited));
        let awaited = awaited.expect("it has not ended");
        assert_eq!(kind(awaited.wait().await), None);
    });
    let second = submit(&world, second.queue(SIDE));
    world.advance(10 * SECOND);
    world.time.outside(|| gate.open());
    for job in [&first, &second] {
        assert_succeeds(&world, job);
    }
    assert_eq!(ran.get(), 1);
}

/// The slot is free for a caller that gives up.
pub(super) fn a_submit_waits_behind_a_caller_that_may_give_up(backend: &dyn Backend) {
    let world = world(backend, 1);
    let (gate, ran) = (Gate::default(), Counter::default());
    let (passes, job) = (gate.clone(), counting(&ran));
    let scheduler = world.scheduler.clone();
    let submitting = telling(move |_| async move {
        passes.pass().await;
        assert_eq!(kind(scheduler.submit(job).await), None);
    });
    let submitting = submit(&world, submitting);
    world.settle();
    let queued = submit(&world, counting(&ran));
    let mut caller = world.scheduler.submit(counting(&ran));
    let waits = world.time.outside(|| poll_once(&mut caller)).is_none();
    assert!(waits, "the queue is full");
    let cancelled = world.call(|_| queued.cancel(CancelMode::Immediate));
    assert_eq!(cancelled, CancelStatus::Prevented);
    world.time.outside(|| gate.open());
    world.settle();
    world.time.outside(|| drop(caller));
    assert_succeeds(&world, &submitting);
    world.run(world.scheduler.wait_idle()).expect("idle");
    assert_eq!(ran.get(), 1);
    assert_eq!(end_of(&world, &queued), OutcomeKind::Cancelled);
    let again = submit(&world, counting(&ran));
    assert_eq!(kind(world.run(again.wait())), None::<ErrorKind>);
}
