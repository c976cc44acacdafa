//! The attempts of a job and its timeouts (`RY-001` to `RY-015`).

use scheduler_core::State;

use super::{JobState, Machine, Order, Stage, bodies::Body};
use crate::model::{
    scenario::Millis,
    trace::{Label, Nominal},
};

/// The attempts of a job.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Attempts {
    /// The number of attempts that have begun.
    begun: u8,
    /// The instant at which the first attempt began.
    since: Option<Millis>,
    /// The deadline of the present timeout.
    limit: Option<Millis>,
    /// The outcome of the last attempt, while the retry is undecided.
    failure: Option<String>,
    /// Whether the attempt has timed out, and its cancellation event is still missing.
    pub(super) to_be_cancelled: bool,
    /// Whether no further attempt is allowed, because the schedule was removed.
    pub(super) is_last: bool,
    /// Whether the next attempt would be due only after the drain.
    pub(super) is_too_late: bool,
}

impl Attempts {
    pub(super) const fn has_not_begun(&self) -> bool {
        self.begun == 0
    }
}

const TIMED_OUT: &str = "TimedOut";

impl Machine {
    /// Starts the `start_within` timeout of a job that waits for a permit from `since` on. A delayed
    /// job does so from its due time, which may have come in a pause (`RY-010`).
    pub(super) fn limit_waiting(&mut self, label: Label, since: Millis) {
        let started = self.has_started();
        let Some(job) = self.job_mut(label).filter(|_| started) else {
            return;
        };
        let within = job.script.policy.start_within;
        if let Some(within) = within.filter(|_| job.attempts.begun == 0) {
            job.attempts.limit = Some(since + within);
        }
    }

    /// Begins an attempt. Returns `None` if the job has already timed out.
    pub(super) fn begin_attempt(&mut self, label: Label) -> Option<()> {
        let now = self.now;
        let job = self.job_mut(label)?;
        let attempts = &mut job.attempts;
        let too_late = attempts.begun == 0 && attempts.limit.is_some_and(|limit| limit <= now);
        attempts.begun += 1;
        attempts.since.get_or_insert(now);
        let own = job.script.policy.attempt_timeout.map(|limit| now + limit);
        let limit = own.into_iter().chain(job.end_in_all()).min();
        job.attempts.limit = limit;
        (!too_late).then_some(())
    }

    /// Returns the instant at which a timeout ends the job, or its wait for a permit.
    pub(super) fn limit_due(&self, job: &JobState) -> Option<Millis> {
        let applies = job.told.is_none()
            && !matches!(
                job.stage,
                Stage::Delayed(_) | Stage::Deciding | Stage::Done(_)
            );
        job.attempts.limit.filter(|_| applies)
    }

    pub(super) fn has_timed_out(&self, job: &JobState) -> bool {
        self.limit_due(job).is_some_and(|limit| limit <= self.now)
    }

    /// Accepts the timeout event of an attempt, and requests its cancellation, with the grace of
    /// the policy.
    pub(super) fn timed_out(&self, label: Label, attempt: u32) -> Option<Self> {
        let job = self.jobs.get(&label)?;
        let is_it = job.stage == Stage::Running && attempt == u32::from(job.attempts.begun);
        let mut next = self.clone();
        let (now, grace) = (self.now, job.script.policy.timeout_grace);
        let late = next.job_mut(label)?;
        late.attempts.limit = None;
        late.attempts.to_be_cancelled = true;
        late.told = Some(Order::new(TIMED_OUT, now, now + grace));
        (is_it && self.has_timed_out(job)).then_some(next)
    }

    /// Accepts the cancellation event that follows a timeout event.
    pub(super) fn cancelled_by_timeout(&self, label: Label) -> Option<Self> {
        let mut next = self.clone();
        let job = next.job_mut(label)?;
        std::mem::take(&mut job.attempts.to_be_cancelled).then_some(next)
    }

    /// Returns whether the outcome is right for a job that timed out before its body began.
    pub(super) fn expires(&self, job: &JobState, outcome: &str) -> bool {
        let ends = match job.attempts.begun {
            0 => "Cancelled(Expired)",
            _ => TIMED_OUT,
        };
        job.stage != Stage::Running && self.has_timed_out(job) && ends == outcome
    }
}

impl Machine {
    /// Returns whether the policy allows a retry after an attempt with this outcome.
    pub(super) fn may_retry(&self, job: &JobState, outcome: &str) -> bool {
        let Some(retry) = job.script.policy.retry else {
            return false;
        };
        let worth_it = match outcome {
            "Failed" | TIMED_OUT => true,
            "Panicked" => retry.panics,
            _ => false,
        };
        let is_cancelled = job.told.is_some_and(|told| told.reason != TIMED_OUT);
        let goes_on = self.starts_jobs() || self.state == State::Paused;
        let more = job.attempts.begun < retry.attempts && !job.attempts.is_last;
        worth_it && more && goes_on && !is_cancelled
    }

    /// Ends attempts that may be retried, and releases their permits (`RY-006`).
    pub(super) fn end_attempts(&self) -> impl Iterator<Item = Self> {
        let ended = self.jobs.iter().filter_map(|(&label, job)| {
            let outcome = self.outcome(job).filter(|_| job.is_body_gone())?;
            let may_retry = job.stage == Stage::Running && self.may_retry(job, &outcome);
            may_retry.then_some((label, outcome))
        });
        ended.filter_map(|(label, outcome)| {
            let mut next = self.clone();
            let job = next.job_mut(label)?;
            job.stage = Stage::Deciding;
            job.attempts.failure = Some(outcome);
            job.attempts.limit = None;
            Some(next)
        })
    }

    /// Returns the due time of the next attempt, or `None` without a retry (`RY-008`, `RY-013`).
    fn next_attempt(&self, job: &JobState) -> Option<Millis> {
        let retry = job.script.policy.retry?;
        let times = if retry.doubles {
            1 << (job.attempts.begun - 1)
        } else {
            1
        };
        let due = self.now + retry.delay * times;
        let in_time = job.end_in_all().is_none_or(|end| due < end);
        (in_time && self.may_begin_at(due)).then_some(due)
    }

    /// Returns whether the job ends with the outcome of its last attempt.
    pub(super) fn gives_up(&self, job: &JobState, outcome: &str) -> bool {
        let decides = job.stage == Stage::Deciding && self.next_attempt(job).is_none();
        decides && job.attempts.failure.as_deref() == Some(outcome)
    }

    /// Accepts the event that announces a retry.
    pub(super) fn retrying(&self, label: Label, attempt: u32, due: Nominal) -> Option<Self> {
        let job = self.jobs.get(&label)?;
        let at = self.next_attempt(job)?;
        let is_next = attempt == u32::from(job.attempts.begun) + 1;
        let is_due = Nominal::try_from(at) == Ok(due);
        if job.stage != Stage::Deciding || !is_next || !is_due || self.waits_in_vain(job) {
            return None;
        }
        let mut next = self.clone();
        next.accepted += 1;
        let serial = next.accepted;
        let job = next.job_mut(label)?;
        job.stage = Stage::Retrying(at);
        job.serial = serial;
        job.attempts.failure = None;
        job.attempts.limit = job.end_in_all();
        (job.told, job.body) = (None, Body::default());
        Some(next)
    }
}

impl Order {
    pub(super) fn new(reason: &'static str, at: Millis, drop_at: Millis) -> Self {
        Self {
            reason,
            at,
            drop_at,
            had_timed_out: reason == TIMED_OUT,
            is_shortened: false,
        }
    }

    /// Applies a later cancellation request, which can only shorten the grace. Its reason replaces
    /// a timeout, after which a retry would be possible.
    pub(super) fn hasten(&mut self, reason: &'static str, drop_at: Millis) {
        if self.reason == TIMED_OUT {
            self.reason = reason;
        }
        self.is_shortened |= drop_at < self.drop_at;
        self.drop_at = self.drop_at.min(drop_at);
    }

    /// Returns the outcome of a job that obeys its cancellation request.
    pub(super) fn outcome(self) -> String {
        match self.reason {
            TIMED_OUT => TIMED_OUT.to_owned(),
            reason => format!("Cancelled({reason})"),
        }
    }
}

impl JobState {
    /// Returns the deadline for all attempts together.
    fn end_in_all(&self) -> Option<Millis> {
        Some(self.attempts.since? + self.script.policy.timeout?)
    }
}
