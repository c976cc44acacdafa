//! An instant that is set before others look at it.

use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use chrono::{DateTime, Utc};

/// In two parts, because nanoseconds in one number reach no further than from 1677 to 2262.
#[derive(Default)]
pub(super) struct Moment {
    seconds: AtomicI64,
    nanos: AtomicU32,
}

impl Moment {
    pub(super) fn set(&self, at: DateTime<Utc>) {
        self.seconds.store(at.timestamp(), Ordering::Relaxed);
        self.nanos
            .store(at.timestamp_subsec_nanos(), Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> DateTime<Utc> {
        let seconds = self.seconds.load(Ordering::Relaxed);
        let nanos = self.nanos.load(Ordering::Relaxed);
        DateTime::from_timestamp(seconds, nanos).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_instant_comes_back() {
        for at in [
            DateTime::UNIX_EPOCH,
            DateTime::<Utc>::MIN_UTC,
            DateTime::<Utc>::MAX_UTC,
            DateTime::from_timestamp(-1, 999_999_999).unwrap(),
        ] {
            let moment = Moment::default();
            moment.set(at);
            assert_eq!(moment.get(), at);
        }
    }
}
