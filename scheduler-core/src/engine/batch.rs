//! Jobs with a permit on their way to the executor.
//!
//! A few are executed alone, each as a task of its own. Many share *runners*, tasks that take one
//! job after the other from here: a task each is the wrong unit where hundreds are due at once.

use std::collections::VecDeque;

use super::{Claim, Engine};

/// From here on jobs that come up together share runners.
const MANY: usize = 5;

#[derive(Default)]
pub(super) struct Batch {
    claims: VecDeque<Claim>,
    /// How many of the claims, the last ones, nobody has been told of.
    fresh: usize,
    /// Runners there are, or are about to be.
    runners: usize,
    /// Runners there may be: one for each core, so that a job that blocks its thread holds up no
    /// sibling that another core could run.
    limit: usize,
}

impl Batch {
    pub(super) fn new(cores: usize) -> Self {
        Self {
            limit: cores,
            ..Self::default()
        }
    }

    pub(super) fn push(&mut self, claim: Claim) {
        self.claims.push_back(claim);
        self.fresh += 1;
    }

    /// The new claims if they are few: the first and the rest, so that the usual one costs nothing.
    pub(super) fn take_few(&mut self) -> (Option<Claim>, Vec<Claim>) {
        match std::mem::take(&mut self.fresh) {
            0 => (None, Vec::new()),
            1 => (self.claims.pop_back(), Vec::new()),
            few if few < MANY => {
                let mut few = self.claims.drain(self.claims.len() - few..);
                (few.next(), few.collect())
            }
            _ => (None, Vec::new()),
        }
    }

    /// How many runners are missing; they count as there from now on.
    pub(super) fn hire(&mut self) -> usize {
        let wanted = self.claims.len().min(self.limit);
        let missing = wanted.saturating_sub(self.runners);
        self.runners += missing;
        missing
    }
}

impl Engine {
    /// The next job for a runner, which takes new ones too.
    pub(crate) fn next_claim(&mut self) -> Option<Claim> {
        self.batch.fresh = 0;
        self.batch.claims.pop_front()
    }

    /// A runner has ended. Answers what nobody will take any more.
    pub(crate) fn handle_runner_gone(&mut self) -> VecDeque<Claim> {
        self.batch.runners -= 1;
        if self.batch.runners > 0 {
            return VecDeque::new();
        }
        std::mem::take(&mut self.batch.claims)
    }
}
