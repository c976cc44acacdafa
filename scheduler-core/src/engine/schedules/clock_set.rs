//! Handles a wall clock that was set. Timers are rearmed; after a step back, decided instants may repeat (`TM-005`).

use super::{
    Schedules,
    ask::Ask,
    record::ScheduleRecord,
    timeline::{TimelineState, stamp},
};
use crate::{
    ScheduleEnd,
    base::unix_time::UnixTime,
    engine::{Discarded, Key, cx::Cx},
    schedule::repeats::{Again, StepBack, just_after},
    trigger::Timeline,
};

impl Schedules {
    /// Rearms schedules that follow the wall clock, after it was set forward or back (`TM-004`, `TM-005`).
    pub(in crate::engine) fn rearm_wall_schedules(&mut self, cx: &mut Cx) {
        if !self.watch_wall_clock() || cx.lifecycle.is_closing() {
            return;
        }
        let on_wall = |record: &ScheduleRecord| record.timeline == Timeline::Wall;
        let armed = |(key, record): (Key, &ScheduleRecord)| {
            (record.due.is_set() && on_wall(record)).then_some(key)
        };
        let moved: Vec<_> = self.iter().filter_map(armed).collect();
        for key in moved {
            self.arm_schedule(key, cx);
        }
    }

    /// Moves wall-clock schedules to the present time. The clock was set back by `step` nanoseconds, at some time within
    /// `since_known` before now.
    pub(in crate::engine) fn set_back(&mut self, step: i128, since_known: u64, cx: &mut Cx) {
        let from = begin_of_doubt(since_known, cx.wall());
        let on_wall = self
            .iter()
            .filter(|(_, record)| !record.over && record.timeline == Timeline::Wall);
        let keys: Vec<Key> = on_wall.map(|(key, _)| key).collect();
        for key in keys {
            self.set_schedule_back(key, from, Again::after(step), cx);
        }
    }

    /// Returns the step back of the wall clock that the driver has not noticed yet.
    pub(super) fn unnoticed_step(&self, cx: &Cx) -> Option<(StepBack, Again)> {
        let step = cx.clocks().unnoticed_step(cx.time())?;
        let from = begin_of_doubt(cx.clocks().since_observed(cx.elapsed()), cx.wall());
        let back = StepBack {
            from,
            now: cx.wall(),
        };
        Some((back, Again::after(step)))
    }

    /// Moves one schedule back to `from`, unless it has decided nothing after it.
    pub(super) fn set_schedule_back(
        &mut self,
        key: Key,
        from: UnixTime,
        again: Again,
        cx: &mut Cx,
    ) {
        let Some(record) = self.get_mut(key) else {
            return;
        };
        if !matches!(record.timeline_state, TimelineState::Live { .. }) {
            return;
        }
        if let Some(held) = &mut record.held {
            held.reading = held.reading.min(cx.wall());
        }
        let Some(nominal) = record.nominal else {
            if record.ended == Some(ScheduleEnd::NeverDue) {
                // It may be due by the present clock.
                self.request_first(key, cx);
            }
            return;
        };
        let step = StepBack {
            from,
            now: cx.wall(),
        };
        let Some(passes) = record.passes_after(step, again) else {
            return;
        };
        let step = passes.asked().unwrap_or(step);
        record.stats_mut().passes = Some(passes);
        // Instants since then that were not decided before are decided now.
        record.timeline_state = TimelineState::Live {
            since: stamp(step.from),
        };
        self.disarm_schedule(key, cx);
        match again {
            Again::All if self.become_relative(key, cx) => self.request_first(key, cx),
            _ => self.request(key, Ask::back(nominal, step), cx),
        }
    }

    /// Restores a relative trigger that was anchored by a wrong clock; the next question anchors it
    /// again. Returns whether the trigger was relative.
    fn become_relative(&mut self, key: Key, cx: &mut Cx) -> bool {
        let Some(record) = self.get_mut(key) else {
            return false;
        };
        let Some(relative) = record.relative.take() else {
            return false;
        };
        let absolute = std::mem::replace(&mut record.trigger, relative);
        record.nominal = None;
        record.note_answer();
        cx.discard(Discarded::Trigger(absolute));
        true
    }
}

/// Returns the earliest time that the clock may have shown since it was set, which happened within
/// `since_known`.
fn begin_of_doubt(since_known: u64, wall: UnixTime) -> UnixTime {
    let from = wall.checked_add(-i128::from(since_known)).unwrap_or(wall);
    // At `from` itself the clock was as it had been.
    just_after(from).min(wall)
}
