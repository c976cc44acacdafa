//! `run_now`: runs that a call requests in addition to the instants of a schedule.

use std::sync::{Arc, Weak};

use super::{Schedules, run_lanes::Part};
use crate::{
    Operation, Result, RunCause, ScheduleId, Verdict,
    engine::{
        cx::Cx,
        jobs::{JobRecord, Jobs, Nominal, id_of},
        occurrence::Occurrence,
    },
    job::{JobCell, JobFacts, JobHost},
    permit,
};

impl Schedules {
    /// Runs the task of a schedule now. The overlap policy neither delays nor counts the run, but removing
    /// the schedule cancels it.
    pub(in crate::engine) fn run_now(
        &mut self,
        id: &ScheduleId,
        host: Weak<dyn JobHost>,
        jobs: &mut Jobs,
        cx: &mut Cx,
    ) -> Result<Arc<JobCell>> {
        permit(cx.lifecycle.state(), Operation::RunNow)?;
        let key = self.key_of_schedule(id)?;
        let record = self.listed(id)?;
        let (task, id) = (&record.task, record.id.clone());
        let occurrence = Occurrence::new(cx.wall(), RunCause::RunNow);
        let facts = JobFacts {
            name: task.name.clone(),
            schedule: Some(id.clone()),
            policy: task.policy.clone(),
            run: occurrence.facts(),
        };
        let cell = Arc::new(JobCell::new(facts, host));
        let run = JobRecord::of_run(task, Some(key), id, &occurrence);
        let job = jobs.accept_run(run.with_cell(cell.clone()), Nominal::Now, cx);
        self.enter_lane(key, job, Part::Asked, cx);
        self.note_occurrence(key, &occurrence, Verdict::Started(id_of(job)), cx);
        jobs.enqueue(job, self, cx);
        Ok(cell)
    }
}
