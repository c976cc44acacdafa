//! [`Holders`]: waiting jobs that hold permits.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use super::{pools::Pool, waits::count_down};
use crate::engine::Key;

/// A waiting job that holds permits.
#[derive(Debug, Default)]
struct Hold {
    waits: usize,
    pools: Vec<Pool>,
}

/// The waiting jobs that hold permits, by job and by pool.
#[derive(Debug, Default)]
pub(super) struct Holders {
    holds: BTreeMap<Key, Hold>,
    /// The same jobs, by the pools of their permits.
    holders: BTreeSet<(Pool, Key)>,
    /// Number of those jobs, by pool.
    holding: BTreeMap<Pool, usize>,
}

impl Holders {
    /// Records that a job with permits of these pools begins to wait.
    pub(super) fn hold(&mut self, holder: Key, pools: impl Iterator<Item = Pool>) {
        let hold = self.holds.entry(holder).or_default();
        hold.waits += 1;
        if hold.waits > 1 {
            return;
        }
        hold.pools.extend(pools);
        for &pool in &hold.pools {
            self.holders.insert((pool, holder));
            *self.holding.entry(pool).or_default() += 1;
        }
    }

    /// Records the end of such a wait. The job may have been abandoned before.
    pub(super) fn stop_holding(&mut self, holder: Key) {
        let Entry::Occupied(mut hold) = self.holds.entry(holder) else {
            return;
        };
        hold.get_mut().waits -= 1;
        if hold.get().waits > 0 {
            return;
        }
        for pool in hold.remove().pools {
            self.holders.remove(&(pool, holder));
            count_down(&mut self.holding, pool);
        }
    }

    /// Returns the jobs with a permit of a pool that wait.
    pub(super) fn of(&self, pool: Pool) -> impl Iterator<Item = Key> {
        let all = self.holders.range((pool, Key::first(0))..);
        all.map_while(move |&(of, key)| (of == pool).then_some(key))
    }

    /// Returns the number of those jobs.
    pub(super) fn count(&self, pool: Pool) -> usize {
        self.holding.get(&pool).copied().unwrap_or_default()
    }

    /// Returns the pools that have such jobs, with their number.
    pub(super) fn counts(&self) -> impl Iterator<Item = (Pool, usize)> {
        self.holding.iter().map(|(&pool, &count)| (pool, count))
    }
}
