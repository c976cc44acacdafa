//! [`Away`]: the turn that was sent and has no answer.

use super::{
    StoreError, Turn,
    gathered::{Sent, Ticket},
};

/// The turn that was sent and has no answer yet.
#[derive(Debug)]
pub(super) struct Away {
    turn: Turn,
    sent: Vec<Sent>,
    /// Whether a call with the turn is under way.
    is_out: bool,
    /// Whether the turn may have been stored.
    is_unknown: bool,
}

impl Away {
    pub(super) const fn new(turn: Turn, sent: Vec<Sent>) -> Self {
        Self {
            turn,
            sent,
            is_out: true,
            is_unknown: false,
        }
    }

    pub(super) const fn turn(&self) -> &Turn {
        &self.turn
    }

    pub(super) const fn is_out(&self) -> bool {
        self.is_out
    }

    pub(super) fn into_parts(self) -> (Turn, Vec<Sent>) {
        (self.turn, self.sent)
    }

    /// Returns the same turn, under the same number.
    pub(super) fn send_again(&mut self) -> Turn {
        self.is_out = true;
        // If the first sending was stored, only the list of all claims names those of its answer.
        self.turn.recall |= self.is_unknown;
        self.turn.clone()
    }

    pub(super) const fn failed(&mut self, error: &StoreError) {
        self.is_out = false;
        self.is_unknown |= error.may_have_been_applied();
    }

    /// Splits the writes of a turn that was refused as a whole: the turn keeps the first half. Returns the write
    /// that was alone, which is the cause, and the other half.
    pub(super) fn halve(&mut self) -> (Option<Sent>, Vec<Sent>) {
        self.is_out = false;
        if self.sent.len() <= 1 {
            self.turn.writes.clear();
            return (self.sent.pop(), Vec::new());
        }
        let half = self.sent.len() / 2;
        self.turn.writes.truncate(half);
        // What leaves is not the last turn of the node while writes of it wait.
        self.turn.leave = false;
        (None, self.sent.split_off(half))
    }

    pub(super) fn forget(&mut self, ticket: Ticket) {
        for sent in &mut self.sent {
            sent.forget(ticket);
        }
    }

    /// Returns since when the first caller has waited.
    pub(super) fn oldest_wait(&self) -> Option<u64> {
        let waits = self.sent.iter().filter(|sent| sent.ticket.is_some());
        waits.map(|sent| sent.since).min()
    }

    /// Takes the callers that have waited since before this time.
    pub(super) fn take_waits(&mut self, before: u64) -> Vec<Ticket> {
        let late = self.sent.iter_mut().filter(|sent| sent.since <= before);
        late.filter_map(|sent| sent.ticket.take()).collect()
    }
}
