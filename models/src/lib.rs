//! loom models of the sync primitives of this project: they explore every order of the threads. See
//! `docs/adr/0007-the-hand-made-primitives-are-modelled.md` for their scope.

#![cfg(loom)]

extern crate self as scheduler_core;

use std::{future::Future, pin::Pin};

/// A boxed future, as the core defines it.
pub(crate) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Work for a blocking thread, as the core defines it.
pub(crate) type BlockingWork = Box<dyn FnOnce() + Send>;

/// The module of the core from which the backend imports these types.
pub(crate) mod runtime {
    pub(crate) use super::{BlockingWork, BoxFuture};
}

/// The module from which the sources import their primitives.
mod primitives {
    pub(crate) use loom::{
        sync::{
            Condvar, Mutex, MutexGuard,
            atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering, fence},
        },
        thread,
    };
}

mod event;
mod helpers;
mod job;
mod listening;
mod shell;
mod sync;

#[allow(dead_code, reason = "a part is used")]
#[path = "../../backend-thread/src/blocking.rs"]
mod blocking;
#[path = "../../backend-thread/src/panic_safe.rs"]
mod panic_safe;
#[path = "../../backend-thread/src/pool.rs"]
mod pool;
#[path = "../../backend-thread/src/start_threads.rs"]
mod start_threads;
#[path = "../../backend-thread/src/task.rs"]
mod task;
#[allow(dead_code, reason = "a part is used")]
#[path = "../../backend-thread/src/thread_count.rs"]
mod thread_count;

use self::{
    event::channel::{EventStream, event_channel},
    helpers::{base, implement},
    listening::{EventFilter, Listener, ListenerId, engine},
};

pub mod check;
