//! What the pool is made of.
//!
//! The files that take it from here are compiled a second time by `models/`, where the same names
//! are those of a model checker.

pub(crate) use std::{
    sync::{
        Condvar, Mutex, MutexGuard,
        atomic::{AtomicU8, Ordering},
    },
    thread,
};
