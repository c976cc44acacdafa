//! [`Write`]: one change of a turn. [`Written`]: its result.

use super::{JobRow, Picture, RecordRow, Refusal, ScheduleState, StoreTime, StoredId};

/// One change of a turn. A turn names each row at most once.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Write {
    /// Stores a job.
    Submit(Submit),
    /// Ends a claimed job: its row goes, an end row is kept.
    Finish {
        /// The claim. A claim that the node no longer has is refused ([`Written::Gone`]).
        claim: Claim,
        /// How the job ended.
        end: End,
    },
    /// Gives a claimed job back, for a retry or because it was not begun.
    GiveBack(GiveBack),
    /// Keeps a note for the next attempt of a claimed job.
    Note {
        /// The claim.
        claim: Claim,
        /// The note.
        text: String,
    },
    /// Decides instants of a schedule.
    Decide(Decide),
    /// Adds or replaces a schedule.
    Put(Put),
    /// Removes a schedule. Its kept runs end; its open runs continue.
    Remove {
        /// Id of the schedule.
        schedule: String,
        /// The revision that is removed. `None`: any.
        rev: Option<u64>,
    },
    /// Cancels a job: one that waits ends now, one that is claimed is marked (`ST-049`).
    Cancel(StoredId),
    /// Makes an ended job wait again, with no attempt counted. It is no longer a run of its schedule.
    Retry {
        /// Id of the job.
        job: StoredId,
        /// When it may be claimed.
        due: StoreTime,
    },
    /// Deletes the end row of a job.
    Discard(StoredId),
}

/// A claim of a node: the job, and the token of this claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Claim {
    /// Id of the job.
    pub job: StoredId,
    /// Token of the claim.
    pub token: u64,
}

/// A job to store.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Submit {
    /// The job.
    pub job: JobRow,
    /// Whether an earlier turn may have stored the job already. The store then looks among the ended jobs too, and
    /// returns [`Written::Same`] if it finds the id (`ST-026`).
    pub repeat: bool,
    /// Whether the node claims the job in the same turn, if it is due.
    pub claim: bool,
}

impl Submit {
    /// Creates the first submission of a job.
    #[must_use]
    pub const fn new(job: JobRow) -> Self {
        Self {
            job,
            repeat: false,
            claim: false,
        }
    }
}

/// How a job ended, in texts that the node writes and reads.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct End {
    /// Name of the outcome.
    pub outcome: String,
    /// Text of the error.
    pub error: Option<String>,
    /// The value of a successful job, as JSON.
    pub result: Option<String>,
}

impl End {
    /// Creates an end without error and value.
    #[must_use]
    pub fn new(outcome: impl Into<String>) -> Self {
        Self {
            outcome: outcome.into(),
            error: None,
            result: None,
        }
    }

    /// The outcome of a job that was cancelled before a node claimed it. Written by the store.
    pub const CANCELLED: &str = "cancelled";
    /// The outcome of a kept run that was dropped. Written by the store.
    pub const DROPPED: &str = "dropped";
    /// The outcome of a job that was lost too often. Its end row is kept for longer.
    pub const DEAD: &str = "dead";
}

/// Why a claimed job is given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Given {
    /// The attempt failed, and another one follows. The attempt counts.
    Retry,
    /// The attempt was not begun, or a shutdown interrupted it. The attempt does not count (`ST-035`).
    Unbegun,
    /// The lease was lost while the job ran. The loss counts (`ST-039`).
    Lost,
}

/// A claimed job that is given back.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GiveBack {
    /// The claim.
    pub claim: Claim,
    /// Why.
    pub given: Given,
    /// When the job may be claimed again. `None` keeps its due time.
    pub due: Option<StoreTime>,
}

impl GiveBack {
    /// Creates the return of a claim.
    #[must_use]
    pub const fn new(claim: Claim, given: Given, due: Option<StoreTime>) -> Self {
        Self { claim, given, due }
    }
}

/// A job that a decision starts or keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewRun {
    /// The job. Without a due time it is a kept run.
    pub job: JobRow,
    /// Whether the node claims the job in the same turn, if it is due.
    pub claim: bool,
}

impl NewRun {
    /// Creates a job that any node may claim.
    #[must_use]
    pub const fn new(job: JobRow) -> Self {
        Self { job, claim: false }
    }
}

/// A decision about instants of a schedule. It applies as a whole, and only if the schedule is still what it was
/// planned from (`ST-041`).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decide {
    /// Id of the schedule.
    pub schedule: String,
    /// The `ver` it was planned from.
    pub ver: u64,
    /// The `rev` it was planned from.
    pub rev: u64,
    /// The cursor it was planned from. A server that lost commits may reach the same `ver` with another content.
    pub was: Option<StoreTime>,
    /// The new cursor.
    pub next: Option<StoreTime>,
    /// The new state.
    pub state: ScheduleState,
    /// The records. Each must be new.
    pub records: Vec<RecordRow>,
    /// Jobs to store, without a key: a taken key would leave a record without its run.
    pub start: Vec<NewRun>,
    /// Kept runs that may be claimed from now on.
    pub release: Vec<StoredId>,
    /// Kept runs that end without a run.
    pub drop: Vec<StoredId>,
    /// Open runs to cancel.
    pub cancel: Vec<StoredId>,
}

impl Decide {
    /// Creates a decision from a picture that changes nothing yet.
    #[must_use]
    pub fn from_picture(picture: &Picture) -> Self {
        let row = &picture.row;
        Self {
            schedule: row.id.clone(),
            ver: row.ver,
            rev: row.rev,
            was: row.next,
            next: row.next,
            state: row.state,
            records: Vec::new(),
            start: Vec::new(),
            release: Vec::new(),
            drop: Vec::new(),
            cancel: Vec::new(),
        }
    }
}

/// A schedule to add or replace.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Put {
    /// Id of the schedule.
    pub schedule: String,
    /// Name of its task.
    pub task: String,
    /// Trigger, policies and arguments, in a form that the node writes and reads.
    pub data: String,
    /// The state.
    pub state: ScheduleState,
    /// The cursor. It must be later than the last record of the id.
    pub next: Option<StoreTime>,
    /// The revision that is replaced; 0 for a schedule that must not exist. `None`: any (`ST-046`).
    pub rev: Option<u64>,
}

impl Put {
    /// Creates an active schedule that replaces any other one with its id.
    #[must_use]
    pub fn new(
        schedule: impl Into<String>,
        task: impl Into<String>,
        data: impl Into<String>,
        next: Option<StoreTime>,
    ) -> Self {
        Self {
            schedule: schedule.into(),
            task: task.into(),
            data: data.into(),
            state: ScheduleState::Active,
            next,
            rev: None,
        }
    }
}

/// Result of one write.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Written {
    /// The write is stored.
    Done,
    /// The store holds the same already: a repeated submission, an unchanged schedule.
    Same,
    /// The job is claimed: it is marked, and its node cancels it.
    Marked,
    /// Another transaction holds a row of the write. Send it again in the next turn.
    Busy,
    /// Another job has the key.
    Taken(StoredId),
    /// Another job had the key, and took over the submission.
    Replaced(StoredId),
    /// The schedule is not what the write was made from; `None`: it does not exist.
    Stale(Option<Box<Picture>>),
    /// The node does not have the claim, or the job or schedule does not exist.
    Gone,
    /// The write cannot be stored.
    Refused(Refusal),
}
