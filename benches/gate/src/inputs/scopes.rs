//! Scopes, and what users drop before its time.

use std::{
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
    time::Duration,
};

use scheduler_core::{EventFilter, Job, Options, scope::JobScope};

use super::{Gate, far, keep, occupied, post};
use crate::{bare::Bare, measure::gate_measured};

fn gated(gate: &Gate) -> impl Fn() -> Job {
    let gate = gate.clone();
    move || Job::future(gate.pass())
}

/// All jobs of a scope end, and the scope is waited for.
pub fn jobs_of_a_scope(size: usize) {
    let (bare, gate) = (Bare::started(), Gate::default());
    let scope = JobScope::new(bare.shared());
    let make = gated(&gate);
    for _ in 0..size {
        keep(scope.post(make()).expect("accepted"));
    }
    bare.advance(Duration::ZERO);
    gate.open();
    let mut cx = Context::from_waker(Waker::noop());
    gate_measured(|| {
        let mut drained = pin!(scope.drain());
        assert!(drained.as_mut().poll(&mut cx).is_pending());
        bare.advance(Duration::ZERO);
        let Poll::Ready(Ok(report)) = drained.as_mut().poll(&mut cx) else {
            panic!("all jobs have ended");
        };
        assert_eq!(report.succeeded, size);
    });
}

/// Each scope has two jobs, and is dropped with them.
pub fn scopes(size: usize) {
    let bare = Bare::started();
    let scope = |_| {
        let scope = JobScope::new(bare.shared());
        (0..2).for_each(|_| keep(scope.post(far()).expect("accepted")));
        scope
    };
    let all: Vec<_> = (0..size).map(scope).collect();
    gate_measured(|| {
        drop(all);
        bare.advance(Duration::ZERO);
    });
    assert!(bare.scheduler().jobs().is_empty(), "all were cancelled");
}

pub fn post_beside_members(size: usize) {
    let bare = Bare::started();
    let scope = JobScope::new(bare.shared());
    (0..size).for_each(|_| keep(scope.post(far()).expect("accepted")));
    // As many again, so that each size meets its share of removals.
    gate_measured(|| (0..size).for_each(|_| keep(scope.post(far()).expect("accepted"))));
}

/// All readers are dropped, and the next event finds that.
pub fn dropped_readers(size: usize) {
    let bare = Bare::started();
    let read = |_| bare.scheduler().subscribe(EventFilter::jobs());
    let streams: Vec<_> = (0..size).map(read).collect();
    gate_measured(|| {
        drop(streams);
        post(&bare, 1, far);
    });
}

/// Readers come and are dropped, beside others.
pub fn readers_that_come_and_go(size: usize) {
    let bare = Bare::started();
    let read = || bare.scheduler().subscribe(EventFilter::schedules());
    let _streams: Vec<_> = (0..size).map(|_| read()).collect();
    // As many as there are, so that each size meets its share of removals.
    gate_measured(|| (0..size).for_each(|_| drop(read())));
}

fn give_up<F: Future + Unpin>(waits: impl Iterator<Item = F>) {
    let mut cx = Context::from_waker(Waker::noop());
    let mut waits: Vec<_> = waits.collect();
    for wait in &mut waits {
        assert!(Pin::new(wait).poll(&mut cx).is_pending());
    }
    gate_measured(|| drop(waits));
}

pub fn waits_given_up(size: usize) {
    let bare = Bare::started();
    let job = bare.scheduler().try_submit(far()).expect("accepted");
    give_up((0..size).map(|_| Box::pin(job.wait())));
}

pub fn submits_given_up(size: usize) {
    let (bare, _gate) = occupied(Options::default().queue_limit(1));
    post(&bare, 1, || Job::future(async {}));
    let submit = || bare.scheduler().submit(Job::future(async {}));
    give_up((0..size).map(|_| submit()));
}
