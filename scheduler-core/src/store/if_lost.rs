//! [`IfLost`]: the consequence for a job whose node was lost.

/// Consequence for a job whose node was lost while it ran (`ST-038`). The node that claims the job next decides it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum IfLost {
    /// The job runs again: at least one execution.
    #[default]
    Again,
    /// The job ends with the outcome `lost`: at most one execution.
    End,
}

impl IfLost {
    pub(crate) fn is_again(&self) -> bool {
        *self == Self::Again
    }
}
