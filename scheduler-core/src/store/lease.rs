//! [`Lease`]: the claim of a running job.

use super::{Claim, StoredId};

/// The claim of a durable job that runs (`ST-040`).
///
/// An effect outside the store that must happen once takes the token along: the other side keeps the largest token
/// that it has seen of the job, and refuses smaller ones.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lease {
    /// Id of the job in the store.
    pub id: StoredId,
    /// Token of the claim. Grows with each claim of the job, on any node.
    pub token: u64,
    /// Number of the attempt over all nodes, lost ones excluded. From 1.
    pub attempt: u32,
    /// How often the job was lost with its node.
    pub lost: u32,
    /// The note that the attempt before left.
    pub note: Option<String>,
}

impl Lease {
    pub(crate) fn of(job: &super::StoredJob) -> Self {
        Self {
            id: job.row.id,
            token: job.token,
            attempt: job.attempt.saturating_sub(job.lost).max(1),
            lost: job.lost,
            note: job.note.clone(),
        }
    }

    /// Returns the claim.
    #[must_use]
    pub const fn claim(&self) -> Claim {
        Claim {
            job: self.id,
            token: self.token,
        }
    }
}
