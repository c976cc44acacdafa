//! [`Held`]: the claims of the node.

use std::{collections::BTreeMap, time::Duration};

use super::{Claim, End, Given, StoreTime, StoredId, StoredJob};
use crate::{
    job::{CancelReason, JobError, JobOutcome},
    store::RunOf,
};

/// A claimed job that the node runs.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) claim: Claim,
    job: StoredJob,
}

/// End of a run, as the scheduler reports it.
#[derive(Debug)]
pub(crate) struct RunEnded {
    pub(crate) outcome: JobOutcome,
    /// The value of the job, as JSON.
    pub(crate) result: Option<String>,
    /// The delay before the next attempt, if the retry policy wants one.
    pub(crate) retry: Option<Duration>,
    /// Whether the node has cancelled the run only to give the job back.
    pub(crate) is_withdrawn: bool,
}

/// Consequence of the end of a run for its job.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum RunEnd {
    Finish(End),
    GiveBack(Given, Option<StoreTime>),
}

impl Run {
    /// Returns the instant that the job is a run of.
    pub(super) const fn run(&self) -> Option<&RunOf> {
        self.job.row.run.as_ref()
    }

    /// Decides what the end of the run means for the job.
    pub(super) fn result(&self, ended: RunEnded, now: StoreTime) -> RunEnd {
        let mut end = End::new(name_of(&ended.outcome));
        match ended.outcome {
            JobOutcome::Succeeded(()) => end.result = ended.result,
            // The job does not lose its attempt because its node stops (`ST-035`).
            JobOutcome::Cancelled(CancelReason::Shutdown) => {
                return RunEnd::GiveBack(Given::Unbegun, None);
            }
            JobOutcome::Cancelled(_) if ended.is_withdrawn => {
                return RunEnd::GiveBack(Given::Unbegun, None);
            }
            JobOutcome::Cancelled(reason) => end.error = Some(reason.to_string()),
            // The runtime is gone, or dropped the job.
            JobOutcome::Failed(JobError::Lost(_)) => return RunEnd::GiveBack(Given::Lost, None),
            JobOutcome::Failed(error) => {
                if let Some(delay) = ended.retry {
                    return RunEnd::GiveBack(Given::Retry, Some(now.plus(delay)));
                }
                end.error = Some(error.to_string());
            }
        }
        RunEnd::Finish(end)
    }
}

fn name_of(outcome: &JobOutcome) -> &'static str {
    use crate::job::OutcomeKind::{Cancelled, Failed, Lost, Panicked, Succeeded, TimedOut};
    match outcome.kind() {
        Succeeded => "succeeded",
        Failed => "failed",
        TimedOut => "timed_out",
        Panicked => "panicked",
        Cancelled => End::CANCELLED,
        Lost => "lost",
    }
}

/// The claims of the node that have not ended here.
#[derive(Debug, Default)]
pub(super) struct Held(BTreeMap<StoredId, Run>);

impl Held {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn has(&self, claim: Claim) -> bool {
        self.0.get(&claim.job).is_some_and(|run| run.claim == claim)
    }

    pub(super) fn has_suspect(&self) -> bool {
        self.0.values().any(|run| run.job.is_suspect())
    }

    pub(super) fn begin(&mut self, claim: Claim, job: StoredJob) {
        self.0.insert(claim.job, Run { claim, job });
    }

    pub(super) fn end(&mut self, job: StoredId) -> Option<Run> {
        self.0.remove(&job)
    }

    /// Marks a run for cancellation. Returns whether it was not marked before.
    pub(super) fn mark_cancelled(&mut self, job: StoredId) -> bool {
        let run = self.0.get_mut(&job);
        run.is_some_and(|run| !std::mem::replace(&mut run.job.cancelled, true))
    }

    pub(super) fn drain_runs(&mut self) -> Vec<Run> {
        std::mem::take(&mut self.0).into_values().collect()
    }

    /// Ends all runs, and returns the ids of their jobs.
    pub(super) fn drain(&mut self) -> Vec<StoredId> {
        std::mem::take(&mut self.0).into_keys().collect()
    }
}
