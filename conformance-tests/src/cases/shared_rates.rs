//! Cases of QU: a rate group whose jobs are in several queues.

use std::time::Duration;

use scheduler_core::{
    Job, Options, Scheduler,
    job::{JobPolicy, RateLimit},
    queue::{DEFAULT, Queue},
};

use super::{
    bodies::held,
    queues::{Begins, MAIL, mail, world},
};
use crate::{Backend, World, gate::Gate};

const SECOND: Duration = Duration::from_secs(1);

/// One start each second, over all queues.
fn policy(queue: &str) -> JobPolicy {
    let limit = RateLimit::new("provider", 1, SECOND);
    JobPolicy::default().rate_limit(limit).queue(queue)
}

fn post(world: &World, job: Job, policy: JobPolicy) {
    world.scheduler.post(job.policy(policy)).expect("accepted");
}

/// Posts a job that takes the first token, and a further job that waits in `mail` for the next one.
fn begin(world: &World) -> Begins {
    let letters = Begins::default();
    for _ in 0..2 {
        post(world, letters.job(world), policy(MAIL));
    }
    world.settle();
    letters
}

/// Posts two more jobs of the group into the default queue, which must start at the next tokens although `mail`
/// is closed. Opens `mail` after ten seconds: its job starts at the second `opened`.
fn assert_others_go_on(world: &World, letters: &Begins, opened: i64, open: impl FnOnce()) {
    let others = Begins::default();
    let begin = world.wall();
    for _ in 0..2 {
        post(world, others.job(world), policy(DEFAULT));
    }
    world.advance(10 * SECOND);
    assert_eq!(others.seconds_since(begin), [1, 2]);
    assert_eq!(letters.seconds_since(begin), [0], "its queue is closed");
    open();
    world.advance(10 * SECOND);
    assert_eq!(letters.seconds_since(begin), [0, opened]);
    // Each start has taken one token, and none is left over.
    for _ in 0..2 {
        post(world, others.job(world), policy(DEFAULT));
    }
    world.advance(10 * SECOND);
    assert_eq!(others.seconds_since(begin), [1, 2, 20, 21]);
}

pub(super) fn a_paused_queue_holds_no_token_of_its_group(backend: &dyn Backend) {
    let world = world(backend, mail());
    let letters = begin(&world);
    let queue = world.scheduler.queue(MAIL);
    queue.pause("the server moves").expect("paused");
    assert_others_go_on(&world, &letters, 10, || queue.resume().expect("resumed"));
}

pub(super) fn a_full_queue_holds_no_token_of_its_group(backend: &dyn Backend) {
    let world = world(backend, mail().concurrency(1));
    let letters = begin(&world);
    let slow = Gate::default();
    post(&world, held(&slow), JobPolicy::default().queue(MAIL));
    world.settle();
    assert_others_go_on(&world, &letters, 10, || world.time.outside(|| slow.open()));
}

/// The queue's next token comes after eleven seconds; the group has one much earlier.
pub(super) fn a_queue_without_a_token_holds_none_of_its_group(backend: &dyn Backend) {
    let world = world(backend, mail().rate(1, 11 * SECOND).burst(2));
    let letters = begin(&world);
    post(
        &world,
        Begins::default().job(&world),
        JobPolicy::default().queue(MAIL),
    );
    world.settle();
    assert_others_go_on(&world, &letters, 11, || ());
}

/// One token each second goes to the highest priority, then to the job that waits longest, whatever the queue.
pub(super) fn tokens_of_a_group_keep_the_order_over_queues(backend: &dyn Backend) {
    let options = Options::default()
        .queue(mail())
        .queue(Queue::named("other"));
    let world = World::with(backend, options).started();
    let begin = world.wall();
    let queues = [DEFAULT, MAIL, "other", DEFAULT, MAIL];
    let jobs = queues.into_iter().zip([0, 0, 7, 7, 0]);
    let begins: Vec<_> = jobs
        .map(|(queue, priority)| {
            let begins = Begins::default();
            post(&world, begins.job(&world), policy(queue).priority(priority));
            world.settle();
            begins
        })
        .collect();
    world.advance(10 * SECOND);
    let seconds = begins.iter().flat_map(|it| it.seconds_since(begin));
    assert_eq!(seconds.collect::<Vec<_>>(), [0, 3, 1, 2, 4]);
}
