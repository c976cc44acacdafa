//! Re-exports of the synchronization primitives.
//!
//! Files that import primitives only from here are compiled a second time by `models/`, where the same
//! names are those of the loom model checker.

pub(crate) use std::sync::{
    Condvar, Mutex, MutexGuard,
    atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering, fence},
};
