//! The far tier: unsorted buckets of entries.

use std::mem;

use super::{BUCKET_BITS, KEPT_CAPACITY, bucket_of, shrink};

/// The far tier. The buckets of a level are allocated when the level is first used.
#[derive(Debug, Default)]
pub(super) struct Far {
    /// One bit for each bucket of a level that holds entries.
    occupied: [u64; LEVELS],
    pub(super) levels: [Vec<Vec<u128>>; LEVELS],
}

impl Far {
    /// Adds an entry whose bucket lies after the window.
    #[inline]
    pub(super) fn put(&mut self, entry: u128, window: u64) {
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
    pub(super) fn first(&self, window: u64) -> Option<Place> {
        let level = self.occupied.iter().position(|&bits| bits != 0)?;
        let slot = self.occupied[level].trailing_zeros() as usize;
        let shift = level as u32 * DIGIT_BITS;
        let shared = window >> (shift + DIGIT_BITS) << (shift + DIGIT_BITS);
        let start = shared | (slot as u64) << shift;
        Some(Place { level, slot, start })
    }

    /// Returns the entries of a bucket.
    pub(super) fn bucket(&self, place: Place) -> &[u128] {
        &self.levels[place.level][place.slot]
    }

    /// Exchanges the entries of a bucket for an empty vector, which stays there for reuse unless it
    /// would hold much unused memory.
    pub(super) fn exchange(&mut self, place: Place, empty: &mut Vec<u128>) {
        debug_assert!(empty.is_empty(), "an unoccupied bucket is empty");
        self.occupied[place.level] &= !(1 << place.slot);
        let bucket = &mut self.levels[place.level][place.slot];
        mem::swap(bucket, empty);
        if bucket.capacity() > KEPT_CAPACITY {
            *bucket = Vec::new();
        }
    }

    /// Keeps the entries for which `keep` returns true. Returns their number.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&u128) -> bool) -> usize {
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
    pub(super) fn drain_into(&mut self, entries: &mut Vec<u128>) {
        self.occupied = [0; LEVELS];
        for bucket in self.levels.iter_mut().flatten() {
            entries.append(&mut mem::take(bucket));
        }
    }
}

/// Position of a far bucket, and the first finest bucket that it covers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) level: usize,
    slot: usize,
    pub(super) start: u64,
}

/// Bits of the bucket number that a level resolves, so that its occupancy fits one `u64`.
const DIGIT_BITS: u32 = 6;
const FAN_OUT: usize = 1 << DIGIT_BITS;
/// Number of levels, sufficient for every bucket number and so for every deadline.
pub(super) const LEVELS: usize = (u64::BITS - BUCKET_BITS).div_ceil(DIGIT_BITS) as usize;
/// Number of entries (64 KiB) from which on a bucket grows slowly, because the allocator can often extend it.
const LARGE_BUCKET: usize = 4096;
