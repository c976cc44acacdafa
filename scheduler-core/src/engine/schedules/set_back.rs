//! Handles a wall clock that was set back: decided instants may repeat (`TM-005`).

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    footing::{Footing, stamp},
    plan::Ask,
};
use crate::{
    Now, ScheduleEnd,
    engine::{Discarded, Engine, Key},
    schedule::repeats::{Again, StepBack, just_after},
    trigger::Timeline,
};

impl Engine {
    /// Moves wall-clock schedules to the present time. The clock was set back by `step`, at some time within
    /// `since_known` before now.
    pub(in crate::engine) fn set_back(
        &mut self,
        step: TimeDelta,
        since_known: TimeDelta,
        now: &Now,
    ) {
        let from = begin_of_doubt(since_known, now);
        let on_wall = self
            .schedules
            .iter()
            .filter(|(_, record)| !record.over && record.timeline == Timeline::Wall);
        let keys: Vec<Key> = on_wall.map(|(key, _)| key).collect();
        for key in keys {
            self.go_back(key, from, Again::after(step), now);
        }
    }

    /// Compares the clocks before a schedule starts or changes. A step of the wall clock that the driver has
    /// not noticed yet must not move a schedule that starts after it.
    pub(in crate::engine) fn notice_step(&mut self, now: &Now) {
        if self.has_started() {
            self.check_clock(now);
        }
    }

    /// Returns the step back of the wall clock that the driver has not noticed yet.
    pub(in crate::engine) fn unnoticed_step(&self, now: &Now) -> Option<(StepBack, Again)> {
        let step = self.cx.clocks.unnoticed_step(now)?;
        let from = begin_of_doubt(self.cx.clocks.since_observed(now), now);
        let back = StepBack {
            from,
            now: now.wall,
        };
        Some((back, Again::after(step)))
    }

    /// Moves one schedule back to `from`, unless it has decided nothing after it.
    pub(in crate::engine) fn go_back(
        &mut self,
        key: Key,
        from: DateTime<Utc>,
        again: Again,
        now: &Now,
    ) {
        let Some(record) = self.schedules.get_mut(key) else {
            return;
        };
        if !matches!(record.footing, Footing::Live { .. }) {
            return;
        }
        if let Some(held) = &mut record.held {
            held.reading = held.reading.min(now.wall);
        }
        let Some(nominal) = record.nominal else {
            if record.ended == Some(ScheduleEnd::NeverDue) {
                // It may be due by the present clock.
                self.request_first(key, now);
            }
            return;
        };
        let step = StepBack {
            from,
            now: now.wall,
        };
        let Some(passes) = record.passes_after(step, again) else {
            return;
        };
        let step = passes.asked().unwrap_or(step);
        record.life().passes = Some(passes);
        // Instants since then that were not decided before are decided now.
        record.footing = Footing::Live {
            since: stamp(step.from),
        };
        self.disarm_schedule(key);
        match again {
            Again::All if self.become_relative(key) => self.request_first(key, now),
            _ => self.request(key, Ask::back(nominal, step)),
        }
    }

    /// Makes a trigger relative again that was relative when its schedule started, because the clock shows
    /// that its anchor was wrong. Returns whether it was relative.
    fn become_relative(&mut self, key: Key) -> bool {
        let Some(record) = self.schedules.get_mut(key) else {
            return false;
        };
        let Some(relative) = record.relative.take() else {
            return false;
        };
        let absolute = std::mem::replace(&mut record.trigger, relative);
        record.nominal = None;
        record.note_answer();
        self.discard(Discarded::Trigger(absolute));
        true
    }
}

/// The first reading that the clock may have shown since it was set, some time in `since_known`.
fn begin_of_doubt(since_known: TimeDelta, now: &Now) -> DateTime<Utc> {
    let from = now.wall.checked_sub_signed(since_known).unwrap_or(now.wall);
    // At `from` itself the clock was as it had been.
    just_after(from).min(now.wall)
}
