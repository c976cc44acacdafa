//! All that can be observed of a scenario.

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

/// Something that was observed, at an instant.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Since the morning, on the clock of elapsed time.
    pub(crate) elapsed: Duration,
    /// Wall-clock time.
    pub(crate) wall: DateTime<Utc>,
    /// How many times the schedule had been given another rule.
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
    /// A call has returned, and was not refused.
    Call(Disturbance),
    /// The schedule has this rule from now on.
    Ruled(Rule),
    /// At rest: what the schedule says of itself.
    Rest(Said),
}

/// The state of a schedule at rest.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    /// Its next instant, and what that is explained as.
    pub(crate) next: Option<(DateTime<Utc>, Explanation)>,
    /// It is paused, for whatever reason.
    pub(crate) is_paused: bool,
}

/// Whose run it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    /// The schedule's.
    Own,
    /// That of the other schedule of its group.
    Neighbour,
    /// Of no schedule.
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
    /// Whether it is for an instant that came: no call asked for it.
    pub(crate) fn is_of_instant(&self) -> bool {
        let asked = matches!(self.cause, Some(RunCause::RunNow | RunCause::Backfill));
        self.cause.is_some() && !asked
    }

    /// The same, and of the schedule under test.
    pub(crate) fn is_own_instant(&self) -> bool {
        self.whose == Whose::Own && self.is_of_instant()
    }
}

/// The observations of one scheduler. A scenario with handovers has several.
#[derive(Debug)]
pub(crate) struct Life {
    pub(crate) events: Vec<Event>,
    /// The records after its end; `None` where some have given way to newer ones.
    pub(crate) history: Option<Vec<Decision>>,
    /// The same before its end.
    pub(crate) standing: Option<Vec<Decision>>,
    /// The schedule before its end, if it was there.
    pub(crate) info: Option<ScheduleInfo>,
    pub(crate) metrics: Metrics,
    pub(crate) failures: Vec<JobId>,
    /// The explanation of each instant until the end.
    pub(crate) explained: Vec<(DateTime<Utc>, Explanation)>,
}

/// All that was observed.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) entries: Vec<Entry>,
    pub(crate) lives: Vec<Life>,
    /// The time after which nothing became due, since the begin and by the wall clock.
    pub(crate) elapsed: Duration,
    pub(crate) wall: DateTime<Utc>,
    pub(crate) problems: Vec<String>,
}

impl Log {
    /// The attempts, in order.
    pub(crate) fn starts(&self) -> impl Iterator<Item = (&Entry, Run)> {
        self.entries.iter().filter_map(|entry| match entry.what {
            What::Start(run) => Some((entry, run)),
            _ => None,
        })
    }
}

/// Where bodies and calls are noted.
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
            morning: world.read().mono,
        }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.world.read().mono - self.morning
    }

    pub(crate) fn note(&self, what: What) {
        if let What::Ruled(_) = what {
            self.phase.fetch_add(1, Ordering::SeqCst);
        }
        let entry = Entry {
            elapsed: self.elapsed(),
            wall: self.world.read().wall,
            phase: self.phase.load(Ordering::SeqCst),
            what,
        };
        self.entries.lock().unwrap().push(entry);
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.entries.lock().unwrap().clone()
    }

    /// Notes the end of a body when it is dropped, however it ends.
    pub(crate) fn body(&self, job: JobId) -> Body {
        Body {
            notes: self.clone(),
            job,
        }
    }
}

/// A body that goes.
pub(crate) struct Body {
    notes: Notes,
    job: JobId,
}

impl Drop for Body {
    fn drop(&mut self) {
        self.notes.note(What::End(self.job));
    }
}
