//! What to do about an instant that meets an earlier run.

/// What to do when an instant is due while as many runs as allowed are waiting or going.
/// The rules are Temporal's overlap policies; they are applied as they stand when the instant's
/// turn has come, so a change of the policy counts for instants that wait already (`OV-008`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Overlap {
    /// Pass the new one over.
    #[default]
    Skip,
    /// Keep one to run when the earlier one has ended; pass over what comes while one is kept.
    BufferOne,
    /// Keep all, up to [`buffer_limit`](crate::Schedule::buffer_limit), and run them one after the
    /// other.
    BufferAll,
    /// Cancel the earlier one gracefully, and run the new one when it has ended.
    CancelOther,
    /// Drop the earlier one at its next suspension, and run the new one when it has ended.
    TerminateOther,
    /// Run both. If the schedule is given another policy, all its runs count for that one.
    AllowAll,
}
