//! Exports schedules as data with their cursors, and imports them elsewhere.
//!
//! An export contains the trigger, policies, labels, pause and next instant of each schedule, and
//! the instants that it has decided, in case the wall clock is set back. The task must be
//! [registered](crate::registry), because a closure cannot be written as data. Active and buffered
//! runs, counters and the history are not exported.
//!
//! ```
//! # fn demo(
//! #     scheduler: &dyn scheduler_core::Scheduler,
//! #     successor: &dyn scheduler_core::Scheduler,
//! # ) -> Result<(), Box<dyn std::error::Error>> {
//! use scheduler_core::{SchedulerExt, export::ScheduleDocument, registry::TaskRegistry, schedule::Conflict};
//!
//! let mut registry = TaskRegistry::new();
//! registry.register("tick", |_: scheduler_core::JobContext, (): ()| async {})?;
//!
//! let json = serde_json::to_string_pretty(&scheduler.export_schedules()?)?;
//! // … and in another process:
//! let document: ScheduleDocument = json.parse()?;
//! let imported = successor.import_schedules(&document, &registry, Conflict::Refuse)?;
//! println!("{} schedules continue at their cursors", imported.added.len());
//! # Ok(())
//! # }
//! ```

mod calls;
mod data;
mod decided;
mod duplicates;
mod durations;
mod entry;
mod error;
mod object;
mod options;
mod read;
mod write;

#[cfg(test)]
mod tests;

/// The only supported version of documents.
const VERSION: u32 = 1;

pub(crate) use self::calls::{export, import};
pub use self::{
    calls::{Exported, Imported},
    data::{
        HoursData, MisfireData, PauseData, PolicyData, RateLimitData, RetryData, ScheduleData,
        ScheduleDocument, TaskData,
    },
    decided::{DecidedData, PassData, RepeatsData},
    error::{ExportError, ImportError, ImportProblem, LeftOut, NotData},
};
