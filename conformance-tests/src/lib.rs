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
//! to `R6`) and about threads run in real time, and wait for events under a watchdog.

mod backend;
mod cases;
mod gate;
mod report;
mod rule;
mod runner;
mod world;

pub use self::{
    backend::{Backend, Harness, backend},
    cases::CASES,
    report::{BackendReport, CaseReport, Report, Verdict},
    rule::{Level, RULES, Rule, rule},
    runner::{Case, Status, check, run_all, run_case},
    world::World,
};
