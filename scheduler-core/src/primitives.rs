//! What this crate's own means of waiting and telling are made of.
//!
//! The files that take them from here, and from nowhere else, are compiled a second time by
//! `models/`, where the same names are those of a model checker.

pub(crate) use std::sync::{
    Condvar, Mutex, MutexGuard,
    atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering, fence},
};
