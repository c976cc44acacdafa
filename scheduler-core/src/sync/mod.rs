//! Synchronization primitives for waiting and waking.
//!
//! They are independent of jobs and schedules. The crate `models` tests most of these files under loom, so they
//! import atomics and locks from [`primitives`].

pub(crate) mod alarm;
pub(crate) mod block_on;
pub(crate) mod fair_queue;
pub(crate) mod gate;
pub(crate) mod listener_gate;
pub(crate) mod primitives;
pub(crate) mod signal;
pub(crate) mod timers;
pub(crate) mod waker_slot;
pub(crate) mod wakers;
pub(crate) mod yielding;
