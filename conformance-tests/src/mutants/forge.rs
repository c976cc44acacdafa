//! Flaws of the published events: some are left out, doubled or invented.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use scheduler_core::{
    Event, EventFilter, EventKind, Job, JobHandle, JobId, JobOutcome, Result, State,
    event::EventStream,
    implement::{EventSender, event_channel},
    job::{CancelMode, CancelReason, CancelStatus},
};

use super::{
    handle::{Grip, gripped},
    twist::{Scene, Twist},
};

/// A twist that changes the published events. Its streams deliver them a little later than a sound
/// scheduler. The model checks the order of events and calls, so it would detect that delay and not
/// the flaw. These mutants therefore prove no CN rule.
#[derive(Clone)]
pub(super) struct Forger {
    /// Returns the events to publish in place of a real one.
    pass: fn(&Event) -> Vec<Event>,
    /// An additional event for each cancellation that was requested.
    made_up: Option<fn(JobId) -> EventKind>,
    streams: Arc<Mutex<Vec<Arc<EventSender>>>>,
}

impl Forger {
    fn new(pass: fn(&Event) -> Vec<Event>, made_up: Option<fn(JobId) -> EventKind>) -> Self {
        Self {
            pass,
            made_up,
            streams: Arc::default(),
        }
    }

    fn tell(&self, now: DateTime<Utc>, kind: &EventKind) {
        let streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        for stream in streams.iter() {
            stream.push(Event::new(u64::MAX - 1, now, kind.clone()));
            stream.wake();
        }
    }
}

#[async_trait]
impl Twist for Forger {
    fn subscribe(&self, on: &Scene, filter: EventFilter) -> EventStream {
        let (sender, stream) = event_channel(100_000);
        let (sender, pass) = (Arc::new(sender), self.pass);
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        streams.push(sender.clone());
        let forward = move |event: &Event| {
            pass(event).into_iter().for_each(|event| sender.push(event));
            sender.wake();
        };
        on.inner.add_listener(filter, Arc::new(forward));
        stream
    }

    fn try_submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        let handle = on.inner.try_submit(job)?;
        let Some(kind) = self.made_up else {
            return Ok(handle);
        };
        let (forger, scene) = (self.clone(), on.clone());
        let tells = Tells {
            made_up: Box::new(move |job| forger.tell(scene.runtime.now().wall(), &kind(job))),
        };
        Ok(gripped(on, handle, tells))
    }
}

struct Tells {
    made_up: Box<dyn Fn(JobId) + Send + Sync>,
}

impl Grip for Tells {
    fn cancel(&self, job: &JobHandle, mode: CancelMode) -> CancelStatus {
        let status = job.cancel(mode);
        if status == CancelStatus::Requested {
            (self.made_up)(job.id());
        }
        status
    }
}

fn truly(event: &Event) -> Vec<Event> {
    vec![event.clone()]
}

/// Mutant 32: a job that is cancelled while it ends gets two outcomes.
pub(super) fn ends_twice() -> Forger {
    let kind = |job| EventKind::JobFinished {
        job,
        outcome: JobOutcome::Cancelled(CancelReason::Requested),
        schedule: None,
        nominal: DateTime::UNIX_EPOCH,
        began: None,
        ended: DateTime::UNIX_EPOCH,
        attempts: 0,
    };
    Forger::new(truly, Some(kind))
}

/// Mutant 77: a second cancellation publishes a second event.
pub(super) fn tells_every_cancel() -> Forger {
    Forger::new(truly, Some(EventKind::JobCancelling))
}

/// Mutant 78: every event is published twice.
pub(super) fn stammers() -> Forger {
    Forger::new(|event| vec![event.clone(); 2], None)
}

fn unless(event: &Event, is_left_out: bool) -> Vec<Event> {
    if is_left_out {
        Vec::new()
    } else {
        truly(event)
    }
}

/// Mutant 79: JobClaimed is not published.
pub(super) fn skips_the_claim() -> Forger {
    let pass = |event: &Event| unless(event, matches!(event.kind, EventKind::JobClaimed(_)));
    Forger::new(pass, None)
}

/// Mutant 80: JobFinished is not published.
pub(super) fn skips_the_end() -> Forger {
    let pass = |event: &Event| unless(event, matches!(event.kind, EventKind::JobFinished { .. }));
    Forger::new(pass, None)
}

/// Mutant 81: the state Starting is not published.
pub(super) fn skips_the_start() -> Forger {
    let pass = |event: &Event| {
        let to_starting = matches!(
            event.kind,
            EventKind::StateChanged {
                to: State::Starting,
                ..
            }
        );
        unless(event, to_starting)
    };
    Forger::new(pass, None)
}

/// Mutant 185: skipped instants are not reported.
pub(super) fn hushes_what_is_not_run() -> Forger {
    let pass = |event: &Event| {
        let is_skip = matches!(event.kind, EventKind::OccurrencesSkipped { .. });
        unless(event, is_skip)
    };
    Forger::new(pass, None)
}

/// Mutant 192: progress is not published.
pub(super) fn skips_the_progress() -> Forger {
    let pass = |event: &Event| unless(event, matches!(event.kind, EventKind::JobProgress { .. }));
    Forger::new(pass, None)
}

/// Mutant 421: every other event has an earlier time than its predecessor.
pub(super) fn goes_back_in_time() -> Forger {
    let pass = |event: &Event| {
        let early = TimeDelta::milliseconds(i64::from(event.seq.is_multiple_of(2)));
        vec![Event::new(event.seq, event.at - early, event.kind.clone())]
    };
    Forger::new(pass, None)
}
