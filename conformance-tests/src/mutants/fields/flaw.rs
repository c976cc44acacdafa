//! [`Flaw`]: one value is wrong in one way.

use std::any::Any;

use scheduler_core::{
    EventKind, JobHandle, JobId, JobOutcome, Metrics, ScheduleHandle, ScheduleInfo, ShutdownReport,
    State,
    backfill::{BackfillHandle, BackfillId, BackfillReport},
    event::EventName,
    job::{CancelStatus, JobInfo, JobResult, JobStatus, Progress},
    schedule::{Decision, Explanation},
};

use super::{
    list::{EVENTS, join},
    spoil::Spoil,
};

/// A value that a case can read: the result of a call, or an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Source {
    Call(&'static str),
    Stream(EventName),
    Listener(EventName),
}

/// A flaw in one returned value or event.
pub(super) struct Flaw {
    pub(super) name: String,
    pub(super) source: Source,
    pub(super) change: Change,
}

pub(super) enum Change {
    /// One field of the value is wrong in one way.
    Value {
        spoil: fn(&mut dyn Any, usize),
        way: usize,
    },
    Event(EventFlaw),
}

/// How an event can be wrong as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EventFlaw {
    Missing,
    /// Only the first event of this name is missing.
    FirstMissing,
    Twice,
    /// The event is delivered after the next one; numbers and times stay in order.
    Late,
    SeqZero,
    SeqRepeated,
    AtLater,
    AtEpoch,
}

impl EventFlaw {
    const ALL: [(Self, &'static str); 8] = [
        (Self::Missing, "missing"),
        (Self::FirstMissing, "the first is missing"),
        (Self::Twice, "twice"),
        (Self::Late, "after its successor"),
        (Self::SeqZero, "seq: zero"),
        (Self::SeqRepeated, "seq: one less"),
        (Self::AtLater, "at: a moment later"),
        (Self::AtEpoch, "at: the epoch"),
    ];
}

fn spoil_any<T: Spoil + 'static>(answer: &mut dyn Any, way: usize) {
    if let Some(answer) = answer.downcast_mut::<T>() {
        answer.spoil(way);
    }
}

fn of_call<T: Spoil + 'static>(call: &'static str) -> Vec<Flaw> {
    let ways = T::ways().into_iter().enumerate();
    let flaw = |(way, name): (usize, String)| Flaw {
        name: join(call, &name),
        source: Source::Call(call),
        change: Change::Value {
            spoil: spoil_any::<T>,
            way,
        },
    };
    ways.map(flaw).collect()
}

fn of_events(reader: &str, source: fn(EventName) -> Source) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    for &name in EVENTS {
        let event = format!("{reader} {name:?}");
        let whole = EventFlaw::ALL.map(|(flaw, way)| (Change::Event(flaw), way.to_owned()));
        let variant = format!("{name:?}.");
        let ways = EventKind::ways().into_iter().enumerate();
        let fields = ways.filter_map(|(way, path)| {
            let spoil = spoil_any::<EventKind>;
            let path = path.strip_prefix(&variant)?.to_owned();
            Some((Change::Value { spoil, way }, path))
        });
        flaws.extend(whole.into_iter().chain(fields).map(|(change, path)| Flaw {
            name: join(&event, &path),
            source: source(name),
            change,
        }));
    }
    flaws
}

/// Every flaw.
pub(super) fn all() -> Vec<Flaw> {
    [
        of_call::<State>("Scheduler::state"),
        of_call::<Metrics>("Scheduler::metrics"),
        of_call::<Vec<JobInfo>>("Scheduler::jobs"),
        of_call::<Option<JobHandle>>("Scheduler::handle"),
        of_call::<JobResult>("Scheduler::result"),
        of_call::<CancelStatus>("Scheduler::cancel"),
        of_call::<Vec<ScheduleHandle>>("Scheduler::add_all"),
        of_call::<Vec<ScheduleInfo>>("Scheduler::schedules"),
        of_call::<Vec<BackfillHandle>>("Scheduler::backfills"),
        of_call::<ShutdownReport>("Scheduler::shutdown"),
        of_call::<ShutdownReport>("Scheduler::stopped"),
        of_call::<Option<JobInfo>>("JobHandle::info"),
        of_call::<JobId>("JobHandle::id"),
        of_call::<Option<std::sync::Arc<str>>>("JobHandle::name"),
        of_call::<JobStatus>("JobHandle::status"),
        of_call::<Option<std::sync::Arc<Progress>>>("JobHandle::progress"),
        of_call::<Option<JobOutcome>>("JobHandle::outcome"),
        of_call::<JobOutcome>("JobHandle::wait"),
        of_call::<CancelStatus>("JobHandle::cancel"),
        of_call::<ScheduleInfo>("ScheduleHandle::info"),
        of_call::<Vec<chrono::DateTime<chrono::Utc>>>("ScheduleHandle::next_times"),
        of_call::<Vec<Decision>>("ScheduleHandle::history"),
        of_call::<Explanation>("ScheduleHandle::explain"),
        of_call::<BackfillId>("BackfillHandle::id"),
        of_call::<BackfillReport>("BackfillHandle::report"),
        of_call::<BackfillReport>("BackfillHandle::wait"),
        of_events("stream", Source::Stream),
        of_events("listener", Source::Listener),
    ]
    .into_iter()
    .flatten()
    .collect()
}
