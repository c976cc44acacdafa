//! Rates of groups (`RY-012`): tokens become free at even intervals, and a job takes one together
//! with its permit. Jobs without a token wait in the line of their group, while other jobs start.
//! A token goes to the first of them whose queue can start it (`QU-010`).

use super::{JobState, Machine, Stage};
use crate::model::{scenario::Millis, trace::Label, work::RateSpec};

/// The tokens of a rate, which become free one by one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Tokens {
    /// The time between two tokens.
    interval: Millis,
    /// How long before `full_at` the first token becomes free.
    spare: Millis,
    /// The instant at which no token is missing.
    full_at: Millis,
}

impl Tokens {
    pub(super) const fn new(interval: Millis, burst: u64) -> Self {
        Self {
            interval,
            spare: interval * (burst - 1),
            full_at: 0,
        }
    }

    /// Applies the rate of the job that was accepted last.
    fn adjust(&mut self, rate: RateSpec) {
        let interval = rate.per.div_ceil(u64::from(rate.count));
        let full_at = self.full_at;
        *self = Self {
            full_at,
            ..Self::new(interval, u64::from(rate.burst))
        };
    }

    pub(super) const fn ready_at(&self) -> Millis {
        self.full_at.saturating_sub(self.spare)
    }

    fn take(&mut self, now: Millis) {
        self.full_at = self.full_at.max(now) + self.interval;
    }

    const fn give_back(&mut self) {
        self.full_at = self.full_at.saturating_sub(self.interval);
    }
}

/// A group of jobs with a rate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Group {
    tokens: Tokens,
    /// The jobs that wait for a token, in order.
    line: Vec<Label>,
    /// The jobs that were requeued for the next token, at most one of each queue.
    called: Vec<Label>,
    /// The number of jobs that have asked for a token.
    asked: u16,
}

impl Group {
    const fn ready_at(&self) -> Millis {
        self.tokens.ready_at()
    }

    fn members(&self) -> impl Iterator<Item = Label> {
        self.line.iter().chain(&self.called).copied()
    }
}

impl Machine {
    pub(super) fn join_group(&mut self, rate: Option<RateSpec>) {
        if let Some(rate) = rate {
            self.groups
                .entry(rate.group)
                .or_default()
                .tokens
                .adjust(rate);
        }
    }

    fn group_of(&self, label: Label) -> Option<&Group> {
        let rate = self.jobs.get(&label)?.script.policy.rate?;
        self.groups.get(&rate.group)
    }

    fn group_mut(&mut self, label: Label) -> Option<&mut Group> {
        let rate = self.jobs.get(&label)?.script.policy.rate?;
        self.groups.get_mut(&rate.group)
    }

    /// Returns whether the job needs no token, or may take one of its group now.
    pub(super) fn has_token(&self, label: Label) -> bool {
        let group = self.group_of(label);
        group.is_none_or(|group| self.is_turn_of(label, group) && group.ready_at() <= self.now)
    }

    /// Returns whether no other job of the group comes first. A job whose queue cannot start it
    /// holds up no other.
    fn is_turn_of(&self, label: Label, group: &Group) -> bool {
        let can_start = |first: Label| {
            let number = self.queue_of(first);
            !self.is_queue_closed(number) && self.permits_left(number) > 0
        };
        group.called.contains(&label) || !group.members().any(can_start)
    }

    /// Returns whether the job was requeued for the next token of its group.
    pub(super) fn calls_for(&self, label: Label) -> bool {
        let group = self.group_of(label);
        group.is_some_and(|group| group.called.contains(&label))
    }

    /// Returns whether a job of the same group was requeued for the next token.
    pub(super) fn has_called_job(&self, label: Label) -> bool {
        let group = self.group_of(label);
        group.is_some_and(|group| !group.called.is_empty())
    }

    /// Returns the first job of a group whose queue has no job that was requeued for the next token.
    fn uncalled(&self, group: &Group) -> Option<Label> {
        let called = |number| group.called.iter().any(|&it| self.queue_of(it) == number);
        let mut line = group.line.iter().copied();
        line.find(|&label| !called(self.queue_of(label)))
    }

    /// Returns the number under which a job asks for a token in its present attempt.
    fn ticket(&mut self, label: Label) -> Option<u16> {
        let known = self.jobs.get(&label)?.ticket;
        if known.is_some() {
            return known;
        }
        let group = self.group_mut(label)?;
        group.asked += 1;
        let ticket = Some(group.asked);
        self.job_mut(label)?.ticket = ticket;
        ticket
    }

    pub(super) fn take_token(&mut self, label: Label) {
        let now = self.now;
        self.ticket(label);
        if let Some(group) = self.group_mut(label) {
            group.tokens.take(now);
            group.called.retain(|&called| called != label);
        }
        if let Some(tokens) = self.queue_tokens(label) {
            tokens.take(now);
        }
    }

    /// Gives back the tokens of a job that had a permit and did not begin.
    pub(super) fn give_back_token(&mut self, label: Label) {
        if let Some(group) = self.group_mut(label) {
            group.tokens.give_back();
        }
        if let Some(tokens) = self.queue_tokens(label) {
            tokens.give_back();
        }
    }

    fn queue_tokens(&mut self, label: Label) -> Option<&mut Tokens> {
        let number = self.queue_of(label);
        self.queue_mut(number)?.tokens.as_mut()
    }

    /// Returns whether a rate limits the start of the job: its own, or that of its queue.
    pub(super) fn has_rate(&self, job: &JobState) -> bool {
        let queue = self.queue(job.script.policy.queue);
        job.script.policy.rate.is_some() || queue.is_some_and(|queue| queue.tokens.is_some())
    }

    /// Removes a job that will not start from the line of its group.
    pub(super) fn leave_line(&mut self, label: Label) {
        if let Some(group) = self.group_mut(label) {
            group.line.retain(|&waiting| waiting != label);
            group.called.retain(|&called| called != label);
        }
    }

    /// Accepts the event that the next job to start waits for a token.
    pub(super) fn throttled(&self, label: Label) -> Option<Self> {
        let job = self.jobs.get(&label)?;
        let number = job.script.policy.queue;
        let is_turn = match job.stage {
            Stage::Queued => self.is_first(label) && self.can_start(number),
            Stage::Returned => self.first_returned(number) == Some(label) && self.opens(number),
            _ => false,
        };
        if !is_turn || self.has_token(label) {
            return None;
        }
        let mut next = self.clone();
        next.unqueue(label);
        let ticket = next.ticket(label);
        next.job_mut(label)?.stage = Stage::Throttled;
        let number = job.script.policy.rate?.group;
        let mut group = next.groups.remove(&number)?;
        group.called.retain(|&called| called != label);
        let is_earlier = |other: &Label| {
            let other = next.jobs.get(other);
            other.is_some_and(|other| other.ticket < ticket)
        };
        let place = group.line.iter().take_while(|&it| is_earlier(it)).count();
        group.line.insert(place, label);
        next.groups.insert(number, group);
        Some(next)
    }

    /// Moves a job of a group with a free token to the front of the wait for permits.
    pub(super) fn call_for_tokens(&self) -> impl Iterator<Item = Self> {
        let is_due = |group: &&Group| group.ready_at() <= self.now && self.starts_jobs();
        let ready = self.groups.values().filter(is_due);
        let called = ready.filter_map(|group| self.uncalled(group));
        called.filter_map(|first| {
            let mut next = self.clone();
            let group = next.group_mut(first)?;
            group.line.retain(|&waiting| waiting != first);
            group.called.push(first);
            next.line_of(first)?.insert(0, first);
            next.job_mut(first)?.stage = Stage::Queued;
            Some(next)
        })
    }

    /// Returns the next instant at which a token becomes free for a waiting job.
    pub(super) fn rates_due(&self) -> Option<Millis> {
        let waits = |group: &&Group| self.uncalled(group).is_some();
        let waiting = self.groups.values().filter(waits);
        let next = waiting.map(Group::ready_at).min();
        next.filter(|_| self.starts_jobs())
    }
}

/// A pause takes back the permit and the token of a job with a rate that has not begun. The job gets
/// both again before jobs that had no permit.
impl Machine {
    /// Returns the first of the jobs of a queue whose permit a pause took back, in the order of
    /// their permits.
    pub(super) fn first_returned(&self, number: u8) -> Option<Label> {
        let is_such = |job: &JobState| job.is_returned() && job.is_in_queue(number);
        let returned = self.jobs.iter().filter(|(_, job)| is_such(job));
        let first = returned.min_by_key(|(_, job)| job.turn);
        first.map(|(&label, _)| label)
    }

    /// Returns whether the queue starts the jobs that a pause returned.
    fn opens(&self, number: u8) -> bool {
        self.starts_jobs() && !self.is_queue_closed(number)
    }

    /// Returns when a job that a pause returned gets its permit again.
    pub(super) fn returned_due(&self, job: &JobState) -> Option<Millis> {
        let number = job.script.policy.queue;
        let starts = self.starts_jobs() && !self.is_queue_paused(number);
        starts.then(|| self.queue_ready_at(number))
    }

    /// Returns whether the pause must take back the permit of the job now.
    pub(super) fn must_return(&self, job: &JobState) -> bool {
        self.may_return(job) && !job.held
    }

    /// Returns whether a pause may take back the permit. A pause of the scheduler takes it also from
    /// jobs that have not reached the gate.
    fn may_return(&self, job: &JobState) -> bool {
        let reached = !job.held || self.state == scheduler_core::State::Paused;
        let holds = self.is_gate_shut(job) && reached;
        holds && self.has_rate(job) && job.is_claimed() && job.told.is_none()
    }

    pub(super) fn return_jobs(&self) -> impl Iterator<Item = Self> {
        let claimed = self.jobs.iter().filter(|(_, job)| self.may_return(job));
        claimed.filter_map(|(&label, _)| {
            let mut next = self.clone();
            let job = next.job_mut(label)?;
            (job.stage, job.returned) = (Stage::Returned, true);
            job.takes_room = false;
            next.give_back_token(label);
            Some(next)
        })
    }

    /// Gives a permit and a token to the first of the jobs whose permit a pause took back.
    pub(super) fn claim_again(&self) -> impl Iterator<Item = Self> {
        let numbers = self.queue_numbers();
        numbers.filter_map(|number| self.claim_again_in(number))
    }

    fn claim_again_in(&self, number: u8) -> Option<Self> {
        let again = |label: Label| self.jobs.get(&label).is_some_and(|job| job.returned);
        let called = || {
            let first = self.queue(number)?.line.first().copied();
            first.filter(|&label| again(label) && self.can_start(number))
        };
        let returned = self.first_returned(number).filter(|_| self.opens(number));
        let label = returned.or_else(called)?;
        if !self.has_token(label) {
            return None;
        }
        let mut next = self.clone();
        next.unqueue(label);
        next.take_token(label);
        let hold = self.hold;
        let job = next.job_mut(label)?;
        (job.stage, job.returned, job.held) = (Stage::Claimed, false, hold);
        Some(next)
    }
}
