//! [`JobExtras`]: rarely used job fields, boxed so that a plain job stays small.

use super::JobExtras;
use crate::{
    RunCause, RunFacts, ScheduleId, Task,
    engine::{Key, occurrence::Occurrence},
    job::JobFacts,
};

impl JobExtras {
    /// Returns the number of started attempts of a finished job.
    pub(crate) fn started_attempts(&self) -> u32 {
        self.attempts
            .as_ref()
            .map_or(1, |attempts| attempts.started)
    }

    /// Returns the facts for the job's cell.
    pub(in crate::engine) fn facts(&self) -> JobFacts {
        JobFacts {
            name: self.name.clone(),
            schedule: self.schedule_id.clone(),
            policy: self.policy.clone(),
            run: self.run.clone(),
        }
    }

    /// Facts about the run that this job executes, if any.
    pub(in crate::engine) fn run_facts(&self) -> Option<RunFacts> {
        self.schedule_id.as_ref()?;
        Some(self.run.as_deref().copied().unwrap_or_default())
    }

    /// Whether a `run_now` call requested the run.
    pub(in crate::engine) fn is_asked_for(&self) -> bool {
        let run = self.run.as_deref();
        run.is_some_and(|run| run.cause == RunCause::RunNow)
    }

    /// Creates the fields for a run with facts.
    pub(in crate::engine) fn of_run(mut self, facts: RunFacts) -> Self {
        self.run = Some(Box::new(facts));
        self
    }

    pub(in crate::engine) fn of_schedule(
        task: &Task,
        overlap: Option<Key>,
        id: ScheduleId,
        occurrence: &Occurrence,
    ) -> Self {
        Self {
            run: occurrence.facts(),
            name: task.name.clone(),
            policy: task.policy.clone(),
            made_at: Some(task.made_at),
            schedule: overlap,
            schedule_id: Some(id),
            nominal: Some(occurrence.nominal),
            ..Self::default()
        }
    }
}
