//! The rules every scheduler backend has to keep, as cases that anybody can run.
//!
//! A backend is proved by one line in a file under its `tests/`:
//!
//! ```ignore
//! conformance_tests::conformance_suite!(conformance_tests::backend(|| MyRuntime::new()));
//! ```
//!
//! which makes one test of each case. Most cases run in virtual time on the backend's own executor,
//! so that "nothing else happened" is a fact and not a guess; those about the runtime itself (`R1`
//! to `R6`) and about threads run in real time, and wait for events under a watchdog. Those that
//! could take the process with them, or that count what a process as a whole has, run in a process
//! of their own.
//!
//! Whoever implements [`Scheduler`](scheduler_core::Scheduler) without the core's engine runs the
//! same suite: see [`Backend::scheduler`].

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
mod process;
mod reference;
mod replay;
mod report;
mod rule;
mod run;
mod runner;
mod similar;
mod spec;
mod story;
mod world;

pub use self::{
    backend::{Backend, Harness, backend},
    case::{Case, Need, Status},
    cases::CASES,
    expectations::{ExpectationError, Expectations},
    filter::Filter,
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
