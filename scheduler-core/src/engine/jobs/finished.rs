//! The event and the result of a job that has finished.

use std::time::Duration;

use super::{JobRecord, id_of};
use crate::{
    EventKind,
    base::unix_time::UnixTime,
    engine::{Cx, Key},
    job::{JobOutcome, JobResult},
};

impl JobRecord {
    /// Returns the event about the end of the job.
    pub(super) fn finished(&self, key: Key, outcome: &JobOutcome, cx: &Cx) -> EventKind {
        let extras = self.extras.as_deref();
        EventKind::JobFinished {
            job: id_of(key),
            outcome: outcome.clone(),
            schedule: extras.and_then(|extras| extras.schedule_id.clone()),
            nominal: self.nominal(cx).date(),
            began: extras.and_then(|extras| extras.began).map(UnixTime::date),
            ended: cx.now().wall(),
            attempts: self.attempt(),
        }
    }

    /// Returns the result to keep, without the value.
    pub(super) fn result(
        &self,
        key: Key,
        outcome: &JobOutcome,
        time: Duration,
        cx: &Cx,
    ) -> JobResult {
        let extras = self.extras.as_deref();
        let mut result = JobResult::new(id_of(key), outcome.clone(), cx.now().wall());
        result.name = self.name();
        result.schedule = extras.and_then(|extras| extras.schedule_id.clone());
        result.nominal = self.nominal(cx).date();
        result.began = extras.and_then(|extras| extras.began).map(UnixTime::date);
        result.attempts = self.attempt();
        result.keep_for(time);
        result
    }

    /// Returns the nominal time of the job.
    fn nominal(&self, cx: &Cx) -> UnixTime {
        if let Some(cell) = &self.cell {
            return UnixTime::of(cell.nominal());
        }
        let nominal = self.extras.as_ref().and_then(|extras| extras.nominal);
        // A job that may be retried has a cell, so `due` is that of its first attempt.
        nominal.unwrap_or_else(|| cx.clocks().steady(self.due))
    }
}
