//! [`Overlap`]: the policy for an instant that is due while an earlier run is active.

/// The policy for an instant that is due while the maximum number of runs is active.
///
/// The policies are those of Temporal. The policy that is set when a buffered run's turn comes
/// decides about it, so a change also affects runs that wait (`OV-008`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Overlap {
    /// Skips the new run.
    #[default]
    Skip,
    /// Buffers one run until the earlier one has ended, and skips further ones meanwhile.
    BufferOne,
    /// Buffers all runs, up to [`buffer_limit`](crate::Schedule::buffer_limit), and runs them one
    /// after the other.
    BufferAll,
    /// Cancels the earlier run gracefully, and starts the new one when it has ended.
    CancelOther,
    /// Drops the earlier run at its next suspension, and starts the new one when it has ended.
    TerminateOther,
    /// Runs both. After a change of the policy, all active runs count for the new policy.
    AllowAll,
}
