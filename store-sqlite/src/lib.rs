#![doc = include_str!("../README.md")]

mod connection;
mod error;
mod network;
mod rows;
mod schema;
mod session;
mod store;

/// The core and its types, so that a program needs no other dependency.
pub use scheduler_core;

pub use self::store::{SqliteStore, Synchronous};
