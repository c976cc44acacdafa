//! Deferred trigger calls: those that may block, and those for which a turn has no budget left.

use std::collections::{BTreeMap, VecDeque};

use super::{
    Action, Discarded, Engine,
    closing::Closing,
    schedules::{
        plan::PlanRequest,
        record::ScheduleRecord,
        retire::{Retirement, Unasked},
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
    /// Number of direct calls about the due instants of replaced triggers.
    retiring_at_once: usize,
    /// The other calls of that sort, by ticket.
    retiring: BTreeMap<u64, Unasked>,
    /// Number of tickets so far.
    tickets: u64,
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
    pub(super) fn note_question(&mut self, asked: Asked) {
        *self.count(asked) += 1;
    }

    pub(super) fn note_answer(&mut self, asked: Asked) {
        *self.count(asked) -= 1;
    }

    /// Counts a call about the due instants of a replaced trigger.
    pub(super) fn note_retirement(&mut self, retired: &mut Retirement) {
        self.note_question(retired.asked);
        if retired.asked == Asked::AtOnce {
            self.retiring_at_once += 1;
        } else {
            self.tickets += 1;
            retired.ticket = self.tickets;
            self.retiring.insert(retired.ticket, retired.unasked());
        }
    }

    /// Counts the result of such a call. Returns whether anybody still waits for it.
    pub(super) fn note_retired(&mut self, retired: &Retirement) -> bool {
        let is_awaited = if retired.asked == Asked::AtOnce {
            self.retiring_at_once -= 1;
            true
        } else {
            self.retiring.remove(&retired.ticket).is_some()
        };
        if is_awaited {
            self.note_answer(retired.asked);
        }
        is_awaited
    }

    /// Stops waiting for the results of such calls, except for direct ones. Returns what is known
    /// without them.
    pub(super) fn give_up_retiring(&mut self) -> impl Iterator<Item = Unasked> + use<> {
        let given_up = std::mem::take(&mut self.retiring);
        self.elsewhere -= given_up.len();
        given_up.into_values()
    }

    /// Returns whether the current call still records a replaced trigger.
    pub(super) const fn is_retiring_at_once(&self) -> bool {
        self.retiring_at_once > 0
    }

    /// Returns whether another thread or a later turn still records a replaced trigger.
    pub(super) fn is_retiring_slowly(&self) -> bool {
        !self.retiring.is_empty()
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
}

impl PlanRequest {
    /// Returns whether the last call of the trigger was expensive.
    pub(crate) const fn is_heavy(&self) -> bool {
        self.last_cost > HEAVY
    }
}

impl Engine {
    /// Defers calls to the driver, after due entries.
    pub(crate) fn put_off(&mut self, questions: impl IntoIterator<Item = Question>, now: &Now) {
        self.cx.begin(now);
        for mut question in questions {
            if let Question::Retire(retired) = &mut question {
                if !self.asking.note_retired(retired) {
                    self.discard_retired(retired);
                    continue;
                }
                retired.asked = Asked::Later;
                self.asking.note_retirement(retired);
            } else {
                let asked = std::mem::replace(question.asked(), Asked::Later);
                self.asking.note_answer(asked);
                self.asking.note_question(Asked::Later);
            }
            self.asking.put_off.push_back(question);
        }
        if !self.has_driver() {
            return self.drop_all_questions(now);
        }
        if self.asking.is_put_off() {
            self.note_deadline(0);
        }
    }

    /// Returns whether there is or will be a driver to make deferred calls.
    fn has_driver(&self) -> bool {
        let awaits_none = |closing: &Closing| closing.due.awaits_none();
        self.cx.lifecycle.state != State::ShutDown
            && !self.closing.as_ref().is_some_and(awaits_none)
    }

    /// Requests some of the deferred calls. Those whose schedules were changed or removed are dropped.
    pub(super) fn ask_put_off(&mut self, now: &Now) {
        for _ in 0..DUE_PER_TURN {
            let Some(question) = self.asking.put_off.pop_front() else {
                return;
            };
            if self.is_wanted(&question) {
                self.cx.push(question.into());
            } else {
                self.drop_question(question, now);
            }
        }
    }

    /// Records the due instants of a replaced trigger as far as they are known without calling it.
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

    /// Drops deferred calls that a shutdown makes useless.
    pub(super) fn drop_questions(&mut self, now: &Now) {
        for question in std::mem::take(&mut self.asking.put_off) {
            if self.is_wanted(&question) {
                self.asking.put_off.push_back(question);
            } else {
                self.drop_question(question, now);
            }
        }
    }

    /// Drops all deferred calls, because the driver is gone.
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
            Question::Retire(question) => self.asking.retiring.contains_key(&question.ticket),
        }
    }
}
