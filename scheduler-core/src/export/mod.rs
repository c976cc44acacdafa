//! Schedules as data: written out with where they stand, and read back elsewhere.
//!
//! What can be data is: the rule, the policies, the labels, the pause and the instant that a schedule
//! waits for. Its task has to be [registered](crate::registry), because a closure cannot be written.
//! Runs that go or wait, instants that are kept, counters and the history are not part of it.
//!
//! ```
//! # fn demo(
//! #     scheduler: &dyn scheduler_core::Scheduler,
//! #     successor: &dyn scheduler_core::Scheduler,
//! # ) -> Result<(), Box<dyn std::error::Error>> {
//! use scheduler_core::{Conflict, SchedulerExt, export::ScheduleDocument, registry::TaskRegistry};
//!
//! let mut registry = TaskRegistry::new();
//! registry.register("tick", |_: scheduler_core::JobContext, (): ()| async {})?;
//!
//! let json = serde_json::to_string_pretty(&scheduler.export_schedules()?)?;
//! // … and in another process:
//! let document: ScheduleDocument = json.parse()?;
//! let imported = successor.import_schedules(&document, &registry, Conflict::Refuse)?;
//! println!("{} schedules go on where they stood", imported.added.len());
//! # Ok(())
//! # }
//! ```

mod calls;
mod data;
mod entry;
mod error;
mod labels;
mod object;
mod read;
mod tree;
mod write;

#[cfg(test)]
mod tests;

/// The only form of documents there is.
const VERSION: u32 = 1;

pub(crate) use self::calls::{export, import};
pub use self::{
    calls::{Exported, Imported},
    data::{
        HoursData, MisfireData, PauseData, PolicyData, RateLimitData, RetryData, ScheduleData,
        ScheduleDocument, TaskData,
    },
    error::{ExportError, ImportError, ImportProblem, LeftOut, NotData},
};
