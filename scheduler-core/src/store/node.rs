//! [`Open`] and [`Opened`]: how a node begins.

use std::time::Duration;

use super::StoreTime;

/// The identity of a node: the number that the store gave, and a nonce that the node chose.
///
/// Both are compared in each turn. A server that lost commits may give a number twice, the nonce distinguishes the two
/// nodes (`ST-017`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    /// Number given by the store.
    pub id: u64,
    /// Random number chosen by the node.
    pub nonce: u64,
}

/// How a node opens the store.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Open {
    /// Name of the node, for people. Two nodes may have the same name.
    pub name: String,
    /// Version of the program, for people.
    pub version: String,
    /// Queues that the node claims from, for people.
    pub queues: Vec<String>,
    /// Tasks that the node knows, for people.
    pub tasks: Vec<String>,
    /// Random number of this start.
    pub nonce: u64,
    /// How long the node is live without a turn.
    pub lease: Duration,
    /// The time, instead of the clock of the store. For tests.
    pub now: Option<StoreTime>,
}

impl Open {
    /// Creates the opening of a node with a name, a random number and a lease.
    #[must_use]
    pub fn new(name: impl Into<String>, nonce: u64, lease: Duration) -> Self {
        Self {
            name: name.into(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            queues: Vec::new(),
            tasks: Vec::new(),
            nonce,
            lease,
            now: None,
        }
    }
}

/// The answer of a store to a node that opened it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Opened {
    /// Identity of the node. Its first turn has the number 1.
    pub node: Node,
    /// The time of the store.
    pub now: StoreTime,
    /// Version of the schema.
    pub schema: u32,
}

impl Opened {
    /// Creates the answer of a store.
    #[must_use]
    pub const fn new(node: Node, now: StoreTime, schema: u32) -> Self {
        Self { node, now, schema }
    }
}
