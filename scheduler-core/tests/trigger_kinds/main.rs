//! What must hold for triggers of every kind and for random combinations of them.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod data;
mod laws;
mod model;
mod round_trip;
