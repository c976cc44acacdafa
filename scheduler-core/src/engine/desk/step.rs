//! [`Step`] and [`Effect`]: what the shell does for the desk.

use super::gathered::Ticket;
use crate::store::{Open, StoreError, StoredId, StoredJob, Turn, Written};

/// Next step of the shell.
#[derive(Debug)]
pub(crate) enum Step {
    /// Connect, and call [`Session::open`](crate::store::Session::open).
    Open(Box<Open>),
    /// Call [`Session::turn`](crate::store::Session::turn).
    Turn(Box<Turn>),
    /// Wait until this time, or until an input changes the desk.
    Wait(u64),
    /// The node has left the store.
    Left,
}

/// Action of the shell after an input.
#[derive(Debug)]
pub(crate) enum Effect {
    /// Submit the claimed job to the scheduler.
    Start(Box<StoredJob>),
    /// Send a cancellation request to the run of the job.
    Cancel(StoredId),
    /// The lease is lost: send the run a cancellation request. Its end is not written.
    LeaseLost(StoredId),
    /// Resolve the caller of a write.
    Reply(Ticket, Reply),
    /// Publish that the store does not reply, and why.
    StoreLost(StoreError),
    /// Publish that the store replies again.
    StoreBack,
    /// Publish that the node was declared dead, or that the store lost its turns. It begins as another node.
    Fenced,
    /// Publish that nodes were removed whose leases were over.
    Buried(Vec<String>),
}

/// The result of a write for its caller.
#[derive(Debug)]
pub(crate) enum Reply {
    /// The store's result.
    Written(Written),
    /// No turn with the write was sent.
    Unsent(StoreError),
    /// The write may have been stored (`ST-026`).
    Unknown(StoreError),
}
