//! [`QueueNumber`]: identifies a queue inside the engine.

use super::Key;

/// The number of a queue; 0 is the default queue, [`DEFAULT`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct QueueNumber(u16);

impl QueueNumber {
    /// The queue of the jobs that name none.
    pub(crate) const DEFAULT: Self = Self(0);

    /// Returns its key in the table of deadlines.
    pub(crate) const fn key(self) -> Key {
        Key::first(self.0 as u32)
    }

    /// Returns the queue with this key in the table of deadlines.
    pub(crate) fn of_key(key: Key) -> Self {
        Self(u16::try_from(key.slot).unwrap_or_default())
    }

    pub(crate) const fn of_index(index: u16) -> Self {
        Self(index)
    }

    #[inline]
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}
