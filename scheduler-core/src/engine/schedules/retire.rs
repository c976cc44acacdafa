//! Records due instants of a trigger that was replaced, of a cursor that was moved, or of a schedule that
//! was removed.
//!
//! Only the trigger, which is user code, knows their number. They are therefore recorded when it has
//! returned, even if the schedule has changed again by then.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    Schedules,
    ask::Ask,
    ledger::Record,
    plan::{Passed, PlanRequest},
};
use crate::{
    ScheduleId, SkipReason, Span, Trigger, Verdict,
    base::{panic::Contained, unix_time::UnixTime},
    engine::{Action, Discarded, Key, cx::Cx},
    schedule::search::{Standstill, asked, before, latest_due, span},
    trigger::Asked,
};

/// Due instants that do not run, as far as they are known without calling the trigger.
pub(crate) struct Retirement {
    target: Target,
    /// The trigger, and the ranges of its instants that were decided before the wall clock was set back.
    rule: PlanRequest,
    /// The new trigger, which counts from `until` on.
    successor: Option<Contained<Arc<dyn Trigger>>>,
    /// First instant.
    from: UnixTime,
    /// Upper bound of the instants, inclusive.
    until: UnixTime,
    reason: SkipReason,
    /// Where the trigger is called.
    pub(crate) asked: Asked,
    /// Identifies the call, unless it is a direct one.
    ticket: u64,
}

/// The first instant of a [`Retirement`]: recorded if its trigger does not return in time.
struct Unasked {
    target: Target,
    first: Passed,
}

/// The calls of triggers about due instants that do not run, without a result yet.
#[derive(Default)]
pub(super) struct Retirements {
    /// Number of calls that are made directly.
    at_once: usize,
    /// The calls on another thread or in a later turn, by ticket.
    slow: BTreeMap<u64, Unasked>,
    /// Number of tickets so far.
    tickets: u64,
}

impl Retirements {
    /// Adds a call, and gives it a ticket unless it is a direct one.
    fn add(&mut self, retired: &mut Retirement) {
        if retired.asked == Asked::AtOnce {
            self.at_once += 1;
        } else {
            self.tickets += 1;
            retired.ticket = self.tickets;
            self.slow.insert(retired.ticket, retired.unasked());
        }
    }

    /// Removes a call that has a result. Returns false if its result is no longer awaited.
    fn remove(&mut self, retired: &Retirement) -> bool {
        if retired.asked == Asked::AtOnce {
            self.at_once -= 1;
            return true;
        }
        self.slow.remove(&retired.ticket).is_some()
    }
}

impl Schedules {
    /// Returns whether the result of a call is awaited.
    pub(in crate::engine) fn awaits_retired(&self, retired: &Retirement) -> bool {
        self.retirements.slow.contains_key(&retired.ticket)
    }

    /// Returns whether the current call still records a replaced trigger.
    pub(in crate::engine) const fn is_retiring_at_once(&self) -> bool {
        self.retirements.at_once > 0
    }

    /// Returns whether another thread or a later turn still records a replaced trigger.
    pub(in crate::engine) fn is_retiring_slowly(&self) -> bool {
        !self.retirements.slow.is_empty()
    }
}

/// Where the instants are recorded.
#[derive(Clone)]
struct Target {
    schedule: Key,
    id: ScheduleId,
    /// Wall-clock time of the decision.
    at: UnixTime,
    /// Number of records that the schedule keeps.
    history: usize,
}

impl Retirement {
    /// Lists the instants, repeated ones separately. Calls user code; if that fails, only the first instant
    /// is known.
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
            cause: self.rule.cause(UnixTime::of(span.from)).unwrap_or_default(),
        }
    }

    /// Returns the upper bound. If the present is an instant of the new trigger, that one decides about it.
    fn end(&self) -> UnixTime {
        let until = self.until.date();
        let follows = |next: &Contained<Arc<dyn Trigger>>| next.first_from(until);
        match self.successor.as_ref().and_then(follows) {
            Some(first) if first == until => before(self.until),
            _ => self.until,
        }
    }

    /// Returns the first instant alone.
    pub(in crate::engine) fn first(&self) -> Passed {
        self.passed(Span::single(self.from.date()))
    }

    /// Returns the facts that are known without calling the trigger.
    fn unasked(&self) -> Unasked {
        Unasked {
            target: self.target.clone(),
            first: self.first(),
        }
    }
}

impl Schedules {
    /// Records the due instants of a schedule, and removes its next instant. A new trigger may follow.
    pub(super) fn retire(
        &mut self,
        key: Key,
        successor: Option<&Contained<Arc<dyn Trigger>>>,
        reason: SkipReason,
        cx: &mut Cx,
    ) {
        self.disarm_schedule(key, cx);
        let Some(record) = self.get(key) else {
            return;
        };
        let until = record.reading_at(cx, cx.horizon());
        if let Some(mut retired) = self.give_up_until(key, until, reason, cx) {
            retired.successor = successor.cloned();
            self.ask_retired(retired, cx);
        }
    }

    /// Records the due instants up to `until`.
    pub(super) fn retire_until(
        &mut self,
        key: Key,
        until: UnixTime,
        reason: SkipReason,
        cx: &mut Cx,
    ) {
        if let Some(retired) = self.give_up_until(key, until, reason, cx) {
            self.ask_retired(retired, cx);
        }
    }

    fn give_up_until(
        &mut self,
        key: Key,
        until: UnixTime,
        reason: SkipReason,
        cx: &Cx,
    ) -> Option<Retirement> {
        let record = self.get_mut(key)?;
        // Results of pending calls about them are void from now on.
        record.revision = record.revision.wrapping_add(1);
        let from = record.nominal.take().filter(|&nominal| nominal <= until)?;
        let id = record.id.clone();
        let rule = record.question(key, Ask::Shift { nominal: from });
        let history = record
            .policies()
            .history
            .unwrap_or_else(|| cx.options().history);
        let target = Target {
            schedule: key,
            id,
            at: cx.wall(),
            history,
        };
        Some(Retirement {
            target,
            rule,
            successor: None,
            from,
            until,
            reason,
            asked: record.asked,
            ticket: 0,
        })
    }

    fn note_retirement(&mut self, retired: &mut Retirement, cx: &mut Cx) {
        cx.trigger_calls.begin(retired.asked);
        self.retirements.add(retired);
    }

    /// Counts the result of a call. Returns false if it is no longer awaited.
    fn note_retired(&mut self, retired: &Retirement, cx: &mut Cx) -> bool {
        let is_awaited = self.retirements.remove(retired);
        if is_awaited {
            cx.trigger_calls.end(retired.asked);
        }
        is_awaited
    }

    /// Has the driver make a call later. Returns false if its result is not awaited.
    pub(in crate::engine) fn put_off_retired(
        &mut self,
        retired: &mut Retirement,
        cx: &mut Cx,
    ) -> bool {
        if !self.note_retired(retired, cx) {
            self.discard_retired(retired, cx);
            return false;
        }
        retired.asked = Asked::Later;
        self.note_retirement(retired, cx);
        true
    }

    fn ask_retired(&mut self, mut retired: Retirement, cx: &mut Cx) {
        self.note_retirement(&mut retired, cx);
        cx.push(Action::Retire(Box::new(retired)));
    }

    /// Stops waiting for results, and records the first instant of each call.
    pub(in crate::engine) fn give_up_retirements(&mut self, cx: &mut Cx) {
        for (_, Unasked { target, first }) in std::mem::take(&mut self.retirements.slow) {
            cx.trigger_calls.end(Asked::Later);
            self.record_retired(&target, vec![first], cx);
        }
    }

    fn record_retired(&mut self, target: &Target, all: Vec<Passed>, cx: &mut Cx) {
        for Passed {
            span,
            reason,
            cause,
        } in all
        {
            if target.history > 0 {
                let record = Record::new(&span, cause, target.at, Verdict::not_run(reason));
                self.note_under(&target.id, record, target.history);
            }
            if let Some(record) = self.get_mut(target.schedule) {
                record.stats_mut().skipped += span.count.known();
            }
            self.publish_skipped(target.id.clone(), span, reason, cx);
        }
    }

    /// Discards the triggers of a call, to be dropped without the lock.
    fn discard_retired(&mut self, retired: &mut Retirement, cx: &mut Cx) {
        let successor = retired.successor.take();
        for trigger in successor.into_iter().chain([retired.rule.trigger.clone()]) {
            cx.discard(Discarded::Trigger(trigger));
        }
    }

    /// Records the first instant only, because the trigger does not return.
    pub(super) fn retire_unasked(&mut self, key: Key, reason: SkipReason, cx: &mut Cx) {
        let Some(record) = self.get(key) else {
            return;
        };
        let until = record.reading_at(cx, cx.horizon());
        if let Some(mut retired) = self.give_up_until(key, until, reason, cx) {
            self.note_retirement(&mut retired, cx);
            let first = retired.first();
            self.handle_retired(retired, vec![first], cx);
        }
    }

    /// Handles the result of a trigger: records and publishes the instants that do not run. A result that
    /// arrives after [`give_up_retirements`](Self::give_up_retirements) changes nothing.
    pub(in crate::engine) fn handle_retired(
        &mut self,
        mut retired: Retirement,
        all: Vec<Passed>,
        cx: &mut Cx,
    ) {
        let is_awaited = self.note_retired(&retired, cx);
        self.discard_retired(&mut retired, cx);
        if is_awaited {
            self.record_retired(&retired.target, all, cx);
        }
    }
}
