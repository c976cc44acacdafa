//! The life of a job: accepted, waiting, claimed, ended.

use std::{
    collections::VecDeque,
    sync::{Arc, Weak},
};

use chrono::{DateTime, Utc};

use super::{
    Action, Claim, Engine,
    clock::{NEVER, Timelines, nanos},
    slab::Key,
};
use crate::{
    Error, EventKind, LifecycleError, Now, Operation, Result, ScheduleId, State,
    job::{
        Body, CancelMode, CancelReason, CancelStatus, Job, JobCell, JobError, JobHost, JobId,
        JobInfo, JobOutcome, JobStatus, OutcomeKind, Start, Told,
    },
    permit,
};

/// A job that has not ended. What nearly all jobs need is here, the rest apart.
pub(crate) struct JobRecord {
    /// Present until the job is claimed.
    body: Option<Body>,
    stage: Stage,
    /// Counts against the queue limit while it is queued.
    submitted: bool,
    /// The deadline it waits for; before the start of the scheduler, the delay.
    due: u64,
    cold: Option<Box<Cold>>,
}

/// What only some jobs have.
#[derive(Default)]
pub(crate) struct Cold {
    pub(crate) name: Option<Arc<str>>,
    pub(crate) cell: Option<Arc<JobCell>>,
    /// The schedule whose overlap policy it counts for.
    pub(crate) schedule: Option<Key>,
    pub(crate) schedule_id: Option<ScheduleId>,
    /// The instant it is for, where that is not simply its deadline.
    nominal: Option<DateTime<Utc>>,
    /// Why it was told to end.
    told: Option<CancelReason>,
    /// When its grace is over.
    grace: Option<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Delayed,
    Queued,
    Running,
    Cancelling,
}

/// How the execution of a job came to its end, as the driver saw it.
pub(crate) enum Ended {
    /// The body answered.
    Returned(std::result::Result<(), JobError>),
    /// The body panicked.
    Panicked(String),
    /// The body was dropped because the job had been told to end.
    Dropped,
    /// The runtime dropped the body, or could not take it.
    Lost(&'static str),
}

/// Why a job was not taken, and the job, to be destroyed or offered again without a lock.
pub(crate) type Refused = Box<(Error, Job)>;

/// Everything the engine knows of jobs as a whole.
#[derive(Default)]
pub(crate) struct Queue {
    /// Jobs that wait for a permit, in order; some may be gone by now.
    ready: VecDeque<Key>,
    /// How many of them are not gone.
    pub(crate) queued: usize,
    /// How many of those count against the limit.
    pub(crate) submitted: usize,
    pub(crate) delayed: usize,
    pub(crate) running: usize,
    /// Jobs that run but wait for another job.
    pub(crate) waiting: usize,
    /// Delayed jobs that were accepted before the start.
    unarmed: Vec<Key>,
}

impl Engine {
    /// Takes a job. `cell` is what its handle looks at, if it has one.
    ///
    /// # Errors
    ///
    /// By [`permit`], and `QueueFull`. The job is handed back, to be destroyed without a lock.
    pub(crate) fn submit(
        &mut self,
        job: Job,
        cell: Option<Arc<JobCell>>,
        now: &Now,
    ) -> std::result::Result<JobId, Refused> {
        if let Err(error) = self.admit(job.start) {
            return Err(Box::new((error, job)));
        }
        let nominal = self.nominal_of(job.start, now);
        let wall = matches!(job.start, Start::At(_)).then_some(nominal);
        let record = JobRecord {
            stage: Stage::Queued,
            submitted: true,
            due: self.clocks.elapsed(now),
            cold: Cold::for_submission(job.name, cell, wall),
            body: Some(job.body),
        };
        let key = self.accept(record, nominal, now);
        match job.start {
            Start::Now => self.enqueue(key, now),
            start => self.delay(key, start, now),
        }
        Ok(id_of(key))
    }

    /// # Errors
    ///
    /// `QueueFull` if there is a limit.
    pub(crate) fn queue_full(&self) -> Result<()> {
        permit(self.state, Operation::Submit)?;
        let full = |limit| Err(Error::QueueFull { limit });
        self.options.queue_limit.map_or(Ok(()), full)
    }

    fn admit(&self, start: Start) -> Result<()> {
        permit(self.state, Operation::Submit)?;
        match self.options.queue_limit {
            Some(limit) if start == Start::Now && !self.has_room(limit) => {
                Err(Error::QueueFull { limit })
            }
            _ => Ok(()),
        }
    }

    /// Whether a job could be queued, or start at once.
    fn has_room(&self, limit: usize) -> bool {
        self.queue.submitted < limit || self.can_start() && self.queue.queued == 0
    }

    fn nominal_of(&self, start: Start, now: &Now) -> DateTime<Utc> {
        match start {
            Start::Now => now.wall,
            Start::At(instant) => instant,
            Start::After(delay) => {
                let elapsed = self.clocks.elapsed(now).saturating_add(nanos(delay));
                self.clocks.steady(elapsed)
            }
        }
    }

    /// Puts a job on record and announces it.
    pub(super) fn accept(&mut self, record: JobRecord, nominal: DateTime<Utc>, now: &Now) -> Key {
        let key = self.jobs.insert(record);
        self.metrics.accepted += 1;
        if let Some(cell) = self.cell_of(key) {
            cell.identify(id_of(key), nominal);
        }
        self.publish(now, |engine| {
            let cold = engine
                .jobs
                .get(key)
                .and_then(|record| record.cold.as_deref());
            EventKind::JobScheduled {
                job: id_of(key),
                name: cold.and_then(|cold| cold.name.clone()),
                schedule: cold.and_then(|cold| cold.schedule_id.clone()),
                nominal,
            }
        });
        key
    }

    fn delay(&mut self, key: Key, start: Start, now: &Now) {
        let started = self.has_started();
        let due = match start {
            Start::Now => 0,
            Start::At(instant) => self.clocks.deadline(crate::Timeline::Wall, instant, now),
            Start::After(delay) if started => self.clocks.elapsed(now).saturating_add(nanos(delay)),
            Start::After(delay) => nanos(delay),
        };
        let Some(record) = self.jobs.get_mut(key) else {
            return;
        };
        record.stage = Stage::Delayed;
        record.due = due;
        self.queue.delayed += 1;
        if started {
            self.arm(due, key.slot);
        } else {
            self.queue.unarmed.push(key);
        }
        self.wall_jobs += usize::from(matches!(start, Start::At(_)));
    }

    /// Arms what was delayed before the start: delays count from the start (`LC-021`).
    pub(super) fn arm_delayed(&mut self, now: &Now) {
        let elapsed = self.clocks.elapsed(now);
        for key in std::mem::take(&mut self.queue.unarmed) {
            let Some(record) = self.jobs.get_mut(key) else {
                continue;
            };
            record.due = match record.wall_instant() {
                Some(instant) => self.clocks.deadline(crate::Timeline::Wall, instant, now),
                None => record.due.saturating_add(elapsed),
            };
            let due = record.due;
            self.arm(due, key.slot);
        }
    }

    /// Arms jobs of the wall clock anew, after it was set.
    pub(super) fn rearm_wall_jobs(&mut self, now: &Now) {
        if self.wall_jobs == 0 {
            return;
        }
        let waits = |(key, record): (Key, &JobRecord)| Some((key, record.wall_instant()?));
        let waiting: Vec<_> = self.jobs.iter().filter_map(waits).collect();
        for (key, instant) in waiting {
            let due = self.clocks.deadline(crate::Timeline::Wall, instant, now);
            if let Some(record) = self.jobs.get_mut(key) {
                record.due = due;
            }
            self.disarm();
            self.arm(due, key.slot);
        }
    }

    /// The job in `slot` has come to its deadline, unless the entry is stale.
    pub(super) fn job_due(&mut self, slot: u32, deadline: u64, now: &Now) {
        let Some(key) = self.jobs.key_of_slot(slot) else {
            return self.timers.note_discarded();
        };
        let Some(record) = self.jobs.get_mut(key) else {
            return;
        };
        if record.stage != Stage::Delayed || record.due != deadline {
            return self.timers.note_discarded();
        }
        let early = record.wall_instant().filter(|&instant| instant > now.wall);
        if let Some(instant) = early {
            // The wall clock was set back: not yet.
            record.due = self.clocks.deadline(crate::Timeline::Wall, instant, now);
            let due = record.due;
            return self.arm(due, slot);
        }
        self.undelay(key);
        if let Some(record) = self.jobs.get_mut(key) {
            record.stage = Stage::Queued;
            record.submitted = false;
        }
        self.enqueue(key, now);
    }

    fn undelay(&mut self, key: Key) {
        self.queue.delayed -= 1;
        let wall = self.jobs.get(key).and_then(JobRecord::wall_instant);
        self.wall_jobs -= usize::from(wall.is_some());
    }

    /// Puts a job at the end of the queue, or starts it if nothing stands in its way.
    pub(super) fn enqueue(&mut self, key: Key, now: &Now) {
        if self.queue.queued == 0 && self.can_start() {
            return self.claim(key, now);
        }
        self.queue.queued += 1;
        self.queue.submitted += usize::from(self.jobs.get(key).is_some_and(|job| job.submitted));
        self.queue.ready.push_back(key);
    }

    fn can_start(&self) -> bool {
        self.state == State::Running
            && self
                .options
                .max_concurrent_jobs
                .is_none_or(|limit| self.queue.running < limit)
    }

    /// Starts queued jobs, in order, while there are permits (`JB-014`, `JB-015`).
    pub(super) fn fill(&mut self, now: &Now) {
        while self.queue.queued > 0 && self.can_start() {
            let Some(key) = self.queue.ready.pop_front() else {
                return;
            };
            if self.is_queued(key) {
                self.unqueue(key);
                self.claim(key, now);
            }
        }
    }

    fn is_queued(&self, key: Key) -> bool {
        self.jobs
            .get(key)
            .is_some_and(|job| job.stage == Stage::Queued)
    }

    /// Takes a job out of the counts of the queue.
    fn unqueue(&mut self, key: Key) {
        self.queue.queued -= 1;
        if self.jobs.get(key).is_some_and(|job| job.submitted) {
            self.queue.submitted -= 1;
            self.room_made = true;
        }
    }

    fn claim(&mut self, key: Key, now: &Now) {
        let Some(record) = self.jobs.get_mut(key) else {
            return;
        };
        let Some(body) = record.body.take() else {
            return;
        };
        record.stage = Stage::Running;
        self.queue.running += 1;
        let cell = match &body {
            Body::Future(_) => record.cell(),
            _ => Some(record.make_cell(key, &self.host, &self.clocks)),
        };
        self.actions
            .push_back(Action::Run(Claim { key, body, cell }));
        self.publish(now, |_| EventKind::JobClaimed(id_of(key)));
    }

    /// The body of a job begins: only told to the engine while somebody observes (`EV-002`).
    pub(crate) fn handle_started(&mut self, key: Key, now: &Now) {
        if self.is_running(key) {
            self.publish(now, |_| EventKind::JobStarted(id_of(key)));
        }
    }

    fn is_running(&self, key: Key) -> bool {
        let stage = self.jobs.get(key).map(|record| record.stage);
        matches!(stage, Some(Stage::Running | Stage::Cancelling))
    }

    /// The execution of a job has ended. Does nothing if the job was abandoned before (`LC-016`).
    pub(crate) fn handle_finished(&mut self, key: Key, ended: Ended, now: &Now) {
        if !self.is_running(key) {
            return;
        }
        self.queue.running -= 1;
        let told = self.jobs.get(key).and_then(JobRecord::told);
        let outcome = ended.outcome(told);
        self.note_closing_end(key, &outcome);
        let schedule = self.conclude(key, outcome, now);
        if let Some(schedule) = schedule {
            self.occurrence_ended(schedule, key, now);
        }
        self.fill(now);
        self.check_closed(now);
    }

    /// Takes a job off the record, for good, with its outcome. Answers its schedule.
    pub(super) fn conclude(&mut self, key: Key, outcome: JobOutcome, now: &Now) -> Option<Key> {
        let record = self.jobs.remove(key)?;
        self.count(outcome.kind());
        self.publish(now, |_| EventKind::JobFinished {
            job: id_of(key),
            outcome: outcome.clone(),
        });
        if let Some(body) = record.body {
            self.actions.push_back(Action::DiscardBody(body));
        }
        let schedule = record.cold.as_ref().and_then(|cold| cold.schedule);
        if let Some(grace) = record.cold.as_ref().and_then(|cold| cold.grace) {
            self.graces.remove(&(grace, key));
        }
        let is_failure = matches!(outcome, JobOutcome::Failed(_));
        let somebody_cares = record.cold.is_some() || is_failure;
        if somebody_cares {
            let cold = record.cold.unwrap_or_default();
            self.actions.push_back(Action::Resolve(cold, outcome, key));
        }
        schedule
    }

    fn count(&mut self, outcome: OutcomeKind) {
        let counter = match outcome {
            OutcomeKind::Succeeded => &mut self.metrics.succeeded,
            OutcomeKind::Failed => &mut self.metrics.failed,
            OutcomeKind::Panicked => &mut self.metrics.panicked,
            OutcomeKind::Cancelled => &mut self.metrics.cancelled,
            OutcomeKind::Lost => &mut self.metrics.lost,
        };
        *counter += 1;
    }

    /// Asks a job to end (`JB-008` … `JB-012`).
    pub(crate) fn cancel(
        &mut self,
        key: Key,
        mode: CancelMode,
        reason: CancelReason,
        now: &Now,
    ) -> CancelStatus {
        let status = match self.jobs.get(key).map(|record| record.stage) {
            None => CancelStatus::TooLate,
            Some(Stage::Delayed | Stage::Queued) => self.prevent(key, reason, now),
            Some(Stage::Running | Stage::Cancelling) => self.tell(key, mode, reason, now),
        };
        self.check_closed(now);
        status
    }

    /// Ends a job that has not started.
    pub(super) fn prevent(&mut self, key: Key, reason: CancelReason, now: &Now) -> CancelStatus {
        match self.jobs.get(key).map(|record| record.stage) {
            Some(Stage::Queued) => {
                self.unqueue(key);
                self.tidy_queue();
            }
            Some(Stage::Delayed) => {
                self.undelay(key);
                self.disarm();
            }
            _ => return CancelStatus::TooLate,
        }
        let schedule = self.conclude(key, JobOutcome::Cancelled(reason), now);
        if let Some(schedule) = schedule {
            self.occurrence_ended(schedule, key, now);
        }
        CancelStatus::Prevented
    }

    /// Keys of cancelled jobs must not pile up in the queue.
    fn tidy_queue(&mut self) {
        if self.queue.ready.len() > 2 * self.queue.queued + 64 {
            let mut ready = std::mem::take(&mut self.queue.ready);
            ready.retain(|&key| self.is_queued(key));
            self.queue.ready = ready;
        }
    }

    /// Tells a running job to end. A later call can only make it more urgent.
    pub(super) fn tell(
        &mut self,
        key: Key,
        mode: CancelMode,
        reason: CancelReason,
        now: &Now,
    ) -> CancelStatus {
        let grace = match mode {
            CancelMode::Graceful(grace) => self.clocks.elapsed(now).saturating_add(nanos(grace)),
            CancelMode::Immediate => 0,
        };
        let Some(record) = self.jobs.get_mut(key) else {
            return CancelStatus::TooLate;
        };
        let first = std::mem::replace(&mut record.stage, Stage::Cancelling) == Stage::Running;
        let cold = record.cold.get_or_insert_default();
        cold.told.get_or_insert(reason);
        let known = cold.grace.unwrap_or(NEVER);
        if first || grace < known {
            cold.grace = (grace > 0).then_some(grace);
            self.graces.remove(&(known, key));
            self.apply_grace(key, grace);
        }
        if first {
            self.publish(now, |_| EventKind::JobCancelling(id_of(key)));
        }
        CancelStatus::Requested
    }

    fn apply_grace(&mut self, key: Key, grace: u64) {
        if grace > 0 {
            self.graces.insert((grace, key));
            self.note_deadline(grace);
        }
        let what = if grace == 0 { Told::Drop } else { Told::End };
        if let Some(cell) = self.cell_of(key) {
            self.actions.push_back(Action::Tell(cell, what));
        }
    }

    /// Drops what has not ended within its grace.
    pub(super) fn handle_graces(&mut self, elapsed: u64) {
        while let Some(&(grace, key)) = self.graces.first() {
            if grace > elapsed {
                return;
            }
            self.graces.pop_first();
            if let Some(cold) = self
                .jobs
                .get_mut(key)
                .and_then(|record| record.cold.as_mut())
            {
                cold.grace = None;
            }
            self.apply_grace(key, 0);
        }
    }

    pub(super) fn cell_of(&self, key: Key) -> Option<Arc<JobCell>> {
        self.jobs.get(key)?.cold.as_ref()?.cell.clone()
    }

    /// The cell of a running job that was claimed without one. `None` if it has been abandoned.
    pub(crate) fn attach_cell(&mut self, key: Key) -> Option<Arc<JobCell>> {
        let record = self.jobs.get_mut(key)?;
        let cell = record.make_cell(key, &self.host, &self.clocks);
        match record.told() {
            None => {}
            Some(_)
                if record
                    .cold
                    .as_ref()
                    .is_some_and(|cold| cold.grace.is_some()) =>
            {
                cell.tell(Told::End);
            }
            Some(_) => cell.tell(Told::Drop),
        }
        Some(cell)
    }

    /// A running job begins to wait for `target` (`JB-017`).
    ///
    /// # Errors
    ///
    /// `WouldDeadlock` if `target` needs a permit and every job that has one is waiting: none of
    /// them would ever give it back.
    pub(crate) fn begin_wait(&mut self, target: Key) -> Result<()> {
        let exhausted = self
            .options
            .max_concurrent_jobs
            .is_some_and(|limit| self.queue.running >= limit);
        let last_one = self.queue.waiting + 1 >= self.queue.running;
        if self.is_queued(target) && exhausted && last_one {
            return Err(LifecycleError::WouldDeadlock.into());
        }
        self.queue.waiting += 1;
        Ok(())
    }

    pub(crate) fn end_wait(&mut self) {
        self.queue.waiting -= 1;
    }

    pub(crate) fn status(&self, key: Key) -> JobStatus {
        match self.jobs.get(key).map(|record| record.stage) {
            Some(Stage::Delayed) => JobStatus::Delayed,
            Some(Stage::Queued) => JobStatus::Queued,
            Some(Stage::Running) => JobStatus::Running,
            Some(Stage::Cancelling) => JobStatus::Cancelling,
            None => JobStatus::Finished,
        }
    }

    pub(crate) fn job_infos(&self) -> Vec<JobInfo> {
        let info = |(key, record): (Key, &JobRecord)| {
            let cold = record.cold.as_deref();
            JobInfo::new(
                id_of(key),
                cold.and_then(|cold| cold.name.clone()),
                self.status(key),
                cold.and_then(|cold| cold.schedule_id.clone()),
            )
        };
        self.jobs.iter().map(info).collect()
    }

    /// The keys of all jobs, of those that run or of those that do not.
    pub(super) fn keys(&self, running: bool) -> Vec<Key> {
        let wanted = |record: &JobRecord| {
            matches!(record.stage, Stage::Running | Stage::Cancelling) == running
        };
        let keys = self.jobs.iter().filter(|(_, record)| wanted(record));
        keys.map(|(key, _)| key).collect()
    }

    pub(super) fn name_of(&self, key: Key) -> Option<Arc<str>> {
        self.jobs.get(key)?.cold.as_ref()?.name.clone()
    }
}

impl JobRecord {
    /// An occurrence of a schedule, or a run of it on request.
    pub(super) fn of_schedule(body: Body, cold: Cold) -> Self {
        Self {
            body: Some(body),
            stage: Stage::Queued,
            submitted: false,
            due: 0,
            cold: Some(Box::new(cold)),
        }
    }

    /// Whether a timer with this deadline is still wanted.
    pub(super) fn waits_for(&self, deadline: u64) -> bool {
        self.stage == Stage::Delayed && self.due == deadline
    }

    fn wall_instant(&self) -> Option<DateTime<Utc>> {
        self.cold
            .as_ref()?
            .nominal
            .filter(|_| self.stage == Stage::Delayed)
    }

    fn told(&self) -> Option<CancelReason> {
        self.cold.as_ref()?.told
    }

    fn cell(&self) -> Option<Arc<JobCell>> {
        self.cold.as_ref()?.cell.clone()
    }

    /// The job's cell, made now if it has none.
    fn make_cell(
        &mut self,
        key: Key,
        host: &Weak<dyn JobHost>,
        clocks: &Timelines,
    ) -> Arc<JobCell> {
        let cold = self.cold.get_or_insert_default();
        let make = || {
            let cell = JobCell::new(cold.name.clone(), cold.schedule_id.clone(), host.clone());
            cell.identify(
                id_of(key),
                cold.nominal.unwrap_or_else(|| clocks.steady(self.due)),
            );
            Arc::new(cell)
        };
        let cell = cold.cell.clone().unwrap_or_else(make);
        cold.cell.get_or_insert(cell).clone()
    }
}

impl Cold {
    fn for_submission(
        name: Option<Arc<str>>,
        cell: Option<Arc<JobCell>>,
        wall: Option<DateTime<Utc>>,
    ) -> Option<Box<Self>> {
        let needed = name.is_some() || cell.is_some() || wall.is_some();
        needed.then(|| {
            Box::new(Self {
                name,
                cell,
                nominal: wall,
                ..Self::default()
            })
        })
    }

    pub(super) fn of_schedule(
        name: Option<Arc<str>>,
        overlap: Option<Key>,
        id: ScheduleId,
        nominal: DateTime<Utc>,
    ) -> Self {
        Self {
            name,
            schedule: overlap,
            schedule_id: Some(id),
            nominal: Some(nominal),
            ..Self::default()
        }
    }
}

impl Ended {
    /// The outcome that counts: a job that was told to end and did is cancelled, whatever it
    /// answered; a panic stays a panic.
    fn outcome(self, told: Option<CancelReason>) -> JobOutcome {
        match (self, told) {
            (Self::Panicked(message), _) => JobOutcome::Failed(JobError::Panicked(message.into())),
            (Self::Lost(how), _) => JobOutcome::Failed(JobError::Lost(how.into())),
            (Self::Returned(_) | Self::Dropped, Some(reason)) => JobOutcome::Cancelled(reason),
            (Self::Returned(Ok(())), None) => JobOutcome::Succeeded(()),
            (Self::Returned(Err(error)), None) => JobOutcome::Failed(error),
            (Self::Dropped, None) => JobOutcome::Cancelled(CancelReason::Requested),
        }
    }
}

pub(crate) fn id_of(key: Key) -> JobId {
    JobId::from_bits(key.to_bits())
}

pub(crate) fn key_of(id: JobId) -> Key {
    Key::from_bits(id.to_bits())
}
