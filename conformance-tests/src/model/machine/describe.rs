//! Descriptions of a state, for reports and for coverage.

use super::{JobState, Machine, Phase, Stage};
use crate::model::{
    scenario::Call,
    trace::{Actor, Label},
};

impl Machine {
    /// Returns the state as one line of text.
    pub(in crate::model) fn describe(&self) -> String {
        let jobs: Vec<String> = self
            .jobs
            .iter()
            .filter(|(_, job)| !matches!(job.stage, Stage::Done(_)))
            .map(|(label, job)| format!("{label} {:?}", job.stage))
            .collect();
        let calls: Vec<String> = self
            .ops
            .iter()
            .map(|(by, op)| format!("{by:?} {} {:?}", op.call.name(), op.phase))
            .collect();
        let due = self
            .due()
            .map_or_else(|| "nothing".into(), |due| format!("something at {due}"));
        format!(
            "at {} it is {}; jobs [{}]; calls [{}]; due: {due}",
            self.now,
            self.state,
            jobs.join(", "),
            calls.join(", ")
        )
    }

    /// Returns whether the start of `by` has taken effect.
    pub(in crate::model) fn has_begun_a_start(&self, by: Actor) -> bool {
        let op = self.ops.get(&by);
        op.is_some_and(|op| op.began_a_start)
    }

    pub(in crate::model) const fn has_failed_before(&self) -> bool {
        self.attempt > 1
    }

    /// Returns whether the job was submitted before and waited for a slot.
    pub(in crate::model) fn waited_for_room(&self, label: Label) -> bool {
        let of = |call: &Call| matches!(call, Call::Submit(job) if Label::Job(job.tag) == label);
        let waiting = |op: &&super::Op| of(&op.call) && op.phase == Phase::Invoked && op.waited;
        self.ops.values().any(|op| waiting(&op))
    }

    /// Returns whether the job was requeued for the next token of its group, and waits for a permit.
    pub(in crate::model) fn is_called(&self, label: Label) -> bool {
        self.calls_for(label)
    }

    /// Returns whether another job of its rate group was requeued for the next token, and this one was not.
    pub(in crate::model) fn precedes_a_called_job(&self, label: Label) -> bool {
        !self.calls_for(label) && self.has_called_job(label)
    }

    pub(in crate::model) fn is_returned(&self, label: Label) -> bool {
        self.jobs.get(&label).is_some_and(|job| job.is_returned())
    }

    /// Returns whether a timeout was the first request to cancel the job.
    pub(in crate::model) fn has_reached_its_timeout(&self, label: Label) -> bool {
        let job = self.jobs.get(&label);
        job.is_some_and(|job| job.told.is_some_and(|told| told.had_timed_out))
    }

    /// Returns whether a later request made the job end earlier.
    pub(in crate::model) fn has_shortened_grace(&self, label: Label) -> bool {
        let job = self.jobs.get(&label);
        job.is_some_and(|job| job.told.is_some_and(|told| told.is_shortened))
    }

    /// Returns the number of shutdowns that wait for the end.
    pub(in crate::model) fn joined_shutdowns(&self) -> usize {
        let joined =
            |op: &&super::Op| matches!(*op.call, Call::Shutdown(_)) && op.phase == Phase::Joined;
        self.ops.values().filter(joined).count()
    }

    /// Returns whether a job of the queue has a permit and has not begun.
    pub(in crate::model) fn has_unbegun(&self, queue: u8) -> bool {
        let unbegun = |job: &JobState| job.is_in_queue(queue) && job.is_claimed();
        self.jobs.values().any(|job| unbegun(job))
    }

    /// Returns whether a job of the queue waits for its permit, or to begin.
    pub(in crate::model) fn has_held(&self, queue: u8) -> bool {
        let waits = |job: &JobState| job.is_in_queue(queue) && job.stage == Stage::Queued;
        self.has_unbegun(queue) || self.jobs.values().any(|job| waits(job))
    }

    pub(in crate::model) fn ends_in_paused_queue(&self, label: Label) -> bool {
        let job = self.jobs.get(&label);
        job.is_some_and(|job| self.waits_in_vain(job))
    }

    /// Returns whether the queue of a job has a rate, and its token has come just now.
    pub(in crate::model) fn waited_for_queue_token(&self, label: Label) -> bool {
        let ready = self.queue_ready_at(self.queue_of(label));
        ready > 0 && ready == self.now
    }
}
