//! The calls of a session over rows: all decisions of a store that runs in the process of its node.
//!
//! [`MemoryStore`](super::MemoryStore) and the store on SQLite are [`Rows`], and call the functions of this module in a
//! transaction. A third party's embedded store does the same.

mod became;
mod jobs;
mod keys;
mod look;
mod nodes;
mod rows;
mod schedules;
mod turn;

pub use self::{
    look::{look, prune},
    nodes::open,
    rows::{Claimable, LiveNode, RowResult, Rows, Suspects, TakenKey},
    turn::turn,
};
use super::StoreTime;

/// A transaction: the rows, and the time at which it runs.
struct Transaction<'a> {
    rows: &'a mut dyn Rows,
    now: StoreTime,
}
