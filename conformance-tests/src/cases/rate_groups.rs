//! RY, QU: retries in a rate group, and numbers of a group that change while its jobs wait.

use std::time::Duration;

use scheduler_core::{
    Job,
    job::{JobPolicy, RateLimit, Retry},
};

use super::{
    queues::Begins,
    retries::{Log, SECOND, failing, post},
};
use crate::{Backend, World};

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
