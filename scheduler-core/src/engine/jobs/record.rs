//! [`JobRecord`]: a job in the engine, from its acceptance to its end.

use std::{
    panic::Location,
    sync::{Arc, Weak},
};

use chrono::{DateTime, Utc};

use crate::engine::{
    Engine, Key,
    jobs::AttemptState,
    occurrence::Occurrence,
    time::{Timelines, nanos},
};
use crate::{
    Error, EventKind, Now, Operation, Result, RunFacts, ScheduleId,
    base::unix_time::UnixTime,
    event::About,
    job::{
        Body, CancelReason, Job, JobCell, JobControl, JobHost, JobId, JobInfo, JobPolicy,
        JobStatus, Start,
    },
    permit,
};

/// An unfinished job. Rarely used fields are in `JobExtras`.
pub(crate) struct JobRecord {
    /// Present until the job is claimed.
    pub(in crate::engine) body: Option<Body>,
    pub(in crate::engine) stage: Stage,
    /// Counts against the queue limit while it is queued.
    pub(in crate::engine) submitted: bool,
    /// The job had a permit and was returned by the gate.
    pub(in crate::engine) returned: bool,
    /// Claim number, which preserves the order of returned jobs.
    pub(in crate::engine) turn: u32,
    /// Deadline of the due time; before the start of the scheduler, the delay.
    pub(in crate::engine) due: u64,
    pub(in crate::engine) cold: Option<Box<JobExtras>>,
    /// State shared with the handle and the body.
    pub(in crate::engine) cell: Option<Arc<JobCell>>,
}

/// Rarely used fields.
#[derive(Default)]
pub(crate) struct JobExtras {
    pub(crate) name: Option<Arc<str>>,
    /// The schedule in whose lane it is.
    pub(crate) schedule: Option<Key>,
    /// The number of its acceptance, by which its lane is sorted; 0 for jobs that are in none.
    pub(in crate::engine) accepted: u64,
    pub(crate) schedule_id: Option<ScheduleId>,
    /// Nominal time, if it differs from the deadline.
    pub(in crate::engine) nominal: Option<DateTime<Utc>>,
    /// Reason of the cancellation request.
    pub(in crate::engine) told: Option<CancelReason>,
    /// Deadline of its grace; 0 without one.
    pub(in crate::engine) grace: Option<u64>,
    /// Set if no retry may begin, because the schedule was removed.
    pub(in crate::engine) is_last: bool,
    /// Policy of the job.
    pub(crate) policy: Option<Arc<JobPolicy>>,
    /// Attempts and timeouts.
    pub(in crate::engine) trial: Option<Box<AttemptState>>,
    /// The run, if its start is checked again.
    pub(in crate::engine) watched: Option<Box<Occurrence>>,
    /// Facts about its run, unless they are the usual ones.
    pub(in crate::engine) run: Option<Box<RunFacts>>,
    /// Where in the program it was made.
    pub(crate) made_at: Option<&'static Location<'static>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum Stage {
    Delayed,
    Queued,
    /// Waiting for a token of its rate limit.
    Throttled,
    /// Waiting for the result of its retry policy.
    Deciding,
    /// Waiting for its next attempt.
    Retrying,
    /// Waiting until its schedule is resumed.
    Parked,
    /// Waiting until fewer runs of its schedule are active.
    Surplus,
    Running,
    Cancelling,
}

/// A refused job and the error. The caller drops or resubmits the job after unlocking.
pub(crate) type Refused = Box<(Error, Job)>;

impl Engine {
    /// Accepts a job. `cell` is the state of its handle, if it has one; `before` is the number of waiting
    /// submits before it.
    ///
    /// # Errors
    ///
    /// Those of [`permit`], and `QueueFull`. The job is returned, to be dropped after unlocking.
    pub(crate) fn submit(
        &mut self,
        job: Job,
        cell: Option<Arc<JobCell>>,
        before: usize,
        now: &Now,
    ) -> std::result::Result<JobId, Refused> {
        self.cx.begin(now);
        if let Err(error) = self.admit(&job, before) {
            return Err(Box::new((error, job)));
        }
        let wall = match job.start {
            Start::At(instant) => Some(instant),
            _ => None,
        };
        let record = JobRecord {
            stage: Stage::Queued,
            submitted: true,
            returned: false,
            turn: 0,
            due: self.cx.clocks.elapsed(now),
            cold: self.cold_of(job.name, job.policy, wall, job.made_at),
            cell,
            body: Some(job.body),
        };
        let key = self.accept(record, job.start, now);
        match job.start {
            Start::Now => self.enqueue(key, now),
            start => self.delay(key, start, now),
        }
        Ok(id_of(key))
    }

    fn admit(&self, job: &Job, before: usize) -> Result<()> {
        permit(self.cx.lifecycle.state, Operation::Submit)?;
        job.validate()?;
        match self.cx.options.queue_limit {
            Some(limit) if job.takes_room() && self.places(limit, job) <= before => {
                Err(Error::QueueFull { limit })
            }
            _ => Ok(()),
        }
    }

    /// Returns how many such jobs could be accepted, to be queued or to start at once. A job with a rate
    /// limit is always queued.
    fn places(&self, limit: usize, job: &Job) -> usize {
        let throttled = job
            .policy
            .as_ref()
            .is_some_and(|policy| policy.rate_limit.is_some());
        let starts = self.can_start() && self.jobs.queue.queued == 0 && !throttled;
        let at_once = if starts { self.permits() } else { 0 };
        limit
            .saturating_sub(self.jobs.queue.submitted)
            .saturating_add(at_once)
    }

    /// Creates the rarely used fields, if the job needs them.
    fn cold_of(
        &self,
        name: Option<Arc<str>>,
        policy: Option<Arc<JobPolicy>>,
        wall: Option<DateTime<Utc>>,
        made_at: &'static Location<'static>,
    ) -> Option<Box<JobExtras>> {
        let apart = name.is_some() || policy.is_some() || wall.is_some();
        let needed = apart || self.cx.options.keep_spawn_sites;
        needed.then(|| {
            Box::new(JobExtras {
                name,
                policy,
                nominal: wall,
                made_at: Some(made_at),
                ..JobExtras::default()
            })
        })
    }

    fn nominal_of(&self, start: Start, now: &Now) -> DateTime<Utc> {
        match start {
            Start::Now => now.wall,
            Start::At(instant) => instant,
            Start::After(delay) => {
                let elapsed = self.cx.clocks.elapsed(now).saturating_add(nanos(delay));
                self.cx.clocks.steady(elapsed)
            }
        }
    }

    /// Stores a job and publishes `JobScheduled`.
    pub(in crate::engine) fn accept(&mut self, record: JobRecord, start: Start, now: &Now) -> Key {
        let key = self.jobs.records.insert(record);
        self.cx.outbox.counters.accepted += 1;
        self.begin_trial(key, now);
        if let Some(cell) = self.cell_of(key) {
            cell.identify(id_of(key), self.nominal_of(start, now));
        }
        self.publish(now, |engine| {
            let cold = engine
                .jobs
                .records
                .get(key)
                .and_then(|record| record.cold.as_deref());
            EventKind::JobScheduled {
                job: id_of(key),
                name: cold.and_then(|cold| cold.name.clone()),
                schedule: cold.and_then(|cold| cold.schedule_id.clone()),
                nominal: engine.nominal_of(start, now),
                run: cold.and_then(JobExtras::run_facts),
            }
        });
        key
    }

    pub(in crate::engine) fn cell_of(&self, key: Key) -> Option<Arc<JobCell>> {
        self.jobs.records.get(key)?.cell.clone()
    }

    pub(crate) fn status(&self, key: Key) -> JobStatus {
        match self.jobs.records.get(key).map(|record| record.stage) {
            Some(Stage::Delayed) => JobStatus::Delayed,
            Some(Stage::Queued | Stage::Throttled | Stage::Parked | Stage::Surplus) => {
                JobStatus::Queued
            }
            Some(Stage::Deciding | Stage::Retrying) => JobStatus::Retrying,
            Some(Stage::Running) => JobStatus::Running,
            Some(Stage::Cancelling) => JobStatus::Cancelling,
            None if self.jobs.handling.contains(key) => JobStatus::Handling,
            None => JobStatus::Finished,
        }
    }

    pub(crate) fn job_infos(&self) -> Vec<JobInfo> {
        let info = |(key, record): (Key, &JobRecord)| self.info_of(key, record);
        let jobs = self.jobs.records.iter().map(info);
        jobs.chain(self.jobs.handling.infos()).collect()
    }

    pub(crate) fn job_info(&self, key: Key) -> Option<JobInfo> {
        let info = self
            .jobs
            .records
            .get(key)
            .map(|record| self.info_of(key, record));
        info.or_else(|| self.jobs.handling.info(key))
    }

    fn info_of(&self, key: Key, record: &JobRecord) -> JobInfo {
        let cold = record.cold.as_deref();
        let mut info = JobInfo::new(
            id_of(key),
            cold.and_then(|cold| cold.name.clone()),
            self.status(key),
            cold.and_then(|cold| cold.schedule_id.clone()),
        );
        info.attempt = record.attempt();
        info.progress = record.cell.as_ref().and_then(|cell| cell.progress());
        if let Some(cold) = cold {
            info.policy = cold.policy.clone();
            info.spawned_at = cold.made_at;
        }
        info
    }

    /// Returns the keys of all running jobs, or of all others.
    pub(in crate::engine) fn keys(&self, running: bool) -> Vec<Key> {
        let wanted = |record: &JobRecord| {
            matches!(record.stage, Stage::Running | Stage::Cancelling) == running
        };
        let keys = self
            .jobs
            .records
            .iter()
            .filter(|(_, record)| wanted(record));
        keys.map(|(key, _)| key).collect()
    }

    pub(in crate::engine) fn name_of(&self, key: Key) -> Option<Arc<str>> {
        self.jobs.records.get(key)?.cold.as_ref()?.name.clone()
    }
}

impl JobRecord {
    /// Creates the job of a run.
    pub(in crate::engine) fn of_schedule(body: Body, cold: JobExtras) -> Self {
        Self {
            body: Some(body),
            stage: Stage::Queued,
            submitted: false,
            returned: false,
            turn: 0,
            due: 0,
            cold: Some(Box::new(cold)),
            cell: None,
        }
    }

    /// Returns whether a timer entry with this deadline is current.
    pub(in crate::engine) fn waits_for(&self, deadline: u64) -> bool {
        matches!(self.stage, Stage::Delayed | Stage::Retrying) && self.due == deadline
    }

    /// Returns the facts for event filters.
    pub(in crate::engine) fn about(&self) -> About<'_> {
        let policy = self.policy();
        About {
            schedule: self
                .cold
                .as_ref()
                .and_then(|cold| cold.schedule_id.as_ref()),
            tags: policy.map_or(&[], |policy| &policy.tags),
        }
    }

    pub(in crate::engine) fn policy(&self) -> Option<&Arc<JobPolicy>> {
        self.cold.as_ref()?.policy.as_ref()
    }

    pub(in crate::engine) fn trial(&self) -> Option<&AttemptState> {
        self.cold.as_ref()?.trial.as_deref()
    }

    pub(in crate::engine) fn trial_mut(&mut self) -> Option<&mut AttemptState> {
        self.cold.as_mut()?.trial.as_deref_mut()
    }

    /// Returns the number of started attempts.
    pub(in crate::engine) fn attempt(&self) -> u32 {
        let started = matches!(self.stage, Stage::Running | Stage::Cancelling);
        self.trial()
            .map_or_else(|| u32::from(started), |trial| trial.attempt)
    }

    /// Returns the body for one attempt. A job that may be retried keeps a copy.
    pub(in crate::engine) fn body_to_run(&mut self) -> Option<Body> {
        let again = self.policy().is_some_and(|policy| policy.retry.is_some());
        if again {
            self.body.as_ref()?.repeated()
        } else {
            self.body.take()
        }
    }

    pub(in crate::engine) fn wall_instant(&self) -> Option<DateTime<Utc>> {
        self.cold
            .as_ref()?
            .nominal
            .filter(|_| self.stage == Stage::Delayed)
    }

    /// Returns whether a success has no effect except waking the waiters.
    pub(in crate::engine) fn ends_quietly(&self) -> bool {
        let is_quiet = |cold: &JobExtras| {
            let JobExtras {
                name: _,
                nominal: _,
                schedule: _,
                accepted: _,
                // Its end is recorded in the history of its schedule.
                schedule_id,
                told,
                grace,
                is_last: _,
                policy,
                trial,
                // Matters until it starts.
                watched: _,
                run: _,
                made_at: _,
            } = cold;
            let asks = policy.is_some() || trial.is_some();
            schedule_id.is_none() && told.is_none() && grace.is_none() && !asks
        };
        self.stage == Stage::Running && self.cold.as_deref().is_none_or(is_quiet)
    }

    pub(in crate::engine) fn told(&self) -> Option<CancelReason> {
        self.cold.as_ref()?.told
    }

    /// Returns the job's cell, and creates it if there is none.
    pub(in crate::engine) fn make_cell(
        &mut self,
        key: Key,
        host: &Weak<dyn JobHost>,
        clocks: &Timelines,
    ) -> Arc<JobCell> {
        let (cold, due) = (self.cold.as_deref(), self.due);
        let make = || {
            let nominal = cold.and_then(|cold| cold.nominal);
            let nominal = nominal.map_or_else(|| clocks.steady_unix(due), UnixTime::of);
            let facts = cold.map(JobExtras::facts).unwrap_or_default();
            let cell = JobCell::of_job(id_of(key), nominal, facts, Some(host.clone()));
            Arc::new(cell)
        };
        self.cell.get_or_insert_with(make).clone()
    }
}

pub(crate) fn id_of(key: Key) -> JobId {
    JobId::from_bits(key.to_bits())
}

pub(crate) fn key_of(id: JobId) -> Key {
    Key::from_bits(id.to_bits())
}
