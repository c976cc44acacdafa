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
//!
//! # Values and events as data
//!
//! With the feature `serde`, every returned value and every event implements `Serialize`: for logs, monitors and
//! programs in other languages. Their shape is part of the interface, and `tests/values_as_data.rs` holds it.
//!
//! * A struct is an object with its public fields. An absent value is `null`.
//! * A variant without data is its name in `snake_case`: `"shut_down"`. A variant with data is an object with
//!   that name as its only field: `{"skipped": "overlap"}`.
//! * Ids are texts. Times are RFC 3339 in UTC, durations texts such as `"1m 30s"`.
//! * An error is its kind and its text. A source location is `file:line`.
//! * A list of jobs in a report is `{"total": 2000, "named": [...]}`, with at most a thousand of them named.
//! * The policy of a job is that of an export; a retry policy that is code is left out.
//!
//! ```
//! use scheduler_core::{Blocking, EventFilter, Job, Scheduler, Shutdown};
//! # let scheduler = Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
//!
//! let mut events = scheduler.subscribe(EventFilter::all());
//! scheduler.start()?;
//! let started = serde_json::to_value(events.try_next())?;
//! let change = &started["kind"]["state_changed"];
//! assert_eq!((&change["from"], &change["to"]), (&"new".into(), &"starting".into()));
//! # scheduler.shutdown(Shutdown::immediate())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
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
pub(crate) mod values;
mod write;

#[cfg(test)]
mod tests;

/// The only supported version of documents.
pub(crate) const VERSION: u32 = 1;

pub(crate) use self::calls::{export, import};
pub use self::{
    calls::{Exported, Imported},
    data::{
        HoursData, MisfireData, PauseData, PolicyData, RateLimitData, RetryData, ScheduleData,
        ScheduleDocument, TaskData, TaskLimitData,
    },
    decided::{DecidedData, PassData, RepeatsData},
    error::{ExportError, ImportError, ImportProblem, LeftOut, NotData},
};
