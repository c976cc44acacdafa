//! The readings of a schedule's own timeline.
//!
//! A schedule of the wall clock follows it. One that counts elapsed time begins at what the wall clock
//! shows when it becomes live, and goes on steadily from there, however the clock is set: its timeline
//! may *lag* behind the wall clock, or be ahead of it. What callers name they read off the wall clock,
//! so it is carried over; a schedule that is written out takes its lag along, so that its successor
//! counts on.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Engine,
    clock::{JUMP, Timelines},
    record::ScheduleRecord,
    slab::Key,
};
use crate::{Now, trigger::Timeline};

/// What the readings of elapsed time of a schedule go by, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Footing {
    /// It is not live yet, and lags so far behind the wall clock.
    Wall { lag: i64 },
    /// It is live, and is so far ahead of the elapsed time of the scheduler.
    Elapsed { lead: i64 },
    /// It is live on the wall clock, and has decided what came since that reading.
    Live { since: i64 },
}

impl Footing {
    /// Of a schedule that is to become live with this lag.
    pub(super) fn lagging(lag: TimeDelta) -> Self {
        Self::Wall { lag: nanos(lag) }
    }
}

impl ScheduleRecord {
    /// The reading of its timeline.
    pub(super) fn reading(&self, clocks: &Timelines, now: &Now) -> DateTime<Utc> {
        match (self.timeline, self.footing) {
            (Timeline::Wall, _) | (_, Footing::Live { .. }) => now.wall,
            (Timeline::Elapsed, Footing::Wall { lag }) => back(now.wall, lag),
            (Timeline::Elapsed, Footing::Elapsed { lead }) => clocks.steady_ahead(now, lead),
        }
    }

    /// The deadline at which `instant` of its timeline comes.
    pub(super) fn deadline(&self, clocks: &Timelines, instant: DateTime<Utc>, now: &Now) -> u64 {
        match (self.timeline, self.footing) {
            (Timeline::Elapsed, Footing::Elapsed { lead }) => clocks.deadline_ahead(instant, lead),
            _ => clocks.deadline(self.timeline, instant, now),
        }
    }

    /// How far its timeline lags behind the wall clock. What is no jump of the clock does not count.
    pub(super) fn lag(&self, clocks: &Timelines, now: &Now) -> TimeDelta {
        let reading = self.reading(clocks, now);
        let lag = now.wall.signed_duration_since(reading);
        if lag.abs() < JUMP {
            TimeDelta::zero()
        } else {
            lag
        }
    }

    /// The point of its timeline that is `instant` by the wall clock.
    pub(super) fn own(
        &self,
        clocks: &Timelines,
        instant: DateTime<Utc>,
        now: &Now,
    ) -> DateTime<Utc> {
        back(instant, nanos(self.lag(clocks, now)))
    }
}

impl Engine {
    /// From now on a schedule that counts elapsed time goes by it.
    pub(super) fn go_live(&mut self, key: Key, now: &Now) {
        let Some(record) = self.schedules.get_mut(key) else {
            return;
        };
        record.footing = match (record.timeline, record.footing) {
            (Timeline::Wall, Footing::Live { .. })
            | (Timeline::Elapsed, Footing::Elapsed { .. }) => return,
            (Timeline::Wall, _) => Footing::Live {
                // Whoever stood somewhere has decided all that came before.
                since: record.nominal.map_or_else(|| stamp(now.wall), |_| i64::MIN),
            },
            (Timeline::Elapsed, _) => {
                let reading = record.reading(&self.clocks, now);
                let ahead = self.clocks.ahead(reading, self.clocks.elapsed(now));
                Footing::Elapsed { lead: nanos(ahead) }
            }
        };
    }
}

/// A reading in nanoseconds, as far as it can be: years are enough to compare with.
pub(super) fn stamp(reading: DateTime<Utc>) -> i64 {
    let bound = if reading < DateTime::UNIX_EPOCH {
        i64::MIN
    } else {
        i64::MAX
    };
    reading.timestamp_nanos_opt().unwrap_or(bound)
}

fn nanos(delta: TimeDelta) -> i64 {
    let bound = if delta < TimeDelta::zero() {
        i64::MIN
    } else {
        i64::MAX
    };
    delta.num_nanoseconds().unwrap_or(bound)
}

/// The instant that is so much earlier, as far as there is one.
fn back(instant: DateTime<Utc>, nanos: i64) -> DateTime<Utc> {
    if nanos == 0 {
        return instant;
    }
    let end = if nanos > 0 {
        DateTime::<Utc>::MIN_UTC
    } else {
        DateTime::<Utc>::MAX_UTC
    };
    let earlier = instant.checked_sub_signed(TimeDelta::nanoseconds(nanos));
    earlier.unwrap_or(end)
}
