//! Driver turns: takes due entries, and computes the next deadline.

use chrono::TimeDelta;

use super::{
    Engine,
    schedules::arming::SCHEDULE,
    time::{DUE_PER_TURN, Drift, NEVER, WALL_CLOCK_CHECK},
};
use crate::{EventKind, Now, State};

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
        if self.cx.lifecycle.state == State::ShutDown {
            return Rest::Ended;
        }
        self.check_clock(now);
        self.note_due_taken();
        let elapsed = self.cx.clocks.elapsed(now);
        self.handle_graces(elapsed);
        self.handle_limits(elapsed, now);
        self.handle_phase_over(now);
        self.prevent_late(now);
        self.handle_handlers(elapsed, now);
        let served = self.take_due(elapsed, now);
        self.handle_rates(elapsed, now);
        self.handle_paces(elapsed, now);
        self.handle_backfills(elapsed, now);
        self.ask_put_off(now);
        if self.cx.lifecycle.state == State::ShutDown {
            return Rest::Ended;
        }
        let next = self.next_deadline(elapsed);
        self.cx.deadlines.earliest = NEVER;
        // Trigger results are handled before the next turn.
        if next <= elapsed {
            self.cx.deadlines.armed = 0;
            Rest::None
        } else {
            self.cx.deadlines.armed = next;
            Rest::Until {
                deadline: next,
                served,
            }
        }
    }

    /// Returns the deadline towards which the driver sleeps. Earlier entries wake it from now on.
    pub(crate) fn next_turn(&mut self, now: &Now) -> u64 {
        self.cx.begin(now);
        if self.cx.lifecycle.state == State::ShutDown {
            return 0;
        }
        self.cx.deadlines.earliest = NEVER;
        self.cx.deadlines.armed = self.next_deadline(self.cx.clocks.elapsed(now));
        self.cx.deadlines.armed
    }

    pub(super) fn check_clock(&mut self, now: &Now) {
        let since_known = self.cx.clocks.since_observed(now);
        let drift = self.cx.clocks.observe(now);
        if drift == Drift::None {
            return;
        }
        self.rearm_wall_jobs(now);
        self.rearm_wall_schedules();
        if let Drift::Jump(by) = drift {
            self.publish(now, |_| EventKind::ClockJumped { by });
            if by < TimeDelta::zero() {
                self.schedules.set_back(-by, since_known, &mut self.cx);
            }
        }
    }

    /// Returns whether an entry was due.
    fn take_due(&mut self, elapsed: u64, now: &Now) -> bool {
        if !self.starts_jobs() {
            return false;
        }
        self.release_gathered(now);
        for taken in 0..DUE_PER_TURN {
            let Some((deadline, token)) = self.cx.deadlines.timers.pop_due(elapsed) else {
                return taken > 0;
            };
            self.gather(deadline);
            if token & SCHEDULE == 0 {
                self.job_due(token, deadline, now);
            } else {
                self.schedules
                    .schedule_due(token & !SCHEDULE, deadline, &mut self.cx);
            }
            self.release_gathered(now);
            if self.awaits_occurrences() {
                return true;
            }
        }
        true
    }

    /// Returns the earliest deadline. Every holder of deadlines is listed here, and only here.
    pub(super) fn next_deadline(&self, elapsed: u64) -> u64 {
        let grace = self
            .cx
            .deadlines
            .graces
            .first()
            .map_or(NEVER, |&(grace, _)| grace);
        let limit = self
            .cx
            .deadlines
            .limits
            .first()
            .map_or(NEVER, |&(limit, _)| limit);
        let control = grace.min(limit).min(self.closing_deadline());
        let control = control.min(self.backfill_deadline());
        let control = control.min(self.handler_deadline());
        if !self.jobs.queue.too_late.is_empty() || self.cx.asking.is_put_off() {
            return 0;
        }
        if !self.starts_jobs() {
            return control;
        }
        let timer = self.cx.deadlines.timers.next_deadline().unwrap_or(NEVER);
        let token = self.jobs.rates.next_deadline().unwrap_or(NEVER);
        let pace = self
            .cx
            .deadlines
            .paces
            .first()
            .map_or(NEVER, |&(pace, _)| pace);
        let watches_wall = self.cx.deadlines.wall_jobs > 0 || self.schedules.watch_wall_clock();
        let check = if watches_wall {
            elapsed.saturating_add(WALL_CLOCK_CHECK)
        } else {
            NEVER
        };
        control.min(timer).min(token).min(pace).min(check)
    }

    /// Removes stale timers, if there are many.
    pub(super) fn sweep_timers(&mut self) {
        if !self.cx.deadlines.timers.wants_sweep() {
            return;
        }
        let (jobs, schedules) = (&self.jobs.records, &self.schedules);
        self.cx.deadlines.timers.sweep(|deadline, token| {
            if token & SCHEDULE == 0 {
                jobs.at_slot(token)
                    .is_some_and(|(_, job)| job.waits_for(deadline))
            } else {
                schedules.is_armed(token & !SCHEDULE, deadline)
            }
        });
    }
}
