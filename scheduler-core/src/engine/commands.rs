//! Commands: the calls of users.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Weak},
};

use super::{Engine, Key, QueueNumber, Refused, Subscriber};
use crate::{
    Backfill, BackfillId, FailedJob, ListenerId, Now, Operation, Result, ResumeFrom, Schedule,
    ScheduleChange, ScheduleId, Shutdown, State, StateCause,
    job::{
        CancelMode, CancelReason, CancelStatus, Job, JobCell, JobHost, JobId, JobResult, JobValue,
    },
    permit,
    schedule::{BackfillCell, BackfillHost},
};

impl Engine {
    /// Begins a start, paused or not, and returns its number. [`handle_driver_up`](Self::handle_driver_up) completes it.
    pub(crate) fn start(&mut self, operation: Operation, now: &Now) -> Result<u64> {
        self.cx.begin(now);
        permit(self.cx.lifecycle.state(), operation)?;
        let number = self.cx.lifecycle.begin_start(operation);
        self.cx.change_state(State::Starting, StateCause::Requested);
        Ok(number)
    }

    /// Pauses the scheduler. Jobs whose bodies have not begun return to the queue.
    pub(crate) fn pause(&mut self, now: &Now) -> Result<()> {
        self.cx.begin(now);
        permit(self.cx.lifecycle.state(), Operation::Pause)?;
        if self.cx.lifecycle.state() == State::Running {
            self.cx.change_state(State::Paused, StateCause::Requested);
            for run in self.jobs.hold_back_claims(&mut self.cx) {
                self.run_ended(Some(&run));
            }
        }
        Ok(())
    }

    pub(crate) fn resume(&mut self, now: &Now) -> Result<()> {
        self.cx.begin(now);
        permit(self.cx.lifecycle.state(), Operation::Resume)?;
        if self.cx.lifecycle.state() == State::Paused {
            self.cx.change_state(State::Running, StateCause::Requested);
            self.jobs.fill(&self.schedules, &mut self.cx);
            self.backfills.resume(&mut self.cx);
            // What starts at once needs no slot, so waiters may have their turn.
            self.cx.outbox.note_all_freed();
            // The driver slept towards none of what waited for the end of the pause.
            let next = self.next_deadline();
            self.cx.deadlines.note(next);
        }
        Ok(())
    }

    /// Begins a shutdown, or joins the one in progress (`SD-001`), which a hurrying call shortens (`SD-002`).
    pub(crate) fn shut_down(&mut self, how: Shutdown, now: &Now) -> Result<()> {
        self.cx.begin(now);
        permit(self.cx.lifecycle.state(), Operation::RequestShutdown)?;
        if !self.closing.is_in_progress() {
            self.close(how, StateCause::Requested);
        } else if how.hurry {
            let (closing, mut targets) = self.parts();
            closing.hurry(how, &mut targets);
        }
        Ok(())
    }

    pub(super) fn close(&mut self, how: Shutdown, cause: StateCause) {
        // The present clocks decide what is due.
        self.notice_step();
        let (closing, mut targets) = self.parts();
        closing.begin(how, cause, &mut targets);
    }

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
        self.jobs
            .submit(job, cell, before, &self.schedules, &mut self.cx)
    }

    /// Requests the cancellation of a job (`JB-008` … `JB-012`).
    pub(crate) fn cancel(
        &mut self,
        key: Key,
        mode: CancelMode,
        reason: CancelReason,
        now: &Now,
    ) -> CancelStatus {
        self.cx.begin(now);
        let (status, run) = self.jobs.cancel(key, mode, reason, &mut self.cx);
        self.run_ended(run.as_ref());
        self.check_closed();
        status
    }

    /// Keeps the value of a running job. Returns a value that is not needed.
    pub(crate) fn keep_value(&mut self, key: Key, value: JobValue) -> Option<JobValue> {
        self.jobs.keep_value(key, value)
    }

    /// Returns the result of a finished job.
    ///
    /// # Errors
    ///
    /// `UnknownJob` or a `ResultError`.
    pub(crate) fn result(&mut self, key: Key, now: &Now) -> Result<JobResult> {
        self.cx.begin(now);
        self.jobs.result(key, &mut self.cx)
    }

    /// Returns the cell of an unfinished job, which may have been claimed without one.
    pub(crate) fn attach_cell(&mut self, key: Key) -> Option<Arc<JobCell>> {
        self.jobs.attach_cell(key, &self.cx)
    }

    /// Records that the running job `waiter` waits for `target`, until [`end_wait`](Self::end_wait)
    /// (`JB-017`).
    ///
    /// # Errors
    ///
    /// `WouldDeadlock` if the wait could never end.
    pub(crate) fn begin_wait(&mut self, waiter: Key, target: Key) -> Result<()> {
        let idle_task = |key| self.backfills.idle_task(key);
        self.jobs.begin_wait(waiter, target, &idle_task)
    }

    pub(crate) fn end_wait(&mut self, waiter: Key, target: Key) {
        self.jobs.end_wait(waiter, target);
    }

    /// Records that the running job `waiter` waits for a slot of a queue, until
    /// [`end_slot_wait`](Self::end_slot_wait).
    pub(crate) fn begin_slot_wait(&mut self, waiter: Key, queue: QueueNumber) {
        self.jobs.begin_slot_wait(waiter, queue);
    }

    pub(crate) fn end_slot_wait(&mut self, waiter: Key, queue: QueueNumber) {
        self.jobs.end_slot_wait(waiter, queue);
    }

    /// Pauses a queue. Pausing it again replaces the reason (`QU-006`).
    pub(crate) fn pause_queue(&mut self, name: &str, reason: &str, now: &Now) -> Result<()> {
        self.cx.begin(now);
        self.jobs.pause_queue(name, reason, &mut self.cx)
    }

    /// Resumes a paused queue. Has no effect on others.
    pub(crate) fn resume_queue(&mut self, name: &str, now: &Now) -> Result<()> {
        self.cx.begin(now);
        self.jobs.resume_queue(name, &self.schedules, &mut self.cx)
    }

    /// Returns whether no job runs and none is due, and registers the caller to be woken when that may change.
    pub(crate) fn check_idle(&mut self, now: &Now) -> bool {
        self.cx.begin(now);
        self.stillness.check(&self.jobs, &self.cx)
    }

    /// Adds a watcher of failures (`AJ-021`).
    pub(crate) const fn watch_failures(&mut self) {
        self.cx.report.watch_failures();
    }

    /// Removes a watcher of failures. If it was the last, returns the recorded failures, which the caller drops
    /// after unlocking.
    pub(crate) fn unwatch_failures(&mut self) -> Vec<FailedJob> {
        self.cx.report.unwatch_failures()
    }

    /// Adds a reader. Returns the subscriber of a stream that will never get an event, to be
    /// dropped without a lock, which closes the stream.
    pub(crate) fn observe(&mut self, subscriber: Subscriber) -> Option<Subscriber> {
        if self.cx.lifecycle.state() == State::ShutDown && subscriber.listener.is_none() {
            return Some(subscriber);
        }
        self.cx.outbox.readers.attach(subscriber);
        None
    }

    /// Removes a listener, no call of which begins from now on (`EV-007`).
    pub(crate) fn unobserve(&mut self, id: ListenerId) -> Option<Arc<Subscriber>> {
        self.cx.outbox.readers.detach(id)
    }

    /// Sets how many tasks the runtime can poll at the same time.
    pub(crate) fn set_parallelism(&mut self, tasks: NonZeroUsize) {
        self.jobs.set_parallelism(tasks);
    }

    /// Adds a schedule.
    pub(crate) fn add(&mut self, schedule: Schedule, now: &Now) -> Result<ScheduleId> {
        self.cx.begin(now);
        let checked = self
            .schedules
            .check_schedule(&schedule, &mut self.jobs, &self.cx);
        if let Err(error) = checked {
            self.schedules
                .discard_later(ScheduleChange::all(schedule), &mut self.cx);
            return Err(error);
        }
        self.notice_step();
        self.schedules.add(schedule, &mut self.jobs, &mut self.cx)
    }

    /// Adds all schedules or none.
    pub(crate) fn add_all(
        &mut self,
        schedules: Vec<Schedule>,
        now: &Now,
    ) -> Result<Vec<ScheduleId>> {
        self.cx.begin(now);
        if let Err(error) = self.schedules.check_all(&schedules, &self.jobs, &self.cx) {
            for refused in schedules {
                self.schedules
                    .discard_later(ScheduleChange::all(refused), &mut self.cx);
            }
            return Err(error);
        }
        schedules
            .into_iter()
            .map(|one| self.add(one, now))
            .collect()
    }

    /// Removes a schedule and ends its backfills. Its running jobs continue.
    pub(crate) fn remove(&mut self, id: &ScheduleId, now: &Now) -> Result<()> {
        self.cx.begin(now);
        permit(self.cx.lifecycle.state(), Operation::Remove)?;
        let key = self.schedules.key_of_schedule(id)?;
        self.schedules.begin_removal(key, &mut self.cx);
        self.backfills
            .end_of(key, &mut self.schedules, &mut self.jobs, &mut self.cx);
        self.schedules
            .remove_listed(key, &mut self.jobs, &mut self.cx);
        self.jobs.fill(&self.schedules, &mut self.cx);
        Ok(())
    }

    /// Removes all schedules and ends their backfills. Their running jobs continue.
    pub(crate) fn remove_all(&mut self, now: &Now) -> Result<Vec<ScheduleId>> {
        self.cx.begin(now);
        permit(self.cx.lifecycle.state(), Operation::Remove)?;
        let (ids, keys) = self.schedules.all_listed();
        // First no schedule has a buffered run, so that no end of a run starts another one.
        for &key in &keys {
            self.schedules.begin_removal(key, &mut self.cx);
        }
        for &key in &keys {
            self.backfills
                .end_of(key, &mut self.schedules, &mut self.jobs, &mut self.cx);
        }
        for key in keys {
            self.schedules
                .remove_listed(key, &mut self.jobs, &mut self.cx);
        }
        self.jobs.fill(&self.schedules, &mut self.cx);
        Ok(ids)
    }

    /// Runs the task of a schedule now. The overlap policy neither delays nor counts the run, but removing
    /// the schedule cancels it.
    pub(crate) fn run_now(
        &mut self,
        id: &ScheduleId,
        host: Weak<dyn JobHost>,
        now: &Now,
    ) -> Result<Arc<JobCell>> {
        self.cx.begin(now);
        self.schedules
            .run_now(id, host, &mut self.jobs, &mut self.cx)
    }

    /// Pauses a schedule. Pausing it again replaces the reason (`SC-006`).
    pub(crate) fn pause_schedule(
        &mut self,
        id: &ScheduleId,
        reason: &str,
        now: &Now,
    ) -> Result<()> {
        self.cx.begin(now);
        self.schedules.pause_schedule(id, reason, &mut self.cx)
    }

    /// Resumes a schedule, if it is paused.
    pub(crate) fn resume_schedule(
        &mut self,
        id: &ScheduleId,
        from: ResumeFrom,
        now: &Now,
    ) -> Result<()> {
        self.cx.begin(now);
        self.schedules
            .resume_schedule(id, from, &mut self.jobs, &mut self.cx)
    }

    /// Applies a change, all of it or nothing (`SC-007`).
    pub(crate) fn update(
        &mut self,
        id: &ScheduleId,
        change: ScheduleChange,
        now: &Now,
    ) -> Result<()> {
        self.cx.begin(now);
        if permit(self.cx.lifecycle.state(), Operation::Add).is_ok() {
            self.notice_step();
        }
        self.schedules
            .update(id, change, &mut self.jobs, &mut self.cx)
    }

    /// Starts a backfill.
    pub(crate) fn backfill(
        &mut self,
        id: &ScheduleId,
        what: Backfill,
        host: Weak<dyn BackfillHost>,
        now: &Now,
    ) -> Result<Arc<BackfillCell>> {
        self.cx.begin(now);
        self.backfills.start(
            id,
            what,
            host,
            &mut self.schedules,
            &mut self.jobs,
            &mut self.cx,
        )
    }

    /// Ends a backfill. With `runs`, also cancels its running jobs.
    pub(crate) fn end_backfill(&mut self, id: BackfillId, runs: Option<CancelMode>, now: &Now) {
        self.cx.begin(now);
        self.backfills
            .end(id, runs, &mut self.schedules, &mut self.jobs, &mut self.cx);
    }
}
