//! [`Moment`]: an instant that is set once, before other threads read it.

use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use crate::base::unix_time::UnixTime;

/// The two parts are written one after the other. Readers get access only after both are written.
#[derive(Default)]
pub(super) struct Moment {
    seconds: AtomicI64,
    nanos: AtomicU32,
}

impl Moment {
    pub(super) const fn new(at: UnixTime) -> Self {
        Self {
            seconds: AtomicI64::new(at.seconds()),
            nanos: AtomicU32::new(at.nanos()),
        }
    }

    pub(super) fn set(&self, at: UnixTime) {
        self.seconds.store(at.seconds(), Ordering::Relaxed);
        self.nanos.store(at.nanos(), Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> UnixTime {
        UnixTime::new(
            self.seconds.load(Ordering::Relaxed),
            self.nanos.load(Ordering::Relaxed),
        )
    }
}
