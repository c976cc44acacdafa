//! [`Rows`]: the rows of a store inside one transaction.

use super::super::{
    EndRow, JobFilter, NodeRow, RecordRow, RunOf, ScheduleRow, StoreError, StoreTime, StoredId,
    StoredJob,
};

/// Result of a call to [`Rows`].
pub type RowResult<T> = Result<T, StoreError>;

/// A live node.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LiveNode {
    /// Random number of the node.
    pub nonce: u64,
    /// How long the node is live without a further turn.
    pub lease: std::time::Duration,
    /// The row that people see. [`NodeRow::holds`] is not kept.
    pub row: NodeRow,
}

impl LiveNode {
    /// Creates a live node.
    #[must_use]
    pub const fn new(nonce: u64, lease: std::time::Duration, row: NodeRow) -> Self {
        Self { nonce, lease, row }
    }
}

/// A key that is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TakenKey {
    /// The job that holds the key.
    pub job: StoredId,
    /// Until when the key is taken although its job has ended.
    pub until: Option<StoreTime>,
    /// Whether the job has ended.
    pub ended: bool,
}

impl TakenKey {
    /// Creates the key of a job that has not ended.
    #[must_use]
    pub const fn new(job: StoredId, until: Option<StoreTime>) -> Self {
        Self {
            job,
            until,
            ended: false,
        }
    }
}

/// Whether jobs that were lost twice or more ([`StoredJob::is_suspect`]) are among the waiting ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Suspects {
    /// They are among the others.
    With,
    /// They are left out.
    Without,
    /// Only they are looked for.
    Only,
}

/// Which waiting jobs of one queue a node may claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claimable<'a> {
    /// Name of the queue.
    pub queue: &'a str,
    /// Tasks whose jobs are left out.
    pub without: &'a [String],
    /// Jobs that were lost twice or more.
    pub suspects: Suspects,
}

impl<'a> Claimable<'a> {
    /// Creates the filter of all waiting jobs of a queue.
    #[must_use]
    pub const fn all_of(queue: &'a str) -> Self {
        Self {
            queue,
            without: &[],
            suspects: Suspects::With,
        }
    }
}

/// The rows of a store, inside one transaction.
///
/// A store that runs in the process of its node, as a file or in memory, implements it. [`turn`](super::turn) and the
/// other functions of this module then do what [`Session`](super::super::Session) asks for: they hold all decisions, so
/// that two such stores cannot differ in them. A store on a server needs fewer round trips, and decides there.
///
/// No method decides anything: each reads or writes the rows that it names. Lists come in the order that is said.
pub trait Rows {
    /// Adds a node, and returns its number, which was never given before.
    ///
    /// # Errors
    ///
    /// Any error of the store, here and in the other methods.
    fn add_node(&mut self, node: &LiveNode) -> RowResult<u64>;
    /// Returns a live node.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    fn node(&mut self, id: u64) -> RowResult<Option<LiveNode>>;
    /// Replaces the row of a live node: turn, lease, end of the lease.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    fn set_node(&mut self, node: &LiveNode) -> RowResult<()>;
    /// Removes a node.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    fn remove_node(&mut self, id: u64) -> RowResult<()>;
    /// Returns the live nodes, by number.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    fn nodes(&mut self) -> RowResult<Vec<LiveNode>>;

    /// Returns a job that has not ended.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    fn job(&mut self, id: StoredId) -> RowResult<Option<StoredJob>>;
    /// Adds a job. No job has its id.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    fn add_job(&mut self, job: &StoredJob) -> RowResult<()>;
    /// Replaces the row of a job. Its id, task, queue, class, key, run and time of submission stay.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    fn set_job(&mut self, job: &StoredJob) -> RowResult<()>;
    /// Removes a job.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    fn remove_job(&mut self, id: StoredId) -> RowResult<()>;
    /// Returns the claimable jobs of a queue that are due at or before `now`, by class, due time and id.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    fn due_jobs(
        &mut self,
        which: &Claimable<'_>,
        now: StoreTime,
        at_most: usize,
    ) -> RowResult<Vec<StoredJob>>;
    /// Returns the earliest due time of the claimable jobs of a queue.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    fn first_due(&mut self, which: &Claimable<'_>) -> RowResult<Option<StoreTime>>;
    /// Returns the jobs that a node has claimed, by id.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    fn jobs_of_node(&mut self, node: u64) -> RowResult<Vec<StoredJob>>;
    /// Returns jobs that are claimed by a node that is not live, by id.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    fn orphans(&mut self, at_most: usize) -> RowResult<Vec<StoredJob>>;
    /// Returns the runs of a schedule that have not ended, by nominal time and id.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    fn runs_of(&mut self, schedule: &str) -> RowResult<Vec<StoredJob>>;

    /// Returns the end of a job.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    fn end(&mut self, id: StoredId) -> RowResult<Option<EndRow>>;
    /// Adds the end of a job.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    fn add_end(&mut self, end: &EndRow) -> RowResult<()>;
    /// Removes the end of a job.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    fn remove_end(&mut self, id: StoredId) -> RowResult<()>;

    /// Returns the holder of a key.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    fn key(&mut self, text: &str) -> RowResult<Option<TakenKey>>;
    /// Adds or replaces the holder of a key.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    fn set_key(&mut self, text: &str, taken: &TakenKey) -> RowResult<()>;
    /// Removes the holder of a key.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    fn remove_key(&mut self, text: &str) -> RowResult<()>;

    /// Returns a schedule, also a removed one.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    fn schedule(&mut self, id: &str) -> RowResult<Option<ScheduleRow>>;
    /// Adds or replaces a schedule.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    fn set_schedule(&mut self, row: &ScheduleRow) -> RowResult<()>;
    /// Returns the number of a new edit: one more than the last.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    fn next_edit(&mut self) -> RowResult<u64>;
    /// Returns the schedules with a later edit, removed ones too, by edit.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    fn edited(&mut self, after: u64, at_most: usize) -> RowResult<Vec<ScheduleRow>>;
    /// Returns the active schedules of these tasks whose cursor is at or before `until`, by cursor and id.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    fn overdue(
        &mut self,
        tasks: &[String],
        until: StoreTime,
        at_most: usize,
    ) -> RowResult<Vec<ScheduleRow>>;
    /// Returns the schedules of these tasks that have kept runs, by id.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    fn with_kept(&mut self, tasks: &[String], at_most: usize) -> RowResult<Vec<ScheduleRow>>;

    /// Returns whether an instant has a record.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    fn has_record(&mut self, run: &RunOf) -> RowResult<bool>;
    /// Adds a record. The instant has none.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    fn add_record(&mut self, record: &RecordRow) -> RowResult<()>;

    /// Returns jobs that have not ended, by id, from the one after `after` on.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    fn jobs_after(
        &mut self,
        filter: &JobFilter,
        after: Option<StoredId>,
        at_most: usize,
    ) -> RowResult<Vec<StoredJob>>;
    /// Returns ends, the last one first, ends of one instant by id, from the one after `after` on.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    fn ends_after(
        &mut self,
        filter: &JobFilter,
        after: Option<(StoreTime, StoredId)>,
        at_most: usize,
    ) -> RowResult<Vec<EndRow>>;
    /// Returns the records of a schedule from `from` to the instant before `to`, by nominal time and cause, from the one
    /// after `after` on.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    fn records_after(
        &mut self,
        schedule: &str,
        range: (StoreTime, StoreTime),
        after: Option<(StoreTime, i64)>,
        at_most: usize,
    ) -> RowResult<Vec<RecordRow>>;
    /// Returns schedules that were not removed, by id, from the one after `after` on.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    fn schedules_after(
        &mut self,
        after: Option<&str>,
        at_most: usize,
    ) -> RowResult<Vec<ScheduleRow>>;

    /// Removes ends that ended before `ends`, or before `dead` if their outcome is [`End::DEAD`](super::super::End::DEAD).
    /// Returns how many, at most `at_most`.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    fn prune_ends(&mut self, ends: StoreTime, dead: StoreTime, at_most: usize) -> RowResult<usize>;
    /// Removes records that were stored before `records`. Returns how many, at most `at_most`.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    fn prune_records(&mut self, records: StoreTime, at_most: usize) -> RowResult<usize>;
    /// Removes removed schedules without a record. Returns how many, at most `at_most`.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    fn prune_removed(&mut self, at_most: usize) -> RowResult<usize>;
    /// Removes keys whose job has ended and whose time is at or before `now`.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    fn prune_keys(&mut self, now: StoreTime) -> RowResult<()>;
}
