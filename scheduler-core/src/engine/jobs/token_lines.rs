//! [`TokenLines`]: the jobs of a rate group that wait for a token, or of a task that wait for a permit. Pure.

use std::{cmp::Reverse, collections::BTreeMap};

use super::priority_queue::Rank;
use crate::engine::{Key, QueueNumber};

/// The waiting jobs of a group, in a line for each [`Gateway`].
///
/// When there is a token, the first job of a line is called: it returns to its queue and takes the token when it
/// starts. A called job whose queue cannot start it holds up its own line only.
#[derive(Debug, Default)]
pub(super) struct TokenLines {
    /// The lines that are not empty.
    lines: BTreeMap<Gateway, Line>,
    tickets: u64,
}

#[derive(Debug, Default)]
struct Line {
    waiting: BTreeMap<Position, Key>,
    called: Option<Key>,
}

/// The conditions of a start: the queue, and whether a permit is needed. Jobs with equal conditions may start, or
/// none of them may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Gateway {
    pub(super) queue: QueueNumber,
    pub(super) needs_permit: bool,
}

/// Position among all jobs of the group: jobs without need of a permit, then by priority, then by ticket.
type Position = (bool, Reverse<i32>, u64);

/// A job in one of the lines.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seat {
    key: Key,
    gateway: Gateway,
    position: Position,
}

impl Seat {
    pub(super) const fn new(key: Key, queue: QueueNumber, rank: Rank, ticket: u64) -> Self {
        let (needs_permit, priority) = match rank {
            Rank::Besides => (false, 0),
            Rank::Priority(priority) => (true, priority),
        };
        Self {
            key,
            gateway: Gateway {
                queue,
                needs_permit,
            },
            position: (needs_permit, Reverse(priority), ticket),
        }
    }
}

impl TokenLines {
    /// Returns the next ticket. A job keeps its ticket until its attempt begins.
    pub(super) const fn ticket(&mut self) -> u64 {
        self.tickets += 1;
        self.tickets
    }

    /// Adds a job that must wait. A job that was called returns to its place.
    pub(super) fn wait(&mut self, seat: Seat) {
        let line = self.lines.entry(seat.gateway).or_default();
        line.waiting.insert(seat.position, seat.key);
        line.called.take_if(|called| *called == seat.key);
    }

    /// Removes a job, whether it waits or was called.
    pub(super) fn leave(&mut self, seat: Seat) {
        let Some(line) = self.lines.get_mut(&seat.gateway) else {
            return;
        };
        line.called.take_if(|called| *called == seat.key);
        if line.waiting.get(&seat.position) == Some(&seat.key) {
            line.waiting.remove(&seat.position);
        }
        if line.called.is_none() && line.waiting.is_empty() {
            self.lines.remove(&seat.gateway);
        }
    }

    /// Calls the first job of the lines without a called one.
    pub(super) fn call(&mut self) -> Option<Key> {
        let lines = self.lines.values_mut();
        let uncalled = lines.filter(|line| line.called.is_none());
        let first = uncalled.min_by_key(|line| line.waiting.keys().next().copied())?;
        let (_, key) = first.waiting.pop_first()?;
        first.called = Some(key);
        Some(key)
    }

    /// Returns whether [`call`](Self::call) would find a job.
    pub(super) fn has_uncalled(&self) -> bool {
        self.lines.values().any(|line| line.called.is_none())
    }

    /// Returns whether no other job of the group precedes this one, which its queue can start.
    pub(super) fn is_turn_of(&self, seat: &Seat, can_start: impl Fn(Gateway) -> bool) -> bool {
        let line = self.lines.get(&seat.gateway);
        line.is_some_and(|line| line.called == Some(seat.key))
            || !self.lines.keys().any(|&gateway| can_start(gateway))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seat(slot: u32, queue: u16, rank: Rank) -> Seat {
        let queue = QueueNumber::of_index(queue);
        Seat::new(Key::first(slot), queue, rank, u64::from(slot))
    }

    const NORMAL: Rank = Rank::Priority(0);

    fn called(lines: &mut TokenLines) -> Vec<u32> {
        std::iter::from_fn(|| lines.call())
            .map(|key| key.slot)
            .collect()
    }

    #[test]
    fn one_job_of_each_line_is_called_by_priority_and_age() {
        let mut lines = TokenLines::default();
        let ranks = [NORMAL, NORMAL, Rank::Priority(3), Rank::Besides, NORMAL];
        for (slot, (queue, rank)) in (0..).zip([1, 0, 2, 2, 1].into_iter().zip(ranks)) {
            lines.wait(seat(slot, queue, rank));
        }
        assert_eq!(called(&mut lines), [3, 2, 0, 1]);
        assert!(!lines.has_uncalled());
        lines.leave(seat(0, 1, NORMAL));
        assert_eq!(called(&mut lines), [4]);
    }

    #[test]
    fn a_called_job_without_a_token_returns_to_its_place() {
        let mut lines = TokenLines::default();
        for slot in 0..2 {
            lines.wait(seat(slot, 0, NORMAL));
        }
        assert_eq!(called(&mut lines), [0]);
        lines.wait(seat(0, 0, NORMAL));
        assert_eq!(called(&mut lines), [0]);
    }

    #[test]
    fn a_line_that_cannot_start_precedes_no_other() {
        let mut lines = TokenLines::default();
        lines.wait(seat(0, 1, NORMAL));
        let next = seat(1, 0, NORMAL);
        assert!(!lines.is_turn_of(&next, |_| true));
        assert!(lines.is_turn_of(&next, |gateway| gateway.queue == QueueNumber::DEFAULT));
        assert_eq!(called(&mut lines), [0]);
        assert!(lines.is_turn_of(&seat(0, 1, NORMAL), |_| true));
        assert!(!lines.is_turn_of(&next, |_| true));
    }

    #[test]
    fn nothing_is_left_of_jobs_that_leave() {
        let mut lines = TokenLines::default();
        for slot in 0..3 {
            lines.wait(seat(slot, 0, NORMAL));
        }
        assert_eq!(called(&mut lines), [0]);
        for slot in 0..3 {
            lines.leave(seat(slot, 0, NORMAL));
            lines.leave(seat(slot, 0, NORMAL));
        }
        assert!(lines.lines.is_empty());
    }
}
