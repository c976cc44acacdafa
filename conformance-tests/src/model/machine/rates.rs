//! Rates of groups (`RY-012`): tokens become free at even intervals, and a job takes one together
//! with its permit. Jobs without a token wait in the line of their group, while other jobs start.

use super::{JobState, Machine, Stage};
use crate::model::{scenario::Millis, trace::Label, work::RateSpec};

/// A group of jobs with a rate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Group {
    /// The time between two tokens.
    interval: Millis,
    /// The length of the period before `full_at` in which the group already has a token.
    spare: Millis,
    /// The instant at which the group has its full number of tokens.
    full_at: Millis,
    /// The jobs that wait for a token, in order.
    line: Vec<Label>,
    /// The job for which the next token is reserved. It waits for a permit.
    called: Option<Label>,
}

impl Group {
    /// Applies the rate of the job that was accepted last.
    fn adjust(&mut self, rate: RateSpec) {
        self.interval = rate.per.div_ceil(u64::from(rate.count));
        self.spare = self.interval * u64::from(rate.burst - 1);
    }

    const fn ready_at(&self) -> Millis {
        self.full_at.saturating_sub(self.spare)
    }

    fn is_turn_of(&self, label: Label) -> bool {
        match self.called {
            Some(called) => called == label,
            None => self.line.is_empty(),
        }
    }
}

impl Machine {
    pub(super) fn join_group(&mut self, rate: Option<RateSpec>) {
        if let Some(rate) = rate {
            self.groups.entry(rate.group).or_default().adjust(rate);
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
        group.is_none_or(|group| group.is_turn_of(label) && group.ready_at() <= self.now)
    }

    /// Returns whether the next token of the group is reserved for the job.
    pub(super) fn calls_for(&self, label: Label) -> bool {
        let group = self.group_of(label);
        group.is_some_and(|group| group.called == Some(label))
    }

    pub(super) fn take_token(&mut self, label: Label) {
        let now = self.now;
        if let Some(group) = self.group_mut(label) {
            group.full_at = group.full_at.max(now) + group.interval;
            group.called = None;
        }
    }

    /// Gives back the token of a job that had a permit and did not begin.
    pub(super) fn give_back_token(&mut self, label: Label) {
        if let Some(group) = self.group_mut(label) {
            group.full_at = group.full_at.saturating_sub(group.interval);
        }
    }

    /// Removes a job that will not start from the line of its group.
    pub(super) fn leave_line(&mut self, label: Label) {
        if let Some(group) = self.group_mut(label) {
            group.line.retain(|&waiting| waiting != label);
            group.called.take_if(|called| *called == label);
        }
    }

    /// Accepts the event that the next job to start waits for a token.
    pub(super) fn throttled(&self, label: Label) -> Option<Self> {
        let job = self.jobs.get(&label)?;
        let is_turn = match job.stage {
            Stage::Queued => self.queue.first() == Some(&label) && self.can_start(),
            Stage::Returned => self.first_returned() == Some(label) && self.starts_jobs(),
            _ => false,
        };
        if !is_turn || self.has_token(label) {
            return None;
        }
        let had_turn = job.returned;
        let mut next = self.clone();
        next.queue.retain(|&queued| queued != label);
        next.job_mut(label)?.stage = Stage::Throttled;
        let group = next.group_mut(label)?;
        let was_called = group.called.take_if(|called| *called == label).is_some();
        if was_called || had_turn {
            group.line.insert(0, label);
        } else {
            group.line.push(label);
        }
        Some(next)
    }

    /// Moves the first job of a group with a free token to the front of the wait for permits.
    pub(super) fn call_for_tokens(&self) -> impl Iterator<Item = Self> {
        let ready = self.groups.iter().filter(|(_, group)| {
            let is_due = group.called.is_none() && group.ready_at() <= self.now;
            is_due && !group.line.is_empty() && self.starts_jobs()
        });
        ready.filter_map(|(number, _)| {
            let mut next = self.clone();
            let group = next.groups.get_mut(number)?;
            let first = group.line.remove(0);
            group.called = Some(first);
            next.queue.insert(0, first);
            next.job_mut(first)?.stage = Stage::Queued;
            Some(next)
        })
    }

    /// Returns the next instant at which a token becomes free for a waiting job.
    pub(super) fn rates_due(&self) -> Option<Millis> {
        let waits = |group: &&Group| group.called.is_none() && !group.line.is_empty();
        let waiting = self.groups.values().filter(waits);
        let next = waiting.map(Group::ready_at).min();
        next.filter(|_| self.starts_jobs())
    }
}

/// A pause takes back the permit and the token of a job with a rate that has not begun. The job gets
/// both again before jobs that had no permit.
impl Machine {
    /// Returns the first of the jobs whose permit a pause took back, in the order of their permits.
    pub(super) fn first_returned(&self) -> Option<Label> {
        let returned = self.jobs.iter().filter(|(_, job)| job.is_returned());
        let first = returned.min_by_key(|(_, job)| job.turn);
        first.map(|(&label, _)| label)
    }

    /// Returns whether the pause must take back the permit of the job now.
    pub(super) fn must_return(&self, job: &JobState) -> bool {
        self.may_return(job) && !job.held
    }

    fn may_return(&self, job: &JobState) -> bool {
        let paused = self.state == scheduler_core::State::Paused;
        paused && job.script.policy.rate.is_some() && job.is_claimed() && job.told.is_none()
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
    pub(super) fn claim_again(&self) -> Option<Self> {
        let again = |label: Label| self.jobs.get(&label).is_some_and(|job| job.returned);
        let called = || {
            let first = self.queue.first().copied().filter(|&label| again(label));
            first.filter(|_| self.can_start())
        };
        let returned = self.first_returned().filter(|_| self.starts_jobs());
        let label = returned.or_else(called)?;
        if !self.has_token(label) {
            return None;
        }
        let mut next = self.clone();
        next.queue.retain(|&queued| queued != label);
        next.take_token(label);
        let hold = self.hold;
        let job = next.job_mut(label)?;
        (job.stage, job.returned, job.held) = (Stage::Claimed, false, hold);
        Some(next)
    }
}
