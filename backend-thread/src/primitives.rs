//! The sync primitives of the pool.
//!
//! `models/` compiles the files that import from here a second time, with loom's types under the
//! same names.

pub(crate) use std::{
    sync::{
        Condvar, Mutex, MutexGuard,
        atomic::{AtomicU8, Ordering},
    },
    thread,
};
