//! [`Deadlines`]: every deadline of the scheduler, and whether one of them must wake the driver.

use std::collections::BTreeSet;

use super::{NEVER, TimerQueue};
use crate::engine::Key;

/// The purpose of a deadline that a record holds.
///
/// Two deadlines are not stored here, but computed whenever the driver asks for the next deadline. The end of a
/// shutdown phase counts only while jobs or handlers remain, see `Closing::deadline`. The comparison of the
/// clocks is due a minute after each turn, so its entry would change in every turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum Kind {
    /// A cancelled job is dropped.
    Grace,
    /// A job reaches a timeout.
    Limit,
    /// The grace of an error handler ends.
    Handler,
    /// A backfill takes its next step.
    Backfill,
    /// A bucket has a token for the first job in its queue.
    Rate,
    /// A queue has a token for its first job.
    QueueRate,
    /// The next catch-up run of a schedule may start.
    Pace,
    /// A kept result expires.
    Result,
}

impl Kind {
    const ALL: [Self; 8] = [
        Self::Grace,
        Self::Limit,
        Self::Handler,
        Self::Backfill,
        Self::Rate,
        Self::QueueRate,
        Self::Pace,
        Self::Result,
    ];

    /// The kinds that count while no job starts.
    const WHILE_PAUSED: [Self; 5] = [
        Self::Grace,
        Self::Limit,
        Self::Handler,
        Self::Backfill,
        Self::Result,
    ];
}

/// The deadline of a record. Only [`Deadlines`] changes it, so that the record and the table agree.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) struct Due(Option<u64>);

impl Due {
    /// Returns the deadline; 0 if it was set to have passed.
    pub(in crate::engine) const fn at(self) -> Option<u64> {
        self.0
    }

    pub(in crate::engine) const fn is_set(self) -> bool {
        self.0.is_some()
    }
}

/// The table of deadlines, and the queue of timers.
#[derive(Debug)]
pub(in crate::engine) struct Deadlines {
    /// Delayed jobs, retries, and instants of schedules. They are no row: there may be millions, and a queue of
    /// far ones costs less than a tree. An entry is not removed early, so it may be stale.
    timers: TimerQueue,
    /// The deadlines that are not in the timer queue, in one row for each kind.
    rows: [BTreeSet<(u64, Key)>; Kind::ALL.len()],
    /// The deadline until which the driver sleeps; 0 while it is awake.
    armed: u64,
    /// The earliest deadline that was set since the driver last looked.
    earliest: u64,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            timers: TimerQueue::new(),
            rows: Default::default(),
            armed: 0,
            earliest: NEVER,
        }
    }
}

impl Deadlines {
    /// Arms a timer.
    pub(in crate::engine) fn arm(&mut self, deadline: u64, token: u32) {
        self.timers.push(deadline, token);
        self.note(deadline);
    }

    /// Removes the earliest timer, if it is due, and returns its deadline and token.
    pub(in crate::engine) fn pop_timer(&mut self, elapsed: u64) -> Option<(u64, u32)> {
        self.timers.pop_due(elapsed)
    }

    /// Counts a timer as stale. It is removed when it is due, or when there are too many stale ones.
    pub(in crate::engine) fn note_stale_timer(&mut self) {
        self.timers.note_stale();
    }

    /// Records that a timer that was due was stale.
    pub(in crate::engine) fn note_discarded_timer(&mut self) {
        self.timers.note_discarded();
    }

    /// Removes the timers that are not current, if there are many.
    pub(in crate::engine) fn sweep_timers(&mut self, is_current: impl FnMut(u64, u32) -> bool) {
        if self.timers.wants_sweep() {
            self.timers.sweep(is_current);
        }
    }

    /// Removes all timers.
    pub(in crate::engine) fn clear_timers(&mut self) {
        self.timers.clear();
    }

    #[cfg(test)]
    pub(in crate::engine) fn timer_count(&self) -> usize {
        self.timers.len()
    }

    const fn row(&self, kind: Kind) -> &BTreeSet<(u64, Key)> {
        &self.rows[kind as usize]
    }

    const fn row_mut(&mut self, kind: Kind) -> &mut BTreeSet<(u64, Key)> {
        &mut self.rows[kind as usize]
    }

    /// Sets the deadline of a record in place of the previous one. [`NEVER`] clears it.
    pub(in crate::engine) fn set(&mut self, kind: Kind, key: Key, due: &mut Due, at: u64) {
        if due.0 == Some(at) {
            return;
        }
        self.clear(kind, key, due);
        if at != NEVER {
            due.0 = Some(at);
            self.row_mut(kind).insert((at, key));
            self.note(at);
        }
    }

    /// Clears the deadline of a record. A deadline that [`pop_due`](Self::pop_due) removed is cleared too.
    pub(in crate::engine) fn clear(&mut self, kind: Kind, key: Key, due: &mut Due) {
        if let Some(at) = due.0.take() {
            self.row_mut(kind).remove(&(at, key));
        }
    }

    /// Marks the deadline of a record as passed, so that nothing waits for it.
    pub(in crate::engine) fn pass(&mut self, kind: Kind, key: Key, due: &mut Due) {
        self.clear(kind, key, due);
        due.0 = Some(0);
    }

    /// Removes the earliest deadline of a kind, if it has come, and returns its key.
    pub(in crate::engine) fn pop_due(&mut self, kind: Kind, elapsed: u64) -> Option<Key> {
        let row = self.row_mut(kind);
        let &(at, _) = row.first()?;
        if at > elapsed {
            return None;
        }
        row.pop_first().map(|(_, key)| key)
    }

    /// Returns the earliest deadline of a kind.
    #[inline]
    pub(in crate::engine) fn next_of(&self, kind: Kind) -> u64 {
        self.row(kind).first().map_or(NEVER, |&(at, _)| at)
    }

    /// Returns the key with the earliest deadline of a kind.
    pub(in crate::engine) fn first_of(&self, kind: Kind) -> Option<Key> {
        self.row(kind).first().map(|&(_, key)| key)
    }

    /// Returns the keys with a deadline of a kind, the earliest first.
    #[cfg(test)]
    pub(in crate::engine) fn keys_of(&self, kind: Kind) -> impl Iterator<Item = Key> {
        self.row(kind).iter().map(|&(_, key)| key)
    }

    /// Removes all deadlines of a kind, whose records are being dropped.
    pub(in crate::engine) fn clear_all(&mut self, kind: Kind) {
        self.row_mut(kind).clear();
    }

    /// Returns the earliest deadline of the timers. For timers in far buckets it is the time of the
    /// next look, which may be earlier.
    pub(in crate::engine) fn next_timer(&self) -> u64 {
        self.timers.next_deadline().unwrap_or(NEVER)
    }

    /// Returns the earliest deadline that counts while no job starts.
    pub(in crate::engine) fn next_while_paused(&self) -> u64 {
        self.earliest_of(&Kind::WHILE_PAUSED)
    }

    /// Returns the earliest deadline.
    pub(in crate::engine) fn next(&self) -> u64 {
        self.earliest_of(&Kind::ALL).min(self.next_timer())
    }

    fn earliest_of(&self, kinds: &[Kind]) -> u64 {
        let mut earliest = NEVER;
        for &kind in kinds {
            earliest = earliest.min(self.next_of(kind));
        }
        earliest
    }

    /// Wakes the driver if it would sleep beyond `deadline`.
    pub(in crate::engine) fn note(&mut self, deadline: u64) {
        self.earliest = self.earliest.min(deadline);
    }

    /// Sets the deadline until which the driver sleeps; 0 if it stays awake. Earlier ones wake it
    /// from now on.
    pub(in crate::engine) const fn sleep_until(&mut self, deadline: u64) {
        self.armed = deadline;
        self.earliest = NEVER;
    }

    /// Returns the latest time at which the driver wakes.
    #[cfg(test)]
    pub(in crate::engine) fn wakes_at(&self) -> u64 {
        self.armed.min(self.earliest)
    }

    /// Returns whether a new deadline must wake the driver.
    pub(in crate::engine) const fn take_wake(&mut self) -> bool {
        let wake_driver = self.earliest < self.armed;
        if wake_driver {
            self.armed = 0;
        }
        self.earliest = NEVER;
        wake_driver
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = Key::first(3);

    #[test]
    fn a_record_has_one_deadline_of_a_kind() {
        let (mut deadlines, mut due) = (Deadlines::default(), Due::default());
        deadlines.set(Kind::Grace, KEY, &mut due, 9);
        deadlines.set(Kind::Grace, KEY, &mut due, 5);
        assert_eq!((due.at(), deadlines.next()), (Some(5), 5));
        assert_eq!(deadlines.pop_due(Kind::Grace, 4), None);
        assert_eq!(deadlines.pop_due(Kind::Grace, 5), Some(KEY));
        assert_eq!(deadlines.next(), NEVER);
    }

    #[test]
    fn what_has_passed_or_never_comes_is_not_waited_for() {
        let (mut deadlines, mut due) = (Deadlines::default(), Due::default());
        deadlines.set(Kind::Limit, KEY, &mut due, 9);
        deadlines.pass(Kind::Limit, KEY, &mut due);
        assert_eq!((due.at(), deadlines.next()), (Some(0), NEVER));
        deadlines.set(Kind::Limit, KEY, &mut due, NEVER);
        assert_eq!((due.is_set(), deadlines.next()), (false, NEVER));
    }

    #[test]
    fn while_paused_only_what_concerns_started_work_counts() {
        for kind in Kind::ALL {
            let (mut deadlines, mut due) = (Deadlines::default(), Due::default());
            deadlines.set(kind, KEY, &mut due, 7);
            let counts = !matches!(kind, Kind::Rate | Kind::QueueRate | Kind::Pace);
            let expected = if counts { 7 } else { NEVER };
            assert_eq!(
                (deadlines.next(), deadlines.next_while_paused()),
                (7, expected)
            );
        }
    }
}
