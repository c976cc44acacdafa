//! Schedules: their instants, and the decisions about those that are due.

use super::{Machine, Orphan, ScheduleState, Script};
use crate::model::{
    scenario::{Call, Millis},
    trace::{Actor, Answer, Label, Nominal},
    work::ScheduleSpec,
};

impl Machine {
    /// Accepts a run of a schedule for the instant `nominal`.
    pub(super) fn occurrence(&self, id: u16, nominal: Nominal, label: Label) -> Option<Self> {
        let schedule = self.deciding(id)?;
        let mut next = self.clone();
        if schedule.kept.is_empty() {
            let free = self.may_run_beside(id, schedule);
            next.pass(id, nominal).filter(|()| free)?;
        } else {
            next.start_kept(id, nominal)?;
        }
        next.accept(label, schedule.script.clone(), false);
        let job = next.job_mut(label)?;
        (job.occurrence_of, job.run_of) = (Some(id), Some(id));
        Some(next)
    }

    pub(super) fn skipped(&self, id: u16, nominal: Nominal, reason: &str) -> Option<Self> {
        let mut next = self.clone();
        if reason == "Overlap" {
            let busy = self.skips(id, self.deciding(id)?);
            if !busy || next.pass(id, nominal).is_some() {
                return busy.then_some(next);
            }
            // The earlier instants would count for the latest one, which the active run prevents as well.
            next = self.clone();
        }
        if reason == "BufferFull" {
            let full = self.finds_buffer_full(id, self.deciding(id)?);
            return next.pass(id, nominal).filter(|()| full).map(|()| next);
        }
        if reason == "Superseded" {
            return next.supersede(id, nominal).map(|()| next);
        }
        if reason == "ScheduleRemoved" && next.give_up_kept(id, nominal) {
            return Some(next);
        }
        if matches!(reason, "ScheduleRemoved" | "Shutdown") {
            let is_it = |orphan: &Orphan| orphan.is(id, nominal, reason);
            next.orphans.remove(next.orphans.iter().position(is_it)?);
            return Some(next);
        }
        let horizon = self.horizon();
        let schedule = next.deciding_mut(id)?;
        let missed = schedule.next.filter(|&at| at + schedule.every <= horizon)?;
        let first = !std::mem::replace(&mut schedule.misfired, true);
        let lead = schedule.lead;
        (first && instant(missed, lead) == Some(nominal)).then_some(next)
    }

    /// Consumes the instant `nominal` of a schedule. It must be the next one, or the latest of
    /// those that were missed (`TM-001`, `TM-002`, `TM-007`).
    pub(super) fn pass(&mut self, id: u16, nominal: Nominal) -> Option<()> {
        let (now, decides) = (self.horizon(), self.starts_jobs());
        let schedule = self.deciding_mut(id)?;
        let next = schedule.next.filter(|&at| at <= now && decides)?;
        let latest = next + (now - next) / schedule.every * schedule.every;
        let told = instant(latest, schedule.lead);
        let is_it = told == Some(nominal) && schedule.misfired == (latest > next);
        schedule.misfired = false;
        schedule.next = Some(latest + schedule.every);
        is_it.then_some(())
    }

    pub(super) fn added(&self, id: u16) -> Vec<Self> {
        let permitted = self.is_permitted(scheduler_core::lifecycle::Operation::Add);
        let free = !self.schedules.contains_key(&id);
        let adds = self.invoked().filter_map(|(by, call)| match &*call {
            Call::Add(spec) if spec.id == id => Some((by, spec.clone())),
            _ => None,
        });
        adds.filter(|_| permitted && free)
            .map(|(by, spec)| self.add(by, &spec))
            .collect()
    }

    fn add(&self, by: Actor, spec: &ScheduleSpec) -> Self {
        let mut next = self.settle(by, Answer::Ok);
        let schedule = ScheduleState {
            script: Script::of_schedule(spec),
            every: spec.every,
            overlap: spec.overlap,
            kept: Vec::new(),
            next: self.has_started().then_some(self.now + spec.every),
            lead: self.ahead,
            misfired: false,
        };
        next.schedules.insert(spec.id, schedule);
        next
    }

    pub(super) fn removed(&self, id: u16) -> Vec<Self> {
        let removes = |call: &Call| *call == Call::Remove(id) && self.schedules.contains_key(&id);
        let by = self.invoked().filter(|(_, call)| removes(call));
        by.map(|(by, _)| self.remove(by, id)).collect()
    }

    fn remove(&self, by: Actor, id: u16) -> Self {
        let mut next = self.settle(by, Answer::Ok);
        let removed = next.schedules.remove(&id);
        if let Some(schedule) = removed {
            next.give_up(id, &schedule, "ScheduleRemoved");
        }
        for job in next.jobs_mut() {
            if job.run_of == Some(id) {
                job.removed |= job.is_waiting();
                job.attempts.is_last = true;
                // A later schedule with the same id is a different one.
                (job.occurrence_of, job.run_of) = (None, None);
            }
        }
        next
    }

    /// Requires a `Skipped` event for the due instants of a schedule that is removed.
    pub(super) fn give_up(&mut self, id: u16, schedule: &ScheduleState, reason: &'static str) {
        let horizon = self.horizon();
        let due = schedule.next.filter(|&at| at <= horizon);
        let due = due.and_then(|at| instant(at, schedule.lead));
        for nominal in schedule.kept.iter().copied().chain(due) {
            self.orphans.push(Orphan {
                id,
                nominal,
                reason,
            });
        }
    }

    /// Requires a `Skipped` event for the due instants of every schedule, because the scheduler ends (`SD-009`).
    pub(super) fn give_up_schedules(&mut self) {
        for (id, schedule) in std::mem::take(&mut self.schedules) {
            self.give_up(id, &schedule, "Shutdown");
        }
    }
}

impl Orphan {
    fn is(&self, id: u16, nominal: Nominal, reason: &str) -> bool {
        (self.id, self.nominal, self.reason) == (id, nominal, reason)
    }
}

fn instant(at: Millis, lead: Nominal) -> Option<Nominal> {
    Nominal::try_from(at).ok()?.checked_add(lead)
}
