//! [`Outbox`]: actions, events and signals of a call, which the shell carries out after unlocking.

mod action;
mod freed;
mod report_builder;
mod subscribers;

use std::{collections::VecDeque, sync::Arc};

pub(super) use self::{action::Order, report_builder::ReportBuilder, subscribers::Subscribers};
pub(crate) use self::{
    action::{Action, Claim, Discarded},
    freed::Freed,
    subscribers::{Delivery, Subscriber},
};
use super::{jobs::End, queue_number::QueueNumber, time::DUE_PER_TURN};
use crate::{
    Metrics,
    job::{JobValue, OutcomeKind},
};

/// Actions, events and signals.
#[derive(Default)]
pub(super) struct Outbox {
    /// The end of one job. It is stored inline, because most calls end at most one.
    end: Option<End>,
    actions: VecDeque<Action>,
    pub(super) readers: Subscribers,
    /// Totals since the scheduler was built. The machines hold the present counts.
    counters: Metrics,
    /// The queues of which a slot or a permit was freed.
    freed: Freed,
    state_changed: bool,
    /// Whether the shell must set the gate again.
    gate_moved: bool,
}

/// The actions of a call, to be carried out after unlocking.
pub(crate) struct Drained {
    /// The first of the jobs to be executed as one task each.
    pub(crate) claim: Option<Claim>,
    /// Number of runners to spawn for the jobs that share them.
    pub(crate) runners: usize,
    /// A job that has ended, to be resolved before the actions. Further ends are among the actions.
    pub(crate) end: Option<End>,
    /// Rare results. They are optional as a whole, because a few empty lists cost more than the other fields.
    pub(crate) more: Option<More>,
    pub(crate) wake_driver: bool,
    pub(crate) freed: Freed,
    pub(crate) state_changed: bool,
    /// Whether callers of `wait_idle` must check again.
    pub(crate) idle: bool,
}

#[cfg(test)]
impl Drained {
    pub(crate) fn actions(self) -> VecDeque<Action> {
        self.more.unwrap_or_default().actions
    }
}

/// The rare results of a call, for the shell to carry out.
#[derive(Default)]
pub(crate) struct More {
    /// The further jobs to be executed as one task each.
    pub(crate) claims: Vec<Claim>,
    pub(crate) actions: VecDeque<Action>,
    /// Readers of events, to be woken.
    pub(crate) reached: Vec<Arc<Subscriber>>,
}

impl Outbox {
    /// Adds an action.
    #[inline]
    pub(super) fn push(&mut self, action: Action) {
        self.actions.push_back(action);
    }

    /// Hands the value of a job to the shell, which drops it after unlocking.
    pub(super) fn discard_value(&mut self, value: Option<JobValue>) {
        if let Some(value) = value {
            self.push(Action::Discard(Discarded::Value(value)));
        }
    }

    /// Adds the end of a job. The first end is stored inline, unless an earlier action must be
    /// carried out before it.
    pub(super) fn push_end(&mut self, end: End) {
        if self.end.is_none() && self.actions.is_empty() {
            self.end = Some(end);
        } else {
            self.actions.push_back(Action::Resolve(end));
        }
    }

    /// Takes the end that is stored inline.
    pub(super) const fn take_end(&mut self) -> Option<End> {
        self.end.take()
    }

    /// Returns the totals of the past.
    pub(super) const fn counters(&self) -> Metrics {
        self.counters
    }

    /// Counts an accepted job, and returns its number.
    pub(super) const fn count_accepted(&mut self) -> u64 {
        self.counters.accepted += 1;
        self.counters.accepted
    }

    /// Counts a retry.
    pub(super) const fn count_retried(&mut self) {
        self.counters.retried += 1;
    }

    /// Counts an error handler that did not return in time.
    pub(super) const fn count_hung_handler(&mut self) {
        self.counters.hung_handlers += 1;
    }

    /// Records that a slot or a permit of a queue was freed.
    #[inline]
    pub(super) fn note_freed(&mut self, queue: QueueNumber) {
        self.freed.add(queue);
    }

    /// Records that the waiters of every queue must look again.
    pub(super) const fn note_all_freed(&mut self) {
        self.freed = Freed::Several;
    }

    #[inline]
    pub(super) const fn take_freed(&mut self) -> Freed {
        std::mem::replace(&mut self.freed, Freed::Nothing)
    }

    /// Records that the state changed, and with it the setting of the gate.
    pub(super) const fn note_state_changed(&mut self) {
        self.state_changed = true;
        self.gate_moved = true;
    }

    pub(super) const fn has_state_changed(&self) -> bool {
        self.state_changed
    }

    pub(super) const fn take_state_changed(&mut self) -> bool {
        std::mem::replace(&mut self.state_changed, false)
    }

    /// Records that the gate must be set again.
    pub(super) const fn note_gate_moved(&mut self) {
        self.gate_moved = true;
    }

    pub(super) const fn take_gate_moved(&mut self) -> bool {
        std::mem::replace(&mut self.gate_moved, false)
    }

    /// Counts a finished job.
    pub(super) const fn count(&mut self, outcome: OutcomeKind) {
        let counters = &mut self.counters;
        let counter = match outcome {
            OutcomeKind::Succeeded => &mut counters.succeeded,
            OutcomeKind::Failed => &mut counters.failed,
            OutcomeKind::TimedOut => &mut counters.timed_out,
            OutcomeKind::Panicked => &mut counters.panicked,
            OutcomeKind::Cancelled => &mut counters.cancelled,
            OutcomeKind::Lost => &mut counters.lost,
        };
        *counter += 1;
    }

    /// Takes the actions and the readers to be woken. `claims` are the further jobs to be executed.
    pub(super) fn take_more(&mut self, claims: Vec<Claim>) -> Option<More> {
        if claims.is_empty() && self.actions.is_empty() && !self.readers.has_reached() {
            return None;
        }
        Some(More {
            claims,
            actions: self.take_actions(),
            reached: self.readers.take_reached(),
        })
    }

    /// Takes the actions, and allocates memory for as many, because a turn with many actions is
    /// usually followed by a similar one.
    pub(super) fn take_actions(&mut self) -> VecDeque<Action> {
        match self.actions.len() {
            0 => VecDeque::new(),
            few @ 1..8 => self.actions.drain(..few).collect(),
            many => {
                let room = VecDeque::with_capacity(many.min(DUE_PER_TURN));
                std::mem::replace(&mut self.actions, room)
            }
        }
    }
}
