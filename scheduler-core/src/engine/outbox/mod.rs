//! [`Outbox`]: what a call leaves to be carried out after unlocking.

mod action;
mod ends;
mod subscribers;

use std::{collections::VecDeque, sync::Arc};

pub(super) use self::{action::Order, ends::Ends, subscribers::Subscribers};
pub(crate) use self::{
    action::{Action, Claim, Discarded},
    subscribers::{Delivery, Subscriber},
};
use super::{jobs::End, time::DUE_PER_TURN};
use crate::{Metrics, job::OutcomeKind};

/// Actions, events and signals.
#[derive(Default)]
pub(super) struct Outbox {
    /// The usual end of one job, which costs no place among the actions.
    pub(super) end: Option<End>,
    pub(super) actions: VecDeque<Action>,
    pub(super) readers: Subscribers,
    /// Totals of the past. The machines hold the present counts.
    pub(super) counters: Metrics,
    /// A slot of the queue was freed.
    pub(super) slot_freed: bool,
    pub(super) state_changed: bool,
    /// The gate must be set again.
    pub(super) gate_moved: bool,
}

/// The actions of a call, to be carried out after unlocking.
pub(crate) struct Drained {
    /// Jobs to be executed alone, the first of them apart.
    pub(crate) claim: Option<Claim>,
    pub(crate) claims: Vec<Claim>,
    /// Runners to be started for the others.
    pub(crate) runners: usize,
    /// A job that has ended, before anything else; further ones are among the actions.
    pub(crate) end: Option<End>,
    pub(crate) actions: VecDeque<Action>,
    /// The readers of events to be woken.
    pub(crate) reached: Vec<Arc<Subscriber>>,
    pub(crate) wake_driver: bool,
    pub(crate) room_made: bool,
    pub(crate) state_changed: bool,
    /// Whether callers of `wait_idle` must check again.
    pub(crate) idle: bool,
}

impl Drained {
    /// Whether there is anything to do but to signal.
    pub(crate) fn is_to_be_done(&self) -> bool {
        self.claim.is_some()
            || self.runners > 0
            || self.end.is_some()
            || !self.actions.is_empty()
            || !self.claims.is_empty()
    }
}

impl Outbox {
    /// Adds an action.
    #[inline]
    pub(super) fn push(&mut self, action: Action) {
        self.actions.push_back(action);
    }

    /// Adds the end of a job. The first one stays apart, if that changes no order.
    pub(super) fn push_end(&mut self, end: End) {
        if self.end.is_none() && self.actions.is_empty() {
            self.end = Some(end);
        } else {
            self.actions.push_back(Action::Resolve(end));
        }
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

    /// Takes the actions, and leaves room for as many: a turn with many is followed by the like.
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
