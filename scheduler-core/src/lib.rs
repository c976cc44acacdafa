//! One scheduling API, every executor: the engine, the lifecycle and the traits that every backend
//! shares.
//!
//! ```
//! use backend_thread::{ThreadRuntime, ThreadScheduler};
//! use scheduler_core::{Blocking, Schedule, Scheduler, SchedulerExt, Shutdown, Task, trigger::Cron};
//!
//! let scheduler = Blocking::new(ThreadScheduler::new(ThreadRuntime::new()));
//! let report = Task::new(|job| async move { println!("the report of {}", job.nominal()) });
//! scheduler.add(Schedule::new(Cron::parse("30 6 * * MON-FRI")?, report).id("report"))?;
//! scheduler.start()?;
//!
//! let port = scheduler.spawn(async { "8080".parse::<u16>() })?;
//! assert_eq!(port.join_blocking()?, 8080);
//!
//! let report = scheduler.shutdown(Shutdown::graceful())?;
//! assert!(report.failed.is_empty());
//! # Ok::<(), scheduler_core::Error>(())
//! ```
//!
//! # What do you want to do?
//!
#![doc = include_str!("tour.txt")]
#![cfg_attr(
    feature = "serde",
    doc = "| keep schedules as data | [`registry`], [`export`] |"
)]
//!
//! # How it works
//!
//! ```text
//!  user ──▶ Scheduler ──▶ RuntimeScheduler ── lock, call, drain ──▶ engine (pure)
//!                              │                                       │
//!                              ▼                                       ▼
//!                           Runtime  ◀── spawn, sleep, now ──  actions, next deadline
//! ```
//!
//! * Users build a backend's scheduler and call it through [`Scheduler`] and [`SchedulerExt`].
//! * Libraries take an `Arc<dyn Scheduler>` and leave the choice of the executor to their users.
//! * Backends implement [`Runtime`]: a few primitives, no decisions.
//!
//! One table lists which call is allowed in which state: [`permit`].
//!
//! # Where the names are
//!
//! The root has the names that nearly every program uses. Every other name is in one module. A name of the
//! root that belongs to the topic of a module is in that module too, so that the page of the module is whole;
//! write the shorter path.
//!
//! | module | what |
//! |---|---|
//! | [`trigger`] | when work is due: cron, intervals, calendars, zones |
//! | [`job`] | what to run: retries, limits, handles, outcomes, cancellation |
//! | [`queue`] | lines of jobs with limits of their own |
//! | [`schedule`] | late and overlapping runs, changes, the record of each due instant |
//! | [`backfill`] | runs for the instants of a range, past or future |
//! | [`scope`] | jobs that end together |
//! | [`event`] | what happens: streams, filters, listeners |
//! | [`failure`] | error handlers |
//! | [`lifecycle`] | which call is allowed in which state, as one table |
//! | [`shutdown`] | how a scheduler ends, and the report |
#![cfg_attr(
    feature = "serde",
    doc = "| [`registry`], [`export`] | tasks under names, schedules as data |"
)]
//! | [`runtime`] | what an executor supplies to the scheduler |
//! | [`implement`] | tools for those who implement or wrap a [`Scheduler`], or drive a future without an executor |
#![cfg_attr(
    feature = "store",
    doc = "| [`store`] | the interface of durable stores |"
)]
//! | [`overview`] | schedules and jobs as tables of text |
//! | [`timetable`] | the instants of all schedules in a range |
//! | [`text`] | texts of users, safe to print |
//!
//! # Features
//!
//! All are off by default. `serde` adds schedules and triggers as data. `tracing` makes the default error
//! handler ([`ReportErrors`]) publish `tracing` events. `store` adds the interface of durable stores.
//!
//! # Inside
//!
//! The code has five floors. No path leads from a floor to a higher one; `tests/floors.rs` checks it.
//!
//! | floor | modules | what |
//! |---|---|---|
//! | 5 | `api` | calls with defaults, blocking calls and job scopes, all written against [`Scheduler`] |
//! | 4 | `shell` | [`RuntimeScheduler`]: the lock, the driver, and every call of user code |
//! | 3 | `engine` | every decision, without a clock, thread or lock |
//! | 2 | `contract`, `job`, `queue`, `schedule`, `backfill`, `event`, `registry`, `export` | traits, settings, errors and values that the other floors exchange |
//! | 1 | `sync`, `base`, `trigger` | waiting and waking; clock readings, texts, contained user values; rules |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod api;
pub mod backfill;
mod base;
mod contract;
mod engine;
pub mod event;
#[cfg(feature = "serde")]
pub mod export;
pub mod job;
pub mod queue;
#[cfg(feature = "serde")]
pub mod registry;
pub mod schedule;
#[doc(hidden)]
pub mod seam;
mod shell;
mod short_paths;
#[cfg(feature = "store")]
pub mod store;
mod sync;
pub mod trigger;

pub use self::{
    api::{blocking::Blocking, implement, overview, scheduler_ext::SchedulerExt, scope, timetable},
    base::text,
    contract::{
        error::{Error, ErrorKind, Result},
        failure,
        lifecycle::{self, State},
        metrics::Metrics,
        options::Options,
        runtime::{self, Runtime},
        scheduler::Scheduler,
        shutdown::{self, Shutdown, ShutdownReport},
    },
    event::{Event, EventFilter, EventKind},
    job::{Job, JobContext, JobHandle, JobId, JobOutcome, Task},
    schedule::{Misfire, Overlap, Schedule, ScheduleHandle, ScheduleId, ScheduleInfo},
    shell::runtime_scheduler::RuntimeScheduler,
    trigger::Trigger,
};
// Each of the others has the path of its module outside. Inside, this file has short paths for them.
use self::short_paths::*;
