//! Inputs: reports of the executor, results of retry policies and triggers, and returns of error
//! handlers. The inputs of the driver are in [`driver`].

mod driver;

use std::{collections::VecDeque, sync::Arc, time::Duration};

pub(crate) use self::driver::Rest;
use super::{
    Begin, Claim, End, Ended, Engine, Key, Plan, PlanRequest, Question, Retirement, Unhandled,
    jobs::{Crossing, Finished, RunEnded, Wait},
    schedules::plan::Passed,
};
use crate::{
    Now, ScheduleId, Shutdown, State, StateCause,
    job::{Body, JobId, Progress},
    schedule::{BackfillAnswer, BackfillQuestion},
};

impl Engine {
    /// Decides about a job with a permit whose executor is about to poll it.
    pub(crate) fn begin(&mut self, key: Key, body: Body, now: &Now) -> Begin {
        self.cx.begin(now);
        match self.jobs.cross(key, &self.schedules, &mut self.cx) {
            Crossing::Begins => Begin::Now(body),
            Crossing::RunBegins => {
                self.watched_start(key);
                Begin::Now(body)
            }
            Crossing::Returned => Begin::Held(self.jobs.keep_body(key, body)),
            Crossing::Aside(wait) => {
                let left = self.jobs.keep_body(key, body);
                if wait == Wait::Paused {
                    self.release_beside(self.schedule_of(key));
                }
                self.jobs.fill(&self.schedules, &mut self.cx);
                Begin::Held(left)
            }
            Crossing::Never => Begin::Never(body),
        }
    }

    fn schedule_of(&self, job: Key) -> Option<Key> {
        self.jobs.get(job)?.schedule()
    }

    /// Handles a run of this schedule that is no longer active, but has not finished.
    fn release_beside(&mut self, schedule: Option<Key>) {
        if let Some(schedule) = schedule {
            self.schedules
                .release_beside(schedule, &mut self.jobs, &mut self.cx);
        }
    }

    /// Completes the shutdown in progress, if nothing is left to wait for.
    pub(super) fn check_closed(&mut self) {
        if self.cx.lifecycle.state() == State::ShuttingDown {
            let (closing, mut targets) = self.parts();
            closing.check(&mut targets);
        }
    }

    /// Handles the end of an execution. Has no effect if the job was abandoned before (`LC-016`).
    ///
    /// The caller keeps `ended`, and drops it after unlocking.
    pub(crate) fn handle_finished(&mut self, key: Key, ended: &Ended, now: &Now) {
        self.cx.begin(now);
        if let Some(finished) = self.jobs.handle_finished(key, ended, &mut self.cx) {
            self.finished(finished);
        }
    }

    /// Handles the end of a run: buffered runs may start, and a backfill may proceed.
    pub(super) fn run_ended(&mut self, run: Option<&RunEnded>) {
        if run.is_some_and(RunEnded::is_of_backfill) {
            self.backfills
                .run_ended(run, &mut self.schedules, &mut self.jobs, &mut self.cx);
        } else {
            self.schedules.run_ended(run, &mut self.jobs, &mut self.cx);
        }
    }

    /// Handles the begin of a body whose time matters to a schedule or a backfill.
    pub(super) fn watched_start(&mut self, job: Key) {
        let Some(record) = self.jobs.get(job) else {
            return;
        };
        match (record.schedule(), record.watched().copied()) {
            (Some(schedule), Some(what)) => {
                self.schedules
                    .finish_paced_turn(schedule, &what, &mut self.cx);
            }
            (None, Some(_)) => self.backfills.run_started(job, &mut self.cx),
            _ => {}
        }
    }

    /// Starts jobs that waited for the permit or slot of a job.
    pub(super) fn finished(&mut self, finished: Finished) {
        match finished {
            // Most jobs are no runs.
            Finished::Job(None) => {}
            Finished::Job(run) => self.run_ended(run.as_ref()),
            Finished::Retries(schedule) => self.release_beside(schedule),
        }
        self.jobs.fill(&self.schedules, &mut self.cx);
        self.check_closed();
    }

    /// Finishes a successful job whose end only wakes its waiters, without reading a clock. Returns `None` if the
    /// end may have further effects.
    pub(crate) fn finish_quietly(&mut self, key: Key) -> Option<End> {
        self.jobs.finish_quietly(key, &mut self.cx)
    }

    /// Publishes the progress of a job. Called only while there are event readers.
    pub(crate) fn handle_progress(&mut self, key: Key, progress: &Arc<Progress>, now: &Now) {
        self.cx.begin(now);
        self.jobs.handle_progress(key, progress, &mut self.cx);
    }

    /// Handles the result of a retry policy, unless the job was cancelled meanwhile.
    pub(crate) fn handle_retry(&mut self, key: Key, delay: Option<Duration>, now: &Now) {
        self.cx.begin(now);
        let (rules, cx) = (&self.schedules, &mut self.cx);
        if let Some(finished) = self.jobs.handle_retry(key, delay, rules, cx) {
            self.finished(finished);
        }
    }

    /// Handles the result of a schedule's trigger, unless the schedule was changed since the
    /// request.
    pub(crate) fn handle_plan(&mut self, request: &PlanRequest, plan: Plan, now: &Now) {
        self.cx.begin(now);
        self.schedules
            .handle_plan(request, plan, &mut self.jobs, &mut self.cx);
        self.check_closed();
    }

    /// Handles the result of a backfill's trigger, unless the backfill was ended since the request.
    pub(crate) fn handle_instants(
        &mut self,
        question: BackfillQuestion,
        answer: BackfillAnswer,
        now: &Now,
    ) {
        self.cx.begin(now);
        self.backfills.handle_instants(
            question,
            answer,
            &mut self.schedules,
            &mut self.jobs,
            &mut self.cx,
        );
    }

    /// Handles the result of a replaced trigger: records the due instants that will not run.
    pub(crate) fn handle_retired(&mut self, retired: Retirement, all: Vec<Passed>, now: &Now) {
        self.cx.begin(now);
        self.schedules.handle_retired(retired, all, &mut self.cx);
        // A shutdown waits for the record.
        self.check_closed();
    }

    /// Defers calls of triggers to the driver, after due entries.
    pub(crate) fn put_off(&mut self, questions: impl IntoIterator<Item = Question>, now: &Now) {
        self.cx.begin(now);
        let (closing, mut targets) = self.parts();
        targets.askers().put_off(questions);
        if !closing.has_driver(targets.cx) {
            targets.askers().drop_all();
            closing.check(&mut targets);
        }
    }

    /// Records the return of an error handler. Returns the failure, to be dropped after unlocking,
    /// unless the handler had exceeded its grace.
    pub(crate) fn handle_handled(&mut self, key: Key, now: &Now) -> Option<Unhandled> {
        self.cx.begin(now);
        let handled = self.jobs.handle_handled(key, &mut self.cx);
        self.backfills.run_handled(key, &mut self.cx);
        self.check_closed();
        handled
    }

    /// Records the text of the error of a failed run in the ledger of its schedule (`LG-008`).
    pub(crate) fn note_error(&mut self, schedule: &ScheduleId, job: JobId, error: &Arc<str>) {
        self.schedules.note_error(schedule, job, error);
    }

    /// Starts the gathered jobs of an instant, unless a trigger may still return one of them.
    pub(crate) fn release_gathered(&mut self, now: &Now) {
        self.cx.begin(now);
        self.start_gathered();
    }

    fn start_gathered(&mut self) {
        if !self.cx.trigger_calls.is_about_to_end() {
            self.jobs.release_gathered(&self.schedules, &mut self.cx);
        }
    }

    /// Returns the next job for a runner, including new claims.
    pub(crate) fn next_claim(&mut self) -> Option<Claim> {
        self.jobs.next_claim()
    }

    /// Records the end of a runner. If it was the last one, returns the remaining jobs.
    pub(crate) fn handle_runner_gone(&mut self) -> VecDeque<Claim> {
        self.jobs.handle_runner_gone()
    }

    /// Shuts down at once, because the last handle was dropped.
    pub(crate) fn handle_dropped(&mut self, now: &Now) {
        self.cx.begin(now);
        match self.cx.lifecycle.state() {
            State::ShutDown | State::ShuttingDown => {}
            _ => self.close(Shutdown::immediate(), StateCause::Dropped),
        }
    }
}
