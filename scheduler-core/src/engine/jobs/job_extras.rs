//! [`JobExtras`]: rarely used job fields, boxed so that a plain job stays small.

use super::JobExtras;
use crate::{RunCause, RunFacts, job::JobFacts};

impl JobExtras {
    /// Returns the number of started attempts of a finished job.
    pub(crate) fn started_attempts(&self) -> u32 {
        self.attempts
            .as_ref()
            .map_or(1, |attempts| attempts.started)
    }

    /// Returns the facts about the job for its cell.
    pub(super) fn facts(&self) -> JobFacts {
        JobFacts {
            name: self.name.clone(),
            schedule: self.schedule_id.clone(),
            policy: self.policy.clone(),
            run: self.run.clone(),
        }
    }

    /// Returns facts about the run that the job executes, if any.
    pub(super) fn run_facts(&self) -> Option<RunFacts> {
        self.schedule_id.as_ref()?;
        Some(self.run.as_deref().copied().unwrap_or_default())
    }

    /// Returns whether a `run_now` call requested the run.
    pub(super) fn is_asked_for(&self) -> bool {
        let run = self.run.as_deref();
        run.is_some_and(|run| run.cause == RunCause::RunNow)
    }
}
