//! [`JobRow`]: a durable job as it is submitted. [`StoredJob`]: the job as the store keeps it.

use std::time::Duration;

use super::{StoreTime, StoredId};

/// The order of classes: a waiting job of a higher class is claimed first (`ST-031`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Class {
    /// Claimed before all others.
    High,
    /// The class of a job without a priority.
    #[default]
    Normal,
    /// Claimed when no other job is due.
    Low,
}

impl Class {
    /// Every class, in the order of claims.
    pub const ALL: [Self; 3] = [Self::High, Self::Normal, Self::Low];

    /// Returns the number that stores keep: 0, 1 or 2, in the order of claims.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Returns the class with a number. A larger number, of a newer version, is the lowest class.
    #[must_use]
    pub const fn from_number(number: u8) -> Self {
        match number {
            0 => Self::High,
            1 => Self::Normal,
            _ => Self::Low,
        }
    }
}

/// Time for which a key stays taken (`ST-055`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyHold {
    /// Until the job is claimed: a job that runs does not swallow a new event.
    Claimed,
    /// Until the job has ended.
    Ended,
    /// Until the job has ended and this much time has passed since its submission.
    AtLeast(Duration),
}

/// Effect of a submission whose key another job has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnTaken {
    /// The other job stays. The submission returns its id.
    Keep,
    /// A job that waits takes over the arguments, the policy and the due time of the submission (debounce). A job
    /// that runs stays.
    Replace,
}

/// A key that one job holds at a time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct JobKey {
    /// The key.
    pub text: String,
    /// The time for which it stays taken.
    pub hold: KeyHold,
    /// Effect of a submission if the key is taken.
    pub taken: OnTaken,
}

impl JobKey {
    /// Creates a key that is taken until its job has ended.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            hold: KeyHold::Ended,
            taken: OnTaken::Keep,
        }
    }
}

impl From<&str> for JobKey {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for JobKey {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

/// The instant of a schedule that a job is a run of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct RunOf {
    /// Id of the schedule.
    pub schedule: String,
    /// Nominal time of the instant.
    pub nominal: StoreTime,
    /// Number of the cause: 0 for a due instant. Part of the key of the record (`LG-001`).
    pub cause: i64,
}

impl RunOf {
    /// Creates the run of a due instant.
    #[must_use]
    pub fn due(schedule: impl Into<String>, nominal: StoreTime) -> Self {
        Self {
            schedule: schedule.into(),
            nominal,
            cause: 0,
        }
    }
}

/// A durable job as it is submitted. The store reads the fields that claims need, and keeps the texts byte for byte
/// (`ST-029`).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct JobRow {
    /// Id of the job.
    pub id: StoredId,
    /// Name of the task.
    pub task: String,
    /// Arguments of the task, as JSON.
    pub args: String,
    /// Queue of the job.
    pub queue: String,
    /// Class of the job.
    pub class: Class,
    /// When the job may be claimed, by the clock of the store. `None`: a kept run, claimed after its release.
    pub due: Option<StoreTime>,
    /// Timeout, retries and the like, in a form that the node writes and reads.
    pub policy: Option<String>,
    /// Tags and metadata, in a form that the node writes and reads.
    pub facts: Option<String>,
    /// Key of the job.
    pub key: Option<JobKey>,
    /// The instant that the job is a run of.
    pub run: Option<RunOf>,
}

impl JobRow {
    /// Creates a job of the queue `default` and the normal class.
    #[must_use]
    pub fn new(
        id: StoredId,
        task: impl Into<String>,
        args: impl Into<String>,
        due: StoreTime,
    ) -> Self {
        Self {
            id,
            task: task.into(),
            args: args.into(),
            queue: "default".to_owned(),
            class: Class::Normal,
            due: Some(due),
            policy: None,
            facts: None,
            key: None,
            run: None,
        }
    }
}

/// A job that has not ended, as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredJob {
    /// The submitted job, with the present due time and key.
    pub row: JobRow,
    /// When the job was stored.
    pub since: StoreTime,
    /// Number of the node that has claimed the job. The claim counts while the node is live (`ST-018`).
    pub node: Option<u64>,
    /// How often the job has been claimed. Grows indefinitely, also over a retry (`ST-040`).
    pub token: u64,
    /// Number of attempts that were begun, the present claim included.
    pub attempt: u32,
    /// Number of claims that were lost with their node (`ST-039`). Each is counted in `attempt` too.
    pub lost: u32,
    /// Whether a cancellation request waits for the job (`ST-049`).
    pub cancelled: bool,
    /// The note of the last attempt for the next one.
    pub note: Option<String>,
}

impl StoredJob {
    /// Creates the stored form of a job that has never been claimed.
    #[must_use]
    pub const fn new(row: JobRow, since: StoreTime) -> Self {
        Self {
            row,
            since,
            node: None,
            token: 0,
            attempt: 0,
            lost: 0,
            cancelled: false,
            note: None,
        }
    }

    /// Returns whether the job may have ended its process: it was lost twice. A node holds at most one such job, so
    /// that it takes no other with it.
    #[must_use]
    pub const fn is_suspect(&self) -> bool {
        self.lost >= 2
    }
}
