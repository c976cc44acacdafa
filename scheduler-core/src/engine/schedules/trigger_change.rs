//! Replaces the trigger of a schedule, unless the new one is equal.
//!
//! An equal trigger keeps its anchor, cursor and due instants. The comparison calls user code, so it happens
//! before taking the lock. Under the lock the engine checks that the compared trigger is still the present one.

use std::sync::Arc;

use super::{Schedules, record::ScheduleRecord, timeline::TimelineState};
use crate::{
    Conflict, Schedule, ScheduleChange, ScheduleId, SkipReason, Trigger,
    base::panic::{Contained, caught},
    engine::{Discarded, cx::Cx, slab::Key},
    schedule::Compared,
    trigger::{Asked, Timeline},
};

/// The present trigger of a schedule.
pub(crate) struct PresentTrigger {
    /// The trigger as it was defined.
    defined: Contained<Arc<dyn Trigger>>,
    /// The anchored form, which the scheduler calls.
    absolute: Contained<Arc<dyn Trigger>>,
}

impl PresentTrigger {
    /// Compares a new trigger with this one. Calls user code; a panic means not equal.
    pub(crate) fn compare(self, new: &dyn Trigger) -> Compared {
        let equals = |old: &dyn Trigger| caught(|| new.equals(old)).unwrap_or(false);
        if equals(&**self.defined) || equals(&**self.absolute) {
            Compared::Equal(self.defined)
        } else {
            Compared::Different(self.defined)
        }
    }
}

impl ScheduleRecord {
    /// Returns the trigger of a schedule as defined.
    fn defined(&self) -> &Contained<Arc<dyn Trigger>> {
        self.relative.as_ref().unwrap_or(&self.trigger)
    }
}

impl Schedules {
    /// Returns the trigger with which a new trigger of the schedule must be compared.
    pub(in crate::engine) fn present_trigger(&self, id: &ScheduleId) -> Option<PresentTrigger> {
        let record = self.listed(id).ok()?;
        Some(PresentTrigger {
            defined: record.defined().clone(),
            absolute: record.trigger.clone(),
        })
    }

    /// Returns the trigger that `schedule` would replace.
    pub(in crate::engine) fn trigger_to_replace(
        &self,
        schedule: &Schedule,
    ) -> Option<PresentTrigger> {
        let id = schedule.id.as_ref()?;
        let replaces = schedule.conflict == Conflict::Replace && self.is_taken(id);
        replaces.then(|| self.present_trigger(id)).flatten()
    }

    /// Returns whether the trigger of `schedule` was compared with the present one that it would replace, if any.
    pub(in crate::engine) fn is_compared(&self, schedule: &Schedule) -> bool {
        let id = schedule.id.as_ref();
        let replaces = schedule.conflict == Conflict::Replace;
        let replaced = id.filter(|id| replaces && self.is_taken(id));
        self.compared_with(replaced, schedule.compared.as_ref())
    }

    /// Returns whether the trigger of a change was compared with the present one of the schedule.
    pub(in crate::engine) fn is_compared_change(
        &self,
        id: &ScheduleId,
        change: &ScheduleChange,
    ) -> bool {
        let id = Some(id).filter(|_| change.trigger.is_some());
        self.compared_with(id, change.compared.as_ref())
    }

    fn compared_with(&self, id: Option<&ScheduleId>, compared: Option<&Compared>) -> bool {
        let present = id.and_then(|id| self.listed(id).ok());
        match (present, compared) {
            (None, None) => true,
            (Some(record), Some(compared)) => compared.is_with(record.defined()),
            _ => false,
        }
    }

    /// Sets the trigger. An equal one keeps its cursor. A different one counts from now: due
    /// instants of the old one are recorded and do not run, while buffered and started runs
    /// continue (`SC-008`).
    pub(super) fn set_trigger(&mut self, key: Key, change: &mut ScheduleChange, cx: &mut Cx) {
        let Some((trigger, timeline, asked)) = change.trigger.take() else {
            return;
        };
        if self.is_same_trigger(key, change) {
            return cx.discard(Discarded::Trigger(trigger));
        }
        self.retire(key, Some(&trigger), SkipReason::ScheduleChanged, cx);
        self.replace_trigger(key, trigger, (timeline, asked), cx);
    }

    /// Drops the catch-up runs that wait, if the change has a different trigger.
    pub(super) fn drop_paced_of_old_trigger(
        &mut self,
        key: Key,
        change: &ScheduleChange,
        cx: &mut Cx,
    ) {
        if change.trigger.is_some() && !self.is_same_trigger(key, change) {
            self.drop_paced(key, SkipReason::ScheduleChanged, cx);
        }
    }

    /// Returns whether the trigger of the change was found to be equal to the present one.
    fn is_same_trigger(&self, key: Key, change: &ScheduleChange) -> bool {
        let (Some(record), Some(compared)) = (self.get(key), &change.compared) else {
            return false;
        };
        compared.is_equal() && compared.is_with(record.defined())
    }

    fn replace_trigger(
        &mut self,
        key: Key,
        trigger: Contained<Arc<dyn Trigger>>,
        (timeline, asked): (Timeline, Asked),
        cx: &mut Cx,
    ) {
        let Some(record) = self.get_mut(key) else {
            return cx.discard(Discarded::Trigger(trigger));
        };
        let old = std::mem::replace(&mut record.trigger, trigger);
        let relative = record.relative.take();
        record.timeline = timeline;
        record.timeline_state = TimelineState::new();
        record.asked = asked;
        record.stats_mut().passes = None;
        if let Some(held) = &mut record.held {
            // Before its start, its timeline is the wall clock.
            held.reading = cx.wall();
        }
        record.stats_mut().ruled_since = Some(cx.wall());
        cx.discard(Discarded::Trigger(old));
        if let Some(relative) = relative {
            cx.discard(Discarded::Trigger(relative));
        }
        if cx.lifecycle.has_started() {
            self.request_first(key, cx);
        }
    }
}
