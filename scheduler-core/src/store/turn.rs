//! [`Turn`]: one transaction of a node. [`Turned`]: its answer.

use std::time::Duration;

use super::{Node, Picture, StoreTime, StoredId, StoredJob, Write, Written};

/// One transaction of a node with its store.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Turn {
    /// The node.
    pub node: Node,
    /// Number of the turn: 1 for the first one, then one more each (`ST-024`).
    pub number: u64,
    /// How long the node is live without a further turn.
    pub lease: Duration,
    /// The time, instead of the clock of the store. For tests.
    pub now: Option<StoreTime>,
    /// The changes.
    pub writes: Vec<Write>,
    /// The wish for jobs.
    pub want: Option<Want>,
    /// Frees what dead nodes hold. Each third of a lease.
    pub sweep: Option<Sweep>,
    /// The question for news. Each second.
    pub news: Option<News>,
    /// Schedules that the node plans: ids.
    pub ask: Vec<String>,
    /// Whether the answer lists all claims of the node.
    pub recall: bool,
    /// Whether the node leaves: its row goes, and what it still holds is freed by a sweep.
    pub leave: bool,
}

impl Turn {
    /// Creates a turn that only renews the lease.
    #[must_use]
    pub const fn new(node: Node, number: u64, lease: Duration) -> Self {
        Self {
            node,
            number,
            lease,
            now: None,
            writes: Vec::new(),
            want: None,
            sweep: None,
            news: None,
            ask: Vec::new(),
            recall: false,
            leave: false,
        }
    }
}

/// Wish of a node for jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Want {
    /// How many jobs in all (`ST-030`).
    pub at_most: usize,
    /// How many of each queue.
    pub queues: Vec<(String, usize)>,
    /// Tasks whose jobs are not claimed: the node does not know them (`ST-033`).
    pub without: Vec<String>,
    /// How many jobs that were lost twice or more ([`StoredJob::is_suspect`]).
    pub suspects: usize,
}

impl Want {
    /// Creates the wish for jobs of one queue, with one suspect at most.
    #[must_use]
    pub fn new(queue: impl Into<String>, at_most: usize) -> Self {
        Self {
            at_most,
            queues: vec![(queue.into(), at_most)],
            without: Vec::new(),
            suspects: 1,
        }
    }
}

/// Frees what dead nodes hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sweep {
    /// Whether nodes whose lease has ended are removed. A node does so once its own lease has passed since it began.
    pub bury: bool,
    /// How long after its end a lease has ended for others.
    pub margin: Duration,
    /// How long a freed job waits: this much, and up to as much again, by its id.
    pub delay: Duration,
    /// How many jobs are freed.
    pub at_most: usize,
}

impl Sweep {
    /// Creates a sweep that removes dead nodes.
    #[must_use]
    pub const fn new(margin: Duration, delay: Duration) -> Self {
        Self {
            bury: true,
            margin,
            delay,
            at_most: 500,
        }
    }
}

/// Question of a node for news. Each second.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct News {
    /// Tasks that the node knows: only their schedules are returned.
    pub tasks: Vec<String>,
    /// The last edit that the node has seen.
    pub seen: u64,
    /// How long after its cursor a schedule is overdue (`ST-043`).
    pub handover: Duration,
    /// How many schedules each list returns.
    pub at_most: usize,
}

impl News {
    /// Creates the question of a node that has seen no edit.
    #[must_use]
    pub const fn new(tasks: Vec<String>, handover: Duration) -> Self {
        Self {
            tasks,
            seen: 0,
            handover,
            at_most: 500,
        }
    }
}

/// State of a turn in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Applied {
    /// The turn was applied now.
    Now,
    /// This turn, or a later one, was applied before. Each answer in [`Turned::written`] says what the store holds now; a decision is
    /// always [`Written::Stale`], so that the node plans from what is stored.
    Before,
    /// The node is dead. Nothing was applied. It begins as another node (`ST-019`).
    Dead,
    /// The store has lost turns of the node: it has applied `at` turns, fewer than before. Nothing was applied
    /// (`ST-028`).
    WentBack {
        /// Number of the last turn that the store has.
        at: u64,
    },
}

/// A node that was removed because its lease was over.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Buried {
    /// Number of the node.
    pub node: u64,
    /// Name of the node.
    pub name: String,
}

/// Result of a sweep.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Swept {
    /// Nodes that were removed.
    pub buried: Vec<Buried>,
    /// Jobs that were freed.
    pub freed: Vec<StoredId>,
}

/// The answer to [`News`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct NewsOf {
    /// Schedules that were put or removed after the edit that the node had seen, by edit.
    pub edited: Vec<Picture>,
    /// The last edit among [`edited`](Self::edited), or the one the node had seen.
    pub seen: u64,
    /// Schedules that no node decided in time, by cursor.
    pub overdue: Vec<Picture>,
    /// Schedules that have kept runs, by id. A node that sees that a run may start decides so.
    pub kept: Vec<Picture>,
    /// Claims of the node that are marked for cancellation.
    pub cancelled: Vec<StoredId>,
}

/// The answer to a turn.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Turned {
    /// The time of the store.
    pub now: StoreTime,
    /// Whether the turn was applied. If not ([`Applied::Dead`], [`Applied::WentBack`]), all lists are empty.
    pub applied: Applied,
    /// The result of each write, in their order.
    pub written: Vec<Written>,
    /// Jobs that the node has claimed with this turn: those that it started first, then by class, due time and id.
    /// Empty if the turn was applied before.
    pub claimed: Vec<StoredJob>,
    /// The earliest instant at which a further claim of the same wish may find a job. `None` without a wish.
    pub next_due: Option<StoreTime>,
    /// Schedules asked for, with their runs. One that does not exist is missing.
    pub asked: Vec<Picture>,
    /// The result of the sweep.
    pub swept: Option<Swept>,
    /// The news.
    pub news: Option<NewsOf>,
    /// All claims of the node, by id, if the turn asked for them.
    pub held: Vec<StoredJob>,
}

impl Turned {
    /// Creates an answer with empty lists.
    #[must_use]
    pub const fn new(now: StoreTime, applied: Applied) -> Self {
        Self {
            now,
            applied,
            written: Vec::new(),
            claimed: Vec::new(),
            next_due: None,
            asked: Vec::new(),
            swept: None,
            news: None,
            held: Vec::new(),
        }
    }
}
