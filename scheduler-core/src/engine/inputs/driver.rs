//! Inputs of the driver: its first poll, its turns, its end.

use std::{collections::BTreeSet, time::Duration};

use crate::{
    EventKind, Now, Shutdown, State, StateCause,
    base::unix_time::delta_of,
    engine::{
        Engine, Key,
        jobs::Finished,
        schedules::arming::SCHEDULE,
        time::{DUE_PER_TURN, Drift, Kind, NEVER, WALL_CLOCK_CHECK},
    },
};

/// Next step of the driver after a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rest {
    /// Take another turn: more entries are due.
    None,
    /// Sleep until the [next turn](Engine::next_turn), or until woken.
    Until {
        /// The deadline, unless a pending trigger result brings an earlier one.
        deadline: u64,
        /// Whether an entry was due in this turn. The next deadline may then be delayed by the wake quantum.
        served: bool,
    },
    /// Stop: the scheduler has ended.
    Ended,
}

impl Engine {
    /// Handles the first poll of the driver. It may come after its start was aborted, and then has
    /// no effect.
    pub(crate) fn handle_driver_up(&mut self, now: &Now) {
        self.cx.begin(now);
        if self.cx.lifecycle.state() != State::Starting {
            return;
        }
        let state = self.cx.lifecycle.state_after_start();
        self.cx.change_state(state, StateCause::Requested);
        self.jobs.arm_delayed(&mut self.cx);
        self.jobs.limit_early(&mut self.cx);
        self.notice_step();
        self.schedules.request_all_first(&mut self.cx);
        self.jobs.fill(&self.schedules, &mut self.cx);
    }

    /// Takes up to [`DUE_PER_TURN`] due entries, and returns what the driver does next.
    pub(crate) fn handle_timeout(&mut self, now: &Now) -> Rest {
        self.cx.begin(now);
        if self.cx.lifecycle.state() == State::ShutDown {
            return Rest::Ended;
        }
        self.check_clock();
        self.stillness.note_due_taken();
        let elapsed = self.cx.elapsed();
        self.handle_control();
        let served = self.take_due(elapsed);
        self.handle_starts(elapsed);
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

    /// Handles the deadlines of started jobs, the phases of a shutdown, and jobs that are too late.
    fn handle_control(&mut self) {
        if self.cx.is_due(Kind::Grace) {
            self.jobs.handle_graces(&mut self.cx);
        }
        if self.cx.is_due(Kind::Limit) {
            self.handle_limits();
        }
        if self.closing.is_in_progress() {
            let (closing, mut targets) = self.parts();
            closing.handle_phase_over(&mut targets);
        }
        if self.jobs.has_to_prevent() {
            self.prevent_late();
        }
        if self.cx.is_due(Kind::Handler) {
            self.handle_handlers();
        }
        if self.cx.is_due(Kind::Result) {
            self.jobs.expire_results(&mut self.cx);
        }
    }

    /// Handles the deadlines at which jobs and runs may start, and makes deferred calls of triggers.
    fn handle_starts(&mut self, elapsed: u64) {
        if self.cx.is_due(Kind::Rate) {
            self.jobs.handle_rates(&self.schedules, &mut self.cx);
        }
        if self.cx.is_due(Kind::QueueRate) {
            self.jobs.handle_queue_rates(&self.schedules, &mut self.cx);
        }
        if self.cx.is_due(Kind::Pace) {
            self.schedules
                .handle_paces(elapsed, &mut self.jobs, &mut self.cx);
        }
        if self.cx.is_due(Kind::Backfill) {
            self.backfills
                .handle_due(elapsed, &mut self.schedules, &mut self.jobs, &mut self.cx);
        }
        if self.cx.trigger_calls.is_put_off() {
            self.parts().1.askers().request();
        }
    }

    /// Takes due entries. Returns whether there were any.
    fn take_due(&mut self, elapsed: u64) -> bool {
        if !self.cx.lifecycle.starts_jobs() {
            return false;
        }
        self.start_gathered();
        for taken in 0..DUE_PER_TURN {
            let Some((deadline, token)) = self.cx.deadlines.pop_timer(elapsed) else {
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

    /// Handles expired timeouts of jobs.
    fn handle_limits(&mut self) {
        for _ in 0..DUE_PER_TURN {
            let Some(key) = self.cx.deadlines.pop_due(Kind::Limit, self.cx.elapsed()) else {
                return;
            };
            let run = self.jobs.handle_limit(key, &mut self.cx);
            self.finished(Finished::Job(run));
        }
    }

    /// Finishes jobs that are too late to start, or that can no longer be resumed.
    fn prevent_late(&mut self) {
        for job in self.jobs.take_to_prevent() {
            let run = self.jobs.prevent_late(job, &self.schedules, &mut self.cx);
            self.finished(Finished::Job(run));
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

    /// Compares the clocks before a schedule starts or changes. A step of the wall clock that the driver has
    /// not noticed yet must not move a schedule that starts after it.
    pub(in crate::engine) fn notice_step(&mut self) {
        if self.cx.lifecycle.has_started() {
            self.check_clock();
        }
    }

    pub(super) fn check_clock(&mut self) {
        let (since_known, drift) = self.cx.compare_clocks();
        if drift == Drift::None {
            return;
        }
        self.jobs.rearm_wall_jobs(&mut self.cx);
        self.schedules.rearm_wall_schedules(&mut self.cx);
        if let Drift::Jump(by) = drift {
            self.cx
                .publish(|| EventKind::ClockJumped { by: delta_of(by) });
            if by < 0 {
                self.schedules.set_back(-by, since_known, &mut self.cx);
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

    /// Returns when the driver must take its next turn.
    pub(in crate::engine) fn next_deadline(&self) -> u64 {
        if self.jobs.has_to_prevent() || self.cx.trigger_calls.is_put_off() {
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

    /// Publishes once that sleeps repeatedly end early.
    pub(crate) fn handle_early_sleeps(&mut self, left: Duration, now: &Now) {
        self.cx.begin(now);
        if self.cx.lifecycle.note_early_sleeps() {
            self.cx.publish(|| EventKind::SleepsEndEarly { left });
        }
    }

    /// Publishes an event of the store.
    #[cfg(feature = "store")]
    pub(crate) fn handle_store_event(&mut self, event: EventKind, now: &Now) {
        self.cx.begin(now);
        self.cx.publish(|| event);
    }

    /// Ends the scheduler, because the runtime dropped the driver. The error handler will still be called for the
    /// failures `queued`.
    pub(crate) fn handle_driver_gone(&mut self, queued: &BTreeSet<Key>, now: &Now) {
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
        let (closing, mut targets) = self.parts();
        closing.handle_driver_gone(queued, &mut targets);
    }
}
