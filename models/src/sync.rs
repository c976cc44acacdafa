//! The synchronization primitives of the core, compiled with loom's atomics and locks.

#[path = "../../scheduler-core/src/sync/alarm.rs"]
pub(crate) mod alarm;
#[allow(dead_code, reason = "a part is used")]
#[path = "../../scheduler-core/src/sync/fair_queue.rs"]
pub(crate) mod fair_queue;
#[allow(dead_code, reason = "a part is used")]
#[path = "../../scheduler-core/src/sync/gate.rs"]
pub(crate) mod gate;
#[allow(dead_code, reason = "a part is used")]
#[path = "../../scheduler-core/src/sync/listener_gate.rs"]
pub(crate) mod listener_gate;
#[allow(dead_code, reason = "a part is used")]
#[path = "../../scheduler-core/src/sync/signal.rs"]
pub(crate) mod signal;
#[path = "../../scheduler-core/src/sync/waker_slot.rs"]
pub(crate) mod waker_slot;
#[path = "../../scheduler-core/src/sync/wakers.rs"]
pub(crate) mod wakers;

pub(crate) use crate::primitives;
