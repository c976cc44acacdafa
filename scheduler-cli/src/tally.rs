//! [`Tally`]: counts of the runs and the skipped instants of each entry.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use scheduler_core::{
    Event, EventFilter, EventKind, ScheduleId, Scheduler, event::EventName, job::OutcomeKind,
};

use serde::{Deserialize, Serialize};

use crate::runs::{Seen, Step};

/// Counts of each entry.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally(Arc<Mutex<BTreeMap<ScheduleId, Counts>>>);

/// Counts of an entry. Its JSON is in the file of `--state`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Counts {
    /// Ended runs by outcome.
    pub(crate) runs: BTreeMap<String, u64>,
    /// Skipped instants by reason.
    pub(crate) skipped: BTreeMap<String, u64>,
    /// Runs that began, and the seconds from their instants to their beginnings.
    pub(crate) began: u64,
    pub(crate) late: f64,
    /// Runs that began and ended, and their seconds.
    pub(crate) ended: u64,
    pub(crate) took: f64,
    pub(crate) last_success: Option<DateTime<Utc>>,
    /// Consecutive runs that failed, up to the last one.
    pub(crate) failures: usize,
}

impl Counts {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Tally {
    /// Counts skipped instants from now on.
    pub(crate) fn listen(&self, scheduler: &dyn Scheduler) {
        let tally = self.clone();
        let listener = move |event: &Event| {
            if let EventKind::OccurrencesSkipped {
                schedule,
                span,
                reason,
                ..
            } = &event.kind
            {
                let reason = format!("{reason:?}");
                tally.change(schedule, |counts| {
                    *counts.skipped.entry(reason).or_default() += span.count.known();
                });
            }
        };
        let names = [EventName::OccurrencesSkipped];
        scheduler.add_listener(EventFilter::only(names), Arc::new(listener));
    }

    /// Counts a step of a run. Returns the number of consecutive failures.
    pub(crate) fn see(&self, seen: &Seen<'_>) -> usize {
        let seconds = |from: DateTime<Utc>, to: DateTime<Utc>| (to - from).as_seconds_f64();
        self.change(seen.schedule, |counts| {
            match seen.step {
                Step::Started => {
                    counts.began += 1;
                    counts.late += seconds(seen.nominal, seen.at).max(0.0);
                }
                Step::Ended { kind, began } => {
                    *counts.runs.entry(name(kind).to_owned()).or_default() += 1;
                    if let Some(began) = began {
                        counts.ended += 1;
                        counts.took += seconds(began, seen.at).max(0.0);
                    }
                    match kind {
                        OutcomeKind::Succeeded => {
                            counts.last_success = Some(seen.at);
                            counts.failures = 0;
                        }
                        // A cancelled run says nothing about its command.
                        OutcomeKind::Cancelled => {}
                        _ => counts.failures += 1,
                    }
                }
            }
            counts.failures
        })
    }

    /// Returns the counts of all entries.
    pub(crate) fn all(&self) -> BTreeMap<ScheduleId, Counts> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.clone()
    }

    fn change<T>(&self, id: &ScheduleId, change: impl FnOnce(&mut Counts) -> T) -> T {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(all.entry(id.clone()).or_default())
    }

    /// Sets the counts of an earlier run of `sched`, unless there are some. Consecutive failures are counted from zero: a restart
    /// after `--fail-after` has all its attempts.
    pub(crate) fn restore(&self, id: &ScheduleId, earlier: &Counts) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(id.clone()).or_insert_with(|| Counts {
            failures: 0,
            ..earlier.clone()
        });
    }

    /// Forgets an entry.
    pub(crate) fn remove(&self, id: &ScheduleId) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(id);
    }
}

/// Names an outcome for machines.
pub(crate) const fn name(kind: OutcomeKind) -> &'static str {
    match kind {
        OutcomeKind::Succeeded => "succeeded",
        OutcomeKind::Failed => "failed",
        OutcomeKind::TimedOut => "timed_out",
        OutcomeKind::Panicked => "panicked",
        OutcomeKind::Cancelled => "cancelled",
        OutcomeKind::Lost => "lost",
        _ => "other",
    }
}
