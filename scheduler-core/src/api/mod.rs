//! What stands upon a scheduler: calls with defaults, calls that block, groups of jobs, and tools for
//! those who implement a scheduler themselves.

pub(crate) mod blocking;
pub mod implement;
pub(crate) mod scheduler_ext;
pub(crate) mod scope;
