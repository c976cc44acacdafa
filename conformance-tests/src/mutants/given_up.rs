//! Flaws of schedules that are paused when they or the scheduler end.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use scheduler_core::{
    Result, ScheduleId, ScheduleInfo, Shutdown, ShutdownReport,
    schedule::{ResumeFrom, RunCause, Verdict},
};

use super::{
    schedule_history::Retells,
    schedules::shown,
    twist::{Scene, Twist},
};

fn paused(on: &Scene) -> impl Iterator<Item = ScheduleInfo> {
    let schedules = on.inner.schedules().into_iter();
    schedules.filter(ScheduleInfo::is_paused)
}

/// Mutant 580: a graceful shutdown waits for the runs of a paused schedule.
pub(super) struct WaitsForPausedRuns;

#[async_trait]
impl Twist for WaitsForPausedRuns {
    async fn shutdown(&self, on: &Scene, how: Shutdown) -> Result<Arc<ShutdownReport>> {
        let waits = paused(on).next().is_some() && !on.inner.jobs().is_empty();
        if waits {
            on.inner.sleep(Duration::from_secs(60)).await;
        }
        on.inner.shutdown(how).await
    }
}

/// Mutant 581: a graceful shutdown resumes paused schedules.
pub(super) struct DrainsPausedRuns;

#[async_trait]
impl Twist for DrainsPausedRuns {
    async fn shutdown(&self, on: &Scene, how: Shutdown) -> Result<Arc<ShutdownReport>> {
        for info in paused(on) {
            on.inner.schedule(&info.id).resume(ResumeFrom::Now)?;
        }
        on.inner.shutdown(how).await
    }
}

/// Mutant 582: a repeated instant that does not run is recorded as if it came for the first time.
pub(super) const GIVES_UP_THE_FIRST_PASS: Retells = Retells(|mut history| {
    for known in &mut history {
        let repeats = matches!(known.cause, RunCause::ClockRepeat(_));
        if repeats && matches!(known.verdict, Verdict::Skipped(_)) {
            known.cause = RunCause::Due;
        }
    }
    history
});

/// Mutant 583: a paused schedule leaves the list when its trigger has ended.
pub(super) struct HidesPausedEnds;

fn is_shown(info: &ScheduleInfo) -> bool {
    !info.is_paused() || info.ended.is_none()
}

#[async_trait]
impl Twist for HidesPausedEnds {
    fn info(&self, on: &Scene, id: &ScheduleId) -> Result<ScheduleInfo> {
        shown(on, id, is_shown)
    }

    fn schedules(&self, on: &Scene) -> Vec<ScheduleInfo> {
        let mut schedules = on.inner.schedules();
        schedules.retain(is_shown);
        schedules
    }
}

/// Mutant 584: a schedule whose trigger has ended stays listed after its last run.
#[derive(Default)]
pub(super) struct ListsEndedSchedules(Mutex<BTreeMap<ScheduleId, ScheduleInfo>>);

#[async_trait]
impl Twist for ListsEndedSchedules {
    fn info(&self, on: &Scene, id: &ScheduleId) -> Result<ScheduleInfo> {
        let mut ended = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let info = on.inner.schedule(id).info();
        if let Some(info) = info.as_ref().ok().filter(|info| info.ended.is_some()) {
            ended.insert(id.clone(), info.clone());
        }
        info.or_else(|unknown| ended.get(id).cloned().ok_or(unknown))
    }
}
