//! [`StoreError`]: the error of a call to a store. [`Refusal`]: the error of one write.

use std::{error::Error as StdError, sync::Arc};

/// Error of a call to a store. The variant decides what the node does: try again, report, or stop.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The store cannot be reached, or the connection broke. The call may have been applied.
    #[error("store is unreachable: {0}")]
    Unreachable(Arc<dyn StdError + Send + Sync>),
    /// The store did not answer within the time limit. The call may have been applied.
    #[error("store did not answer within {limit:?}: it may have stored the call")]
    TimedOut {
        /// The limit.
        limit: std::time::Duration,
    },
    /// The store is busy with other writers. Nothing was applied: the same call may be sent again.
    #[error("store is locked by another writer: send the call again")]
    Locked,
    /// The store does not accept writes. Nothing was applied.
    #[error("store is read-only: {0}")]
    ReadOnly(String),
    /// No space is left. Nothing was applied.
    #[error("store is full: {0}")]
    Full(String),
    /// A newer version of the program has changed the store. Nothing was read or written (`ST-013`).
    #[error(
        "schema {found} of the store is newer than {known}, the newest this program knows: update the program"
    )]
    NewerSchema {
        /// Version found in the store.
        found: u32,
        /// Newest version the program can use.
        known: u32,
    },
    /// The store has an older schema, and the program may not change it.
    #[error("schema {found} of the store is older than {known}: run `sched store migrate`")]
    OlderSchema {
        /// Version found in the store.
        found: u32,
        /// Version the program needs.
        known: u32,
    },
    /// The store cannot be used as it is set up. The text says what to change.
    #[error("store cannot be used: {0}")]
    Unsuitable(String),
    /// A value cannot be stored. Nothing of the turn was applied.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Any other error of the store.
    #[error("store failed: {0}")]
    Broken(Arc<dyn StdError + Send + Sync>),
}

impl StoreError {
    /// Returns whether the call may have been applied although no answer came. The node sends such a turn again
    /// under the same number.
    #[must_use]
    pub const fn may_have_been_applied(&self) -> bool {
        matches!(
            self,
            Self::Unreachable(_) | Self::TimedOut { .. } | Self::Broken(_)
        )
    }

    /// Returns whether the same call may succeed later without anybody changing the program or the store.
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        matches!(
            self,
            Self::Unreachable(_)
                | Self::TimedOut { .. }
                | Self::Locked
                | Self::Full(_)
                | Self::ReadOnly(_)
        )
    }
}

/// Reason why a store did not store one write. The other writes of its turn are stored (`ST-025`).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// A record exists for an instant of the decision. The decision was not stored.
    #[error(
        "instant {nominal} of schedule {schedule:?} has a record already: plan from the stored row"
    )]
    Recorded {
        /// Id of the schedule.
        schedule: String,
        /// The instant.
        nominal: super::StoreTime,
    },
    /// A schedule would become due at or before an instant that has a record.
    #[error("schedule {schedule:?} has a record of {last}: its next instant {next} must be later")]
    Behind {
        /// Id of the schedule.
        schedule: String,
        /// The last recorded instant.
        last: super::StoreTime,
        /// The instant that was refused.
        next: super::StoreTime,
    },
    /// A value is larger than the store accepts.
    #[error(
        "{what} has {found} bytes, but the store keeps at most {limit}: pass a reference to the data"
    )]
    TooLarge {
        /// The value: `arguments`, `result`, `error`.
        what: &'static str,
        /// Its size in bytes.
        found: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The state of the row does not permit the change.
    #[error("{what}")]
    State {
        /// The state, and the call that is right for it.
        what: String,
    },
}
