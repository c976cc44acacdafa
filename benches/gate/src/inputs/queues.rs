//! Jobs, their waiters and the readers of their events.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Waker},
    time::Duration,
};

use scheduler_core::{
    EventFilter, Job, JobContext, Options, SchedulerExt, Shutdown, Task,
    job::{CancelMode, JobPolicy, RateLimit, Retry},
};

use super::{Gate, SECOND, count_runs, far, keep, occupied, post};
use crate::{bare::Bare, measure::gate_measured};

/// The number of counted calls.
const CALLS: usize = 200;

fn empty() -> Job {
    Job::future(async {})
}

pub fn post_beside_pending(size: usize) {
    let bare = Bare::started();
    post(&bare, size, far);
    // As many again, so that each size meets its share of growing tables.
    gate_measured(|| post(&bare, size, far));
}

pub fn cancel_beside_pending(size: usize) {
    let bare = Bare::started();
    let ids: Vec<_> = (0..CALLS).map(|_| bare.scheduler().post(far())).collect();
    post(&bare, size, far);
    gate_measured(|| {
        for id in ids {
            let id = id.expect("accepted");
            keep(bare.scheduler().cancel(id, CancelMode::Immediate));
        }
    });
}

pub fn cancels_of_queued(size: usize) {
    let (bare, _gate) = occupied(Options::default());
    let ids: Vec<_> = (0..size).map(|_| bare.scheduler().post(empty())).collect();
    gate_measured(|| {
        for id in ids {
            let id = id.expect("accepted");
            keep(bare.scheduler().cancel(id, CancelMode::Immediate));
        }
        bare.advance(Duration::ZERO);
    });
}

pub fn due_jobs(size: usize) {
    let bare = Bare::started();
    post(&bare, size, || empty().after(SECOND));
    count_runs(&bare, SECOND, size);
}

pub fn listed_jobs(size: usize) {
    let bare = Bare::started();
    post(&bare, size, far);
    gate_measured(|| keep(bare.scheduler().jobs()));
}

/// Each job has its own priority, and the jobs are not submitted in that order.
pub fn queued_priorities(size: usize) {
    let (bare, gate) = occupied(Options::default());
    for number in 0..size {
        let priority = i32::try_from(number * 7_919 % size).expect("few jobs");
        post(&bare, 1, || empty().priority(priority));
    }
    gate.open();
    count_runs(&bare, Duration::ZERO, size + 1);
}

pub fn throttled_in_a_group(size: usize) {
    let bare = Bare::started();
    let many = u32::try_from(size).expect("few jobs");
    let limit = RateLimit::new("group", many, SECOND);
    let policy = Arc::new(JobPolicy::default().rate_limit(limit));
    post(&bare, size, || empty().policy(policy.clone()));
    gate_measured(|| (0..many).for_each(|_| bare.advance(SECOND / many)));
    assert_eq!(bare.scheduler().metrics().succeeded, size as u64);
}

/// In each group one job has run, and one waits for a token.
pub fn rate_groups(size: usize) {
    let bare = Bare::started();
    for number in 0..size {
        let limit = RateLimit::new(number.to_string(), 1, SECOND);
        let policy = Arc::new(JobPolicy::default().rate_limit(limit));
        post(&bare, 2, || empty().policy(policy.clone()));
    }
    bare.advance(Duration::ZERO);
    count_runs(&bare, SECOND, size);
}

/// Each job fails once and succeeds at its second attempt.
pub fn retrying_jobs(size: usize) {
    let bare = Bare::started();
    let body = |job: JobContext| async move {
        match job.attempt() {
            1 => Err(std::fmt::Error),
            _ => Ok(()),
        }
    };
    let task = Task::new(body).retry(Retry::fixed(2, SECOND));
    post(&bare, size, || Job::from(task.clone()));
    bare.advance(Duration::ZERO);
    count_runs(&bare, SECOND, size);
}

/// Counts the cost of waking all `waits` by opening the gate.
fn wake_all<F: Future + Unpin>(bare: &Bare, gate: &Gate, waits: impl Iterator<Item = F>) {
    let mut cx = Context::from_waker(Waker::noop());
    let mut waits: Vec<_> = waits.collect();
    for wait in &mut waits {
        assert!(Pin::new(wait).poll(&mut cx).is_pending());
    }
    gate.open();
    gate_measured(|| {
        bare.advance(Duration::ZERO);
        for wait in &mut waits {
            assert!(Pin::new(wait).poll(&mut cx).is_ready());
        }
    });
}

pub fn waiters_of_a_job(size: usize) {
    let (bare, gate) = (Bare::started(), Gate::default());
    let job = bare.scheduler().try_submit(Job::future(gate.pass()));
    let job = job.expect("accepted");
    bare.advance(Duration::ZERO);
    wake_all(&bare, &gate, (0..size).map(|_| Box::pin(job.wait())));
}

pub fn waiters_of_the_queue(size: usize) {
    let (bare, gate) = occupied(Options::default().queue_limit(1));
    post(&bare, 1, empty);
    let mut cx = Context::from_waker(Waker::noop());
    let mut waits: Vec<_> = (0..size)
        .map(|_| bare.scheduler().submit(empty()))
        .collect();
    for wait in &mut waits {
        assert!(wait.as_mut().poll(&mut cx).is_pending());
    }
    gate.open();
    gate_measured(|| {
        for wait in &mut waits {
            while wait.as_mut().poll(&mut cx).is_pending() {
                bare.advance(Duration::ZERO);
            }
        }
        bare.advance(Duration::ZERO);
    });
    assert_eq!(bare.scheduler().metrics().succeeded, size as u64 + 2);
}

/// A reader selects events by the last tag.
pub fn tags_of_a_job(size: usize) {
    let bare = Bare::started();
    let last = (size - 1).to_string();
    let reader = EventFilter::jobs().tagged(last);
    let _stream = bare.scheduler().subscribe(reader);
    gate_measured(|| {
        let tags = (0..size).map(|number| number.to_string());
        let job = tags.fold(empty(), Job::tag);
        keep(bare.scheduler().post(job));
        bare.advance(Duration::ZERO);
    });
}

fn run_few(bare: &Bare) {
    post(bare, 10, || empty().tag("few"));
    bare.advance(Duration::ZERO);
}

pub fn readers(size: usize) {
    let bare = Bare::started();
    let read = |_| bare.scheduler().subscribe(EventFilter::jobs());
    let _streams: Vec<_> = (0..size).map(read).collect();
    gate_measured(|| run_few(&bare));
}

pub fn readers_of_other_tags(size: usize) {
    let bare = Bare::started();
    let filter = |number: usize| EventFilter::jobs().tagged(number.to_string());
    let read = |number| bare.scheduler().subscribe(filter(number));
    let _streams: Vec<_> = (0..size).map(read).collect();
    gate_measured(|| run_few(&bare));
}

pub fn unread_events(size: usize) {
    let bare = Bare::with(Options::default().event_capacity(8 * size));
    let mut stream = bare.scheduler().subscribe(EventFilter::jobs());
    post(&bare, size, empty);
    bare.advance(Duration::ZERO);
    gate_measured(|| while stream.try_next().is_some() {});
}

pub fn waiters_for_idle(size: usize) {
    let (bare, gate) = occupied(Options::default());
    wake_all(
        &bare,
        &gate,
        (0..size).map(|_| bare.scheduler().wait_idle()),
    );
}

pub fn metrics_beside_jobs(size: usize) {
    let bare = Bare::started();
    post(&bare, size, far);
    gate_measured(|| (0..CALLS).for_each(|_| keep(bare.scheduler().metrics())));
}

pub fn look_beside_jobs(size: usize) {
    let bare = Bare::started();
    let id = bare.scheduler().post(far()).expect("accepted");
    post(&bare, size, far);
    gate_measured(|| {
        for _ in 0..CALLS {
            keep(bare.scheduler().job(id));
            keep(bare.scheduler().handle(id));
        }
    });
}

pub fn shutdown_of_queued(size: usize) {
    let (bare, gate) = occupied(Options::default());
    post(&bare, size, empty);
    gate.open();
    gate_measured(|| {
        keep(bare.scheduler().request_shutdown(Shutdown::immediate()));
        bare.advance(Duration::ZERO);
    });
    assert!(bare.scheduler().jobs().is_empty(), "all have ended");
}
