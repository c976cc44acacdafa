//! Waking the driver: a signal that lasts until it is seen.

use crate::sync::{
    primitives::{AtomicBool, Ordering},
    signal::Signal,
};

/// Wakes a task that waits, or lets it not begin to wait.
pub(crate) struct Alarm {
    is_rung: AtomicBool,
    rung: Signal,
}

impl Alarm {
    pub(crate) fn new() -> Self {
        Self {
            is_rung: AtomicBool::new(false),
            rung: Signal::new(),
        }
    }

    /// Ends the wait, or the next one. Runs a waker: call it without a lock.
    pub(crate) fn ring(&self) {
        self.is_rung.swap(true, Ordering::AcqRel);
        self.rung.notify();
    }

    /// Forgets earlier rings: to be called before one looks at what they were about.
    pub(crate) fn reset(&self) {
        // Exchanged, not stored: what was done before a ring that this takes back is seen from here on.
        self.is_rung.swap(false, Ordering::AcqRel);
    }

    /// Waits for the first ring since the last reset.
    pub(crate) async fn wait(&self) {
        let is_rung = || self.is_rung.load(Ordering::Acquire).then_some(());
        self.rung.until(is_rung).await;
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::pin,
        task::{Context, Poll, Waker},
    };

    use super::*;

    #[test]
    fn a_ring_before_the_wait_counts_until_it_is_forgotten() {
        let alarm = Alarm::new();
        let poll = || pin!(alarm.wait()).poll(&mut Context::from_waker(Waker::noop()));
        alarm.ring();
        assert_eq!((poll(), poll()), (Poll::Ready(()), Poll::Ready(())));
        alarm.reset();
        assert_eq!(poll(), Poll::Pending);
    }
}
