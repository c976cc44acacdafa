//! [`DeskOptions`]: the settings of a desk.

use std::time::Duration;

/// The settings of a desk.
#[derive(Debug, Clone)]
pub(crate) struct DeskOptions {
    /// Name of the node, for people.
    pub(crate) name: String,
    pub(crate) lease: Duration,
    /// Jobs that the node holds at most, running or not begun.
    pub(crate) hold: usize,
    /// Queues that the node claims from.
    pub(crate) queues: Vec<String>,
    /// Tasks that the node knows.
    pub(crate) tasks: Vec<String>,
    /// How long a caller waits for a store that does not answer.
    pub(crate) patience: Duration,
    /// Random number of the node.
    pub(crate) nonce: u64,
}
