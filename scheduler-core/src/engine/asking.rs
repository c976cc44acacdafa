//! Questions to triggers that are not answered at once: those that may block, and those for which a
//! turn has no time left.

use std::collections::VecDeque;

use super::{
    Action, BackfillQuestion, Discarded, Engine, PlanRequest, Retirement, time::DUE_PER_TURN,
};
use crate::{Now, trigger::Asked};

/// How many questions to the members of triggers are asked in one go, before what has become due
/// meanwhile is served.
pub(crate) const WORK_PER_TURN: u32 = 10_000;

/// From so many questions to its members on, a trigger is asked after the others.
const HEAVY: u32 = 500;

/// Questions that wait for an answer.
#[derive(Default)]
pub(super) struct Asking {
    /// How many are asked at once.
    at_once: usize,
    /// How many are asked elsewhere or later.
    elsewhere: usize,
    /// How many of those that are asked at once are about what is given up.
    retiring: usize,
    /// Those that the driver is to ask.
    put_off: VecDeque<Question>,
}

/// A question to a trigger.
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
    pub(super) fn note_question(&mut self, asked: Asked) {
        *self.count(asked) += 1;
    }

    pub(super) fn note_answer(&mut self, asked: Asked) {
        *self.count(asked) -= 1;
    }

    fn count(&mut self, asked: Asked) -> &mut usize {
        match asked {
            Asked::AtOnce => &mut self.at_once,
            Asked::Elsewhere | Asked::Later => &mut self.elsewhere,
        }
    }

    /// Whether the order of what is due depends on an answer that is about to come.
    pub(super) const fn is_about_to_end(&self) -> bool {
        self.at_once > 0
    }

    pub(super) const fn len(&self) -> usize {
        self.at_once + self.elsewhere
    }

    /// A trigger is asked what is given up of it.
    pub(super) fn note_retirement(&mut self, asked: Asked) {
        self.note_question(asked);
        self.retiring += usize::from(asked == Asked::AtOnce);
    }

    /// It has answered.
    pub(super) fn note_retired(&mut self, asked: Asked) {
        self.note_answer(asked);
        self.retiring -= usize::from(asked == Asked::AtOnce);
    }

    /// Whether a record of what is given up is about to be made.
    pub(super) const fn is_retiring(&self) -> bool {
        self.retiring > 0
    }

    /// Whether the driver has something to ask.
    pub(super) fn is_put_off(&self) -> bool {
        !self.put_off.is_empty()
    }
}

impl PlanRequest {
    /// Whether the trigger took much work the last time.
    pub(crate) const fn is_heavy(&self) -> bool {
        self.last_cost > HEAVY
    }
}

impl Engine {
    /// The questions have not been asked: the driver asks them, after what is due has been served.
    pub(crate) fn put_off(&mut self, questions: impl IntoIterator<Item = Question>) {
        for mut question in questions {
            let asked = std::mem::replace(question.asked(), Asked::Later);
            self.asking.note_answer(asked);
            self.asking.note_question(Asked::Later);
            self.asking.put_off.push_back(question);
        }
        if self.asking.is_put_off() {
            self.note_deadline(0);
        }
    }

    /// Has some of the questions asked that were put off, unless nobody wants their answers any
    /// more: their schedules were changed or removed meanwhile.
    pub(super) fn ask_put_off(&mut self, now: &Now) {
        for _ in 0..DUE_PER_TURN {
            let Some(question) = self.asking.put_off.pop_front() else {
                return;
            };
            if self.is_wanted(&question) {
                self.actions.push_back(question.into());
            } else {
                self.drop_question(question, now);
            }
        }
    }

    /// What was given up is on record all the same, as far as it is known without the trigger.
    fn drop_question(&mut self, question: Question, now: &Now) {
        let trigger = match question {
            Question::Retire(question) => {
                let first = question.first();
                return self.handle_retired(*question, Some(first), now);
            }
            Question::Instants(question) => question.into_trigger(),
            Question::Plan(question) => question.trigger,
        };
        self.asking.note_answer(Asked::Later);
        self.discard(Discarded::Trigger(trigger));
    }

    /// Drops the questions that the driver was to ask: the scheduler shuts down.
    pub(super) fn drop_questions(&mut self, now: &Now) {
        for question in std::mem::take(&mut self.asking.put_off) {
            self.drop_question(question, now);
        }
    }

    fn is_wanted(&self, question: &Question) -> bool {
        match question {
            Question::Instants(question) => self.awaits_instants(question.backfill),
            Question::Plan(question) => {
                let record = self.schedules.get(question.schedule);
                record.is_some_and(|record| record.revision == question.revision && !record.over)
            }
            Question::Retire(_) => true,
        }
    }
}
