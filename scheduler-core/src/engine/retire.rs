//! Due instants that are given up together with their rule: by another trigger, another cursor or
//! the removal of their schedule.
//!
//! How many they are only the trigger knows, which is user code. So they are put on record when it
//! has returned, whatever has become of the schedule by then: the decision has been made.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{
    Action, Discarded, Engine, PlanRequest,
    plan::{Ask, Passed},
    search::{Standstill, asked, before, latest_due, span},
    slab::Key,
};
use crate::{
    Decision, Now, ScheduleId, SkipReason, Span, Trigger, Verdict, panic::Contained, trigger::Asked,
};

/// Instants that were due and are not run, as far as they are known without their trigger.
pub(crate) struct Retirement {
    schedule: Key,
    id: ScheduleId,
    /// The rule, and which of its instants come again.
    rule: PlanRequest,
    /// The trigger that follows, which counts from `until` on.
    successor: Option<Contained<Arc<dyn Trigger>>>,
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
    /// All of them, those that come again apart. Calls user code; where that fails, the first one is
    /// all that is known.
    pub(crate) fn ask(&self) -> Vec<Passed> {
        let (all, _) = asked(|| self.all());
        all.unwrap_or_else(|_| vec![self.first()])
    }

    fn all(&self) -> Result<Vec<Passed>, Standstill> {
        let until = self.end();
        let (mut all, mut next) = (Vec::new(), Some(self.from));
        while let Some(first) = next.filter(|&first| first <= until) {
            let stretch = self.rule.stretch(first, until);
            let trigger = &**stretch.rule.trigger;
            let last = latest_due(trigger, first, stretch.until)?;
            all.push(self.passed(span(trigger, first, last)?));
            next = if last < until {
                self.rule.following(last)?
            } else {
                None
            };
        }
        Ok(all)
    }

    fn passed(&self, span: Span) -> Passed {
        Passed {
            span,
            reason: self.reason,
            cause: self.rule.cause(span.from).unwrap_or_default(),
        }
    }

    /// Up to when they are given up: this very moment may be an instant of the next rule as well,
    /// which decides about it then.
    fn end(&self) -> DateTime<Utc> {
        let follows = |next: &Contained<Arc<dyn Trigger>>| next.first_from(self.until);
        match self.successor.as_ref().and_then(follows) {
            Some(first) if first == self.until => before(first),
            _ => self.until,
        }
    }

    /// The first one alone.
    pub(super) fn first(&self) -> Passed {
        self.passed(Span::single(self.from))
    }
}

impl Engine {
    /// Gives up what is due of a schedule's rule, and lets it wait for nothing. Another rule may
    /// follow.
    pub(super) fn retire(
        &mut self,
        key: Key,
        successor: Option<&Contained<Arc<dyn Trigger>>>,
        reason: SkipReason,
        now: &Now,
    ) {
        self.disarm_schedule(key);
        let Some(record) = self.schedules.get(key) else {
            return;
        };
        let until = record.reading(&self.clocks, &self.horizon(now));
        if let Some(mut retired) = self.give_up_until(key, until, reason, now) {
            retired.successor = successor.cloned();
            self.ask_retired(retired);
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
        if let Some(retired) = self.give_up_until(key, until, reason, now) {
            self.ask_retired(retired);
        }
    }

    fn give_up_until(
        &mut self,
        key: Key,
        until: DateTime<Utc>,
        reason: SkipReason,
        now: &Now,
    ) -> Option<Retirement> {
        let record = self.schedules.get_mut(key)?;
        // The answer to a question about them is void from now on.
        record.revision = record.revision.wrapping_add(1);
        let from = record.nominal.take().filter(|&nominal| nominal <= until)?;
        let id = record.id.clone();
        let rule = record.question(key, Ask::Shift { nominal: from });
        let history = record.policies().history.unwrap_or(self.options.history);
        Some(Retirement {
            schedule: key,
            id,
            rule,
            successor: None,
            from,
            until,
            reason,
            at: now.wall,
            history,
            asked: record.asked,
        })
    }

    /// The same without asking the trigger, which does not answer: the first instant is on record.
    pub(super) fn retire_unasked(&mut self, key: Key, reason: SkipReason, now: &Now) {
        let Some(record) = self.schedules.get(key) else {
            return;
        };
        let until = record.reading(&self.clocks, &self.horizon(now));
        if let Some(retired) = self.give_up_until(key, until, reason, now) {
            self.asking.note_retirement(retired.asked);
            let first = retired.first();
            self.handle_retired(retired, vec![first], now);
        }
    }

    fn ask_retired(&mut self, retired: Retirement) {
        self.asking.note_retirement(retired.asked);
        self.actions.push_back(Action::Retire(Box::new(retired)));
    }

    /// The answer of a trigger: notes and announces what was given up.
    pub(crate) fn handle_retired(&mut self, retired: Retirement, all: Vec<Passed>, now: &Now) {
        self.asking.note_retired(retired.asked);
        let Retirement {
            schedule,
            id,
            rule,
            successor,
            at,
            history,
            ..
        } = retired;
        for trigger in successor.into_iter().chain([rule.trigger]) {
            self.discard(Discarded::Trigger(trigger));
        }
        for Passed {
            span,
            reason,
            cause,
        } in all
        {
            if history > 0 {
                let decision = Decision::new(span, cause, at, Verdict::not_run(reason));
                self.note_under(&id, decision, history);
            }
            if let Some(record) = self.schedules.get_mut(schedule) {
                record.life().skipped += span.count.known();
            }
            self.tell_skipped(id.clone(), span, reason, now);
        }
        // A shutdown waits for the record.
        self.check_closed(now);
    }
}
