//! The specification as a state machine, and the tools that check a scheduler against it.
//!
//! [`explore`] searches, without a backend, all interleavings of a few callers and their jobs. It
//! shows that the table of calls and states is consistent.
//!
//! A [`Scenario`] is data: the calls, the scripts of the jobs, and the faults. [`run`] executes it
//! on any backend in virtual time and returns the trace, line by line. [`judge`] decides whether
//! the specification allows the trace.

mod campaign;
mod coverage;
mod execute;
pub mod explore;
mod failure;
mod generate;
mod instead;
mod judge;
mod machine;
mod rng;
mod scenario;
mod shrink;
mod sweep;
mod trace;
mod work;

pub(crate) use self::execute::run_on;
pub use self::{
    campaign::{Findings, campaign, check, hunt},
    coverage::Coverage,
    execute::{run, run_freely},
    failure::{Failure, Side, compare, explained, explained_freely},
    generate::{generate, generate_free},
    judge::{Judgement, Rejection, Verdict, judge},
    rng::Rng,
    scenario::{Call, ClientCall, Command, Config, Fault, How, Millis, Scenario},
    shrink::shrink,
    sweep::{Sweep, sweep},
    trace::{Actor, Answer, Did, Ending, Label, Line, Nominal, Told, What, to_ndjson},
    work::{
        JobSpec, OverlapPolicy, OverlapSpec, PolicySpec, QueueSpec, RateSpec, RetrySpec,
        ScheduleSpec, Step,
    },
};
