//! The log of a scenario. Every actor writes to it, and each entry comes after the events that the
//! scheduler has sent before.
//!
//! The scheduler publishes an event under the same lock that guards the decision. The order of the
//! lines is therefore the real order, even with free-running threads.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use scheduler_core::{Event, EventKind, JobId, Runtime, ScheduleId, event::EventStream, queue};

use crate::model::trace::{Label, Line, Nominal, Told, What};

/// The log of a scenario, to which every actor writes.
pub(crate) struct Log {
    runtime: Arc<dyn Runtime>,
    /// Whether lines have a time; with free-running threads a time has no meaning.
    timed: bool,
    inner: Mutex<Inner>,
}

struct Inner {
    begun: scheduler_core::runtime::Now,
    events: Option<EventStream>,
    lines: Vec<Line>,
    labels: HashMap<JobId, Label>,
    runs: HashMap<u16, u16>,
}

impl Log {
    pub(crate) fn new(runtime: Arc<dyn Runtime>, timed: bool) -> Self {
        let inner = Inner {
            begun: runtime.now(),
            events: None,
            lines: Vec::new(),
            labels: HashMap::new(),
            runs: HashMap::new(),
        };
        Self {
            runtime,
            timed,
            inner: Mutex::new(inner),
        }
    }

    /// Reads the events of the scheduler from now on.
    pub(crate) fn follow(&self, events: EventStream) {
        self.lock().events = Some(events);
    }

    /// Records a line.
    pub(crate) fn note(&self, what: What) {
        let (mut inner, at) = self.look();
        inner.lines.push(Line { at, what });
    }

    /// Records the events that the scheduler has sent.
    pub(crate) fn drain(&self) {
        drop(self.look());
    }

    /// Returns the log after the latest events, and the time.
    fn look(&self) -> (MutexGuard<'_, Inner>, u64) {
        let now = self.runtime.now().mono();
        let mut inner = self.lock();
        let elapsed = now.saturating_duration_since(inner.begun.mono());
        let at = if self.timed { millis(elapsed) } else { 0 };
        inner.drain(at);
        (inner, at)
    }

    /// Returns the label of a job. The scheduler sends the event of its acceptance before its body
    /// can begin.
    pub(crate) fn label(&self, job: JobId) -> Option<Label> {
        self.drain();
        self.lock().labels.get(&job).copied()
    }

    pub(crate) fn take(&self) -> Vec<Line> {
        self.drain();
        std::mem::take(&mut self.lock().lines)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl Inner {
    fn drain(&mut self, at: u64) {
        while let Some(event) = self.events.as_mut().and_then(EventStream::try_next) {
            let told = self.told(event);
            let what = What::Event(told);
            self.lines.push(Line { at, what });
        }
    }

    fn told(&mut self, event: Event) -> Told {
        match event.kind {
            EventKind::StateChanged { from, to, cause } => Told::State {
                from: from.to_string(),
                to: to.to_string(),
                cause: format!("{cause:?}"),
            },
            EventKind::JobScheduled {
                job,
                name,
                schedule,
                nominal,
                ..
            } => {
                let of = schedule.as_ref().and_then(schedule_number);
                let label = self.name_job(job, name.as_deref(), of);
                Told::Scheduled(label, of.map(|_| self.nominal(nominal)))
            }
            EventKind::JobClaimed(job) => self.about(job, Told::Claimed),
            EventKind::JobStarted(job) => self.about(job, Told::Started),
            EventKind::JobCancelling(job) => self.about(job, Told::Cancelling),
            EventKind::JobThrottled(job) => self.about(job, Told::Throttled),
            EventKind::JobTimedOut { job, attempt } => {
                self.about(job, |label| Told::TimedOut(label, attempt))
            }
            EventKind::JobRetrying {
                job, attempt, due, ..
            } => {
                let due = self.nominal(due);
                self.about(job, |label| Told::Retrying(label, attempt, due))
            }
            EventKind::JobFinished { job, outcome, .. } => {
                let outcome = outcome_text(&outcome);
                self.about(job, |label| Told::Finished(label, outcome))
            }
            EventKind::ScheduleAdded(id) => about_schedule(&id, Told::Added),
            EventKind::ScheduleRemoved(id) => about_schedule(&id, Told::Removed),
            EventKind::OccurrenceKept { schedule, nominal } => {
                let nominal = self.nominal(nominal);
                about_schedule(&schedule, |id| Told::Kept(id, nominal))
            }
            EventKind::OccurrencesSkipped {
                schedule,
                span,
                reason,
            } => {
                let nominal = self.nominal(span.from);
                about_schedule(&schedule, |id| {
                    Told::Skipped(id, nominal, format!("{reason:?}"))
                })
            }
            EventKind::QueuePaused { queue, .. } => about_queue(&queue, Told::QueuePaused),
            EventKind::QueueResumed { queue } => about_queue(&queue, Told::QueueResumed),
            EventKind::ClockJumped { .. } => Told::Jumped,
            other => Told::Other(format!("{other:?}")),
        }
    }

    fn about(&self, job: JobId, tell: impl FnOnce(Label) -> Told) -> Told {
        let label = self.labels.get(&job).copied();
        label.map_or_else(|| Told::Other(format!("about an unknown job {job}")), tell)
    }

    fn name_job(&mut self, job: JobId, name: Option<&str>, schedule: Option<u16>) -> Label {
        let label = match (schedule, name.and_then(|name| name.parse().ok())) {
            (Some(schedule), _) => {
                let run = self.runs.entry(schedule).or_default();
                *run += 1;
                Label::Run(schedule, *run)
            }
            (None, Some(label)) => label,
            (None, None) => Label::Job(u16::MAX),
        };
        self.labels.insert(job, label);
        label
    }

    fn nominal(&self, nominal: DateTime<Utc>) -> Nominal {
        nominal
            .signed_duration_since(self.begun.wall())
            .num_milliseconds()
    }
}

fn about_schedule(id: &ScheduleId, tell: impl FnOnce(u16) -> Told) -> Told {
    schedule_number(id).map_or_else(|| Told::Other(format!("about schedule {id}")), tell)
}

fn about_queue(name: &str, tell: impl FnOnce(u8) -> Told) -> Told {
    let number = match name {
        queue::DEFAULT => Some(0),
        name => name
            .strip_prefix('q')
            .and_then(|number| number.parse().ok()),
    };
    number.map_or_else(|| Told::Other(format!("about queue {name}")), tell)
}

fn schedule_number(id: &ScheduleId) -> Option<u16> {
    id.as_str().strip_prefix('s')?.parse().ok()
}

/// Returns an outcome as text for traces: its kind, and the reason of a cancellation.
pub(crate) fn outcome_text<T>(outcome: &scheduler_core::JobOutcome<T>) -> String {
    match outcome {
        scheduler_core::JobOutcome::Cancelled(reason) => format!("Cancelled({reason:?})"),
        other => format!("{:?}", other.kind()),
    }
}
