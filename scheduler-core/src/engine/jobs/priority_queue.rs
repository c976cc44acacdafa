//! The run queue: highest priority first, then first in, first out. Pure.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, VecDeque},
};

use crate::engine::slab::Key;

/// Jobs in starting order. Jobs of priority 0, the usual ones, are in a plain queue.
#[derive(Debug, Default)]
pub(crate) struct PriorityQueue {
    /// Jobs that the gate returned because of a pause, by claim number. Jobs that need no permit
    /// come first.
    returned: BTreeMap<(bool, u32), Key>,
    /// Jobs that need no permit.
    besides: VecDeque<Key>,
    unranked: VecDeque<Key>,
    /// Jobs with a priority other than 0, highest first.
    ranked: BTreeMap<Reverse<i32>, VecDeque<Key>>,
}

/// Position of a job in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rank {
    /// The job needs no permit.
    Besides,
    /// The job needs a permit, and has this priority.
    Priority(i32),
}

impl PriorityQueue {
    pub(crate) fn len(&self) -> usize {
        let ranked = self.ranked.values().map(VecDeque::len);
        self.returned.len() + self.besides.len() + self.unranked.len() + ranked.sum::<usize>()
    }

    pub(crate) fn push(&mut self, key: Key, rank: Rank) {
        self.line(rank).push_back(key);
    }

    /// Adds a job before all jobs that the gate did not return, regardless of priority.
    pub(crate) fn push_returned(&mut self, key: Key, turn: u32, rank: Rank) {
        self.returned.insert((rank != Rank::Besides, turn), key);
    }

    /// Adds a job before all others of its priority.
    pub(crate) fn push_first(&mut self, key: Key, rank: Rank) {
        self.line(rank).push_front(key);
    }

    fn line(&mut self, rank: Rank) -> &mut VecDeque<Key> {
        match rank {
            Rank::Besides => &mut self.besides,
            Rank::Priority(0) => &mut self.unranked,
            Rank::Priority(priority) => self.ranked.entry(Reverse(priority)).or_default(),
        }
    }

    /// Removes the next job that needs no permit.
    pub(crate) fn pop_besides(&mut self) -> Option<Key> {
        match self.returned.first_entry() {
            Some(first) if !first.key().0 => Some(first.remove()),
            _ => self.besides.pop_front(),
        }
    }

    /// Removes the next job.
    pub(crate) fn pop(&mut self) -> Option<Key> {
        if let Some((_, key)) = self.returned.pop_first() {
            return Some(key);
        }
        if let Some(key) = self.besides.pop_front() {
            return Some(key);
        }
        let is_high = |priority: &Reverse<i32>| priority.0 > 0 || self.unranked.is_empty();
        match self.ranked.first_entry() {
            Some(mut first) if is_high(first.key()) => {
                let key = first.get_mut().pop_front();
                if first.get().is_empty() {
                    first.remove();
                }
                key
            }
            _ => self.unranked.pop_front(),
        }
    }

    /// Removes the jobs for which `keep` returns false.
    pub(crate) fn retain(&mut self, wanted: impl Fn(Key) -> bool) {
        self.returned.retain(|_, key| wanted(*key));
        self.besides.retain(|&key| wanted(key));
        self.unranked.retain(|&key| wanted(key));
        self.ranked.retain(|_, line| {
            line.retain(|&key| wanted(key));
            !line.is_empty()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled() -> PriorityQueue {
        let mut ready = PriorityQueue::default();
        for (slot, priority) in [(0, 0), (1, -5), (2, 7), (3, 0), (4, 7), (5, 9)] {
            ready.push(Key::first(slot), Rank::Priority(priority));
        }
        ready
    }

    fn all(mut ready: PriorityQueue) -> Vec<u32> {
        std::iter::from_fn(|| ready.pop())
            .map(|key| key.slot)
            .collect()
    }

    #[test]
    fn by_rank_then_by_arrival() {
        assert_eq!(all(filled()), [5, 2, 4, 0, 3, 1]);
        let mut ready = filled();
        ready.push_first(Key::first(6), Rank::Priority(7));
        ready.push_first(Key::first(7), Rank::Priority(0));
        assert_eq!(all(ready), [5, 6, 2, 4, 7, 0, 3, 1]);
    }

    #[test]
    fn without_a_permit_only_those_that_need_none() {
        let mut ready = filled();
        ready.push(Key::first(8), Rank::Besides);
        assert_eq!(ready.pop_besides(), Some(Key::first(8)));
        assert_eq!(ready.pop_besides(), None);
        assert_eq!(ready.len(), 6);
    }

    #[test]
    fn what_is_unwanted_leaves_no_trace() {
        let mut ready = filled();
        ready.retain(|key| key.slot == 3);
        assert_eq!((ready.len(), ready.ranked.len()), (1, 0));
        assert_eq!(all(ready), [3]);
    }
}
