//! The patience of callers while the store does not answer.

use super::{Away, Desk, Effect, Reply, StoreError, nanos};

impl Desk {
    pub(super) fn oldest_wait(&self) -> Option<u64> {
        let failing = self.backoff.is_failing();
        let away = self.away.as_ref().and_then(Away::oldest_wait);
        let waits = [away, self.gathered.oldest_wait()];
        waits.into_iter().flatten().min().filter(|_| failing)
    }

    /// Replies to callers that have waited for too long.
    pub(super) fn lose_patience(&mut self, now: u64, effects: &mut Vec<Effect>) {
        let Some(before) = now.checked_sub(nanos(self.options.patience)) else {
            return;
        };
        let Some(error) = self.backoff.is_failing().then(|| StoreError::TimedOut {
            limit: self.options.patience,
        }) else {
            return;
        };
        if let Some(away) = &mut self.away {
            for ticket in away.take_waits(before) {
                effects.push(Effect::Reply(ticket, Reply::Unknown(error.clone())));
            }
        }
        for ticket in self.gathered.remove_waits(before) {
            effects.push(Effect::Reply(ticket, Reply::Unsent(error.clone())));
        }
    }
}
