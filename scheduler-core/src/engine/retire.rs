//! Due instants that are given up together with their rule: by another trigger, another cursor or
//! the removal of their schedule.
//!
//! How many they are only the trigger knows, which is user code. So they are put on record when it
//! has returned, whatever has become of the schedule by then: the decision has been made.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{
    Action, Discarded, Engine,
    search::{asked, latest_due, span},
    slab::Key,
};
use crate::{
    Decision, Now, RunCause, ScheduleId, SkipReason, Span, Trigger, Verdict, panic::Contained,
    trigger::Asked,
};

/// Instants that were due and are not run, as far as they are known without their trigger.
pub(crate) struct Retirement {
    schedule: Key,
    id: ScheduleId,
    trigger: Contained<Arc<dyn Trigger>>,
    /// The first of them.
    from: DateTime<Utc>,
    /// None of them is later.
    until: DateTime<Utc>,
    reason: SkipReason,
    /// When that was decided, on the wall clock.
    at: DateTime<Utc>,
    /// How many decisions the schedule remembers.
    history: usize,
    /// Where its trigger is asked.
    pub(crate) asked: Asked,
}

impl Retirement {
    /// All of them. Calls user code; where that fails, the first one is all that is known.
    pub(crate) fn ask(&self) -> Span {
        let trigger = &**self.trigger;
        let (all, _) = asked(|| {
            let last = latest_due(trigger, self.from, self.until)?;
            span(trigger, self.from, last)
        });
        all.unwrap_or_else(|_| self.first())
    }

    /// The first one alone.
    pub(super) const fn first(&self) -> Span {
        Span::single(self.from)
    }
}

impl Engine {
    /// Gives up what is due of a schedule's rule, and lets it wait for nothing.
    pub(super) fn retire(&mut self, key: Key, reason: SkipReason, now: &Now) {
        self.disarm_schedule(key);
        if let Some(record) = self.schedules.get(key) {
            let until = record.reading(&self.clocks, now);
            self.retire_until(key, until, reason, now);
        }
    }

    /// The same for what is not later than `until`.
    pub(super) fn retire_until(
        &mut self,
        key: Key,
        until: DateTime<Utc>,
        reason: SkipReason,
        now: &Now,
    ) {
        let Some(record) = self.schedules.get_mut(key) else {
            return;
        };
        // The answer to a question about them is void from now on.
        record.revision = record.revision.wrapping_add(1);
        let Some(from) = record.nominal.take().filter(|&nominal| nominal <= until) else {
            return;
        };
        let (id, trigger) = (record.id.clone(), record.trigger.clone());
        let history = record.policies().history.unwrap_or(self.options.history);
        let asked = record.asked;
        self.asking.note_question(asked);
        self.actions.push_back(Action::Retire(Box::new(Retirement {
            schedule: key,
            id,
            trigger,
            from,
            until,
            reason,
            at: now.wall,
            history,
            asked,
        })));
    }

    /// The answer of a trigger: notes and announces what was given up.
    pub(crate) fn handle_retired(&mut self, retired: Retirement, span: Span, now: &Now) {
        self.asking.note_answer(retired.asked);
        let Retirement {
            schedule,
            id,
            trigger,
            reason,
            at,
            history,
            ..
        } = retired;
        self.discard(Discarded::Trigger(trigger));
        if history > 0 {
            let decision = Decision::new(span, RunCause::Due, at, Verdict::not_run(reason));
            self.note_under(&id, decision, history);
        }
        if let Some(record) = self.schedules.get_mut(schedule) {
            record.life().skipped += span.count.known();
        }
        self.tell_skipped(id, span, reason, now);
    }
}
