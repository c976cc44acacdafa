//! [`Look`]: a question of people to a store. [`Keep`]: the retention of ended jobs and records.

use std::time::Duration;

use super::{End, Picture, RecordRow, StoreTime, StoredId, StoredJob};

/// A question of people to a store. It locks nothing, and no node needs to run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Look {
    /// The subject.
    pub at: LookAt,
    /// The cursor of the page before.
    pub after: Option<String>,
    /// How many rows.
    pub at_most: usize,
    /// The time, instead of the clock of the store. For tests.
    pub now: Option<StoreTime>,
}

impl Look {
    /// Creates the question for the first page of 100 rows.
    #[must_use]
    pub const fn new(at: LookAt) -> Self {
        Self {
            at,
            after: None,
            at_most: 100,
            now: None,
        }
    }
}

/// Subject of a [`Look`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LookAt {
    /// Jobs that have not ended, by id.
    Jobs(JobFilter),
    /// Ended jobs, the last one first.
    Ends(JobFilter),
    /// Records of a schedule between two instants (the second one excluded), by nominal time and cause.
    Records {
        /// Id of the schedule.
        schedule: String,
        /// The first instant.
        from: StoreTime,
        /// The instant after the last one.
        to: StoreTime,
    },
    /// Schedules that were not removed, by id, with their runs.
    Schedules,
    /// One schedule that was not removed, with its runs.
    Schedule {
        /// Id of the schedule.
        id: String,
    },
    /// Live nodes, by number.
    Nodes,
}

/// Filter of the jobs on a page. An empty filter shows all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct JobFilter {
    /// Only the job with this id.
    pub id: Option<StoredId>,
    /// Only jobs of this task.
    pub task: Option<String>,
    /// Only jobs of this queue.
    pub queue: Option<String>,
    /// Only runs of this schedule.
    pub schedule: Option<String>,
    /// Only jobs with this outcome.
    pub outcome: Option<String>,
}

impl JobFilter {
    /// Returns whether the filter shows a job that has not ended.
    #[must_use]
    pub fn shows(&self, job: &StoredJob) -> bool {
        let row = &job.row;
        self.outcome.is_none()
            && self.id.is_none_or(|id| id == row.id)
            && self.task.as_ref().is_none_or(|task| *task == row.task)
            && self.queue.as_ref().is_none_or(|queue| *queue == row.queue)
            && self
                .schedule
                .as_ref()
                .is_none_or(|id| row.run.as_ref().is_some_and(|run| run.schedule == *id))
    }

    /// Returns whether the filter shows an ended job.
    #[must_use]
    pub fn shows_end(&self, end: &EndRow) -> bool {
        let all = Self {
            outcome: None,
            ..self.clone()
        };
        all.shows(&end.job)
            && self
                .outcome
                .as_ref()
                .is_none_or(|name| *name == end.end.outcome)
    }
}

/// A job that has ended, as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EndRow {
    /// The job at its end.
    pub job: StoredJob,
    /// When it ended.
    pub ended: StoreTime,
    /// How it ended.
    pub end: End,
}

impl EndRow {
    /// Creates the row of an ended job.
    #[must_use]
    pub const fn new(job: StoredJob, ended: StoreTime, end: End) -> Self {
        Self { job, ended, end }
    }

    /// Returns the value of a successful job. `None` if it has none, or another type.
    #[must_use]
    pub fn value<T: serde::de::DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(self.end.result.as_deref()?).ok()
    }
}

/// A live node, as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NodeRow {
    /// Number of the node.
    pub id: u64,
    /// Name of the node.
    pub name: String,
    /// Version of its program.
    pub version: String,
    /// Queues that it claims from.
    pub queues: Vec<String>,
    /// Tasks that it knows.
    pub tasks: Vec<String>,
    /// When it opened the store.
    pub since: StoreTime,
    /// When its lease ends.
    pub expires: StoreTime,
    /// Number of its last turn.
    pub turn: u64,
    /// Number of jobs that it holds.
    pub holds: u64,
}

impl NodeRow {
    /// Creates the row of a node that just opened the store.
    #[must_use]
    pub fn new(id: u64, name: impl Into<String>, since: StoreTime, expires: StoreTime) -> Self {
        Self {
            id,
            name: name.into(),
            version: String::new(),
            queues: Vec::new(),
            tasks: Vec::new(),
            since,
            expires,
            turn: 0,
            holds: 0,
        }
    }
}

/// The rows of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rows {
    /// Jobs that have not ended.
    Jobs(Vec<StoredJob>),
    /// Ended jobs.
    Ends(Vec<EndRow>),
    /// Records.
    Records(Vec<RecordRow>),
    /// Schedules.
    Schedules(Vec<Picture>),
    /// Nodes.
    Nodes(Vec<NodeRow>),
}

impl Rows {
    /// Returns the number of rows.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self {
            Self::Jobs(rows) => rows.len(),
            Self::Ends(rows) => rows.len(),
            Self::Records(rows) => rows.len(),
            Self::Schedules(rows) => rows.len(),
            Self::Nodes(rows) => rows.len(),
        }
    }

    /// Returns whether there is no row.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One page of an answer, read at one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page {
    /// The time of the store.
    pub now: StoreTime,
    /// The rows.
    pub rows: Rows,
    /// The cursor of the next page. `None`: no row follows. Rows that come or go between two pages neither move nor
    /// repeat another row.
    pub next: Option<String>,
}

impl Page {
    /// Creates a page.
    #[must_use]
    pub const fn new(now: StoreTime, rows: Rows, next: Option<String>) -> Self {
        Self { now, rows, next }
    }
}

/// Retention of ended jobs and records (`ST-056`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Keep {
    /// How long after its end an ended job stays. Submissions may be repeated for as long (`ST-026`).
    pub ends: Duration,
    /// How long a dead job stays.
    pub dead: Duration,
    /// How long after its decision a record stays.
    pub records: Duration,
    /// The time, instead of the clock of the store. For tests.
    pub now: Option<StoreTime>,
}

impl Default for Keep {
    /// A week for ended jobs, 30 days for dead jobs and records.
    fn default() -> Self {
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        Self {
            ends: DAY * 7,
            dead: DAY * 30,
            records: DAY * 30,
            now: None,
        }
    }
}
