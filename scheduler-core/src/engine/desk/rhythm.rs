//! [`Rhythm`]: when the next turn is due, if no write waits.

use std::time::Duration;

use super::{MOST, NEWS, nanos};

/// The first pause after a claim, in nanoseconds. It doubles while claims find nothing.
const SHORTEST: u64 = 20_000_000;

/// The times of the turns without writes: lease, news and claims.
#[derive(Debug)]
pub(super) struct Rhythm {
    lease: u64,
    /// When the node began. It buries no other node before it has lived for one lease itself.
    begun: u64,
    beat: u64,
    news: u64,
    claim: u64,
    pause: u64,
}

impl Rhythm {
    pub(super) fn new(lease: Duration, now: u64) -> Self {
        Self {
            lease: nanos(lease),
            begun: now,
            beat: now,
            news: now,
            claim: now,
            pause: SHORTEST,
        }
    }

    pub(super) const fn opened(&mut self, now: u64) {
        (self.begun, self.beat, self.news) = (now, now, now);
        self.hurry(now);
    }

    /// Makes a claim due.
    pub(super) const fn hurry(&mut self, now: u64) {
        (self.claim, self.pause) = (now, SHORTEST);
    }

    pub(super) fn due(&self, claims: bool) -> u64 {
        let quiet = self.beat.min(self.news);
        if claims { quiet.min(self.claim) } else { quiet }
    }

    /// Returns whether the turn renews the lease by a sweep, three times a lease.
    pub(super) fn takes_beat(&mut self, now: u64) -> bool {
        let is_due = now >= self.beat;
        if is_due {
            self.beat = now.saturating_add(self.lease / 3);
        }
        is_due
    }

    pub(super) const fn takes_news(&mut self, now: u64) -> bool {
        let is_due = now >= self.news;
        if is_due {
            self.news = now.saturating_add(NEWS);
        }
        is_due
    }

    /// Returns whether the node may remove dead nodes: it was not down itself for the last lease.
    pub(super) const fn may_bury(&self, now: u64) -> bool {
        now.saturating_sub(self.begun) >= self.lease
    }

    /// Notes the answer to a turn: the number of claimed jobs and the next due time, if it claimed.
    pub(super) fn turned(&mut self, now: u64, claimed: Option<(usize, Option<u64>)>) {
        let Some((count, next_due)) = claimed else {
            return;
        };
        if count == MOST {
            return self.hurry(now);
        }
        self.pause = if count > 0 {
            SHORTEST
        } else {
            self.pause.saturating_mul(2).min(NEWS)
        };
        let polled = now.saturating_add(self.pause);
        // A job that was due already and was not claimed is not for this node.
        let due = next_due.filter(|&due| due > now);
        self.claim = due.map_or(polled, |due| polled.min(due));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_node_asks_less_and_less_often() {
        let mut rhythm = Rhythm::new(Duration::from_secs(30), 0);
        rhythm.opened(0);
        let (mut now, mut turns) = (0, 0);
        while now < 60_000_000_000 {
            rhythm.takes_beat(now);
            rhythm.takes_news(now);
            rhythm.turned(now, Some((0, None)));
            now = rhythm.due(true);
            turns += 1;
        }
        assert!((60..=140).contains(&turns), "{turns} turns a minute");
    }

    #[test]
    fn a_job_in_the_future_is_claimed_when_it_is_due() {
        let mut rhythm = Rhythm::new(Duration::from_secs(30), 0);
        rhythm.opened(0);
        rhythm.takes_beat(0);
        rhythm.takes_news(0);
        rhythm.turned(0, Some((0, Some(3_000_000))));
        assert_eq!(rhythm.due(true), 3_000_000);
        assert_eq!(rhythm.due(false), NEWS);
    }
}
