//! [`TimelineState`]: the present time of a schedule, and how it follows the clocks.
//!
//! The timeline of a wall-clock schedule is the wall clock. That of a schedule of elapsed time begins at the
//! wall-clock time of its start, and advances steadily even if the clock is set. It may therefore *lag*
//! behind the wall clock, or be ahead. Instants that callers name are wall-clock times, and are converted. An
//! exported schedule includes its lag, so that its successor continues.

use super::{Schedules, record::ScheduleRecord};
use crate::{
    base::unix_time::UnixTime,
    engine::{
        Key,
        cx::Cx,
        time::{JUMP, Time},
    },
    schedule::Decided,
    trigger::Timeline,
};

/// Relation of a schedule's timeline to the wall clock or to elapsed time, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimelineState {
    /// The schedule has not started, and will lag behind the wall clock by this time.
    Wall { lag: i64 },
    /// The schedule has not started, follows the wall clock, and has decided all instants since this time.
    Decided { since: i64 },
    /// The timeline is ahead of the scheduler's elapsed time by this time.
    Elapsed { lead: i64 },
    /// The schedule follows the wall clock, and has decided all instants since this time.
    Live { since: i64 },
}

impl TimelineState {
    /// Creates the timeline of a schedule: it continues after the instants that a predecessor
    /// decided, or, without those, starts with this lag.
    pub(super) fn of(lag: i128, decided: &Decided) -> Self {
        match decided.since {
            Some(since) => Self::Decided {
                since: stamp(since),
            },
            None => Self::Wall { lag: clamped(lag) },
        }
    }

    /// Creates the state for a schedule that will start at the present wall-clock time.
    pub(super) const fn new() -> Self {
        Self::Wall { lag: 0 }
    }
}

impl ScheduleRecord {
    /// Returns the present time on the timeline of the schedule.
    pub(in crate::engine) fn reading(&self, cx: &Cx) -> UnixTime {
        self.reading_at(cx, cx.time())
    }

    /// Returns the time on the timeline of the schedule at `at`.
    pub(super) fn reading_at(&self, cx: &Cx, at: Time) -> UnixTime {
        match (self.timeline, self.timeline_state) {
            (Timeline::Wall, _)
            | (_, TimelineState::Live { .. } | TimelineState::Decided { .. }) => at.wall,
            (Timeline::Elapsed, TimelineState::Wall { lag }) => back(at.wall, lag),
            (Timeline::Elapsed, TimelineState::Elapsed { lead }) => {
                cx.clocks().steady_ahead(at.elapsed, lead)
            }
        }
    }

    /// Returns the deadline of `instant`, a time on its timeline, by the clocks that decide what is due.
    pub(super) fn deadline(&self, cx: &Cx, instant: UnixTime) -> u64 {
        match (self.timeline, self.timeline_state) {
            (Timeline::Elapsed, TimelineState::Elapsed { lead }) => {
                cx.clocks().deadline_ahead(instant, lead)
            }
            _ => cx.clocks().deadline(self.timeline, instant, cx.horizon()),
        }
    }

    /// Returns how many nanoseconds the timeline of the schedule is behind the wall clock. Differences below a
    /// clock jump count as zero.
    pub(in crate::engine) fn lag(&self, cx: &Cx) -> i128 {
        let lag = cx.wall().since(self.reading(cx));
        if lag.abs() < JUMP { 0 } else { lag }
    }

    /// Converts a wall-clock time to the timeline of the schedule.
    pub(super) fn own(&self, cx: &Cx, instant: UnixTime) -> UnixTime {
        back(instant, clamped(self.lag(cx)))
    }
}

impl Schedules {
    /// Starts the timeline.
    pub(super) fn start_timeline(&mut self, key: Key, cx: &Cx) {
        let Some(record) = self.get_mut(key) else {
            return;
        };
        record.timeline_state = match (record.timeline, record.timeline_state) {
            (Timeline::Wall, TimelineState::Live { .. })
            | (Timeline::Elapsed, TimelineState::Elapsed { .. }) => return,
            (Timeline::Wall, TimelineState::Decided { since }) => TimelineState::Live { since },
            (Timeline::Wall, _) => TimelineState::Live {
                // A schedule with a cursor has decided all instants before it.
                since: record
                    .nominal
                    .map_or_else(|| stamp(cx.wall()), |_| i64::MIN),
            },
            (Timeline::Elapsed, _) => {
                let reading = record.reading(cx);
                let ahead = cx.clocks().ahead(reading, cx.elapsed());
                TimelineState::Elapsed {
                    lead: clamped(ahead),
                }
            }
        };
    }
}

/// Converts a time to nanoseconds, clamped to the representable range.
pub(super) fn stamp(reading: UnixTime) -> i64 {
    clamped(reading.total())
}

fn clamped(nanos: i128) -> i64 {
    nanos.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

/// Subtracts from an instant, clamped to the representable range.
fn back(instant: UnixTime, nanos: i64) -> UnixTime {
    instant.saturating_add(-i128::from(nanos))
}
