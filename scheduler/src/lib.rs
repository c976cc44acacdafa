#![doc = include_str!("../README.md")]
//!
//! # What do you want to do?
//!
#![doc = include_str!("tour.txt")]
#![cfg_attr(
    feature = "serde",
    doc = "| keep schedules as data | [`registry`], [`export`] |"
)]
//!
//! # How it works
//!
//! ```text
//!  user ──▶ Scheduler ──▶ RuntimeScheduler ── lock, call, drain ──▶ engine (pure)
//!                              │                                       │
//!                              ▼                                       ▼
//!                           Runtime  ◀── spawn, sleep, now ──  actions, next deadline
//!                    tokio, smol, async-std, threads
//! ```
//!
//! Every backend has the same engine, so the results, the errors and the order of events are the same.
//!
//! The names that nearly every program uses are at the root, and most of them in [`prelude`]. The others are in
//! the module of their topic.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod prelude;

#[cfg(feature = "async-std")]
#[doc(inline)]
pub use backend_async_std as async_std;
#[cfg(feature = "smol")]
#[doc(inline)]
pub use backend_smol as smol;
#[cfg(feature = "thread")]
#[doc(inline)]
pub use backend_thread as thread;
#[cfg(feature = "tokio")]
#[doc(inline)]
pub use backend_tokio as tokio;
/// Re-exported because instants of triggers and events have types of this crate.
#[doc(no_inline)]
pub use chrono;
#[doc(inline)]
pub use scheduler_core::*;
#[cfg(feature = "testing")]
#[doc(inline)]
pub use scheduler_testing as testing;
#[cfg(feature = "sqlite")]
#[doc(inline)]
pub use store_sqlite as sqlite;
