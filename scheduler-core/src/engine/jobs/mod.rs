//! [`Jobs`]: the accepted jobs, from their acceptance to their end.

mod attempts;
mod batch;
mod begin;
mod cancel;
mod delay;
mod ending;
mod extras;
mod handling;
mod queue;
mod rates;
mod ready;
mod record;
mod retry;
mod waits;

pub(super) use self::{
    attempts::AttemptState,
    queue::Queue,
    rates::Rates,
    ready::{Rank, Ready},
    record::Stage,
};
use self::{batch::Batch, handling::Handling, waits::Waits};
pub(crate) use self::{
    begin::Begin,
    ending::{End, Ended},
    handling::Unhandled,
    record::{JobExtras, JobRecord, Refused, id_of, key_of},
    retry::RetryRequest,
};
use super::Slab;

/// The jobs, where they wait, and what limits them.
#[derive(Default)]
pub(super) struct Jobs {
    pub(super) records: Slab<JobRecord>,
    pub(super) queue: Queue,
    /// Jobs with a permit that wait for the executor.
    pub(super) batch: Batch,
    /// Which jobs wait for which.
    pub(super) waits: Waits,
    pub(super) rates: Rates,
    /// Failed jobs whose error handlers have not returned.
    pub(super) handling: Handling,
}
