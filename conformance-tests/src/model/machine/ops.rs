//! Pending calls. A call has two phases, and anything may happen between them.

use super::{Known, Machine};
use crate::model::{
    scenario::Call,
    trace::{Actor, Answer},
};

/// A pending call.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::model) struct Op {
    pub(in crate::model) call: Known<Call>,
    pub(in crate::model) phase: Phase,
    /// Whether the job that the call submits was dropped.
    pub(super) body_dropped: bool,
    /// Whether the call is a start that was allowed.
    pub(super) began_a_start: bool,
    /// Whether the scheduler was idle while the call waited.
    pub(super) waited: bool,
}

/// The phase of a call.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::model) enum Phase {
    /// The call has not taken effect.
    Invoked,
    /// The call waits for the start with this number.
    Starting(u8),
    /// The call has taken effect, and waits.
    Joined,
    /// The result of the call is known and not yet returned.
    Settled(Answer),
}

impl Op {
    pub(super) const fn is_invoked(&self) -> bool {
        matches!(self.phase, Phase::Invoked)
    }

    pub(super) fn holds_the_scheduler(&self) -> bool {
        !self.call.is_about_a_handle() && !matches!(self.phase, Phase::Settled(_))
    }
}

impl Machine {
    /// Begins a call. Returns `None` if the last call of the actor is still pending.
    pub(super) fn invoke(mut self, by: Actor, call: &Call) -> Option<Self> {
        let op = Op {
            call: Known::new(call.clone()),
            phase: Phase::Invoked,
            body_dropped: false,
            began_a_start: false,
            waited: false,
        };
        self.ops.insert(by, op).is_none().then_some(self)
    }

    /// Returns the state after a call has returned `answer`, or `None` if that is not allowed.
    pub(super) fn answer(mut self, by: Actor, answer: &Answer) -> Option<Self> {
        let op = self.ops.remove(&by)?;
        if *answer != Answer::Dropped && op.phase != Phase::Settled(answer.clone()) {
            return None;
        }
        let refused = matches!(answer, Answer::Refused(_) | Answer::Dropped);
        if refused && !self.is_body_gone(&op) {
            return None;
        }
        if let Actor::Job(label) = by {
            let now = self.now;
            self.job_mut(label)?.body.touch(now);
        }
        Some(self)
    }

    /// Returns whether the job of a refused submission has been dropped (`LC-023`).
    fn is_body_gone(&self, op: &Op) -> bool {
        let Some(job) = op.call.job() else {
            return true;
        };
        let has_none = job.policy.retry.is_some();
        has_none || op.body_dropped || self.jobs.contains_key(&super::Label::Job(job.tag))
    }

    /// Returns the state in which the result of the call of `by` is known.
    pub(super) fn settle(&self, by: Actor, answer: Answer) -> Self {
        let mut next = self.clone();
        next.set_phase(by, Phase::Settled(answer));
        next
    }

    pub(super) fn set_phase(&mut self, by: Actor, phase: Phase) {
        if let Some(op) = self.ops.get_mut(&by) {
            op.phase = phase;
        }
    }

    /// Returns all actors whose call has not taken effect, with the call.
    pub(super) fn invoked(&self) -> impl Iterator<Item = (Actor, Known<Call>)> {
        let invoked = self.ops.iter().filter(|(_, op)| op.is_invoked());
        invoked.map(|(&by, op)| (by, op.call.clone()))
    }
}
