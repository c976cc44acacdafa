//! The specification as a machine: what may happen, in which order, and the tools that hold a
//! scheduler against it.
//!
//! [`explore`] goes through every course that a few callers and their jobs can take, on paper, and
//! shows that the table of calls and states is consistent in itself.
//!
//! A [`Scenario`] says what is called, what the jobs do and what goes wrong, as data. [`run`] runs it
//! on any backend in virtual time and answers what happened, line by line; [`judge`] says whether the
//! specification allows that.

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

pub(crate) use self::execute::run_on;
pub use self::{
    campaign::{Findings, campaign, check, hunt},
    coverage::Coverage,
    execute::{run, run_freely},
    failure::{Failure, Side, compare, explained, explained_freely},
    generate::{generate, generate_free},
    judge::{Judgement, Rejection, Verdict, judge},
    rng::Rng,
    scenario::{
        Call, ClientCall, Command, Config, Fault, How, JobSpec, Millis, Scenario, ScheduleSpec,
        Step,
    },
    shrink::shrink,
    sweep::{Sweep, sweep},
    trace::{Actor, Answer, Did, Ending, Label, Line, Nominal, Told, What, to_ndjson},
};
