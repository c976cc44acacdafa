//! Hidden interface between the core and virtual time.
//!
//! It is not part of the public interface: only `scheduler-testing` of the same version may use it, and it
//! changes without notice. Threads under virtual time supply a [`Park`], which controls their sleeps in
//! [`block_on`](crate::block_on). [`wake`] contains panics of wakers.

pub use crate::sync::{
    block_on::{Park, ParkerGuard, Rested, use_parker},
    wakers::wake,
};
