//! [`Askers`]: the machines whose trigger calls the driver makes later.

use super::{
    Discarded, Question, backfill::Backfills, cx::Cx, schedules::Schedules, time::DUE_PER_TURN,
};
use crate::trigger::Asked;

/// The machines that call triggers, borrowed for a change of the deferred calls.
pub(super) struct Askers<'e> {
    pub(super) backfills: &'e Backfills,
    pub(super) schedules: &'e mut Schedules,
    pub(super) cx: &'e mut Cx,
}

impl Askers<'_> {
    /// Defers calls to the driver, after due entries.
    pub(super) fn put_off(&mut self, questions: impl IntoIterator<Item = Question>) {
        for mut question in questions {
            if let Question::Retire(retired) = &mut question {
                if !self.schedules.put_off_retired(retired, self.cx) {
                    continue;
                }
            } else {
                let asked = std::mem::replace(question.asked(), Asked::Later);
                self.cx.trigger_calls.end(asked);
                self.cx.trigger_calls.begin(Asked::Later);
            }
            self.cx.trigger_calls.put_off(question);
        }
        if self.cx.trigger_calls.is_put_off() {
            self.cx.deadlines.note(0);
        }
    }

    /// Requests some of the deferred calls. Those whose schedules were changed or removed are dropped.
    pub(super) fn request(&mut self) {
        for _ in 0..DUE_PER_TURN {
            let Some(question) = self.cx.trigger_calls.next_put_off() else {
                return;
            };
            if self.is_wanted(&question) {
                self.cx.push(question.into());
            } else {
                self.drop_question(question);
            }
        }
    }

    /// Drops deferred calls that a shutdown makes useless.
    pub(super) fn drop_useless(&mut self) {
        for question in self.cx.trigger_calls.take_put_off() {
            if self.is_wanted(&question) {
                self.cx.trigger_calls.put_off(question);
            } else {
                self.drop_question(question);
            }
        }
    }

    /// Drops all deferred calls, because the driver is gone.
    pub(super) fn drop_all(&mut self) {
        for question in self.cx.trigger_calls.take_put_off() {
            self.drop_question(question);
        }
    }

    /// Drops a call. The due instants of a replaced trigger are recorded as far as they are known without it.
    fn drop_question(&mut self, question: Question) {
        let trigger = match question {
            Question::Retire(question) => {
                let first = question.first();
                let all = vec![first];
                return self.schedules.handle_retired(*question, all, self.cx);
            }
            Question::Instants(question) => question.into_trigger(),
            Question::Plan(question) => question.trigger,
        };
        self.cx.trigger_calls.end(Asked::Later);
        self.cx.discard(Discarded::Trigger(trigger));
    }

    fn is_wanted(&self, question: &Question) -> bool {
        match question {
            Question::Instants(question) => self.backfills.awaits_instants(question.backfill),
            Question::Plan(question) => self.schedules.awaits_plan(question),
            Question::Retire(question) => self.schedules.awaits_retired(question),
        }
    }
}
