//! Queues (`QU-001` to `QU-009`): each has its own order, permits, slots, tokens and pause.

use std::rc::Rc;

use scheduler_core::{ErrorKind, State};

use super::{JobState, Machine, calls::refused_as, rates::Tokens};
use crate::model::{
    scenario::{Call, Config, Millis},
    trace::{Actor, Answer, Label},
    work::JobSpec,
};

/// A queue: its waiting jobs, and its permits, slots and tokens.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct QueueState {
    /// Jobs that wait for a permit, in order.
    pub(super) line: Vec<Label>,
    pub(super) paused: bool,
    /// The tokens of its rate, if it has one.
    pub(super) tokens: Option<Tokens>,
}

impl QueueState {
    /// Returns the idle queues of a configuration, the default one first.
    pub(super) fn all_of(config: &Config) -> Vec<Self> {
        let named = config.queues.iter().map(|queue| Self {
            line: Vec::new(),
            paused: queue.paused,
            tokens: queue
                .spacing
                .map(|spacing| Tokens::new(spacing, u64::from(queue.burst.max(1)))),
        });
        std::iter::once(Self::default()).chain(named).collect()
    }
}

impl Machine {
    /// Returns the numbers of all queues.
    pub(super) fn queue_numbers(&self) -> std::ops::RangeInclusive<u8> {
        0..=u8::try_from(self.config.queues.len()).unwrap_or(u8::MAX)
    }

    pub(super) fn queue(&self, number: u8) -> Option<&QueueState> {
        self.queues.get(usize::from(number))
    }

    pub(super) fn queue_mut(&mut self, number: u8) -> Option<&mut QueueState> {
        self.queues.get_mut(usize::from(number))
    }

    /// Returns the number of the queue of a job.
    pub(super) fn queue_of(&self, label: Label) -> u8 {
        let job = self.jobs.get(&label);
        job.map_or(0, |job| job.script.policy.queue)
    }

    /// Returns the queue of a job, to change it.
    pub(super) fn line_of(&mut self, label: Label) -> Option<&mut Vec<Label>> {
        let number = self.queue_of(label);
        self.queue_mut(number).map(|queue| &mut queue.line)
    }

    /// Removes a job from its queue.
    pub(super) fn unqueue(&mut self, label: Label) {
        if let Some(line) = self.line_of(label) {
            line.retain(|&queued| queued != label);
        }
    }

    pub(super) fn is_first(&self, label: Label) -> bool {
        let queue = self.queue(self.queue_of(label));
        queue.is_some_and(|queue| queue.line.first() == Some(&label))
    }

    pub(super) fn is_queue_paused(&self, number: u8) -> bool {
        self.queue(number).is_some_and(|queue| queue.paused)
    }

    /// Returns whether a shutdown has begun while the queue of the job was paused (`QU-009`).
    pub(super) fn waits_in_vain(&self, job: &JobState) -> bool {
        self.closing.is_some() && self.is_queue_paused(job.script.policy.queue)
    }

    /// Returns when the queue has a token; 0 without a rate.
    pub(super) fn queue_ready_at(&self, number: u8) -> Millis {
        let tokens = self.queue(number).and_then(|queue| queue.tokens.as_ref());
        tokens.map_or(0, Tokens::ready_at)
    }

    /// Returns whether no job of the queue may start, although a permit may be free.
    pub(super) fn is_queue_closed(&self, number: u8) -> bool {
        self.is_queue_paused(number) || self.queue_ready_at(number) > self.now
    }

    /// Returns the number of free permits of a queue.
    pub(super) fn permits(&self, number: u8) -> usize {
        self.permits_beside(number, JobState::has_permit)
    }

    /// Returns the number of permits of a queue that its running jobs leave.
    pub(super) fn permits_left(&self, number: u8) -> usize {
        self.permits_beside(number, JobState::is_running)
    }

    fn permits_beside(&self, number: u8, takes_one: impl Fn(&JobState) -> bool) -> usize {
        let queue = self.config.queue(number);
        let limit = queue.and_then(|queue| queue.concurrency);
        let limit = limit.unwrap_or(usize::MAX);
        let takes_one = |job: &&Rc<JobState>| job.is_in_queue(number) && takes_one(job);
        limit.saturating_sub(self.jobs.values().filter(takes_one).count())
    }

    /// Returns whether the first job of the queue may start now, as far as the queue decides.
    pub(super) fn can_start(&self, number: u8) -> bool {
        self.may_start_later(number) && !self.is_queue_closed(number)
    }

    /// Returns whether the first job of the queue starts as soon as the queue has a token.
    pub(super) fn may_start_later(&self, number: u8) -> bool {
        let is_open = self.starts_jobs() && !self.is_queue_paused(number);
        is_open && self.permits(number) > 0 && self.first_returned(number).is_none()
    }

    /// Returns whether a submitted job would be accepted.
    pub(super) fn has_room(&self, job: &JobSpec) -> bool {
        self.places(job) > 0
    }

    /// Returns the number of jobs that would be accepted.
    pub(super) fn places(&self, job: &JobSpec) -> usize {
        let number = job.policy.queue;
        let limit = self.config.queue(number).and_then(|queue| queue.limit);
        let Some(limit) = limit.filter(|_| job.delay == 0) else {
            return usize::MAX;
        };
        let waits = |job: &&Rc<JobState>| job.is_in_queue(number) && job.has_slot();
        let taken = self.jobs.values().filter(waits).count();
        let at_once = if self.starts_at_once(job) {
            self.permits(number)
        } else {
            0
        };
        limit.saturating_sub(taken).saturating_add(at_once)
    }

    /// Returns whether the job would start without a slot. A job with a rate, or in a queue with
    /// one, is queued first.
    fn starts_at_once(&self, job: &JobSpec) -> bool {
        let Some(queue) = self.queue(job.policy.queue) else {
            return false;
        };
        let has_rate = queue.tokens.is_some() || job.policy.rate.is_some();
        self.state == State::Running && queue.line.is_empty() && !queue.paused && !has_rate
    }

    /// Returns the number of pending submissions that wait for a slot of the queue, or may have to.
    pub(super) fn submissions_to(&self, number: u8) -> usize {
        let to_it = |call: &Call| matches!(call, Call::Submit(job) if job.policy.queue == number);
        self.invoked().filter(|(_, call)| to_it(call)).count()
    }

    /// Refuses a call that names no queue of the scheduler (`QU-001`).
    pub(super) fn decide_unknown_queue(&self, by: Actor, number: u8) -> Option<Self> {
        let unknown = self.queue(number).is_none();
        unknown.then(|| self.settle(by, refused_as(ErrorKind::NotFound)))
    }

    /// Resumes a queue that is not paused.
    pub(super) fn decide_resume_queue(&self, by: Actor, number: u8) -> Option<Self> {
        match self.queue(number) {
            Some(queue) if queue.paused => None,
            Some(_) => Some(self.settle(by, Answer::Ok)),
            None => self.decide_unknown_queue(by, number),
        }
    }

    /// Accepts the event of a pause. A further pause replaces the reason.
    pub(super) fn queue_paused(&self, number: u8) -> Vec<Self> {
        self.turned(&Call::PauseQueue(number), number, true)
    }

    /// Accepts the event of a resumption. Jobs that the gate held are spawned again, unless spawns
    /// are held back.
    pub(super) fn queue_resumed(&self, number: u8) -> Vec<Self> {
        if !self.is_queue_paused(number) {
            return Vec::new();
        }
        let mut resumed = self.turned(&Call::ResumeQueue(number), number, false);
        for next in resumed.iter_mut().filter(|next| next.hold) {
            let jobs = next.jobs_mut().filter(|job| job.is_in_queue(number));
            jobs.filter(|job| job.is_claimed())
                .for_each(|job| job.held = true);
        }
        resumed
    }

    fn turned(&self, wanted: &Call, number: u8, paused: bool) -> Vec<Self> {
        let permitted = self.is_permitted(wanted.operation()) && self.queue(number).is_some();
        let by = self
            .invoked()
            .filter(|(_, call)| permitted && **call == *wanted);
        let turned = by.map(|(by, _)| {
            let mut next = self.settle(by, Answer::Ok);
            if let Some(queue) = next.queue_mut(number) {
                queue.paused = paused;
            }
            next
        });
        turned.collect()
    }
}

impl JobState {
    pub(super) fn is_in_queue(&self, number: u8) -> bool {
        self.script.policy.queue == number
    }

    /// Returns whether the job counts for the limit of its queue.
    pub(super) fn has_slot(&self) -> bool {
        self.takes_room && self.waits_for_a_start()
    }
}
