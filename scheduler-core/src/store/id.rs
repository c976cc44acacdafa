//! [`StoredId`]: the id of a durable job. [`IdMaker`]: makes ids that sort by time.

use std::{
    collections::hash_map::RandomState,
    fmt,
    hash::{BuildHasher, Hasher},
    str::FromStr,
    time::Duration,
};

use uuid::{Builder, Uuid};

use super::StoreTime;

/// Id of a durable job: a UUID of version 7, made before the job is written.
///
/// The program knows the id before the store does, so a submission without an answer can be sent again under the
/// same id (`ST-026`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct StoredId(Uuid);

impl StoredId {
    /// Creates an id from its 16 bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// Returns the 16 bytes of the id. Their order is the order of the ids.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// Returns a time below `over` that depends on the id alone. Jobs that would start together start spread over it.
    #[must_use]
    pub fn spread(&self, over: Duration) -> Duration {
        // FNV-1a, whose last step multiplies the whole sum: the ids of one maker differ in few bits.
        let hash = self
            .as_bytes()
            .iter()
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
            });
        let part = (u128::from(hash >> 32) * over.as_micros()) >> 32;
        Duration::from_micros(u64::try_from(part).unwrap_or(u64::MAX))
    }
}

impl fmt::Display for StoredId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// A text is not the id of a durable job.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("id {text:?} is not a UUID: copy the id as `sched jobs` prints it")]
pub struct ParseStoredIdError {
    text: String,
}

impl FromStr for StoredId {
    type Err = ParseStoredIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::try_parse(text)
            .map(Self)
            .map_err(|_| ParseStoredIdError {
                text: text.chars().take(80).collect(),
            })
    }
}

/// Makes the ids of one node: each is larger than the one before.
///
/// An id holds milliseconds, a counter, and the random part of its maker. Two makers differ in 62 random bits.
///
/// ```
/// use scheduler_core::store::{IdMaker, StoreTime};
///
/// let mut ids = IdMaker::new();
/// let now = StoreTime::from_micros(1_767_600_000_000_000);
/// let (first, second) = (ids.next(now), ids.next(now));
/// assert!(first < second);
/// assert_eq!(first.to_string().parse(), Ok(first));
/// ```
#[derive(Debug)]
pub struct IdMaker {
    maker: u64,
    milli: u64,
    count: u16,
}

impl IdMaker {
    /// Creates a maker with a random part of its own.
    #[must_use]
    pub fn new() -> Self {
        Self::with_maker(RandomState::new().build_hasher().finish())
    }

    /// Creates a maker whose random part is given: for tests that repeat.
    #[must_use]
    pub const fn with_maker(maker: u64) -> Self {
        Self {
            maker,
            milli: 0,
            count: 0,
        }
    }

    /// Makes the next id. A clock that was set back does not make it smaller than the last one.
    pub fn next(&mut self, now: StoreTime) -> StoredId {
        let milli = u64::try_from(now.micros() / 1_000).unwrap_or(0);
        if milli > self.milli {
            (self.milli, self.count) = (milli, 0);
        } else if self.count == MOST {
            (self.milli, self.count) = (self.milli + 1, 0);
        } else {
            self.count += 1;
        }
        let mut random = [0; 10];
        random[..2].copy_from_slice(&self.count.to_be_bytes());
        random[2..].copy_from_slice(&self.maker.to_be_bytes());
        StoredId(Builder::from_unix_timestamp_millis(self.milli, &random).into_uuid())
    }
}

// A UUID of version 7 leaves twelve bits behind the version.
const MOST: u16 = 0xfff;

impl Default for IdMaker {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_thousand_ids_of_one_instant_grow() {
        let mut ids = IdMaker::with_maker(7);
        let now = StoreTime::from_micros(1_767_600_000_000_000);
        let mut last = ids.next(now);
        for _ in 0..10_000 {
            let next = ids.next(now);
            assert!(next > last, "{next} after {last}");
            last = next;
        }
    }

    #[test]
    fn an_id_grows_although_the_clock_was_set_back() {
        let mut ids = IdMaker::with_maker(7);
        let first = ids.next(StoreTime::from_micros(1_767_600_000_000_000));
        assert!(ids.next(StoreTime::from_micros(-5)) > first);
    }

    #[test]
    fn two_makers_make_different_ids() {
        let now = StoreTime::from_micros(1_767_600_000_000_000);
        assert_ne!(IdMaker::new().next(now), IdMaker::new().next(now));
    }

    #[test]
    fn a_text_that_is_no_id_is_named() {
        let error = "42".parse::<StoredId>().expect_err("no id");
        assert_eq!(
            error.to_string(),
            "id \"42\" is not a UUID: copy the id as `sched jobs` prints it"
        );
    }
}
