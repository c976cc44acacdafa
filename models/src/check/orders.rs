//! Models of the cancellation requests that the body of a job receives.

use std::{future::poll_fn, sync::Arc, task::Poll};

use loom::{future::block_on, thread};

use crate::{
    job::{
        CancelReason,
        orders::{CancelRequest, Orders},
    },
    sync::waker_slot::WakerSlot,
};

use super::every_order;

pub fn a_late_order_never_reaches_the_next_attempt() {
    every_order(|| {
        let orders = Arc::new(Orders::new());
        let other = orders.clone();
        let teller =
            thread::spawn(move || other.give(1, CancelRequest::Immediate, CancelReason::TimedOut));
        orders.begin(2);
        let order = orders.read();
        teller.join().unwrap();
        assert_eq!((order.attempt, order.request), (2, CancelRequest::Nothing));
        assert_eq!(orders.read(), order);
    });
}

pub fn two_orders_leave_the_more_urgent_one() {
    every_order(|| {
        let orders = Arc::new(Orders::new());
        let other = orders.clone();
        let teller =
            thread::spawn(move || other.give(1, CancelRequest::Immediate, CancelReason::TimedOut));
        assert!(orders.give(1, CancelRequest::Graceful, CancelReason::Requested));
        assert!(teller.join().unwrap());
        assert_eq!(orders.read().request, CancelRequest::Immediate);
    });
}

pub fn a_body_that_is_told_to_end_is_polled_once_more() {
    every_order(|| {
        let shared = Arc::new((Orders::new(), WakerSlot::new()));
        let other = shared.clone();
        let teller = thread::spawn(move || {
            assert!(
                other
                    .0
                    .give(1, CancelRequest::Immediate, CancelReason::Requested)
            );
            other.1.wake();
        });
        let (orders, poller) = &*shared;
        block_on(poll_fn(|cx| {
            poller.store(cx.waker());
            match orders.read().request {
                CancelRequest::Immediate => Poll::Ready(()),
                _ => Poll::Pending,
            }
        }));
        teller.join().unwrap();
    });
}
