//! [`Unqueued`]: the jobs that wait outside of the queues, and the order of all starts.

use crate::engine::Key;

/// Where jobs wait that are in no queue, and what orders the starts of all jobs.
#[derive(Default)]
pub(super) struct Unqueued {
    pub(super) delayed: usize,
    /// Number of delayed jobs that wait for the wall clock.
    pub(super) on_wall: usize,
    /// Jobs that wait for a token of their rate limit.
    pub(super) throttled: usize,
    /// Jobs that wait for another job of their task to end.
    pub(super) limited: usize,
    /// Number of jobs that wait for a retry, or for the decision about one.
    pub(super) retrying: usize,
    /// Delayed jobs that were accepted before the start.
    pub(super) unarmed: Vec<Key>,
    /// Queued jobs with `start_within` that were accepted before the start.
    pub(super) unlimited: Vec<Key>,
    /// Runs that are too late to start. The driver's next turn ends them.
    pub(super) too_late: Vec<Key>,
    /// Number of claims so far.
    turns: u32,
    /// Set once any job has a priority. Jobs of one instant are then gathered before any of them starts.
    pub(super) is_ranked: bool,
    /// The instant whose jobs are being gathered.
    pub(super) gathering: Option<u64>,
}

impl Unqueued {
    /// Returns the number of jobs that could start but for the limits of their groups and tasks.
    pub(super) const fn waiting(&self) -> usize {
        self.throttled + self.limited
    }

    /// Counts a claim, and returns its number.
    pub(super) const fn next_turn(&mut self) -> u32 {
        self.turns = self.turns.wrapping_add(1);
        self.turns
    }
}
