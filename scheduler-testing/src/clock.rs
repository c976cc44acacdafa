//! The virtual clock and its timers. When nothing else can run, it advances to the next timer within the horizon.

use std::{
    collections::BTreeMap,
    task::Waker,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use scheduler_core::runtime::Now;

/// Order in which timers fire: by deadline, then by the time at which they were set.
pub(super) type TimerKey = (Instant, u64);

/// 2026-01-01T00:00:00Z, in seconds since the epoch.
const DEFAULT_START: i64 = 1_767_225_600;

pub(super) struct VirtualClock {
    base: Instant,
    elapsed: Duration,
    start_wall: DateTime<Utc>,
    wall_offset: TimeDelta,
    timers: BTreeMap<TimerKey, Waker>,
    timers_set: u64,
    /// Limits up to which the clock advances automatically when all is quiet: one for each call that
    /// advances it. The farthest applies.
    horizons: Vec<Duration>,
    fires: u64,
}

impl VirtualClock {
    pub(super) fn new() -> Self {
        Self {
            base: Now::system().mono(),
            elapsed: Duration::ZERO,
            start_wall: DateTime::from_timestamp(DEFAULT_START, 0).unwrap_or_default(),
            wall_offset: TimeDelta::zero(),
            timers: BTreeMap::new(),
            timers_set: 0,
            horizons: Vec::new(),
            fires: 0,
        }
    }

    pub(super) fn start_at(&mut self, wall: DateTime<Utc>) {
        self.start_wall = wall;
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.elapsed
    }

    pub(super) fn now(&self) -> Now {
        Now::new(self.mono(), self.wall())
    }

    fn mono(&self) -> Instant {
        self.base + self.elapsed
    }

    /// Reads the clock, clamped to the representable dates, so that a reading never panics.
    fn wall(&self) -> DateTime<Utc> {
        let elapsed = TimeDelta::from_std(self.elapsed).unwrap_or(TimeDelta::MAX);
        let steady = saturating_add(self.start_wall, elapsed);
        saturating_add(steady, self.wall_offset)
    }

    pub(super) fn jump_wall(&mut self, by: TimeDelta) {
        let limit = if by < TimeDelta::zero() {
            TimeDelta::MIN
        } else {
            TimeDelta::MAX
        };
        self.wall_offset = self.wall_offset.checked_add(&by).unwrap_or(limit);
    }

    /// Returns the elapsed time after another `step`, or `None` if no [`Instant`] can represent it.
    pub(super) fn after(&self, step: Duration) -> Option<Duration> {
        let target = self.elapsed.checked_add(step)?;
        self.base.checked_add(target).map(|_| target)
    }

    /// Advances the clock to `target`; never moves it back.
    pub(super) fn move_to(&mut self, target: Duration) {
        self.elapsed = self.elapsed.max(target);
    }

    pub(super) fn push_horizon(&mut self, horizon: Duration) {
        self.horizons.push(horizon);
    }

    pub(super) fn pop_horizon(&mut self, horizon: Duration) {
        if let Some(at) = self.horizons.iter().position(|&other| other == horizon) {
            self.horizons.swap_remove(at);
        }
    }

    /// Returns true if `deadline` has passed. Otherwise sets the timer, and swaps `waker` for the
    /// one that it replaces, which the caller drops after unlocking.
    pub(super) fn arm(
        &mut self,
        timer: &mut Option<TimerKey>,
        deadline: Instant,
        waker: &mut Option<Waker>,
    ) -> bool {
        if deadline <= self.mono() {
            return true;
        }
        let key = *timer.get_or_insert_with(|| (deadline, self.next_number()));
        *waker = waker
            .take()
            .and_then(|waker| self.timers.insert(key, waker));
        false
    }

    fn next_number(&mut self) -> u64 {
        self.timers_set += 1;
        self.timers_set
    }

    pub(super) fn disarm(&mut self, timer: TimerKey) -> Option<Waker> {
        self.timers.remove(&timer)
    }

    /// Returns whether the first timer is within the horizon.
    pub(super) fn is_due(&self) -> bool {
        let first = self.timers.first_key_value();
        let horizon = self.horizons.iter().max();
        first
            .zip(horizon)
            .is_some_and(|((&(deadline, _), _), &horizon)| self.since_base(deadline) <= horizon)
    }

    /// Fires the first timer, if it is within the horizon.
    pub(super) fn fire_due(&mut self) -> Option<Waker> {
        self.is_due().then(|| self.fire_first())?
    }

    /// Fires the first timer regardless of the horizon, and advances the clock to its deadline.
    pub(super) fn fire_first(&mut self) -> Option<Waker> {
        let ((deadline, _), waker) = self.timers.pop_first()?;
        self.move_to(self.since_base(deadline));
        self.fires += 1;
        Some(waker)
    }

    fn since_base(&self, instant: Instant) -> Duration {
        instant.saturating_duration_since(self.base)
    }

    pub(super) fn pending_timers(&self) -> usize {
        self.timers.len()
    }

    pub(super) fn fires(&self) -> u64 {
        self.fires
    }
}

fn saturating_add(wall: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    let limit = if by < TimeDelta::zero() {
        DateTime::<Utc>::MIN_UTC
    } else {
        DateTime::<Utc>::MAX_UTC
    };
    wall.checked_add_signed(by).unwrap_or(limit)
}
