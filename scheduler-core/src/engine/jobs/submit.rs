//! Accepts jobs.

use std::{panic::Location, sync::Arc, time::Duration};

use super::{JobExtras, JobRecord, Jobs, Refused, Stage, StartRules, id_of};
use crate::{
    Error, EventKind, Operation, Result,
    base::unix_time::UnixTime,
    engine::{Cx, Key, QueueNumber, time::nanos},
    job::{Job, JobCell, JobId, JobPolicy, Start},
    permit,
};

impl Jobs {
    /// Accepts a job. `cell` is the state of its handle, if it has one; `before` is the number of waiting
    /// submits before it.
    ///
    /// # Errors
    ///
    /// Those of [`permit`], and `QueueFull`. The job is returned, to be dropped after unlocking.
    pub(in crate::engine) fn submit(
        &mut self,
        job: Job,
        cell: Option<Arc<JobCell>>,
        before: usize,
        rules: &impl StartRules,
        cx: &mut Cx,
    ) -> std::result::Result<JobId, Refused> {
        let queue = match self.admit(&job, before, cx) {
            Ok(queue) => queue,
            Err(error) => return Err(Box::new((error, job))),
        };
        let wall = match job.start {
            Start::At(instant) => Some(UnixTime::of(instant)),
            _ => None,
        };
        let record = JobRecord {
            queue,
            stage: Stage::Queued,
            submitted: true,
            returned: false,
            turn: 0,
            due: cx.elapsed(),
            extras: extras_of(job.name, job.policy, wall, job.made_at, cx),
            cell,
            body: Some(job.body),
        };
        let key = self.accept(record, job.start.into(), cx);
        match job.start {
            Start::Now => self.enqueue(key, rules, cx),
            start => self.delay(key, start, cx),
        }
        if self.task_limits.is_unsettled() {
            self.fill(rules, cx);
        }
        Ok(id_of(key))
    }

    /// Returns the queue that takes the job.
    fn admit(&self, job: &Job, before: usize, cx: &Cx) -> Result<QueueNumber> {
        permit(cx.lifecycle.state(), Operation::Submit)?;
        job.validate()?;
        let number = self.queues.find(job.policy.as_deref())?;
        match self.queues.get(number).limit() {
            Some(limit) if job.takes_room() && self.places(number, job, cx) <= before => {
                Err(Error::QueueFull {
                    queue: self.queues.get(number).name().clone(),
                    limit,
                })
            }
            _ => Ok(number),
        }
    }

    /// Returns how many jobs like `job` could be accepted, to be queued or to start at once. A job
    /// with a limit of its group or task is always queued.
    fn places(&self, number: QueueNumber, job: &Job, cx: &Cx) -> usize {
        let throttled = job
            .policy
            .as_ref()
            .is_some_and(|policy| policy.rate_limit.is_some() || policy.task_limit.is_some());
        let queue = self.queues.get(number);
        let starts = !throttled && queue.len() == 0 && self.can_start(number, cx);
        let at_once = if starts { queue.at_once() } else { 0 };
        queue.free_slots().saturating_add(at_once)
    }

    /// Stores a run in the queue that its policy names, and publishes `JobScheduled`.
    pub(in crate::engine) fn accept_run(
        &mut self,
        mut record: JobRecord,
        nominal: Nominal,
        cx: &mut Cx,
    ) -> Key {
        // The policy was checked with the schedule.
        let policy = record.policy().map(Arc::as_ref);
        record.queue = self.queues.find(policy).unwrap_or_default();
        self.accept(record, nominal, cx)
    }

    /// Stores a job and publishes `JobScheduled`.
    fn accept(&mut self, mut record: JobRecord, nominal: Nominal, cx: &mut Cx) -> Key {
        let number = cx.outbox.count_accepted();
        if let Some(extras) = &mut record.extras {
            extras.accepted = number;
        }
        let has_policy = record.policy().is_some();
        let key = self.records.insert(record);
        if has_policy {
            self.begin_attempts(key, cx);
        }
        let record = self.records.get(key);
        if let Some(cell) = record.and_then(|record| record.cell.as_ref()) {
            cell.identify(id_of(key), nominal.instant(cx));
        }
        if cx.outbox.readers.is_observed() {
            let extras = self.records.get(key).and_then(|it| it.extras.as_deref());
            let nominal = match nominal {
                Nominal::Now => cx.now().wall(),
                later => later.instant(cx).date(),
            };
            let scheduled = EventKind::JobScheduled {
                job: id_of(key),
                name: extras.and_then(|extras| extras.name.clone()),
                schedule: extras.and_then(|extras| extras.schedule_id.clone()),
                nominal,
                run: extras.and_then(JobExtras::run_facts),
            };
            self.publish(key, || scheduled, cx);
        }
        key
    }
}

/// Creates the rarely used fields, if the job needs them.
fn extras_of(
    name: Option<Arc<str>>,
    policy: Option<Arc<JobPolicy>>,
    wall: Option<UnixTime>,
    made_at: &'static Location<'static>,
    cx: &Cx,
) -> Option<Box<JobExtras>> {
    let apart = name.is_some() || policy.is_some() || wall.is_some();
    let needed = apart || cx.options().keep_spawn_sites;
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

/// The nominal time of a job.
#[derive(Clone, Copy)]
pub(in crate::engine) enum Nominal {
    Now,
    After(Duration),
    At(UnixTime),
}

impl From<Start> for Nominal {
    fn from(start: Start) -> Self {
        match start {
            Start::Now => Self::Now,
            Start::After(delay) => Self::After(delay),
            Start::At(instant) => Self::At(UnixTime::of(instant)),
        }
    }
}

impl Nominal {
    #[inline]
    fn instant(self, cx: &Cx) -> UnixTime {
        match self {
            Self::Now => cx.wall(),
            Self::At(instant) => instant,
            Self::After(delay) => {
                let elapsed = cx.elapsed().saturating_add(nanos(delay));
                cx.clocks().steady(elapsed)
            }
        }
    }
}
