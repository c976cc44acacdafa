//! The phases of a shutdown. `Engine::shut_down` begins it; a further call joins it or hurries it.

use std::{collections::BTreeSet, sync::Arc};

use super::{Closing, Targets, targets::has_more_to_drain};
use crate::{
    Shutdown, State, StateCause, Waiting,
    engine::{
        Action, Cx,
        jobs::Jobs,
        schedules::Schedules,
        time::{NEVER, nanos},
    },
    job::CancelMode,
};

/// A shutdown in progress.
pub(super) struct InProgress {
    phase: Phase,
    /// Deadline of the phase.
    until: u64,
    how: Shutdown,
    /// Deadline of the whole shutdown.
    pub(super) end: u64,
    cause: StateCause,
    /// Deadline for trigger results; `None` if the shutdown no longer waits for them.
    pub(super) patience: Option<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Due and running jobs may finish.
    Drain,
    /// Jobs have received cancellation requests.
    Cancel,
    /// Jobs are being dropped.
    Drop,
    /// No job is left, and error handlers still run.
    Handlers,
}

impl Closing {
    /// Begins a shutdown.
    pub(in crate::engine) fn begin(
        &mut self,
        how: Shutdown,
        cause: StateCause,
        targets: &mut Targets<'_>,
    ) {
        let cx = &mut *targets.cx;
        let (was, has_driver) = (cx.lifecycle.state(), cx.lifecycle.has_started());
        if was == State::Running && how.waiting == Waiting::Run {
            cx.lifecycle.begin_drain();
        }
        cx.change_state(State::ShuttingDown, cause);
        cx.lifecycle.begin_close(cx.time(), was);
        targets.backfills.end_all(targets.schedules, cx);
        cx.report.begin_report(cause);
        cx.outbox.note_all_freed();
        let end = end_of(how, cx);
        let patience = after(nanos(cx.options().handler_grace), cx).min(end);
        self.in_progress = Some(InProgress {
            phase: Phase::Drain,
            until: NEVER,
            how,
            end,
            cause,
            patience: has_driver.then_some(patience),
        });
        if targets.cx.lifecycle.drains() {
            let end = how
                .drain
                .map_or(NEVER, |drain| after(nanos(drain), targets.cx));
            targets.begin_drain(end);
        } else {
            // Waiting jobs end as at the end of a drain.
            targets.cx.lifecycle.begin_drain();
            targets.end_drain();
        }
        self.enter(Phase::Drain, how, targets);
        self.check(targets);
    }

    /// Handles a further call: the earlier deadline of each phase applies.
    pub(in crate::engine) fn hurry(&mut self, how: Shutdown, targets: &mut Targets<'_>) {
        let end = end_of(how, targets.cx);
        let Some(closing) = &mut self.in_progress else {
            return;
        };
        closing.end = closing.end.min(end);
        closing.patience = closing.patience.map(|patience| patience.min(closing.end));
        closing.how.cancel_grace = closing.how.cancel_grace.min(how.cancel_grace);
        closing.how.abandon_after = closing.how.abandon_after.min(how.abandon_after);
        let phase = closing.phase;
        if how.waiting == Waiting::Cancel {
            targets.end_drain();
        }
        self.enter(phase, how, targets);
        self.check(targets);
    }

    /// Enters `phase` and sets its deadline, unless an earlier one applies.
    fn enter(&mut self, phase: Phase, how: Shutdown, targets: &mut Targets<'_>) {
        let Some(closing) = &mut self.in_progress else {
            return;
        };
        let handler_grace = targets.cx.options().handler_grace;
        let length = match phase {
            Phase::Drain => how.drain,
            Phase::Cancel => Some(how.cancel_grace),
            Phase::Drop => Some(how.abandon_after),
            // Failures of abandoned jobs are handled too.
            Phase::Handlers => Some(how.abandon_after.min(handler_grace)),
        };
        if closing.phase != phase {
            closing.phase = phase;
            closing.until = NEVER;
        }
        let mut end = length.map_or(NEVER, |length| after(nanos(length), targets.cx));
        if phase == Phase::Handlers {
            end = end.max(closing.end);
        }
        closing.until = closing.until.min(end);
        let until = closing.until;
        let drains_until = if phase == Phase::Drain { until } else { 0 };
        targets.cx.lifecycle.drain_until(drains_until);
        let deadline = self.deadline(targets.jobs, targets.schedules, targets.cx);
        targets.cx.deadlines.note(deadline);
        // A phase of zero length ends now, without another turn of the driver.
        if until <= targets.cx.elapsed() {
            self.handle_phase_over(targets);
        }
    }

    /// Enters the next phase, if the present one has ended.
    pub(in crate::engine) fn handle_phase_over(&mut self, targets: &mut Targets<'_>) {
        self.handle_overdue_trigger_results(targets);
        let Some(closing) = &self.in_progress else {
            return;
        };
        if closing.until > targets.cx.elapsed()
            || !closing.waits(targets.jobs, targets.schedules, targets.cx)
        {
            return;
        }
        let (phase, how) = (closing.phase, closing.how);
        match phase {
            Phase::Drain => {
                targets.end_drain();
                targets.request_cancel_of_all(CancelMode::Graceful(how.cancel_grace));
                self.enter(Phase::Cancel, how, targets);
            }
            Phase::Cancel => {
                targets.request_cancel_of_all(CancelMode::Immediate);
                self.enter(Phase::Drop, how, targets);
            }
            Phase::Drop => targets.abandon_all(),
            Phase::Handlers => targets.write_off_handlers(&BTreeSet::new()),
        }
        self.check(targets);
    }

    /// Completes the shutdown when no job runs and no failure is being handled.
    pub(in crate::engine) fn check(&mut self, targets: &mut Targets<'_>) {
        if targets.cx.lifecycle.state() != State::ShuttingDown
            || targets.jobs.running() > 0
            || has_more_to_drain(targets.jobs, targets.schedules, targets.cx)
            || self.awaits_trigger_results(targets.schedules, targets.cx)
        {
            return;
        }
        if targets.jobs.handling() > 0 {
            return self.await_handlers(targets);
        }
        targets.end_drain();
        if self.awaits_trigger_results(targets.schedules, targets.cx) {
            // Due instants are recorded first.
            return;
        }
        let Some(closing) = self.in_progress.take() else {
            return;
        };
        self.report = targets.cx.report.take_report().map(Arc::new);
        targets.cx.lifecycle.end_close();
        targets.cx.change_state(State::ShutDown, closing.cause);
        targets.cx.push(Action::Stopped);
        targets.cx.deadlines.note(0);
    }

    fn await_handlers(&mut self, targets: &mut Targets<'_>) {
        let Some(closing) = &self.in_progress else {
            return;
        };
        if closing.phase != Phase::Handlers {
            let how = closing.how;
            self.enter(Phase::Handlers, how, targets);
        }
    }

    /// Returns when the driver must check the shutdown again.
    pub(in crate::engine) fn deadline(&self, jobs: &Jobs, schedules: &Schedules, cx: &Cx) -> u64 {
        let closing = self.in_progress.as_ref();
        let closing = closing.filter(|closing| closing.waits(jobs, schedules, cx));
        let phase = closing.map_or(NEVER, |closing| closing.until);
        phase.min(self.trigger_results_deadline(schedules, cx))
    }
}

impl InProgress {
    /// Returns whether the phase has work left.
    fn waits(&self, jobs: &Jobs, schedules: &Schedules, cx: &Cx) -> bool {
        let is_over = jobs.running() == 0 && !has_more_to_drain(jobs, schedules, cx);
        !is_over || self.phase == Phase::Handlers
    }
}

/// Returns the deadline that is `nanos` after the time of the call.
pub(super) fn after(nanos: u64, cx: &Cx) -> u64 {
    cx.elapsed().saturating_add(nanos)
}

/// Returns the deadline of a shutdown that begins now.
fn end_of(how: Shutdown, cx: &Cx) -> u64 {
    let rest = how.cancel_grace.saturating_add(how.abandon_after);
    let length = how.drain.map(|drain| drain.saturating_add(rest));
    length.map_or(NEVER, |length| after(nanos(length), cx))
}
