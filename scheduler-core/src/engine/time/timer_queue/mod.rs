//! The timer queue: returns the next due token, at 10^7 entries as cheaply as at 10^4.
//!
//! Two tiers. *Far* entries lie unsorted in buckets, 64 to a level, a bucket of each level as wide
//! as the whole level below it. *Near* entries are those of the current window: the last bucket
//! taken, sorted once, plus a small heap for entries that arrived after that. Entries therefore
//! move sequentially and only a few times each, where a heap walks log n random cache lines.
//!
//! Invariant: every far entry's bucket lies after the window, on the level of the highest digit in
//! which the two differ, and every near entry's does not. Hence the earliest entry is a near one
//! unless there is none, and entries come out by deadline and then in the order of their insertion,
//! exactly.
//!
//! Not here: a clock (time is a number), cancellation (an entry is cancelled by its owner, who
//! recognises the stale entry when it surfaces) and any meaning of a token.

mod far;
#[cfg(test)]
mod tests;

use std::{cmp::Reverse, collections::BinaryHeap, mem};

use self::far::{Far, Place};

/// A queue of `(deadline, token)` pairs, earliest first and ties in the order of insertion.
///
/// An entry is one `u128`, `deadline (64) | sequence (32) | token (32)`, so that comparing numbers
/// is comparing entries. An empty queue owns no heap memory.
#[derive(Debug, Default)]
pub(crate) struct TimerQueue {
    /// Entries of the window, latest first: the next one is popped from the end.
    run: Vec<u128>,
    /// Entries that arrived after the window had reached their bucket.
    late: BinaryHeap<Reverse<u128>>,
    far: Far,
    /// The bucket up to which entries are near.
    window: u64,
    /// Sequence number of the next entry.
    sequence: u32,
    len: usize,
    stale: usize,
}

impl TimerQueue {
    /// Creates an empty queue.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Returns the number of entries, including stale ones.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Adds an entry. The deadline may have passed, or be `u64::MAX`.
    pub(crate) fn push(&mut self, deadline: u64, token: u32) {
        if self.sequence == u32::MAX {
            self.renumber();
        }
        self.place(entry(deadline, self.sequence, token));
        self.sequence = self.sequence.saturating_add(1);
        self.len += 1;
    }

    /// Removes and returns the earliest entry if its deadline is not after `now`.
    ///
    /// A cancelled entry comes out like any other: the caller compares the deadline with its own
    /// record and reports a mismatch with [`note_discarded`](Self::note_discarded).
    pub(crate) fn pop_due(&mut self, now: u64) -> Option<(u64, u32)> {
        if self.run.is_empty() && self.late.is_empty() && !self.advance(now) {
            return None;
        }
        let entry = self.nearest().filter(|&entry| deadline_of(entry) <= now)?;
        if self.run.last() == Some(&entry) {
            self.run.pop();
        } else {
            self.late.pop();
        }
        self.len -= 1;
        Some((deadline_of(entry), token_of(entry)))
    }

    /// Returns when to call [`pop_due`](Self::pop_due) next: a time not later than the earliest
    /// deadline.
    ///
    /// It is that deadline itself unless the earliest entry lies in a far bucket of more than 32
    /// entries; then it is the start of the bucket. Waking there finds nothing due, but sorts the
    /// bucket into finer ones ahead of its deadlines. Once `pop_due(now)` has returned `None`, the
    /// result is later than `now`, so a driver that sleeps until then never spins.
    pub(crate) fn next_deadline(&self) -> Option<u64> {
        if let Some(entry) = self.nearest() {
            return Some(deadline_of(entry));
        }
        let place = self.far.first(self.window)?;
        let bucket = self.far.bucket(place);
        if bucket.len() > SMALL_BUCKET {
            return Some(place.start << BUCKET_BITS);
        }
        bucket.iter().min().map(|&entry| deadline_of(entry))
    }

    /// Counts one entry as stale: its owner was cancelled or moved to another deadline.
    pub(crate) fn note_stale(&mut self) {
        self.stale += 1;
    }

    /// Counts one stale entry as gone: it was popped and found stale.
    pub(crate) fn note_discarded(&mut self) {
        self.stale = self.stale.saturating_sub(1);
    }

    /// Returns whether a [`sweep`](Self::sweep) of the stale entries pays. Its
    /// cost, spread over the cancellations that led to it, is constant.
    pub(crate) fn wants_sweep(&self) -> bool {
        self.stale > self.len.saturating_sub(self.stale) + SWEEP_SLACK
    }

    /// Removes the entries that are not live.
    ///
    /// A token cancelled and pushed again with the same deadline makes its stale entry look live.
    /// If such entries must exist, because fewer were removed than were counted as stale, only the
    /// newest of each `(deadline, token)` pair is kept, at the price of a sort.
    pub(crate) fn sweep(&mut self, mut is_live: impl FnMut(u64, u32) -> bool) {
        let before = self.len;
        self.retain(|&entry| is_live(deadline_of(entry), token_of(entry)));
        if before - self.len < self.stale {
            self.drop_repeats();
        }
        self.stale = 0;
    }

    /// Removes every entry and frees all memory.
    pub(crate) fn clear(&mut self) {
        *self = Self::new();
    }

    /// Adds an entry to the tier that the window assigns to it.
    fn place(&mut self, entry: u128) {
        if bucket_of(entry) <= self.window {
            self.late.push(Reverse(entry));
        } else {
            self.far.put(entry, self.window);
        }
    }

    /// Returns the earliest near entry.
    fn nearest(&self) -> Option<u128> {
        let run = self.run.last().copied();
        let late = self.late.peek().map(|&Reverse(entry)| entry);
        match (run, late) {
            (Some(run), Some(late)) => Some(run.min(late)),
            (run, late) => run.or(late),
        }
    }

    /// Moves the window to the first far bucket that holds entries, if `now` has reached it. Call
    /// it when no near entry is left. Returns whether there are near entries again.
    fn advance(&mut self, now: u64) -> bool {
        while let Some(place) = self.far.first(self.window) {
            if place.start > now >> BUCKET_BITS {
                break;
            }
            self.window = place.start;
            if place.level == 0 {
                self.far.exchange(place, &mut self.run);
            } else {
                self.scatter(place);
            }
            if !self.run.is_empty() {
                self.run.sort_unstable_by(|a, b| b.cmp(a));
                return true;
            }
        }
        self.release();
        false
    }

    /// Distributes the entries of a coarse bucket to the run and to finer buckets.
    fn scatter(&mut self, place: Place) {
        let mut bucket = Vec::new();
        self.far.exchange(place, &mut bucket);
        for entry in bucket.drain(..) {
            if bucket_of(entry) == self.window {
                self.run.push(entry);
            } else {
                self.far.put(entry, self.window);
            }
        }
        // Back to its place, empty, for the memory's sake: no entry went there again.
        self.far.exchange(place, &mut bucket);
    }

    /// Frees the memory that a burst left in the empty near tier.
    fn release(&mut self) {
        if self.run.capacity() > KEPT_CAPACITY {
            self.run = Vec::new();
        }
        if self.late.capacity() > KEPT_CAPACITY {
            self.late = BinaryHeap::new();
        }
    }

    /// Keeps the entries for which `keep` returns true, in their places.
    fn retain(&mut self, mut keep: impl FnMut(&u128) -> bool) {
        self.run.retain(&mut keep);
        self.late.retain(|Reverse(entry)| keep(entry));
        shrink(&mut self.run);
        self.len = self.run.len() + self.late.len() + self.far.retain(keep);
    }

    /// Keeps the newest entry of each `(deadline, token)` pair, which is the only one that can be
    /// live.
    fn drop_repeats(&mut self) {
        let pair = |entry: &u128| (deadline_of(*entry), token_of(*entry));
        let mut entries = self.take_all();
        entries.sort_unstable_by_key(|entry| (pair(entry), Reverse(*entry)));
        entries.dedup_by_key(|entry| pair(entry));
        entries.sort_unstable();
        self.restore(&entries);
    }

    /// Renumbers all entries from zero when the sequence is used up, so that ties stay in order.
    ///
    /// Numbers repeat, and tokens decide ties, only beyond 2^32 entries, which take 64 GiB.
    #[cold]
    fn renumber(&mut self) {
        let mut entries = self.take_all();
        entries.sort_unstable();
        self.sequence = 0;
        for e in &mut entries {
            *e = entry(deadline_of(*e), self.sequence, token_of(*e));
            self.sequence = self.sequence.saturating_add(1);
        }
        self.restore(&entries);
    }

    /// Removes all entries, and returns them in no particular order.
    fn take_all(&mut self) -> Vec<u128> {
        let mut entries = mem::take(&mut self.run);
        let late = mem::take(&mut self.late);
        entries.extend(late.into_iter().map(|Reverse(entry)| entry));
        self.far.drain_into(&mut entries);
        entries
    }

    /// Adds sorted entries to the empty queue.
    fn restore(&mut self, entries: &[u128]) {
        self.len = entries.len();
        let near = entries.partition_point(|&entry| bucket_of(entry) <= self.window);
        self.run = entries[..near].iter().rev().copied().collect();
        for &entry in &entries[near..] {
            self.far.put(entry, self.window);
        }
    }
}

/// Packs an entry.
fn entry(deadline: u64, sequence: u32, token: u32) -> u128 {
    u128::from(deadline) << 64 | u128::from(sequence) << 32 | u128::from(token)
}

/// Returns the deadline of an entry.
fn deadline_of(entry: u128) -> u64 {
    (entry >> 64) as u64
}

/// Returns the token of an entry.
fn token_of(entry: u128) -> u32 {
    entry as u32
}

/// Returns the number of the finest bucket that contains an entry's deadline.
fn bucket_of(entry: u128) -> u64 {
    deadline_of(entry) >> BUCKET_BITS
}

/// Frees memory that a sweep left mostly unused.
fn shrink(entries: &mut Vec<u128>) {
    if entries.capacity() > KEPT_CAPACITY && entries.len() < entries.capacity() / 4 {
        entries.shrink_to(entries.len() * 2);
    }
}

/// Bits of time within the finest bucket, which spans 2^20 ns, about a millisecond: a few hundred
/// entries in a busy queue.
const BUCKET_BITS: u32 = 20;
/// Maximum number of entries of a far bucket that is searched for its earliest.
const SMALL_BUCKET: usize = 32;
/// Maximum number of entries (4 KiB) for which an emptied vector keeps its memory.
const KEPT_CAPACITY: usize = 256;
/// Number of stale entries below which a sweep does not pay.
const SWEEP_SLACK: usize = 1024;
