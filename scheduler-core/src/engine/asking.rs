//! Questions to triggers that are not answered at once: those that may block, and those for which a
//! turn has no time left.

use std::collections::VecDeque;

use super::{
    Action, BackfillQuestion, Discarded, Engine, PlanRequest, Retirement, closing::Closing,
    record::ScheduleRecord, time::DUE_PER_TURN,
};
use crate::{Now, State, trigger::Asked};

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
    /// How many of all these are about what is given up.
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

    /// A trigger is asked what is given up of it.
    pub(super) fn note_retirement(&mut self, asked: Asked) {
        self.note_question(asked);
        self.retiring += 1;
    }

    /// It has answered.
    pub(super) fn note_retired(&mut self, asked: Asked) {
        self.note_answer(asked);
        self.retiring -= 1;
    }

    /// Whether a record of what is given up is still to be made.
    pub(super) const fn is_retiring(&self) -> bool {
        self.retiring > 0
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
    pub(crate) fn put_off(&mut self, questions: impl IntoIterator<Item = Question>, now: &Now) {
        for mut question in questions {
            let asked = std::mem::replace(question.asked(), Asked::Later);
            self.asking.note_answer(asked);
            self.asking.note_question(Asked::Later);
            self.asking.put_off.push_back(question);
        }
        if !self.has_driver() {
            return self.drop_all_questions(now);
        }
        if self.asking.is_put_off() {
            self.note_deadline(0);
        }
    }

    /// Whether there is a driver, or will be, that asks what is put off.
    fn has_driver(&self) -> bool {
        let awaits_none = |closing: &Closing| closing.due.awaits_none();
        self.state != State::ShutDown && !self.closing.as_ref().is_some_and(awaits_none)
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
                return self.handle_retired(*question, vec![first], now);
            }
            Question::Instants(question) => question.into_trigger(),
            Question::Plan(question) => question.trigger,
        };
        self.asking.note_answer(Asked::Later);
        self.discard(Discarded::Trigger(trigger));
    }

    /// Drops the questions of the driver's whose answers nobody wants: the scheduler shuts down.
    pub(super) fn drop_questions(&mut self, now: &Now) {
        for question in std::mem::take(&mut self.asking.put_off) {
            if self.is_wanted(&question) {
                self.asking.put_off.push_back(question);
            } else {
                self.drop_question(question, now);
            }
        }
    }

    /// Drops all questions of the driver's: there is none.
    pub(super) fn drop_all_questions(&mut self, now: &Now) {
        for question in std::mem::take(&mut self.asking.put_off) {
            self.drop_question(question, now);
        }
    }

    fn is_wanted(&self, question: &Question) -> bool {
        match question {
            Question::Instants(question) => self.awaits_instants(question.backfill),
            Question::Plan(question) => {
                let record = self.schedules.get(question.schedule);
                let is_last = self.is_undecided(question.schedule);
                let waits = |it: &ScheduleRecord| is_last || !it.over;
                record.is_some_and(|it| it.revision == question.revision && waits(it))
            }
            Question::Retire(_) => true,
        }
    }
}
