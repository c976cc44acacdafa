//! [`Trust`]: until when a node trusts its lease.

use std::time::Duration;

use super::{margin, nanos};

/// The time until which a node trusts its lease (`ST-020`).
///
/// The lease in the store begins when the store handles a turn. The node counts from the first sending of that turn,
/// which is earlier, and stops a margin before the end.
#[derive(Debug)]
pub(super) struct Trust {
    length: u64,
    /// When the turn that is away was first sent.
    sent: u64,
    until: Option<u64>,
    /// Whether the next turn asks for all claims of the node: the lease was over since the last one.
    recalls: bool,
}

impl Trust {
    pub(super) fn new(lease: Duration) -> Self {
        Self {
            length: nanos(lease - margin(lease)),
            sent: 0,
            until: None,
            recalls: false,
        }
    }

    /// Notes the first sending of a turn. A repeated sending does not count.
    pub(super) const fn sent(&mut self, now: u64) {
        self.sent = now;
    }

    pub(super) const fn last_sent(&self) -> u64 {
        self.sent
    }

    /// Renews the lease by an answer.
    pub(super) fn renew(&mut self) {
        self.until = Some(self.sent.saturating_add(self.length));
    }

    pub(super) const fn until(&self) -> Option<u64> {
        self.until
    }

    pub(super) const fn is_kept(&self) -> bool {
        self.until.is_some()
    }

    /// Returns whether the lease has ended since the last call.
    pub(super) fn expires(&mut self, now: u64) -> bool {
        let is_over = self.until.is_some_and(|until| now >= until);
        if is_over {
            self.until = None;
            self.recalls = true;
        }
        is_over
    }

    /// Gives the lease up: the node is dead.
    pub(super) const fn lose(&mut self) {
        self.until = None;
        self.recalls = false;
    }

    pub(super) const fn takes_recall(&mut self) -> bool {
        std::mem::replace(&mut self.recalls, false)
    }
}
