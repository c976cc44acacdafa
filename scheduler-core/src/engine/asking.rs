//! [`Asking`]: trigger calls without a result yet, and those that the driver makes later.

use std::collections::VecDeque;

use super::{
    Action, Discarded, Engine,
    closing::Closing,
    schedules::{
        plan::{Passed, PlanRequest},
        retire::Retirement,
    },
    time::DUE_PER_TURN,
};
use crate::{Now, State, schedule::BackfillQuestion, trigger::Asked};

/// Number of member calls after which the driver serves due entries before it calls further triggers.
pub(crate) const WORK_PER_TURN: u32 = 10_000;

/// Triggers that need this number of member calls are called after the others.
const HEAVY: u32 = 500;

/// Trigger calls without a result yet.
#[derive(Default)]
pub(super) struct Asking {
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
    fn asked(&mut self) -> &mut Asked {
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

impl Asking {
    /// Counts a call.
    pub(super) fn note_question(&mut self, asked: Asked) {
        *self.count(asked) += 1;
    }

    /// Counts the result of a call.
    pub(super) fn note_answer(&mut self, asked: Asked) {
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

    /// Has the driver make a call later.
    fn put_off(&mut self, question: Question) {
        self.put_off.push_back(question);
    }

    /// Removes the next call that the driver is to make.
    fn next_put_off(&mut self) -> Option<Question> {
        self.put_off.pop_front()
    }

    /// Removes all calls that the driver is to make.
    fn take_put_off(&mut self) -> VecDeque<Question> {
        std::mem::take(&mut self.put_off)
    }
}

impl PlanRequest {
    /// Returns whether the last call of the trigger was expensive.
    pub(crate) const fn is_heavy(&self) -> bool {
        self.last_cost > HEAVY
    }
}

impl Engine {
    /// Handles the result of a trigger about due instants that do not run.
    pub(crate) fn handle_retired(&mut self, retired: Retirement, all: Vec<Passed>, now: &Now) {
        self.cx.begin(now);
        self.schedules.handle_retired(retired, all, &mut self.cx);
        // A shutdown waits for the record.
        self.check_closed(now);
    }

    /// Begins the drain of the schedules.
    pub(super) fn drain_schedules(&mut self) {
        self.schedules.begin_drain(&mut self.cx);
        self.drop_questions();
    }

    /// Drops every schedule, for a shutdown.
    pub(super) fn discard_schedules(&mut self) {
        self.schedules.discard_all(&mut self.cx);
        self.drop_questions();
    }

    /// Defers calls to the driver, after due entries.
    pub(crate) fn put_off(&mut self, questions: impl IntoIterator<Item = Question>, now: &Now) {
        self.cx.begin(now);
        for mut question in questions {
            if let Question::Retire(retired) = &mut question {
                if !self.schedules.put_off_retired(retired, &mut self.cx) {
                    continue;
                }
            } else {
                let asked = std::mem::replace(question.asked(), Asked::Later);
                self.cx.asking.note_answer(asked);
                self.cx.asking.note_question(Asked::Later);
            }
            self.cx.asking.put_off(question);
        }
        if !self.has_driver() {
            self.drop_all_questions();
            return self.check_closed(now);
        }
        if self.cx.asking.is_put_off() {
            self.cx.deadlines.note(0);
        }
    }

    /// Returns whether there is or will be a driver to make deferred calls.
    fn has_driver(&self) -> bool {
        let awaits_none = |closing: &Closing| closing.due.awaits_none();
        self.cx.lifecycle.state() != State::ShutDown
            && !self.closing.as_ref().is_some_and(awaits_none)
    }

    /// Requests some of the deferred calls. Those whose schedules were changed or removed are dropped.
    pub(super) fn ask_put_off(&mut self, now: &Now) {
        for _ in 0..DUE_PER_TURN {
            let Some(question) = self.cx.asking.next_put_off() else {
                break;
            };
            if self.is_wanted(&question) {
                self.cx.push(question.into());
            } else {
                self.drop_question(question);
            }
        }
        self.check_closed(now);
    }

    /// Records the due instants of a replaced trigger as far as they are known without calling it.
    fn drop_question(&mut self, question: Question) {
        let trigger = match question {
            Question::Retire(question) => {
                let first = question.first();
                return self
                    .schedules
                    .handle_retired(*question, vec![first], &mut self.cx);
            }
            Question::Instants(question) => question.into_trigger(),
            Question::Plan(question) => question.trigger,
        };
        self.cx.asking.note_answer(Asked::Later);
        self.cx.discard(Discarded::Trigger(trigger));
    }

    /// Drops deferred calls that a shutdown makes useless.
    pub(super) fn drop_questions(&mut self) {
        for question in self.cx.asking.take_put_off() {
            if self.is_wanted(&question) {
                self.cx.asking.put_off(question);
            } else {
                self.drop_question(question);
            }
        }
    }

    /// Drops all deferred calls, because the driver is gone.
    pub(super) fn drop_all_questions(&mut self) {
        for question in self.cx.asking.take_put_off() {
            self.drop_question(question);
        }
    }

    fn is_wanted(&self, question: &Question) -> bool {
        match question {
            Question::Instants(question) => self.awaits_instants(question.backfill),
            Question::Plan(question) => self.schedules.awaits_plan(question),
            Question::Retire(question) => self.schedules.awaits_retired(question),
        }
    }
}
