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

use std::{cmp::Reverse, collections::BinaryHeap, mem};

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

/// The far tier. The buckets of a level are allocated when the level is first used.
#[derive(Debug, Default)]
struct Far {
    /// One bit for each bucket of a level that holds entries.
    occupied: [u64; LEVELS],
    levels: [Vec<Vec<u128>>; LEVELS],
}

impl Far {
    /// Adds an entry whose bucket lies after the window.
    #[inline]
    fn put(&mut self, entry: u128, window: u64) {
        let bucket = bucket_of(entry);
        let level = (bucket ^ window).ilog2() / DIGIT_BITS;
        let slot = (bucket >> (level * DIGIT_BITS)) as usize % FAN_OUT;
        let level = level as usize;
        if self.levels[level].is_empty() {
            self.open(level);
        }
        let bucket = &mut self.levels[level][slot];
        if bucket.len() == bucket.capacity() && bucket.len() >= LARGE_BUCKET {
            // By a quarter: doubled, a third of all memory would lie idle.
            bucket.reserve_exact(bucket.len() / 4);
        }
        bucket.push(entry);
        self.occupied[level] |= 1 << slot;
    }

    /// Allocates the buckets of a level.
    #[cold]
    fn open(&mut self, level: usize) {
        self.levels[level].resize_with(FAN_OUT, Vec::new);
    }

    /// Returns the first bucket that holds entries. Finer levels come before coarser ones.
    fn first(&self, window: u64) -> Option<Place> {
        let level = self.occupied.iter().position(|&bits| bits != 0)?;
        let slot = self.occupied[level].trailing_zeros() as usize;
        let shift = level as u32 * DIGIT_BITS;
        let shared = window >> (shift + DIGIT_BITS) << (shift + DIGIT_BITS);
        let start = shared | (slot as u64) << shift;
        Some(Place { level, slot, start })
    }

    /// Returns the entries of a bucket.
    fn bucket(&self, place: Place) -> &[u128] {
        &self.levels[place.level][place.slot]
    }

    /// Exchanges the entries of a bucket for an empty vector, which stays there for reuse unless it
    /// would hold much unused memory.
    fn exchange(&mut self, place: Place, empty: &mut Vec<u128>) {
        debug_assert!(empty.is_empty(), "an unoccupied bucket is empty");
        self.occupied[place.level] &= !(1 << place.slot);
        let bucket = &mut self.levels[place.level][place.slot];
        mem::swap(bucket, empty);
        if bucket.capacity() > KEPT_CAPACITY {
            *bucket = Vec::new();
        }
    }

    /// Keeps the entries for which `keep` returns true. Returns their number.
    fn retain(&mut self, mut keep: impl FnMut(&u128) -> bool) -> usize {
        let mut kept = 0;
        for (bits, buckets) in self.occupied.iter_mut().zip(&mut self.levels) {
            for (slot, bucket) in buckets.iter_mut().enumerate() {
                bucket.retain(&mut keep);
                shrink(bucket);
                kept += bucket.len();
                *bits &= !(u64::from(bucket.is_empty()) << slot);
            }
        }
        kept
    }

    /// Moves all entries into `entries`, and frees the memory of the buckets.
    fn drain_into(&mut self, entries: &mut Vec<u128>) {
        self.occupied = [0; LEVELS];
        for bucket in self.levels.iter_mut().flatten() {
            entries.append(&mut mem::take(bucket));
        }
    }
}

/// Position of a far bucket, and the first finest bucket that it covers.
#[derive(Clone, Copy, Debug)]
struct Place {
    level: usize,
    slot: usize,
    start: u64,
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
/// Bits of the bucket number that a level resolves, so that its occupancy fits one `u64`.
const DIGIT_BITS: u32 = 6;
const FAN_OUT: usize = 1 << DIGIT_BITS;
/// Number of levels, sufficient for every bucket number and so for every deadline.
const LEVELS: usize = (u64::BITS - BUCKET_BITS).div_ceil(DIGIT_BITS) as usize;
/// Maximum number of entries of a far bucket that is searched for its earliest.
const SMALL_BUCKET: usize = 32;
/// Number of entries (64 KiB) from which on a bucket grows slowly, because the allocator can often extend it.
const LARGE_BUCKET: usize = 4096;
/// Maximum number of entries (4 KiB) for which an emptied vector keeps its memory.
const KEPT_CAPACITY: usize = 256;
/// Number of stale entries below which a sweep does not pay.
const SWEEP_SLACK: usize = 1024;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Push(u64),
        PushAfterNow(u64),
        PushBeforeNow(u64),
        Advance(u64, usize),
        PopEarliest,
        Cancel(usize),
        Sweep,
        ExhaustSequence(u32),
        Clear,
    }

    /// Generates distances of every size: ties, one bucket, bucket boundaries, any level, the end
    /// of time.
    fn distances() -> impl Strategy<Value = u64> {
        prop_oneof![
            0..4u64,
            0..1u64 << 22,
            (0..200u64).prop_map(|bucket| bucket << BUCKET_BITS),
            (0..64u32, any::<u64>()).prop_map(|(shift, bits)| bits >> shift),
            Just(u64::MAX),
        ]
    }

    fn steps() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => distances().prop_map(Step::Push),
            8 => distances().prop_map(Step::PushAfterNow),
            2 => distances().prop_map(Step::PushBeforeNow),
            4 => (distances(), 0..40usize).prop_map(|(by, pops)| Step::Advance(by, pops)),
            2 => Just(Step::PopEarliest),
            3 => any::<usize>().prop_map(Step::Cancel),
            1 => Just(Step::Sweep),
            1 => (0..4u32).prop_map(Step::ExhaustSequence),
            1 => (0..30u8).prop_map(|n| if n == 0 { Step::Clear } else { Step::PopEarliest }),
        ]
    }

    /// A queue, the sorted list that it must equal, and the records of their driver.
    #[derive(Default)]
    struct Pair {
        queue: TimerQueue,
        model: Vec<(u64, u32)>,
        cancelled: Vec<(u64, u32)>,
        now: u64,
        token: u32,
    }

    impl Pair {
        fn push(&mut self, deadline: u64) {
            // Tokens run backwards so that they never agree with the order of insertion.
            self.token = self.token.wrapping_sub(1);
            self.queue.push(deadline, self.token);
            let at = self.model.partition_point(|&(other, _)| other <= deadline);
            self.model.insert(at, (deadline, self.token));
        }

        fn pop(&mut self, now: u64) -> bool {
            let popped = self.queue.pop_due(now);
            let due = self.model.first().is_some_and(|entry| entry.0 <= now);
            assert_eq!(popped, due.then(|| self.model.remove(0)));
            if popped.is_some_and(|entry| self.cancelled.contains(&entry)) {
                self.cancelled.retain(|&entry| Some(entry) != popped);
                self.queue.note_discarded();
            }
            popped.is_some()
        }

        fn cancel(&mut self, index: usize) {
            let entry = self.model.get(index % self.model.len().max(1));
            if let Some(&entry) = entry.filter(|entry| !self.cancelled.contains(entry)) {
                self.cancelled.push(entry);
                self.queue.note_stale();
            }
        }

        fn apply(&mut self, step: Step) {
            match step {
                Step::Push(deadline) => self.push(deadline),
                Step::PushAfterNow(by) => self.push(self.now.saturating_add(by)),
                Step::PushBeforeNow(by) => self.push(self.now.saturating_sub(by)),
                Step::Advance(by, pops) => {
                    self.now = self.now.saturating_add(by >> 16);
                    let all_popped = (0..pops).all(|_| self.pop(self.now));
                    let next = self.queue.next_deadline();
                    assert!(all_popped || next.is_none_or(|next| next > self.now));
                }
                Step::PopEarliest => assert_eq!(self.model.is_empty(), !self.pop(u64::MAX)),
                Step::Cancel(index) => self.cancel(index),
                Step::Sweep => {
                    let cancelled = mem::take(&mut self.cancelled);
                    self.queue
                        .sweep(|at, token| !cancelled.contains(&(at, token)));
                    self.model.retain(|entry| !cancelled.contains(entry));
                }
                Step::ExhaustSequence(left) => {
                    self.queue.sequence = self.queue.sequence.max(u32::MAX - left);
                }
                Step::Clear => {
                    self.queue.clear();
                    (self.model, self.cancelled) = Default::default();
                }
            }
        }

        fn check(&self) {
            assert_eq!(self.queue.len(), self.model.len());
            assert_eq!(self.queue.stale, self.cancelled.len());
            let earliest = self.model.first().map(|&(deadline, _)| deadline);
            let next = self.queue.next_deadline();
            assert!(next.is_some() == earliest.is_some() && next <= earliest);
            assert!(next == earliest || self.queue.len() > SMALL_BUCKET);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn behaves_like_a_sorted_list(steps in prop::collection::vec(steps(), 0..300)) {
            let mut pair = Pair::default();
            for step in steps {
                pair.apply(step);
                pair.check();
            }
            while pair.pop(u64::MAX) {}
            pair.check();
        }

        #[test]
        fn a_driver_fires_everything_on_time(
            deadlines in prop::collection::vec((0..3u64, 0..1u64 << 34), 1..400),
        ) {
            let mut pair = Pair::default();
            deadlines.iter().for_each(|&(hour, offset)| pair.push((hour << 42) + offset));
            for _ in 0..deadlines.len() * (LEVELS + 1) {
                pair.now = pair.queue.next_deadline().unwrap_or(pair.now);
                while pair.pop(pair.now) {}
                pair.check();
            }
            assert_eq!(pair.queue.len(), 0);
        }
    }

    #[test]
    fn an_empty_queue_owns_no_memory() {
        let mut queue = TimerQueue::new();
        assert!(queue.pop_due(u64::MAX).is_none());
        assert_eq!(queue.run.capacity() + queue.late.capacity(), 0);
        assert!(queue.far.levels.iter().all(|level| level.capacity() == 0));
    }

    #[test]
    fn a_burst_leaves_little_memory_behind() {
        let mut queue = TimerQueue::new();
        (0..10_000).for_each(|token| queue.push(1 << 40, token));
        assert_eq!(queue.next_deadline(), Some(1 << 40));
        assert_eq!(queue.pop_due(1 << 40), Some((1 << 40, 0)));
        (0..10_000).for_each(|token| queue.push(0, token));
        while queue.pop_due(u64::MAX).is_some() {}
        assert!(queue.run.capacity() + queue.late.capacity() <= 2 * KEPT_CAPACITY);
        let mut buckets = queue.far.levels.iter().flatten();
        assert!(buckets.all(|bucket| bucket.capacity() <= KEPT_CAPACITY));
    }

    #[test]
    fn a_large_far_bucket_announces_its_start() {
        let mut queue = TimerQueue::new();
        let deadline = (5 << 38) + 12_345;
        (0..33).for_each(|token| queue.push(deadline, token));
        assert_eq!(queue.next_deadline(), Some(5 << 38));
        assert_eq!(queue.pop_due(5 << 38), None);
        assert_eq!(queue.next_deadline(), Some(deadline));
    }

    #[test]
    fn a_sweep_is_wanted_when_stale_entries_prevail() {
        let mut queue = TimerQueue::new();
        (0..2_000).for_each(|token| queue.push(u64::from(token) << 24, token));
        (0..1_512).for_each(|_| queue.note_stale());
        assert!(!queue.wants_sweep());
        queue.note_stale();
        assert!(queue.wants_sweep());
        queue.sweep(|_, token| token >= 1_513);
        assert_eq!((queue.len(), queue.wants_sweep()), (487, false));
        assert_eq!(queue.pop_due(u64::MAX), Some((1_513 << 24, 1_513)));
    }

    #[test]
    fn repeated_pairs_do_not_pile_up() {
        let mut queue = TimerQueue::new();
        for round in 0..100_001 {
            queue.push(1 << 40, round % 2);
            if round >= 2 {
                queue.note_stale();
            }
            if queue.wants_sweep() {
                queue.sweep(|_, _| true);
            }
            assert!(queue.len() < 2_000);
        }
        queue.sweep(|_, _| true);
        let mut buckets = queue.far.levels.iter().flatten();
        assert!(buckets.all(|bucket| bucket.capacity() < 10));
        let order = [0; 3].map(|_| queue.pop_due(u64::MAX).map(|(_, token)| token));
        assert_eq!(order, [Some(1), Some(0), None], "the newest of each stays");
    }
}
