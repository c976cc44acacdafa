//! The state of jobs, for users and reports.

use std::sync::Arc;

use super::{JobRecord, Jobs, Stage, id_of};
use crate::{
    Metrics,
    contract::shutdown::JobRef,
    engine::Key,
    job::{JobCell, JobControl, JobInfo, JobStatus},
};

impl Jobs {
    pub(super) fn cell_of(&self, key: Key) -> Option<Arc<JobCell>> {
        self.records.get(key)?.cell.clone()
    }

    pub(in crate::engine) fn status(&self, key: Key) -> JobStatus {
        match self.stage_of(key) {
            Some(Stage::Delayed) => JobStatus::Delayed,
            Some(
                Stage::Queued | Stage::Throttled | Stage::Limited | Stage::Parked | Stage::Surplus,
            ) => JobStatus::Queued,
            Some(Stage::Deciding | Stage::Retrying) => JobStatus::Retrying,
            Some(Stage::Running) => JobStatus::Running,
            Some(Stage::Cancelling) => JobStatus::Cancelling,
            None if self.handling.contains(key) => JobStatus::Handling,
            None => JobStatus::Finished,
        }
    }

    pub(in crate::engine) fn infos(&self) -> Vec<JobInfo> {
        let info = |(key, record): (Key, &JobRecord)| self.info_of(key, record);
        let jobs = self.records.iter().map(info);
        jobs.chain(self.handling.infos()).collect()
    }

    pub(in crate::engine) fn info(&self, key: Key) -> Option<JobInfo> {
        let record = self.records.get(key);
        let info = record.map(|record| self.info_of(key, record));
        info.or_else(|| self.handling.info(key))
    }

    fn info_of(&self, key: Key, record: &JobRecord) -> JobInfo {
        let extras = record.extras.as_deref();
        let mut info = JobInfo::new(
            id_of(key),
            record.name(),
            self.status(key),
            extras.and_then(|extras| extras.schedule_id.clone()),
        );
        info.attempt = record.attempt();
        info.progress = record.cell.as_ref().and_then(|cell| cell.progress());
        if let Some(extras) = extras {
            info.policy = extras.policy.clone();
            info.spawned_at = extras.made_at;
        }
        info
    }

    /// Returns the id and the name of a job, for a report.
    pub(in crate::engine) fn reference(&self, key: Key) -> JobRef {
        let record = self.records.get(key);
        JobRef::new(id_of(key), record.and_then(JobRecord::name))
    }

    /// Returns the keys of all running jobs.
    pub(in crate::engine) fn running_keys(&self) -> Vec<Key> {
        let all = self.records.iter();
        all.filter(|(_, record)| record.is_running())
            .map(|(key, _)| key)
            .collect()
    }

    /// Returns the keys of all jobs that are not running.
    pub(in crate::engine) fn waiting_keys(&self) -> Vec<Key> {
        let all = self.records.iter();
        all.filter(|(_, record)| !record.is_running())
            .map(|(key, _)| key)
            .collect()
    }

    /// Returns the number of running jobs.
    pub(in crate::engine) const fn running(&self) -> usize {
        self.queues.running()
    }

    /// Returns the number of jobs that wait to start, or for the decision about a retry.
    pub(in crate::engine) const fn pending(&self) -> usize {
        self.queues.queued() + self.outside.waiting() + self.outside.retrying
    }

    /// Returns whether an accepted job that a drain runs has not started.
    pub(in crate::engine) const fn has_more_to_drain(&self) -> bool {
        self.pending() + self.surplus.len() + self.outside.delayed > 0
    }

    /// Sets the gauges of the jobs.
    pub(in crate::engine) fn gauge(&self, metrics: Metrics) -> Metrics {
        Metrics {
            delayed: self.outside.delayed,
            queued: self.waiting(),
            retrying: self.outside.retrying,
            running: self.queues.running(),
            handling: self.handling(),
            ..metrics
        }
    }
}

/// Sizes of collections, whose bounds tests check.
#[cfg(test)]
impl Jobs {
    pub(in crate::engine) fn ready_len(&self) -> usize {
        self.queues
            .get(crate::engine::QueueNumber::DEFAULT)
            .ready_len()
    }

    pub(in crate::engine) fn unarmed_len(&self) -> usize {
        self.outside.unarmed.len()
    }

    pub(in crate::engine) fn unlimited_len(&self) -> usize {
        self.outside.unlimited.len()
    }

    pub(in crate::engine) fn looks_at_waits(&self) -> usize {
        self.waits.looks.get()
    }
}

impl JobRecord {
    pub(super) const fn is_running(&self) -> bool {
        matches!(self.stage, Stage::Running | Stage::Cancelling)
    }
}
