//! The socket of a running `sched`: a line of JSON for each question, and a line of JSON for each response.

mod health;
mod questions;
mod socket;

use std::sync::Arc;

use scheduler_core::Scheduler;
use serde::{Deserialize, Serialize};

pub(crate) use self::socket::Socket;
use crate::{installed::Known, log::Log, tally::Tally};

/// A question or an order. Its JSON is an object with `call` and the fields.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "call", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Request {
    Status {},
    Health {},
    History { id: String },
    Why { id: String, time: String },
    Pause { id: String, reason: String },
    Resume { id: String, reason: String },
    RunNow { id: String, reason: String },
}

/// A running `sched`, as calls see it.
#[derive(Clone)]
pub(crate) struct Control {
    pub(crate) scheduler: Arc<dyn Scheduler>,
    pub(crate) known: Known,
    pub(crate) tally: Tally,
    pub(crate) log: Log,
}
