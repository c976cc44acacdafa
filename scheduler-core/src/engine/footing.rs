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
    clock::{JUMP, Timelines, saturating_add},
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
            (Timeline::Wall, _) => now.wall,
            (Timeline::Elapsed, Footing::Wall { lag }) => back(now.wall, lag),
            (Timeline::Elapsed, Footing::Elapsed { lead }) => {
                let steady = clocks.reading(Timeline::Elapsed, now);
                saturating_add(steady, TimeDelta::nanoseconds(lead))
            }
        }
    }

    /// The deadline at which `instant` of its timeline comes.
    pub(super) fn deadline(&self, clocks: &Timelines, instant: DateTime<Utc>, now: &Now) -> u64 {
        let steady = match (self.timeline, self.footing) {
            (Timeline::Elapsed, Footing::Elapsed { lead }) => back(instant, lead),
            _ => instant,
        };
        clocks.deadline(self.timeline, steady, now)
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
        let steady = self.clocks.reading(Timeline::Elapsed, now);
        let Some(record) = self.schedules.get_mut(key) else {
            return;
        };
        let is_new = matches!(record.footing, Footing::Wall { .. });
        if is_new && record.timeline == Timeline::Elapsed {
            let lead = record
                .reading(&self.clocks, now)
                .signed_duration_since(steady);
            record.footing = Footing::Elapsed { lead: nanos(lead) };
        }
    }
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
    let end = if nanos > 0 {
        DateTime::<Utc>::MIN_UTC
    } else {
        DateTime::<Utc>::MAX_UTC
    };
    let earlier = instant.checked_sub_signed(TimeDelta::nanoseconds(nanos));
    earlier.unwrap_or(end)
}
