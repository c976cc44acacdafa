//! The rules for every scheduler backend, as cases that any backend can run.
//!
//! One line in a file under `tests/` runs the suite for a backend:
//!
//! ```ignore
//! conformance_tests::conformance_suite!(conformance_tests::backend(|| MyRuntime::new()));
//! ```
//!
//! The line makes one test of each case. Most cases run in virtual time on the executor of the
//! backend, so they can prove that nothing else happened. The cases for the runtime itself (`R1` to
//! `R14`) and for threads run in real time, and wait for events under a watchdog. A case that may
//! end its process, or that counts process-wide resources, runs in its own process.
//!
//! An implementation of [`Scheduler`](scheduler_core::Scheduler) without the engine of the core
//! runs the same suite: see [`Backend::scheduler`].

mod backend;
mod case;
mod cases;
mod draw;
mod environment;
mod expectations;
mod filter;
mod gate;
mod isolated;
mod limits;
pub mod model;
pub mod mutants;
mod panics;
mod process;
mod progress;
mod reference;
mod replay;
mod report;
mod rule;
mod run;
mod runner;
mod similar;
mod spec;
pub mod store;
mod story;
mod world;

pub use self::{
    backend::{Backend, Harness, backend, guarded_backend},
    case::{Case, Need, Status},
    cases::CASES,
    expectations::{ExpectationError, Expectations},
    filter::Filter,
    progress::print_progress,
    replay::Replay,
    report::{
        BackendReport, CaseReport, Change, ReadError, Report, Saved, Screen, Verdict, compare,
        plain_json,
    },
    rule::{Level, Rule, SPECIFICATION, find_rule, rule, rules},
    run::{Progress, Run, run_all},
    runner::{check, run_case},
    similar::{did_you_mean, unknown_rule},
    spec::{explain, list, list_json, specification},
    world::World,
};

/// Runs the example of the README as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
