//! Cases of QU: named queues that are paused.

use std::time::Duration;

use scheduler_core::{
    ErrorKind, EventKind, Scheduler, Shutdown,
    job::{CancelReason, OutcomeKind},
    queue::DEFAULT,
};

use super::{
    bodies::counting,
    queues::{MAIL, mail, world},
};
use crate::{Backend, gate::Counter, world::kind};

const SECOND: Duration = Duration::from_secs(1);

pub(super) fn a_pause_holds_its_queue_and_no_other(backend: &dyn Backend) {
    let mut world = world(backend, mail());
    let (letters, others) = (Counter::default(), Counter::default());
    let queue = world.scheduler.queue(MAIL);
    queue.pause("the server moves").expect("paused");
    queue
        .pause("the server is away")
        .expect("the reason changes");
    for _ in 0..3 {
        world
            .scheduler
            .post(counting(&letters).queue(MAIL))
            .expect("accepted");
        world.scheduler.post(counting(&others)).expect("accepted");
    }
    world.advance(SECOND);
    assert_eq!((letters.get(), others.get()), (0, 3));
    let info = queue.info().expect("it exists");
    let reason = info.paused.as_ref().map(|pause| &*pause.reason);
    assert_eq!((reason, info.queued), (Some("the server is away"), 3));
    assert_eq!(world.state(), scheduler_core::State::Running);
    queue.resume().expect("resumed");
    queue.resume().expect("no effect");
    world.settle();
    assert_eq!(letters.get(), 3);
    assert!(!queue.info().expect("it exists").is_paused());
    let events = world.events();
    let told = events.iter().filter_map(|event| match &event.kind {
        EventKind::QueuePaused { queue, reason } => Some(format!("{queue}: {reason}")),
        EventKind::QueueResumed { queue } => Some(format!("{queue} resumed")),
        _ => None,
    });
    let told: Vec<_> = told.collect();
    let expected = [
        "mail: the server moves",
        "mail: the server is away",
        "mail resumed",
    ];
    assert_eq!(told, expected);
}

pub(super) fn a_queue_that_is_paused_again_keeps_its_begin(backend: &dyn Backend) {
    let world = world(backend, mail());
    let queue = world.scheduler.queue(MAIL);
    world.advance(SECOND);
    let pause = |reason| {
        let begin = world.wall();
        queue.pause(reason).expect("paused");
        begin
    };
    let paused = || queue.info().expect("it exists").paused;
    let begin = pause("the server moves");
    world.advance(SECOND);
    pause("the server is away");
    let info = paused().expect("it is paused");
    assert_eq!((&*info.reason, info.since), ("the server is away", begin));
    queue.resume().expect("resumed");
    world.advance(SECOND);
    let begin = pause("the server moves again");
    assert_eq!(paused().map(|pause| pause.since), Some(begin));
}

pub(super) fn the_default_queue_can_be_paused(backend: &dyn Backend) {
    let world = world(backend, mail());
    let (plain, letters) = (Counter::default(), Counter::default());
    let queue = world.scheduler.queue(DEFAULT);
    queue.pause("the database moves").expect("paused");
    world.scheduler.post(counting(&plain)).expect("accepted");
    world
        .scheduler
        .post(counting(&letters).queue(MAIL))
        .expect("accepted");
    world.advance(SECOND);
    assert_eq!((plain.get(), letters.get()), (0, 1));
    queue.resume().expect("resumed");
    world.settle();
    assert_eq!(plain.get(), 1);
}

pub(super) fn a_shutdown_cancels_the_jobs_of_a_paused_queue(backend: &dyn Backend) {
    let world = world(backend, mail());
    let (letters, others) = (Counter::default(), Counter::default());
    world.scheduler.queue(MAIL).pause("no").expect("paused");
    let letter = counting(&letters).queue(MAIL);
    let letter = world.call(|it| it.try_submit(letter).expect("accepted"));
    world.scheduler.queue(DEFAULT).pause("no").expect("paused");
    world.scheduler.post(counting(&others)).expect("accepted");
    world.scheduler.queue(DEFAULT).resume().expect("resumed");
    world.shut_down(Shutdown::graceful()).expect("shut down");
    let outcome = letter.outcome().expect("it has ended");
    assert!(matches!(
        outcome,
        scheduler_core::JobOutcome::Cancelled(CancelReason::Shutdown)
    ));
    assert_eq!(outcome.kind(), OutcomeKind::Cancelled);
    assert_eq!((letters.get(), others.get()), (0, 1));
    let queue = world.scheduler.queue(MAIL);
    let refused = Some(ErrorKind::ShutDown);
    assert_eq!(
        (kind(queue.pause("no")), kind(queue.resume())),
        (refused, refused)
    );
    assert!(queue.info().is_ok());
}
