//! Extensions of a scheduler: convenience calls, blocking calls, scopes, and tools for third-party schedulers.

pub(crate) mod blocking;
pub mod implement;
pub mod overview;
pub(crate) mod scheduler_ext;
pub mod scope;
pub mod timetable;
