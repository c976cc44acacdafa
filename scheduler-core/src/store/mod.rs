//! The interface of durable stores: [`Store`], [`Session`], and the rows that they exchange with a node.
//!
//! A store keeps schedules, jobs and the ledger beyond the end of a process, and shares them among several
//! processes. Its promise, in one line: **exactly one record for each instant, at least one execution of each job,
//! at most one owner the store knows; one effect only with the token or in the same transaction.**
//!
//! | word | meaning |
//! |---|---|
//! | node | one start of one process on a store. The store gives its number, and never gives the number again |
//! | turn | one transaction of one node: what it writes, what it claims, what it asks |
//! | lease | how long a node owns its claims without a further turn |
//! | claim | a job that a node owns, with the token of this claim. Each claim of a job has a larger token |
//! | kept run | a run of a schedule that waits for another run to end: a job without a due time |
//! | decision | the result for the due instants of a schedule: the cursor, the records and the jobs, in one turn |
//!
//! # Writing a store
//!
//! A session blocks, has `&mut self`, runs on a thread of its own, and knows no executor. It does not retry, batch
//! or read a clock of its own. [`Session::turn`] is the verb for work. It runs as one transaction:
//!
//! 1. The row of the node: the turn applies only if the node is live and the number is the next one. Otherwise
//!    nothing else happens, and [`Turned::applied`] says why.
//! 2. The writes, in the order of the list. Each one is stored or refused by itself ([`Written`]).
//! 3. The claims: waiting jobs, by class, due time and id.
//! 4. The replies to the questions of the turn, as of the end of the transaction.
//!
//! [`MemoryStore`] is the model: another store must return what it returns. The suite for stores in
//! `conformance-tests` compares them.

mod durable;
mod error;
mod id;
mod if_lost;
mod job;
mod lease;
mod look;
pub mod memory;
mod node;
mod run_rules;
mod schedule;
mod schedule_text;
mod session;
mod stored;
mod time;
mod turn;
pub mod turns;
mod write;

pub(crate) use self::{
    durable::{Begin, DurableControl},
    run_rules::RunRules,
    schedule_text::ScheduleText,
};
pub use self::{
    durable::{Durable, DurableHandle, DurableJob, Placed, PutResult},
    error::{Refusal, StoreError},
    id::{IdMaker, ParseStoredIdError, StoredId},
    if_lost::IfLost,
    job::{Class, JobKey, JobRow, KeyHold, OnTaken, RunOf, StoredJob},
    lease::Lease,
    look::{EndRow, JobFilter, Keep, Look, LookAt, NodeRow, Page, Rows},
    memory::MemoryStore,
    node::{Node, Open, Opened},
    schedule::{OpenRun, Picture, RecordRow, ScheduleRow, ScheduleState},
    session::{Promises, Session, Sharing, Store, Survives, Woken},
    stored::Stored,
    time::StoreTime,
    turn::{Applied, Buried, News, NewsOf, Sweep, Swept, Turn, Turned, Want},
    write::{Claim, Decide, End, GiveBack, Given, NewRun, Put, Submit, Write, Written},
};
