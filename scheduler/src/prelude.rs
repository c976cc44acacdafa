//! The items that nearly every program needs: `use scheduler::prelude::*;`.
//!
//! It contains neither `Result` nor `Error`, so that those of the program keep their meaning.

#[cfg(feature = "async-std")]
pub use backend_async_std::{AsyncStdRuntime, AsyncStdScheduler};
#[cfg(feature = "smol")]
pub use backend_smol::{SmolRuntime, SmolScheduler};
#[cfg(feature = "thread")]
pub use backend_thread::{ThreadRuntime, ThreadScheduler};
#[cfg(feature = "tokio")]
pub use backend_tokio::{TokioRuntime, TokioScheduler};
pub use scheduler_core::{
    Blocking, Job, JobContext, JobHandle, Misfire, Options, Overlap, Schedule, ScheduleHandle,
    Scheduler, SchedulerExt, Shutdown, Task, Trigger,
    schedule::MisfirePolicy,
    trigger::{Cron, Interval, Once, Zone},
};
