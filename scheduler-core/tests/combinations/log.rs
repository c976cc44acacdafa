//! Everything that can be observed in a scenario.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use scheduler_core::{
    Event, JobId, Metrics, ScheduleInfo,
    schedule::{Decision, Explanation, RunCause},
};

use crate::{
    plan::{Disturbance, Rule},
    world::World,
};

/// An observation, with its time.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Elapsed time since the begin of the scenario.
    pub(crate) elapsed: Duration,
    /// Wall-clock time.
    pub(crate) wall: DateTime<Utc>,
    /// Number of times that the schedule had got another trigger.
    pub(crate) phase: usize,
    pub(crate) what: What,
}

/// The observation.
#[derive(Debug, Clone)]
pub(crate) enum What {
    /// A body begins.
    Start(Run),
    /// A body has returned or was dropped.
    End(JobId),
    /// A call has returned without an error.
    Call(Disturbance),
    /// The schedule has this trigger from now on.
    Ruled(Rule),
    /// State of the schedule at rest.
    Rest(Said),
}

/// The state of a schedule at rest.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    /// The next instant, and its explanation.
    pub(crate) next: Option<(DateTime<Utc>, Explanation)>,
    /// Whether the schedule is paused, for any reason.
    pub(crate) is_paused: bool,
}

/// The schedule that a run belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    /// The schedule under test.
    Own,
    /// The other schedule in the group of the schedule under test.
    Neighbour,
    /// No schedule.
    Nobody,
}

/// One attempt of a job.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    pub(crate) life: usize,
    pub(crate) job: JobId,
    pub(crate) whose: Whose,
    pub(crate) nominal: DateTime<Utc>,
    pub(crate) cause: Option<RunCause>,
    pub(crate) attempt: u32,
}

impl Run {
    /// Returns whether the run is for a due instant, and not for a call.
    pub(crate) fn is_of_instant(&self) -> bool {
        let asked = matches!(self.cause, Some(RunCause::RunNow | RunCause::Backfill));
        self.cause.is_some() && !asked
    }

    /// Returns whether the run is for a due instant of the schedule under test.
    pub(crate) fn is_own_instant(&self) -> bool {
        self.whose == Whose::Own && self.is_of_instant()
    }
}

/// The observations of one scheduler. A scenario with handovers has several.
#[derive(Debug)]
pub(crate) struct Life {
    pub(crate) events: Vec<Event>,
    /// The records after the end of the scheduler; `None` if some were evicted.
    pub(crate) history: Option<Vec<Decision>>,
    /// The records before the end of the scheduler; `None` if some were evicted.
    pub(crate) standing: Option<Vec<Decision>>,
    /// The schedule before the end of the scheduler, if it existed.
    pub(crate) info: Option<ScheduleInfo>,
    pub(crate) metrics: Metrics,
    pub(crate) failures: Vec<JobId>,
    /// The explanation of each instant until the end.
    pub(crate) explained: Vec<(DateTime<Utc>, Explanation)>,
}

/// All observations of a scenario.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) entries: Vec<Entry>,
    pub(crate) lives: Vec<Life>,
    /// Time after which nothing became due, as elapsed time and by the wall clock.
    pub(crate) elapsed: Duration,
    pub(crate) wall: DateTime<Utc>,
    pub(crate) problems: Vec<String>,
}

impl Log {
    /// Returns the started attempts, in order.
    pub(crate) fn starts(&self) -> impl Iterator<Item = (&Entry, Run)> {
        self.entries.iter().filter_map(|entry| match entry.what {
            What::Start(run) => Some((entry, run)),
            _ => None,
        })
    }
}

/// Records observations of bodies and calls.
#[derive(Clone)]
pub(crate) struct Notes {
    world: World,
    entries: Arc<Mutex<Vec<Entry>>>,
    phase: Arc<AtomicUsize>,
    morning: Instant,
}

impl Notes {
    pub(crate) fn of(world: &World) -> Self {
        Self {
            world: world.clone(),
            entries: Arc::default(),
            phase: Arc::default(),
            morning: world.read().mono(),
        }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.world.read().mono() - self.morning
    }

    pub(crate) fn note(&self, what: What) {
        if let What::Ruled(_) = what {
            self.phase.fetch_add(1, Ordering::SeqCst);
        }
        let entry = Entry {
            elapsed: self.elapsed(),
            wall: self.world.read().wall(),
            phase: self.phase.load(Ordering::SeqCst),
            what,
        };
        self.entries.lock().unwrap().push(entry);
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.entries.lock().unwrap().clone()
    }

    /// Records the begin of a body. The drop of the returned guard records its end.
    pub(crate) fn body(&self, job: JobId) -> Body {
        Body {
            notes: self.clone(),
            job,
        }
    }
}

/// Guard of a running body.
pub(crate) struct Body {
    notes: Notes,
    job: JobId,
}

impl Drop for Body {
    fn drop(&mut self) {
        self.notes.note(What::End(self.job));
    }
}
