//! [`Alarm`]: wakes the driver; the signal is kept until the driver sees it.

use crate::sync::{
    primitives::{AtomicBool, Ordering},
    signal::Signal,
};

/// A signal for one waiting task. A ring before the wait ends it at once.
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

    /// Ends the present or the next wait. Runs a waker, so call it without a lock.
    pub(crate) fn ring(&self) {
        self.is_rung.swap(true, Ordering::AcqRel);
        self.rung.notify();
    }

    /// Clears earlier rings. Call it before reading the state that they announced.
    pub(crate) fn reset(&self) {
        // An exchange, not a store: it makes changes before a cleared ring visible.
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
