//! [`DurableJob`]: a job to store.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::super::{Class, IfLost, JobKey, JobRow, RunRules, StoreTime, StoredId};
use crate::{
    export::{PolicyData, TaskData},
    job::JobPolicy,
};

/// A job to store: the name of a task, and its arguments. [`Durable::job`](super::Durable::job) creates it.
#[derive(Debug, Clone)]
#[must_use = "submit it"]
pub struct DurableJob {
    pub(super) id: Option<StoredId>,
    pub(super) task: String,
    pub(super) args: String,
    queue: Option<String>,
    class: Class,
    start: When,
    key: Option<JobKey>,
    rules: RunRules,
}

#[derive(Debug, Clone, Copy)]
enum When {
    Now,
    After(Duration),
    At(StoreTime),
}

impl DurableJob {
    pub(super) fn new(task: &str, args: String) -> Self {
        Self {
            id: None,
            task: task.to_owned(),
            args,
            queue: None,
            class: Class::Normal,
            start: When::Now,
            key: None,
            rules: RunRules::default(),
        }
    }

    /// Creates a job of the task of a schedule.
    pub(super) fn of_task(task: &TaskData) -> Self {
        let mut job = Self::new(&task.name, task.args.to_string());
        job.rules.policy.clone_from(&task.policy);
        job
    }

    /// Sets the id: that of an earlier submission whose result is not known (`ST-026`).
    pub const fn id(mut self, id: StoredId) -> Self {
        self.id = Some(id);
        self
    }

    /// Sets the key, which one job holds at a time (`ST-055`). A text is a key that is taken until its job has ended.
    pub fn key(mut self, key: impl Into<JobKey>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Delays the start until the clock of the store shows this time.
    pub fn at(mut self, at: DateTime<Utc>) -> Self {
        self.start = When::At(at.into());
        self
    }

    /// Delays the start by this much from the submission on.
    pub const fn after(mut self, delay: Duration) -> Self {
        self.start = When::After(delay);
        self
    }

    /// Sets the class: jobs of a higher class are claimed first.
    pub const fn class(mut self, class: Class) -> Self {
        self.class = class;
        self
    }

    /// Sets the queue.
    pub fn queue(mut self, name: impl Into<String>) -> Self {
        self.queue = Some(name.into());
        self
    }

    /// Sets the policy, in place of the registered one of the task. Timeouts count for each claim.
    ///
    /// What only a function can express, as `Retry::only_if`, is not stored: register it with the task.
    pub fn policy(mut self, policy: &JobPolicy) -> Self {
        self.rules.policy = Some(PolicyData::from(policy));
        self
    }

    /// Sets the consequence for the job if its node is lost while it runs.
    pub const fn if_lost(mut self, if_lost: IfLost) -> Self {
        self.rules.if_lost = if_lost;
        self
    }

    /// Sets how often the job is lost with its node before it is dead: 5 times by default (`ST-039`).
    pub const fn max_lost(mut self, times: u32) -> Self {
        self.rules.max_lost = Some(times);
        self
    }

    /// Returns the row of the job.
    pub(super) fn into_row(self, id: StoredId, now: StoreTime) -> JobRow {
        let due = match self.start {
            When::Now => now,
            When::After(delay) => now.plus(delay),
            When::At(at) => at,
        };
        let queue = self
            .queue
            .or_else(|| self.rules.policy.as_ref()?.queue.clone());
        let mut row = JobRow::new(id, self.task, self.args, due);
        if let Some(queue) = queue {
            row.queue = queue;
        }
        row.class = self.class;
        row.key = self.key;
        row.policy = self.rules.write();
        row
    }
}
