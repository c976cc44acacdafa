//! Describes the cursor of a schedule, for exports.

use std::sync::Arc;

use super::{
    Schedules,
    record::{Held, ScheduleRecord},
    timeline::TimelineState,
};
use crate::{
    ScheduleInfo, Timeline,
    base::unix_time::UnixTime,
    engine::{Key, cx::Cx, time::JUMP},
    schedule::{
        Cursor, Decided, Definition,
        repeats::{Again, Pass, Passes, StepBack},
    },
};

impl Schedules {
    /// Sets the cursor in the definition of a schedule. Includes the effect of a step back of the wall clock
    /// that the driver has not noticed yet.
    pub(super) fn note_cursor(&self, key: Key, info: &mut ScheduleInfo, cx: &Cx) {
        let (Some(record), Some(definition)) = (self.get(key), info.definition.as_mut()) else {
            return;
        };
        let held = record.held.as_deref();
        definition.cursor = Cursor {
            next: record.nominal,
            step: record.asked_back(),
            lag: record.lag(cx),
            decided: record.decided(),
            paused_since: held.map(|held| held.since_by_now(record.lag(cx))),
        };
        if let Some((step, again)) = self.unnoticed_step(cx)
            && record.timeline == Timeline::Wall
        {
            record.set_back(definition, step, again);
        }
    }
}

impl ScheduleRecord {
    /// Returns the closed passes of the schedule after a step back; `None` if it has decided
    /// nothing after `step.from`.
    pub(super) fn passes_after(&self, step: StepBack, again: Again) -> Option<Arc<Passes>> {
        let TimelineState::Live { since } = self.timeline_state else {
            return None;
        };
        let until = self.nominal.filter(|&nominal| nominal > step.from)?;
        let pass = Pass {
            from: UnixTime::of_nanos(since),
            until,
            again,
        };
        let known = self.stats.as_ref().and_then(|stats| stats.passes.clone());
        let mut passes = known.unwrap_or_default();
        Arc::make_mut(&mut passes).go_back(pass, step);
        Some(passes)
    }

    fn decided(&self) -> Decided {
        let (Timeline::Wall, TimelineState::Live { since } | TimelineState::Decided { since }) =
            (self.timeline, self.timeline_state)
        else {
            return Decided::default();
        };
        let passes = self.stats.as_ref().and_then(|stats| stats.passes.clone());
        Decided {
            since: (since > i64::MIN).then(|| UnixTime::of_nanos(since)),
            passes: passes.filter(|passes| !passes.closed().is_empty()),
        }
    }

    /// Returns the step back after which the trigger has not returned the next instant yet.
    fn asked_back(&self) -> Option<(Arc<Passes>, StepBack)> {
        let passes = self.stats.as_ref()?.passes.as_ref()?;
        Some((passes.clone(), passes.asked()?))
    }

    /// Applies a step back to an exported definition, as [`Schedules::set_back`] will apply it to
    /// the schedule.
    fn set_back(&self, definition: &mut Definition, step: StepBack, again: Again) {
        let cursor = &mut definition.cursor;
        cursor.paused_since = cursor.paused_since.map(|since| since.min(step.now));
        let Some(passes) = self.passes_after(step, again) else {
            return;
        };
        let step = passes.asked().unwrap_or(step);
        let relative = self.relative.as_ref().filter(|_| again == Again::All);
        if let Some(relative) = relative {
            definition.trigger = relative.clone();
            (cursor.next, cursor.step) = (None, None);
        } else {
            cursor.step = Some((passes.clone(), step));
        }
        cursor.decided = Decided {
            since: Some(step.from),
            passes: Some(passes).filter(|passes| !passes.closed().is_empty()),
        };
    }
}

impl Held {
    /// Returns when the present pass began, by the present wall clock. The timeline of the schedule
    /// is behind that clock by `lag`.
    fn since_by_now(&self, lag: i128) -> UnixTime {
        let by_now = self.reading.checked_add(lag);
        let moved = |by_now: &UnixTime| by_now.since(self.since).abs() >= JUMP;
        by_now.filter(moved).unwrap_or(self.since)
    }
}
