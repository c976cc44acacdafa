//! What virtual time needs of the core beyond its public face.
//!
//! No part of the public interface: it is for the crate `scheduler-testing` of the same version, and
//! changes without notice. A thread under virtual time sleeps in [`block_on`](crate::block_on) by the
//! turns of its world, so it brings its own [`Park`]; its wakers are user code, which [`wake`]
//! contains.

pub use crate::sync::{
    block_on::{Park, ParkerGuard, Rested, use_parker},
    wakers::wake,
};
