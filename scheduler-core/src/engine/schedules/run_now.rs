//! `run_now`: runs that a call requests in addition to the instants of a schedule.

use std::sync::{Arc, Weak};

use super::run_lanes::Part;
use crate::{
    Now, Operation, Result, RunCause, ScheduleId, Verdict,
    engine::{
        Engine,
        jobs::{JobExtras, JobRecord, id_of},
        occurrence::Occurrence,
    },
    job::{JobCell, JobFacts, JobHost, Start},
    permit,
};

impl Engine {
    /// Runs the task of a schedule now. The overlap policy neither delays nor counts the run, but removing
    /// the schedule cancels it.
    pub(crate) fn run_now(
        &mut self,
        id: &ScheduleId,
        host: Weak<dyn JobHost>,
        now: &Now,
    ) -> Result<Arc<JobCell>> {
        self.cx.begin(now);
        permit(self.cx.lifecycle.state(), Operation::RunNow)?;
        let key = self.schedules.key_of_schedule(id)?;
        let record = self.schedules.listed(id)?;
        let (task, id) = (&record.task, record.id.clone());
        let occurrence = Occurrence::new(now.wall, RunCause::RunNow);
        let facts = JobFacts {
            name: task.name.clone(),
            schedule: Some(id.clone()),
            policy: task.policy.clone(),
            run: occurrence.facts(),
        };
        let cell = Arc::new(JobCell::new(facts, host));
        let cold = JobExtras::of_schedule(task, Some(key), id, &occurrence);
        let mut job = JobRecord::of_schedule(record.task.body(), cold);
        job.cell = Some(cell.clone());
        let job = self.accept(job, Start::Now, now);
        self.enter_lane(key, job, Part::Asked);
        self.schedules
            .note_occurrence(key, &occurrence, Verdict::Started(id_of(job)), &self.cx);
        self.enqueue(job, now);
        Ok(cell)
    }
}
