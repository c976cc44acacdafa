//! Overlap policies (`OV-001` to `OV-010`): whether the run of a due instant starts, is buffered, is
//! skipped, or replaces the active run.

use scheduler_core::lifecycle::Operation;

use super::{JobState, Machine, Order, ScheduleState};
use crate::model::{
    scenario::{Call, Millis},
    trace::{Label, Nominal},
    work::OverlapPolicy,
};

/// The decision about the first buffered run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Stays,
    Starts,
    /// A later run starts in its place.
    Superseded,
}

impl Machine {
    /// Returns whether a further run may be active.
    pub(super) fn may_run_beside(&self, id: u16, schedule: &ScheduleState) -> bool {
        let beside = schedule.overlap.policy == OverlapPolicy::AllowAll;
        beside || self.active(id) < schedule.overlap.instances
    }

    /// Returns whether the policy skips an instant now.
    pub(super) fn skips(&self, id: u16, schedule: &ScheduleState) -> bool {
        let skips = match schedule.overlap.policy {
            OverlapPolicy::Skip => true,
            OverlapPolicy::BufferOne => !schedule.kept.is_empty(),
            _ => false,
        };
        skips && !self.may_run_beside(id, schedule)
    }

    /// Returns whether the policy buffers runs, and finds the buffer full.
    pub(super) fn finds_buffer_full(&self, id: u16, schedule: &ScheduleState) -> bool {
        let buffers = match schedule.overlap.policy {
            OverlapPolicy::Skip | OverlapPolicy::AllowAll => false,
            OverlapPolicy::BufferOne => schedule.kept.is_empty(),
            _ => true,
        };
        let full = schedule.kept.len() >= schedule.overlap.buffer;
        buffers && full && !self.may_run_beside(id, schedule)
    }

    /// Accepts the event of a buffered run, which may replace the active one.
    pub(super) fn kept(&self, id: u16, nominal: Nominal) -> Option<Self> {
        let schedule = self.deciding(id)?;
        let policy = schedule.overlap.policy;
        let buffers = match policy {
            OverlapPolicy::Skip | OverlapPolicy::AllowAll => false,
            OverlapPolicy::BufferOne => schedule.kept.is_empty(),
            _ => schedule.kept.len() < schedule.overlap.buffer,
        };
        let waits = buffers && !self.may_run_beside(id, schedule);
        let mut next = self.clone();
        next.pass(id, nominal).filter(|()| waits)?;
        next.deciding_mut(id)?.kept.push(nominal);
        if let Some(grace) = policy.grace() {
            next.replace_active(id, grace);
        }
        Some(next)
    }

    fn fate_of_kept(&self, id: u16, schedule: &ScheduleState) -> Fate {
        if schedule.kept.is_empty() || !self.may_run_beside(id, schedule) {
            return Fate::Stays;
        }
        let replaces = schedule.overlap.policy.grace().is_some();
        match replaces && schedule.kept.len() > 1 {
            true => Fate::Superseded,
            false => Fate::Starts,
        }
    }

    /// Returns whether a buffered run must start or be superseded now.
    pub(super) fn has_kept_to_start(&self) -> bool {
        let closing = self.closing.as_ref();
        let undecided = closing.into_iter().flat_map(|closing| &closing.undecided);
        let mut all = self.schedules.iter().chain(undecided);
        all.any(|(&id, schedule)| self.fate_of_kept(id, schedule) != Fate::Stays)
    }

    /// Removes the first buffered run, which starts.
    pub(super) fn start_kept(&mut self, id: u16, nominal: Nominal) -> Option<()> {
        self.take_kept(id, nominal, Fate::Starts)
    }

    /// Removes the first buffered run, in whose place a later one starts.
    pub(super) fn supersede(&mut self, id: u16, nominal: Nominal) -> Option<()> {
        self.take_kept(id, nominal, Fate::Superseded)
    }

    fn take_kept(&mut self, id: u16, nominal: Nominal, fate: Fate) -> Option<()> {
        let is_it = self.fate_of_kept(id, self.deciding(id)?) == fate;
        let schedule = self.deciding_mut(id)?;
        let first = *schedule.kept.first().filter(|_| is_it)?;
        schedule.kept.remove(0);
        (first == nominal).then_some(())
    }

    /// Drops a buffered run, because a pending call removes the schedule. The event of the removal
    /// follows.
    pub(super) fn give_up_kept(&mut self, id: u16, nominal: Nominal) -> bool {
        let removes = self.invoked().any(|(_, call)| *call == Call::Remove(id));
        let permitted = removes && self.is_permitted(Operation::Remove);
        let Some(schedule) = self.schedules.get_mut(&id).filter(|_| permitted) else {
            return false;
        };
        let is_first = schedule.kept.first() == Some(&nominal);
        schedule.kept.drain(..usize::from(is_first));
        is_first
    }

    /// Requests the cancellation of the active runs of a schedule (`OV-004`, `OV-005`).
    fn replace_active(&mut self, id: u16, grace: Millis) {
        let drop_at = self.now.saturating_add(grace);
        let is_active = |job: &&mut JobState| job.occurrence_of == Some(id) && !job.is_done();
        for job in self.jobs_mut().filter(is_active) {
            match &mut job.told {
                Some(order) => order.hasten("Replaced", drop_at),
                None => job.replaced = Some(grace),
            }
        }
    }

    /// Accepts the cancellation event of a run that a later one replaces.
    pub(super) fn told_by_replacement(&self, label: Label) -> Option<Self> {
        let mut next = self.clone();
        let job = next.job_mut(label).filter(|job| job.is_running())?;
        let drop_at = self.now.saturating_add(job.replaced.take()?);
        job.told = Some(Order::new("Replaced", self.now, drop_at));
        Some(next)
    }

    /// Returns whether the run that is accepted now was buffered before.
    pub(in crate::model) fn starts_kept(&self, label: Label) -> bool {
        let Label::Run(id, _) = label else {
            return false;
        };
        let schedule = self.deciding(id);
        schedule.is_some_and(|schedule| self.fate_of_kept(id, schedule) == Fate::Starts)
    }

    /// Returns whether a later run replaces this one.
    pub(in crate::model) fn is_replaced(&self, label: Label) -> bool {
        let job = self.jobs.get(&label);
        job.is_some_and(|job| job.replaced.is_some())
    }
}
