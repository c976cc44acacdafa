//! Counted values whose destructors panic.

use std::{
    fmt,
    sync::{Condvar, Mutex, PoisonError},
    time::Duration,
};

static LIVE: Mutex<usize> = Mutex::new(0);
static ENDED: Condvar = Condvar::new();

/// A value whose destructor panics.
pub(crate) struct Bomb(());

impl Bomb {
    pub(crate) fn new() -> Self {
        *LIVE.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        Self(())
    }

    /// Uses the value, so that a closure captures it.
    pub(crate) const fn hold(&self) {
        let () = self.0;
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        *LIVE.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        ENDED.notify_all();
        panic!("a destructor");
    }
}

impl fmt::Debug for Bomb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bomb")
    }
}

impl fmt::Display for Bomb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an error that panics at its end")
    }
}

impl std::error::Error for Bomb {}

/// Waits until all values are destroyed, at most `limit`, and returns how many are left.
pub(crate) fn left_after(limit: Duration) -> usize {
    let live = LIVE.lock().unwrap_or_else(PoisonError::into_inner);
    let waited = ENDED.wait_timeout_while(live, limit, |live| *live > 0);
    *waited.unwrap_or_else(PoisonError::into_inner).0
}
