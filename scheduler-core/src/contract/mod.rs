//! The contract: the traits of schedulers and runtimes, and their settings, states, errors and reports.
//!
//! The values that they exchange are in `job`, `schedule` and `event`, on the same floor.

pub(crate) mod error;
#[cfg(all(test, feature = "store"))]
mod error_text_tests;
pub mod failure;
pub mod lifecycle;
mod local;
pub(crate) mod metrics;
pub(crate) mod names;
pub(crate) mod options;
pub mod runtime;
pub(crate) mod scheduler;
pub mod shutdown;
pub(crate) mod timeout;
#[cfg(test)]
mod troubleshooting_tests;
pub(crate) mod waiting_call;
