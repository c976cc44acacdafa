//! Flaws of two settings that meet, and of settings that change while runs wait.

use std::sync::Mutex;

use scheduler_core::{
    Overlap, Result, Schedule, ScheduleHandle, ScheduleId, Scheduler,
    schedule::{Decision, ResumeFrom, ScheduleChange, SkipReason, Verdict},
};

use super::{
    schedule_history::Retells,
    schedule_settings::Redefines,
    twist::{Scene, Twist},
};

/// Mutant 651: after a pause of the scheduler, catch-up runs that wait for their pace never start.
pub(super) struct StopsThePaced;

impl Twist for StopsThePaced {
    fn resume(&self, on: &Scene) -> Result<()> {
        for info in on.inner.schedules() {
            if info.kept > 0 && !info.misfire().pace.is_zero() {
                on.inner
                    .schedule(&info.id)
                    .pause("nothing notes its deadline")?;
            }
        }
        on.inner.resume()
    }
}

/// Mutant 652: an imported pause begins at the import.
pub(super) struct PausesAnew;

impl Twist for PausesAnew {
    fn add_all(&self, on: &Scene, schedules: Vec<Schedule>) -> Result<Vec<ScheduleHandle>> {
        let added = on.inner.add_all(schedules)?;
        for handle in &added {
            if let Some(pause) = handle.info()?.paused {
                handle.resume(ResumeFrom::WhereItStood)?;
                handle.pause(&pause.reason)?;
            }
        }
        Ok(added)
    }
}

/// Mutant 653: a shorter history drops nothing until the next record.
#[derive(Default)]
pub(super) struct KeepsTheOldHistory(Mutex<Option<Kept>>);

/// The history before and after a change.
struct Kept {
    before: Vec<Decision>,
    after: Vec<Decision>,
}

impl Twist for KeepsTheOldHistory {
    fn update(&self, on: &Scene, id: &ScheduleId, change: ScheduleChange) -> Result<()> {
        let handle = on.inner.schedule(id);
        let before = self.history(on, id)?;
        handle.update(change)?;
        let after = handle.history()?;
        *self.0.lock().expect("no panic") = Some(Kept { before, after });
        Ok(())
    }

    fn history(&self, on: &Scene, id: &ScheduleId) -> Result<Vec<Decision>> {
        let now = on.inner.schedule(id).history()?;
        Ok(match &*self.0.lock().expect("no panic") {
            Some(kept) if kept.after == now => kept.before.clone(),
            _ => now,
        })
    }
}

/// Mutant 654: the instants that a skipped run would have replaced are recorded as part of it.
pub(super) const PART_OF_A_SKIPPED_RUN: Retells = Retells(|mut history| {
    let next: Vec<_> = history
        .iter()
        .skip(1)
        .map(|known| known.span.from)
        .collect();
    for (known, into) in history.iter_mut().zip(next) {
        let is_skipped = known.verdict == Verdict::Skipped(SkipReason::Overlap);
        if is_skipped && known.span.from != known.span.to {
            known.verdict = Verdict::Coalesced { into };
        }
    }
    history
});

/// Mutant 655: an instant within the grace is recorded as too late.
pub(super) const LATE_WITHIN_THE_GRACE: Retells = Retells(|mut history| {
    for known in &mut history {
        if known.verdict == Verdict::Skipped(SkipReason::Superseded) {
            known.verdict = Verdict::Missed(SkipReason::Misfire);
        }
    }
    history
});

/// Mutant 656: runs under `AllowAll` count for the other schedules of their group.
pub(super) const COUNTS_ALL_OF_A_GROUP: Redefines =
    Redefines(|info| match (info.group(), info.overlap()) {
        (Some(_), Overlap::AllowAll) => ScheduleChange::new()
            .overlap(Overlap::Skip)
            .max_instances(1_000),
        _ => ScheduleChange::new(),
    });
