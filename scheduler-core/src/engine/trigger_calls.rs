//! [`TriggerCalls`]: trigger calls without a result yet, and those that the driver makes later.

use std::collections::VecDeque;

use super::{
    Action,
    schedules::{plan::PlanRequest, retire::Retirement},
};
use crate::{schedule::BackfillQuestion, trigger::Asked};

/// Number of member calls after which the driver serves due entries before it calls further triggers.
pub(crate) const WORK_PER_TURN: u32 = 10_000;

/// Number of member calls from which on a trigger is called after the others.
const HEAVY: u32 = 500;

/// Trigger calls without a result yet.
#[derive(Default)]
pub(super) struct TriggerCalls {
    /// Number of calls that are made directly.
    at_once: usize,
    /// Number of calls on another thread or in a later turn.
    elsewhere: usize,
    /// Calls that the driver will make.
    put_off: VecDeque<Question>,
}

/// A deferred trigger call.
pub(crate) enum Question {
    Instants(Box<BackfillQuestion>),
    Plan(PlanRequest),
    Retire(Box<Retirement>),
}

impl Question {
    pub(super) fn asked(&mut self) -> &mut Asked {
        match self {
            Self::Instants(question) => &mut question.asked,
            Self::Plan(question) => &mut question.asked,
            Self::Retire(question) => &mut question.asked,
        }
    }
}

impl From<Question> for Action {
    fn from(question: Question) -> Self {
        match question {
            Question::Instants(question) => Self::AskForInstants(question),
            Question::Plan(question) => Self::Plan(question),
            Question::Retire(question) => Self::Retire(question),
        }
    }
}

impl TriggerCalls {
    /// Counts a call.
    pub(super) fn begin(&mut self, asked: Asked) {
        *self.count(asked) += 1;
    }

    /// Counts the result of a call.
    pub(super) fn end(&mut self, asked: Asked) {
        *self.count(asked) -= 1;
    }

    fn count(&mut self, asked: Asked) -> &mut usize {
        match asked {
            Asked::AtOnce => &mut self.at_once,
            Asked::Elsewhere | Asked::Later => &mut self.elsewhere,
        }
    }

    /// Returns whether a pending result may affect the order of due jobs.
    pub(super) const fn is_about_to_end(&self) -> bool {
        self.at_once > 0
    }

    pub(super) const fn len(&self) -> usize {
        self.at_once + self.elsewhere
    }

    /// Returns whether the driver has deferred calls to make.
    pub(super) fn is_put_off(&self) -> bool {
        !self.put_off.is_empty()
    }

    /// Defers a call to the driver.
    pub(super) fn put_off(&mut self, question: Question) {
        self.put_off.push_back(question);
    }

    /// Removes the next call that the driver must make.
    pub(super) fn next_put_off(&mut self) -> Option<Question> {
        self.put_off.pop_front()
    }

    /// Removes and returns all trigger calls that the driver must make.
    pub(super) fn take_put_off(&mut self) -> VecDeque<Question> {
        std::mem::take(&mut self.put_off)
    }
}

impl PlanRequest {
    /// Returns whether the last call of the trigger was expensive.
    pub(crate) const fn is_heavy(&self) -> bool {
        self.last_cost > HEAVY
    }
}
