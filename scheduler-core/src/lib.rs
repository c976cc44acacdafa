//! One scheduling API, every executor: the engine, the lifecycle and the traits that every backend
//! shares.
//!
//! ```text
//!  user ──▶ Scheduler ──▶ RuntimeScheduler ── lock, call, drain ──▶ engine (pure)
//!                              │                                       │
//!                              ▼                                       ▼
//!                           Runtime  ◀── spawn, sleep, now ──  actions, next deadline
//! ```
//!
//! * Users build a backend's scheduler and talk to it through [`Scheduler`] and [`SchedulerExt`].
//! * Libraries take an `Arc<dyn Scheduler>` and leave the choice of the executor to their users.
//! * Backends implement [`Runtime`]: a few primitives, no decisions.
//!
//! The code has five floors. No path leads from a floor to a higher one; `tests/floors.rs` checks it.
//!
//! | floor | modules | what |
//! |---|---|---|
//! | 5 | `api` | calls with defaults, blocking calls and job scopes, all written against [`Scheduler`] |
//! | 4 | `shell` | [`RuntimeScheduler`]: the lock, the driver, and every call of user code |
//! | 3 | `engine` | every decision, without a clock, thread or lock |
//! | 2 | `contract`, `job`, `schedule`, `event`, `registry`, `export` | traits, settings, errors and values that the other floors exchange |
//! | 1 | `sync`, `base`, `trigger` | waiting and waking; clock readings, texts, contained user values; rules |
//!
//! What is allowed in which state is one table: [`permit`].
//!
//! Features, all off by default: `serde` adds schedules and triggers as data. `tracing` makes the default error
//! handler ([`ReportErrors`]) publish `tracing` events.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod api;
mod base;
mod contract;
mod engine;
mod event;
#[cfg(feature = "serde")]
pub mod export;
pub mod job;
#[cfg(feature = "serde")]
pub mod registry;
mod schedule;
#[doc(hidden)]
pub mod seam;
mod shell;
mod sync;
pub mod trigger;

pub use self::{
    api::{
        blocking::Blocking,
        implement::{self, Settings},
        scheduler_ext::SchedulerExt,
        scope::{JobScope, ScopeReport},
    },
    base::{clock::Now, text},
    contract::{
        error::{Error, ErrorKind, Result},
        failure::{ErrorHandler, JobFailure, PrintErrors, ReportErrors},
        lifecycle::{self, LifecycleError, Operation, State, permit},
        metrics::Metrics,
        options::Options,
        runtime::{BlockingWork, BoxFuture, Runtime, SpawnError},
        scheduler::Scheduler,
        shutdown::{FailedJob, FailureWatch, JobRef, Named, Shutdown, ShutdownReport, Waiting},
        waiting::WaitingCall,
    },
    event::{
        Event, EventFilter, EventKind, EventName, EventSender, EventStream, Listener, ListenerId,
        StateCause, event_channel,
    },
    job::{Job, JobContext, JobHandle, JobId, JobOutcome, OutcomeKind, Task},
    schedule::{
        Backfill, BackfillControl, BackfillEnd, BackfillFailure, BackfillHandle, BackfillId,
        BackfillOrder, BackfillReport, BackfillTimes, Conflict, Count, Decision, Explanation,
        Hours, Misfire, MisfirePolicy, Overlap, Pause, Rerun, ResumeFrom, RunCause, RunFacts,
        Schedule, ScheduleChange, ScheduleEnd, ScheduleId, ScheduleInfo, SkipReason, Span, Verdict,
        Which,
    },
    shell::runtime_scheduler::RuntimeScheduler,
    sync::block_on::block_on,
    trigger::{Timeline, Trigger},
};
