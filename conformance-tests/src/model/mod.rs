//! The specification as a machine: what may happen, in which order, and the tools that hold a
//! scheduler against it.
//!
//! [`explore`] goes through every course that a few callers and their jobs can take, on paper, and
//! shows that the table of calls and states is consistent in itself.

pub mod explore;
