//! Flaws of readers that subscribe while there are unfinished jobs, and of dropped streams.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use scheduler_core::{
    Event, EventFilter, EventKind, State,
    event::{EventStream, Listener},
    implement::event_channel,
    job::JobStatus,
};

use super::twist::{Scene, Twist};

fn is_late(on: &Scene) -> bool {
    on.inner.state() == State::Running && !on.inner.jobs().is_empty()
}

/// Returns a stream of the events that pass the listener which `twist` makes.
fn streamed(on: &Scene, filter: EventFilter, twist: &impl Twist) -> EventStream {
    let (sender, stream) = event_channel(100_000);
    let forward = move |event: &Event| {
        sender.push(event.clone());
        sender.wake();
    };
    twist.add_listener(on, filter, Arc::new(forward));
    stream
}

/// Mutant 540: a reader that subscribes while there are jobs misses the next JobStarted.
pub(super) struct MissesAStart;

fn but_the_first_start(listener: Arc<dyn Listener>) -> impl Listener {
    let missed = AtomicBool::new(false);
    move |event: &Event| {
        let is_start = matches!(event.kind, EventKind::JobStarted(_));
        if !is_start || missed.swap(true, Ordering::SeqCst) {
            listener.on_event(event);
        }
    }
}

#[async_trait]
impl Twist for MissesAStart {
    fn subscribe(&self, on: &Scene, filter: EventFilter) -> EventStream {
        match is_late(on) {
            true => streamed(on, filter, self),
            false => on.inner.subscribe(filter),
        }
    }

    fn heard(&self, on: &Scene, listener: Arc<dyn Listener>) -> Arc<dyn Listener> {
        match is_late(on) {
            true => Arc::new(but_the_first_start(listener)),
            false => listener,
        }
    }
}

/// Mutant 541: a reader that subscribes while a job runs receives a JobStarted for it.
pub(super) struct MakesUpStarts;

fn make_up(on: &Scene, listener: &dyn Listener) {
    let jobs = on.inner.jobs();
    let running = jobs.iter().filter(|job| job.status == JobStatus::Running);
    for job in running {
        let kind = EventKind::JobStarted(job.id);
        listener.on_event(&Event::new(0, on.runtime.now().wall(), kind));
    }
}

#[async_trait]
impl Twist for MakesUpStarts {
    fn subscribe(&self, on: &Scene, filter: EventFilter) -> EventStream {
        match is_late(on) {
            true => streamed(on, filter, self),
            false => on.inner.subscribe(filter),
        }
    }

    fn heard(&self, on: &Scene, listener: Arc<dyn Listener>) -> Arc<dyn Listener> {
        if is_late(on) {
            make_up(on, &*listener);
        }
        listener
    }
}

/// Mutant 542: the events of a dropped stream are kept.
#[derive(Default)]
pub(super) struct KeepsWhatWasTold(Mutex<Vec<EventStream>>);

#[async_trait]
impl Twist for KeepsWhatWasTold {
    fn subscribe(&self, on: &Scene, filter: EventFilter) -> EventStream {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push(on.inner.subscribe(filter.clone()));
        on.inner.subscribe(filter)
    }
}
