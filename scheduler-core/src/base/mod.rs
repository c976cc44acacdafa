//! Leaf values: readings of clocks, texts, and containers for values of users that may panic.

pub(crate) mod clock;
pub(crate) mod counted;
pub(crate) mod panic;
pub mod text;
pub(crate) mod unix_time;
