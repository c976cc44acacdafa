//! RY, QU: retries and changed numbers in a rate group, many groups, and several queues.

use std::time::Duration;

use scheduler_core::{
    Job, JobHandle, Options, Scheduler,
    job::{JobPolicy, JobStatus, RateLimit, Retry},
    queue::Queue,
};

use super::{
    bodies::held,
    queues::Begins,
    retries::{Log, SECOND, failing, post, submit},
};
use crate::{Backend, World, gate::Gate};

/// One start a second after a burst.
fn provider(burst: u32) -> JobPolicy {
    let limit = RateLimit::new("provider", 1, SECOND);
    JobPolicy::default().rate_limit(limit.burst(burst))
}

/// The first job fails at once. Its retry asks for a token when two other jobs wait for one.
pub(super) fn a_retry_waits_behind_jobs_that_asked_before_it(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let (log, others) = (Log::default(), Begins::default());
    let begin = world.wall();
    let retried = provider(1).retry(Retry::fixed(2, SECOND / 2));
    post(&world, failing(&world, &log).policy(retried));
    for _ in 0..2 {
        world.settle();
        post(&world, others.job(&world).policy(provider(1)));
    }
    world.advance(10 * SECOND);
    assert_eq!(others.seconds_since(begin), [1, 2]);
    assert_eq!(log.times(), [Duration::ZERO, 3 * SECOND]);
}

/// A job that starts much later changes the numbers when it is accepted.
pub(super) fn new_numbers_of_a_group_apply_to_jobs_that_wait(backend: &dyn Backend) {
    for (burst, new, begun) in [(1, 2, [0, 0, 1]), (2, 1, [0, 0, 2])] {
        let world = World::new(backend).started();
        let (begins, begin) = (Begins::default(), world.wall());
        for _ in 0..3 {
            post(&world, begins.job(&world).policy(provider(burst)));
        }
        world.settle();
        let later = Job::new(|_| async {}).after(3_600 * SECOND);
        post(&world, later.policy(provider(new)));
        world.advance(10 * SECOND);
        assert_eq!(
            begins.seconds_since(begin),
            begun,
            "{burst}, and {new} from now on"
        );
    }
}

/// The group has spent its token when jobs of many other groups come and go.
pub(super) fn a_rate_holds_among_many_groups(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let (begins, begin) = (Begins::default(), world.wall());
    let hourly = |group: &str| {
        let limit = RateLimit::new(group, 1, 3_600 * SECOND);
        JobPolicy::default().rate_limit(limit)
    };
    for round in 0..3 {
        post(&world, begins.job(&world).policy(hourly("provider")));
        world.settle();
        for number in 0..200 {
            let other = Job::new(|_| async {});
            let group = format!("{round}, {number}");
            post(&world, other.policy(hourly(&group)));
            world.settle();
        }
    }
    world.advance(3 * 3_600 * SECOND);
    assert_eq!(begins.seconds_since(begin), [0, 3_600, 7_200]);
}

/// In each queue a job holds the only permit, and one with a start timeout the only slot. Both timeouts end at once.
pub(super) fn slots_of_several_queues_may_come_free_at_once(backend: &dyn Backend) {
    let names = ["letters", "parcels"];
    let queue = |name| Queue::named(name).concurrency(1).limit(1);
    let options = names.into_iter().map(queue);
    let world = World::with(backend, options.fold(Options::default(), Options::queue)).started();
    let gate = Gate::default();
    let submits = names.map(|name| {
        post(&world, held(&gate).queue(name));
        world.settle();
        let brief = JobPolicy::default().start_within(SECOND).queue(name);
        post(&world, Job::new(|_| async {}).policy(brief));
        let scheduler = world.scheduler.clone();
        let last = Job::new(|_| async {}).queue(name);
        let submit_last = Job::new(move |_| async move { scheduler.submit(last).await.map(drop) });
        submit(&world, submit_last)
    });
    world.advance(SECOND / 2);
    let status = || submits.each_ref().map(JobHandle::status);
    assert_eq!(status(), [JobStatus::Running; 2], "both wait for a slot");
    world.advance(SECOND);
    assert_eq!(status(), [JobStatus::Finished; 2]);
    world.time.outside(|| gate.open());
    world.run(world.scheduler.wait_idle()).expect("idle");
}
