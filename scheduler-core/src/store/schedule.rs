//! [`ScheduleRow`]: a durable schedule. [`Picture`]: the schedule with its runs. [`RecordRow`]: a record of the
//! ledger.

use super::{RunOf, StoreTime, StoredId};

/// State of a durable schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ScheduleState {
    /// Its instants are decided.
    Active,
    /// Its instants are not decided until it is resumed, on no node (`ST-048`).
    Paused,
    /// It has no further instant.
    Finished,
    /// It was removed. The row keeps the last recorded instant until its records are pruned.
    Removed,
}

impl ScheduleState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Active, Self::Paused, Self::Finished, Self::Removed];

    /// Returns the name that stores keep.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Finished => "finished",
            Self::Removed => "removed",
        }
    }

    /// Returns the state with a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// A durable schedule as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScheduleRow {
    /// Id of the schedule.
    pub id: String,
    /// Name of its task.
    pub task: String,
    /// Trigger, policies and arguments, in a form that the node writes and reads.
    pub data: String,
    /// State of the schedule.
    pub state: ScheduleState,
    /// The cursor: the earliest instant without a record.
    pub next: Option<StoreTime>,
    /// The latest instant with a record, of this schedule or of an earlier one with the same id.
    pub last: Option<StoreTime>,
    /// How often the schedule was put (`ST-046`).
    pub rev: u64,
    /// How often the schedule was decided (`ST-041`).
    pub ver: u64,
    /// Number of the edit, over all schedules: a later edit has a larger number.
    pub edit: u64,
}

impl ScheduleRow {
    /// Creates the row of an active schedule that was never decided.
    #[must_use]
    pub fn new(id: impl Into<String>, task: impl Into<String>, data: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            task: task.into(),
            data: data.into(),
            state: ScheduleState::Active,
            next: None,
            last: None,
            rev: 0,
            ver: 0,
            edit: 0,
        }
    }
}

/// A run of a schedule that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenRun {
    /// Id of the job.
    pub job: StoredId,
    /// The instant of the run.
    pub run: RunOf,
    /// Whether a node has claimed the job.
    pub claimed: bool,
}

impl OpenRun {
    /// Creates a run.
    #[must_use]
    pub const fn new(job: StoredId, run: RunOf, claimed: bool) -> Self {
        Self { job, run, claimed }
    }
}

/// A schedule with its runs, read at one instant: the input of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Picture {
    /// The row.
    pub row: ScheduleRow,
    /// Runs that are claimed, wait to be claimed, or wait for a retry, by nominal time and id. These count for overlap
    /// (`ST-045`).
    pub open: Vec<OpenRun>,
    /// Kept runs, by nominal time and id.
    pub kept: Vec<OpenRun>,
}

impl Picture {
    /// Creates the picture of a schedule.
    #[must_use]
    pub const fn new(row: ScheduleRow, open: Vec<OpenRun>, kept: Vec<OpenRun>) -> Self {
        Self { row, open, kept }
    }
}

/// A record of the ledger: the decision about an instant, or about a range of instants with the same result. One
/// record exists for each schedule, nominal time and cause (`ST-012`).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordRow {
    /// The instant. The first one of a range.
    pub run: RunOf,
    /// The last instant of a range.
    pub until: Option<StoreTime>,
    /// Number of instants.
    pub count: u64,
    /// Name of the verdict.
    pub verdict: String,
    /// The instant whose run also stands for this one.
    pub into: Option<StoreTime>,
    /// The job that was started or kept.
    pub job: Option<StoredId>,
    /// Number of the node that decided. The store fills it.
    pub node: u64,
    /// When the decision was stored. The store fills it.
    pub at: StoreTime,
}

impl RecordRow {
    /// Creates the record of one instant.
    #[must_use]
    pub fn new(run: RunOf, verdict: impl Into<String>) -> Self {
        Self {
            run,
            until: None,
            count: 1,
            verdict: verdict.into(),
            into: None,
            job: None,
            node: 0,
            at: StoreTime::from_micros(0),
        }
    }

    /// Returns the last instant of the record.
    #[must_use]
    pub fn end(&self) -> StoreTime {
        self.until.unwrap_or(self.run.nominal)
    }
}
