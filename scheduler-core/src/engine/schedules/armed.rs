//! [`Armed`]: the deadline of a schedule's timer. [`ArmedTimers`]: how many timers wait for the
//! wall clock.

use crate::trigger::Timeline;

/// The deadline of the timer of a schedule, if one is armed. Only [`ArmedTimers`] changes it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Armed(Option<u64>);

impl Armed {
    /// Returns whether the timer is armed.
    pub(super) const fn is_set(self) -> bool {
        self.0.is_some()
    }

    /// Returns whether the timer is armed for this deadline.
    pub(super) fn is_for(self, deadline: u64) -> bool {
        self.0 == Some(deadline)
    }
}

/// The timers of all schedules.
#[derive(Debug, Default)]
pub(super) struct ArmedTimers {
    /// Number of timers that wait for the wall clock.
    on_wall: usize,
}

impl ArmedTimers {
    pub(super) const fn on_wall(&self) -> usize {
        self.on_wall
    }

    /// Arms a timer that is not armed.
    pub(super) fn arm(&mut self, timer: &mut Armed, timeline: Timeline, deadline: u64) {
        debug_assert!(!timer.is_set(), "a timer is armed once");
        timer.0 = Some(deadline);
        self.on_wall += usize::from(timeline == Timeline::Wall);
    }

    /// Disarms a timer on the timeline for which it was armed. Returns its deadline.
    pub(super) fn disarm(&mut self, timer: &mut Armed, timeline: Timeline) -> Option<u64> {
        let deadline = timer.0.take()?;
        self.on_wall -= usize::from(timeline == Timeline::Wall);
        Some(deadline)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn armed_wall_timers_are_counted() {
        let (mut timers, mut wall, mut elapsed) =
            (ArmedTimers::default(), Armed::default(), Armed::default());
        timers.arm(&mut wall, Timeline::Wall, 7);
        timers.arm(&mut elapsed, Timeline::Elapsed, 8);
        assert_eq!(timers.on_wall(), 1);
        assert!(wall.is_for(7) && !wall.is_for(8) && elapsed.is_set());
        assert_eq!(timers.disarm(&mut elapsed, Timeline::Elapsed), Some(8));
        assert_eq!(timers.disarm(&mut wall, Timeline::Wall), Some(7));
        assert_eq!(timers.disarm(&mut wall, Timeline::Wall), None);
        assert_eq!((timers.on_wall(), wall.is_set()), (0, false));
    }
}
