//! Follows the runs of entries by the events of the scheduler.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use scheduler_core::{
    Event, EventFilter, EventKind, ScheduleId, Scheduler,
    event::EventName,
    job::{JobId, OutcomeKind},
};

/// A step of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    /// The first attempt began.
    Started,
    /// The run has ended, with all its attempts.
    Ended {
        kind: OutcomeKind,
        /// When the first attempt began, if one did.
        began: Option<DateTime<Utc>>,
    },
}

/// A step of a run of an entry.
#[derive(Debug)]
pub(crate) struct Seen<'a> {
    pub(crate) job: JobId,
    pub(crate) schedule: &'a ScheduleId,
    pub(crate) nominal: DateTime<Utc>,
    pub(crate) at: DateTime<Utc>,
    pub(crate) step: Step,
}

/// A run that has not ended.
#[derive(Debug, Clone)]
struct Run {
    schedule: ScheduleId,
    nominal: DateTime<Utc>,
    began: Option<DateTime<Utc>>,
}

/// Receives steps. It must not block.
pub(crate) type Sink = Box<dyn Fn(&Seen<'_>) + Send + Sync>;

/// Calls the sinks for each step of each run of a schedule.
pub(crate) fn follow(scheduler: &dyn Scheduler, sinks: Vec<Sink>) {
    let runs = Mutex::<HashMap<JobId, Run>>::default();
    let names = [
        EventName::JobScheduled,
        EventName::JobStarted,
        EventName::JobFinished,
    ];
    let listener = move |event: &Event| {
        let mut runs = runs.lock().unwrap_or_else(PoisonError::into_inner);
        let step = step(&mut runs, event);
        drop(runs);
        if let Some((job, run, step)) = step {
            let seen = Seen {
                job,
                schedule: &run.schedule,
                nominal: run.nominal,
                at: event.at,
                step,
            };
            sinks.iter().for_each(|sink| sink(&seen));
        }
    };
    scheduler.add_listener(EventFilter::only(names), Arc::new(listener));
}

fn step(runs: &mut HashMap<JobId, Run>, event: &Event) -> Option<(JobId, Run, Step)> {
    match &event.kind {
        EventKind::JobScheduled {
            job,
            schedule: Some(schedule),
            nominal,
            ..
        } => {
            let run = Run {
                schedule: schedule.clone(),
                nominal: *nominal,
                began: None,
            };
            runs.insert(*job, run);
            None
        }
        EventKind::JobStarted(job) => {
            let run = runs.get_mut(job).filter(|run| run.began.is_none())?;
            run.began = Some(event.at);
            Some((*job, run.clone(), Step::Started))
        }
        EventKind::JobFinished { job, outcome, .. } => {
            let run = runs.remove(job)?;
            let (kind, began) = (outcome.kind(), run.began);
            Some((*job, run, Step::Ended { kind, began }))
        }
        _ => None,
    }
}
