//! Waiting and waking: the hand-made primitives that the other rooms share.
//!
//! Nothing here knows of jobs or schedules. The crate `models` runs most of these files under loom, which
//! is why they take their atomics and locks from [`primitives`].

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
