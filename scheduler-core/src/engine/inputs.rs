//! What the driver, the executor and user code report to the engine.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use chrono::TimeDelta;

use super::{
    Begin, Claim, End, Ended, Engine, Key, Plan, PlanRequest, Question, Retirement, Unhandled,
    jobs::{Crossing, Finished, RunEnded, Wait},
    schedules::{arming::SCHEDULE, plan::Passed},
    time::{DUE_PER_TURN, Drift, Kind, NEVER, WALL_CLOCK_CHECK},
};
use crate::{
    EventKind, Now, Shutdown, State, StateCause,
    job::{Body, Progress},
    schedule::{BackfillAnswer, BackfillQuestion},
};

/// Next step of the driver after a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rest {
    /// Turn again: more entries are due.
    None,
    /// Sleep until the [next turn](Engine::next_turn), or until woken.
    Until {
        /// When that is, unless triggers that were asked say otherwise.
        deadline: u64,
        /// Whether an entry was due in this turn. The next deadline may then be delayed by the wake quantum.
        served: bool,
    },
    /// Stop: the scheduler has ended.
    Ended,
}

impl Engine {
    /// Takes up to [`DUE_PER_TURN`] due entries, and returns what the driver does next.
    /// Returns the deadline of the driver's sleep after [`Rest::Until`].
    pub(crate) fn handle_timeout(&mut self, now: &Now) -> Rest {
        self.cx.begin(now);
        if self.cx.lifecycle.state() == State::ShutDown {
            return Rest::Ended;
        }
        self.check_clock();
        self.stillness.note_due_taken();
        let elapsed = self.cx.elapsed();
        self.jobs.handle_graces(&mut self.cx);
        self.handle_limits();
        self.handle_phase_over();
        self.prevent_late();
        self.handle_handlers();
        let served = self.take_due(elapsed);
        self.jobs.handle_rates(&self.schedules, &mut self.cx);
        self.schedules
            .handle_paces(elapsed, &mut self.jobs, &mut self.cx);
        self.backfills
            .handle_due(elapsed, &mut self.schedules, &mut self.jobs, &mut self.cx);
        self.parts().1.askers().request();
        self.check_closed();
        if self.cx.lifecycle.state() == State::ShutDown {
            return Rest::Ended;
        }
        let next = self.next_deadline();
        // Trigger results are handled before the next turn.
        if next <= elapsed {
            self.cx.deadlines.sleep_until(0);
            Rest::None
        } else {
            self.cx.deadlines.sleep_until(next);
            Rest::Until {
                deadline: next,
                served,
            }
        }
    }

    /// Returns the deadline towards which the driver sleeps. Earlier entries wake it from now on.
    pub(crate) fn next_turn(&mut self, now: &Now) -> u64 {
        self.cx.begin(now);
        if self.cx.lifecycle.state() == State::ShutDown {
            return 0;
        }
        let next = self.next_deadline();
        self.cx.deadlines.sleep_until(next);
        next
    }

    /// The runtime polls the driver for the first time. Late for a start that was aborted.
    pub(crate) fn handle_driver_up(&mut self, now: &Now) {
        self.cx.begin(now);
        if self.cx.lifecycle.state() != State::Starting {
            return;
        }
        let state = if self.cx.lifecycle.starts_paused {
            State::Paused
        } else {
            State::Running
        };
        self.cx.change_state(state, StateCause::Requested);
        self.jobs.arm_delayed(&mut self.cx);
        self.jobs.limit_early(&mut self.cx);
        self.notice_step();
        self.schedules.request_all_first(&mut self.cx);
        self.jobs.fill(&self.schedules, &mut self.cx);
    }

    /// Decides about a job with a permit whose executor is about to poll it.
    pub(crate) fn begin(&mut self, key: Key, body: Body, now: &Now) -> Begin {
        self.cx.begin(now);
        match self.jobs.cross(key, body, &self.schedules, &mut self.cx) {
            Crossing::Begins(body) => {
                self.watched_start(key);
                Begin::Now(body)
            }
            Crossing::Returned(left) => Begin::Held(left),
            Crossing::Aside(left, wait) => {
                if wait == Wait::Paused {
                    self.release_beside(self.schedule_of(key));
                }
                self.jobs.fill(&self.schedules, &mut self.cx);
                Begin::Held(left)
            }
            Crossing::Never(body) => Begin::Never(body),
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

    /// Ends the scheduler, because the runtime dropped the driver. The error handler will still be called for the
    /// failures `told`.
    pub(crate) fn handle_driver_gone(&mut self, told: &BTreeSet<Key>, now: &Now) {
        self.cx.begin(now);
        match self.cx.lifecycle.state() {
            State::New | State::ShutDown => return,
            State::Starting => {
                // The runtime did not take the driver: as if nothing had been asked (`LC-019`).
                return self.cx.change_state(State::New, StateCause::StartFailed);
            }
            _ => {}
        }
        if !self.closing.is_in_progress() {
            self.close(Shutdown::running_only(), StateCause::RuntimeGone);
        }
        let (closing, mut below) = self.parts();
        closing.handle_driver_gone(told, &mut below);
    }

    fn handle_phase_over(&mut self) {
        let (closing, mut below) = self.parts();
        closing.handle_phase_over(&mut below);
    }

    /// Completes the shutdown in progress, if nothing is left to wait for.
    pub(super) fn check_closed(&mut self) {
        if self.cx.lifecycle.state() == State::ShuttingDown {
            let (closing, mut below) = self.parts();
            closing.check(&mut below);
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
    pub(super) fn run_ended(&mut self, run: Option<RunEnded>) {
        self.backfills
            .run_ended(run, &mut self.schedules, &mut self.jobs, &mut self.cx);
    }

    /// Handles the begin of a body for which a pace waits.
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
    fn finished(&mut self, finished: Finished) {
        match finished {
            Finished::Job(run) => self.run_ended(run),
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
        if let Some(finished) = self.jobs.handle_retry(key, delay, &mut self.cx) {
            self.finished(finished);
        }
    }

    /// Handles the result of a trigger, unless the schedule was changed since the request.
    pub(crate) fn handle_plan(&mut self, request: &PlanRequest, plan: Plan, now: &Now) {
        self.cx.begin(now);
        self.schedules
            .handle_plan(request, plan, &mut self.jobs, &mut self.cx);
        self.check_closed();
    }

    /// Handles the result of a trigger, unless the backfill was ended meanwhile.
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

    /// Handles the result of a trigger about due instants that do not run.
    pub(crate) fn handle_retired(&mut self, retired: Retirement, all: Vec<Passed>, now: &Now) {
        self.cx.begin(now);
        self.schedules.handle_retired(retired, all, &mut self.cx);
        // A shutdown waits for the record.
        self.check_closed();
    }

    /// Defers calls of triggers to the driver, after due entries.
    pub(crate) fn put_off(&mut self, questions: impl IntoIterator<Item = Question>, now: &Now) {
        self.cx.begin(now);
        let (closing, mut below) = self.parts();
        below.askers().put_off(questions);
        if !closing.has_driver(below.cx) {
            below.askers().drop_all();
            closing.check(&mut below);
        }
    }

    /// Records the return of an error handler. Returns the failure, to be dropped after unlocking, unless the
    /// handler had exceeded its grace.
    pub(crate) fn handle_handled(&mut self, key: Key, now: &Now) -> Option<Unhandled> {
        self.cx.begin(now);
        let handled = self.jobs.handle_handled(key, &mut self.cx);
        self.backfills.run_handled(key, &mut self.cx);
        self.check_closed();
        handled
    }

    /// Starts the gathered jobs of an instant, unless a trigger may still return one of them.
    pub(crate) fn release_gathered(&mut self, now: &Now) {
        self.cx.begin(now);
        self.start_gathered();
    }

    fn start_gathered(&mut self) {
        if !self.cx.asking.is_about_to_end() {
            self.jobs.release_gathered(&self.schedules, &mut self.cx);
        }
    }

    /// Announces once that sleeps repeatedly end early.
    pub(crate) fn handle_early_sleeps(&mut self, left: Duration, now: &Now) {
        self.cx.begin(now);
        if !std::mem::replace(&mut self.cx.lifecycle.sleeps_early, true) {
            self.cx.publish(|| EventKind::SleepsEndEarly { left });
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

    /// Compares the clocks before a schedule starts or changes. A step of the wall clock that the driver has
    /// not noticed yet must not move a schedule that starts after it.
    pub(super) fn notice_step(&mut self) {
        if self.cx.lifecycle.has_started() {
            self.check_clock();
        }
    }

    pub(super) fn check_clock(&mut self) {
        let now = self.cx.now();
        let since_known = self.cx.clocks.since_observed(&now);
        let drift = self.cx.clocks.observe(&now);
        if drift == Drift::None {
            return;
        }
        self.jobs.rearm_wall_jobs(&mut self.cx);
        self.schedules.rearm_wall_schedules(&mut self.cx);
        if let Drift::Jump(by) = drift {
            self.cx.publish(|| EventKind::ClockJumped { by });
            if by < TimeDelta::zero() {
                self.schedules.set_back(-by, since_known, &mut self.cx);
            }
        }
    }

    /// Handles expired timeouts of jobs.
    fn handle_limits(&mut self) {
        for _ in 0..DUE_PER_TURN {
            let Some(key) = self.cx.deadlines.pop_due(Kind::Limit, self.cx.elapsed()) else {
                return;
            };
            let run = self.jobs.handle_limit(key, &mut self.cx);
            self.run_ended(run);
            self.jobs.fill(&self.schedules, &mut self.cx);
            self.check_closed();
        }
    }

    /// Finishes jobs that are too late to start, or that can no longer be resumed.
    fn prevent_late(&mut self) {
        for job in self.jobs.take_to_prevent() {
            let run = self.jobs.prevent_late(job, &self.schedules, &mut self.cx);
            self.run_ended(run);
            self.jobs.fill(&self.schedules, &mut self.cx);
            self.check_closed();
        }
    }

    /// Stops waiting for handlers whose grace has elapsed.
    fn handle_handlers(&mut self) {
        while let Some(key) = self.cx.deadlines.pop_due(Kind::Handler, self.cx.elapsed()) {
            self.jobs.write_off(key, &mut self.cx);
            self.backfills.run_handled(key, &mut self.cx);
        }
        self.check_closed();
    }

    /// Returns whether an entry was due.
    fn take_due(&mut self, elapsed: u64) -> bool {
        if !self.cx.lifecycle.starts_jobs() {
            return false;
        }
        self.start_gathered();
        for taken in 0..DUE_PER_TURN {
            let Some((deadline, token)) = self.cx.deadlines.timers.pop_due(elapsed) else {
                return taken > 0;
            };
            self.jobs.gather(deadline);
            if token & SCHEDULE == 0 {
                self.jobs
                    .handle_due(token, deadline, &self.schedules, &mut self.cx);
            } else {
                self.schedules
                    .handle_due(token & !SCHEDULE, deadline, &mut self.cx);
            }
            self.start_gathered();
            if self.jobs.awaits_occurrences(&self.cx) {
                return true;
            }
        }
        true
    }

    /// Returns when the driver must take its next turn.
    pub(super) fn next_deadline(&self) -> u64 {
        if self.jobs.has_to_prevent() || self.cx.asking.is_put_off() {
            return 0;
        }
        let control = self.closing.deadline(&self.jobs, &self.schedules, &self.cx);
        if !self.cx.lifecycle.starts_jobs() {
            return control.min(self.cx.deadlines.next_while_paused());
        }
        let watches_wall = self.jobs.watch_wall_clock() || self.schedules.watch_wall_clock();
        let check = if watches_wall {
            self.cx.elapsed().saturating_add(WALL_CLOCK_CHECK)
        } else {
            NEVER
        };
        control.min(check).min(self.cx.deadlines.next())
    }
}
