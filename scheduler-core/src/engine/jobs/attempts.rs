//! Attempts of a job with a policy: their number, and what an attempt needs before it begins.

use super::{JobRecord, Jobs, Rank, task_limits::TaskSeat};
use crate::{
    engine::{
        Cx, Key,
        time::{Deadlines, Due, Kind, NEVER, nanos},
    },
    job::{JobError, JobPolicy},
};

/// Attempts and timeouts of a job with a policy.
#[derive(Default)]
pub(crate) struct AttemptState {
    /// Number of attempts that have begun.
    pub(super) started: u32,
    /// Whether the body of the current attempt has been polled.
    pub(in crate::engine) begun: bool,
    /// When the first attempt began.
    pub(super) began: Option<u64>,
    /// Deadline of the timeout that is armed.
    pub(super) limit: Due,
    /// The timeout that the current attempt reached.
    pub(super) timed_out: Option<JobError>,
    /// Error of the last attempt, while its retry policy is being called.
    pub(in crate::engine) failure: Option<JobError>,
    /// The bucket of the job's rate limit.
    pub(in crate::engine) bucket: Option<Key>,
    /// The position among the jobs of its bucket, from the first question for a token until the attempt begins. It
    /// outlasts a pause at the gate.
    pub(super) ticket: Option<u64>,
    /// The claim to a permit of the task, if its running jobs are limited.
    pub(super) task: Option<TaskSeat>,
}

impl AttemptState {
    /// Disarms the timeout of the job with this key.
    pub(super) fn clear_limit(&mut self, key: Key, deadlines: &mut Deadlines) {
        deadlines.clear(Kind::Limit, key, &mut self.limit);
    }
}

impl Jobs {
    /// Sets up the attempts and timeouts of an accepted job.
    pub(super) fn begin_attempts(&mut self, key: Key, cx: &mut Cx) {
        let policy = self.records.get(key).and_then(JobRecord::policy);
        let Some(policy) = policy.cloned() else {
            return;
        };
        self.note_priority(&policy);
        let rate = policy.rate_limit.as_ref();
        let elapsed = cx.elapsed();
        let bucket = rate.map(|limit| self.rates.join(limit, elapsed));
        let limit = policy.task_limit.as_ref();
        let task = limit.map(|limit| self.task_limits.join(limit));
        if let Some(bucket) = bucket {
            // The numbers of this job may bring the next token forward, or put it off.
            self.rates.watch(bucket, &mut cx.deadlines);
        }
        let extras = self
            .records
            .get_mut(key)
            .and_then(|job| job.extras.as_mut());
        if let Some(extras) = extras {
            extras.attempts = Some(Box::new(AttemptState {
                bucket,
                task,
                ..AttemptState::default()
            }));
        }
    }

    /// Enables gathering by priority, from the first job with a priority on.
    pub(in crate::engine) const fn note_priority(&mut self, policy: &JobPolicy) {
        self.outside.is_ranked |= policy.priority != 0;
    }

    /// Prepares an attempt of a job that got its permit.
    pub(super) fn count_claim(&mut self, key: Key) {
        let Some(record) = self.records.get_mut(key) else {
            return;
        };
        let (number, rank) = (record.queue, record.rank());
        self.queues.get_mut(number).exempt(rank);
        if let Some(attempts) = record.attempts_mut() {
            attempts.begun = false;
        }
        self.take_task_permit(key);
    }

    /// Arms the timeouts of an attempt that begins.
    pub(in crate::engine) fn begin_attempt(&mut self, key: Key, cx: &mut Cx) {
        let Some(record) = self.records.get_mut(key) else {
            return;
        };
        record.note_begin(cx);
        let per_attempt = record.policy().and_then(|p| p.attempt_timeout);
        let Some(attempts) = record.attempts_mut() else {
            return;
        };
        let elapsed = cx.elapsed();
        attempts.started += 1;
        attempts.begun = true;
        attempts.ticket = None;
        if let Some(seat) = &mut attempts.task {
            seat.ticket = None;
        }
        attempts.began.get_or_insert(elapsed);
        let is_watched = attempts.limit.is_set();
        let attempt_end = per_attempt.map_or(NEVER, |limit| elapsed.saturating_add(nanos(limit)));
        let end = attempt_end.min(record.end_in_all());
        if is_watched || end != NEVER {
            self.set_limit(key, end, cx);
        }
    }
}

impl JobRecord {
    pub(super) fn rank(&self) -> Rank {
        match self.policy() {
            Some(policy) if policy.unlimited => Rank::Besides,
            Some(policy) => Rank::Priority(policy.priority),
            None => Rank::Priority(0),
        }
    }

    /// Returns whether the body of the current attempt has begun.
    pub(super) fn has_begun(&self) -> bool {
        self.attempts().is_none_or(|attempts| attempts.begun)
    }
}
