//! The shell: it holds the engine's lock, carries out its actions, and runs code of users without the lock.

mod driver;
#[cfg(feature = "store")]
mod durable;
mod execute;
mod listeners;
mod lost_jobs;
pub(crate) mod runtime_scheduler;
mod shared;
mod sleep;

#[cfg(test)]
pub(crate) use self::shared::Shared;
