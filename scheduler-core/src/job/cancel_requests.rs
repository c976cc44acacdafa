//! [`Orders`]: the cancellation request of a job and the attempt that it is for, in one atomic word, so that a
//! late request never reaches a later attempt.

use super::CancelReason;
use crate::sync::primitives::{AtomicU64, Ordering};

/// Urgency of a cancellation request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CancelRequest {
    Nothing,
    /// The body should end by itself.
    Graceful,
    /// The body must be dropped at its next suspension.
    Immediate,
}

/// A cancellation request for an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Order {
    /// Number of the attempt, counted from 1.
    pub(crate) attempt: u32,
    pub(crate) request: CancelRequest,
    pub(crate) why: Option<CancelReason>,
}

impl Order {
    /// Returns whether attempt number `attempt` must end: its end was requested, or a later attempt
    /// has begun.
    pub(crate) fn ends(self, attempt: u32) -> bool {
        self.request != CancelRequest::Nothing || self.attempt != attempt
    }

    fn pack(self) -> u64 {
        let why = self.why.map_or(0, CancelReason::code);
        u64::from(self.attempt) << 32 | u64::from(why) << 8 | self.request as u64
    }

    fn unpack(word: u64) -> Self {
        let [request, why, ..] = word.to_le_bytes();
        Self {
            attempt: (word >> 32) as u32,
            request: match request {
                0 => CancelRequest::Nothing,
                1 => CancelRequest::Graceful,
                _ => CancelRequest::Immediate,
            },
            why: CancelReason::from_code(why),
        }
    }
}

/// An [`Order`] in an atomic word, which several threads write and read.
#[derive(Debug)]
pub(crate) struct Orders(AtomicU64);

impl Orders {
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(Self::fresh(1).pack()))
    }

    const fn fresh(attempt: u32) -> Order {
        Order {
            attempt,
            request: CancelRequest::Nothing,
            why: None,
        }
    }

    pub(crate) fn read(&self) -> Order {
        Order::unpack(self.0.load(Ordering::Acquire))
    }

    /// Begins attempt number `attempt`, for which no cancellation has been requested.
    pub(crate) fn begin(&self, attempt: u32) {
        // Exchanged, not stored: an order that is being given meanwhile comes before it, or fails.
        self.0.swap(Self::fresh(attempt).pack(), Ordering::AcqRel);
    }

    /// Sends a request to attempt number `attempt`. Returns false if another attempt is the current
    /// one. A request can only become more urgent.
    pub(crate) fn give(&self, attempt: u32, what: CancelRequest, why: CancelReason) -> bool {
        let give = |word| {
            let order = Order::unpack(word);
            let given = Order {
                request: order.request.max(what),
                why: Some(why),
                ..order
            };
            (order.attempt == attempt).then(|| given.pack())
        };
        let (set, get) = (Ordering::AcqRel, Ordering::Acquire);
        self.0.fetch_update(set, get, give).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_only_becomes_more_urgent() {
        let orders = Orders::new();
        assert!(orders.give(1, CancelRequest::Immediate, CancelReason::TimedOut));
        assert!(orders.give(1, CancelRequest::Graceful, CancelReason::Requested));
        let order = orders.read();
        assert_eq!(
            (order.request, order.why),
            (CancelRequest::Immediate, Some(CancelReason::Requested))
        );
        assert!(order.ends(1));
    }

    #[test]
    fn a_late_order_does_not_reach_the_next_attempt() {
        let orders = Orders::new();
        orders.begin(2);
        assert!(!orders.give(1, CancelRequest::Immediate, CancelReason::TimedOut));
        assert_eq!(orders.read(), Orders::fresh(2));
        assert!(orders.read().ends(1) && !orders.read().ends(2));
    }
}
