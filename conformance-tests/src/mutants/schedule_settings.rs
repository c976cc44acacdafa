//! Flaws of the settings of schedules: each is taken for another one, or ignored.

use std::time::Duration;

use async_trait::async_trait;
use scheduler_core::{
    Misfire, Overlap, Result, Schedule, ScheduleHandle, ScheduleInfo, SchedulerExt, Task,
    schedule::{Conflict, MisfirePolicy, ScheduleChange, Which},
};

use super::twist::{Scene, Twist};

/// A twist that changes the definition of each added schedule.
pub(super) struct Defines(pub(super) fn(Schedule) -> Schedule);

#[async_trait]
impl Twist for Defines {
    fn add(&self, on: &Scene, schedule: Schedule) -> Result<ScheduleHandle> {
        on.inner.add((self.0)(schedule))
    }
}

/// Mutant 151: a schedule with an existing id replaces it.
pub(super) const ALWAYS_REPLACES: Defines = Defines(|it| it.on_conflict(Conflict::Replace));
/// Mutant 152: a schedule with an existing id is refused under every policy.
pub(super) const ALWAYS_REFUSES: Defines = Defines(|it| it.on_conflict(Conflict::Refuse));
/// Mutant 162: jitter is ignored.
pub(super) const NO_JITTER: Defines = Defines(|it| it.jitter(Duration::ZERO));
/// Mutant 163: settings that let nothing run are removed.
pub(super) const DROPS_INVALID_SETTINGS: Defines = Defines(|it| {
    let it = it.max_instances(1).buffer_limit(1_000);
    it.pause_after_failures(99).misfire(Misfire::default())
});
/// Mutant 164: consecutive failures pause nothing.
pub(super) const NEVER_PAUSES_ON_FAILURES: Defines =
    Defines(|it| it.pause_after_failures(usize::MAX));
/// Mutant 183: max_instances is always one.
pub(super) const ONE_AT_A_TIME: Defines = Defines(|it| it.max_instances(1));
/// Mutant 184: the buffer has no limit.
pub(super) const KEEPS_ANY_NUMBER: Defines = Defines(|it| it.buffer_limit(usize::MAX));
/// Mutant 189: no record is ever dropped.
pub(super) const NEVER_FORGETS: Defines = Defines(|it| it.history(1_000));

/// A twist that updates each schedule after it was added, depending on its definition.
pub(super) struct Redefines(pub(super) fn(&ScheduleInfo) -> ScheduleChange);

#[async_trait]
impl Twist for Redefines {
    fn add(&self, on: &Scene, schedule: Schedule) -> Result<ScheduleHandle> {
        let added = on.inner.add(schedule)?;
        if let Ok(info) = added.info() {
            added.update((self.0)(&info))?;
        }
        Ok(added)
    }
}

fn with_misfire(info: &ScheduleInfo, change: impl FnOnce(Misfire) -> Misfire) -> ScheduleChange {
    ScheduleChange::new().misfire(change(info.misfire()))
}

fn with_policy(
    info: &ScheduleInfo,
    change: impl FnOnce(MisfirePolicy) -> MisfirePolicy,
) -> ScheduleChange {
    with_misfire(info, |mut misfire| {
        misfire.policy = change(misfire.policy);
        misfire
    })
}

/// Mutant 170: an instant exactly as late as the grace is a misfire.
pub(super) const EXCLUDES_THE_GRACE: Redefines = Redefines(|info| {
    let shorter = |it: Misfire| it.grace(it.grace.saturating_sub(Duration::from_nanos(1)));
    with_misfire(info, shorter)
});
/// Mutant 171: Skip runs once.
pub(super) const NEVER_SKIPS: Redefines = Redefines(|info| {
    with_policy(info, |policy| match policy {
        MisfirePolicy::Skip => MisfirePolicy::FireOnce(Which::Latest),
        other => other,
    })
});
/// Mutant 172: FireOnce takes the earliest instant for the latest.
pub(super) const MISTAKES_THE_FIRST_FOR_THE_LAST: Redefines = Redefines(|info| {
    with_policy(info, |policy| match policy {
        MisfirePolicy::FireOnce(Which::Latest) => MisfirePolicy::FireOnce(Which::Earliest),
        MisfirePolicy::FireOnce(Which::Earliest) => MisfirePolicy::FireOnce(Which::Latest),
        other => other,
    })
});
/// Mutant 173: a run that replaces several instants does not know them.
pub(super) const COVERS_NOTHING: Redefines = Redefines(|info| {
    with_policy(info, |policy| match policy {
        MisfirePolicy::FireOnce(_) => MisfirePolicy::FireAll { max: 1 },
        other => other,
    })
});
/// Mutant 174: FireAll runs one instant more than its limit.
pub(super) const FIRES_ONE_MORE: Redefines = Redefines(|info| {
    with_policy(info, |policy| match policy {
        MisfirePolicy::FireAll { max } => MisfirePolicy::FireAll { max: max + 1 },
        other => other,
    })
});
/// Mutant 175: the catch-up window is ignored.
pub(super) const NOTHING_IS_TOO_OLD: Redefines = Redefines(|info| {
    with_misfire(info, |mut misfire| {
        misfire.window = None;
        misfire
    })
});
/// Mutant 176: the hours of late runs are ignored.
pub(super) const AT_ANY_HOUR: Redefines = Redefines(|_| ScheduleChange::new().late_hours(None));
/// Mutant 177: the pace of catch-up runs is ignored.
pub(super) const NO_PACE: Redefines =
    Redefines(|info| with_misfire(info, |misfire| misfire.pace(Duration::ZERO)));
/// Mutant 179: every late instant counts as on time.
pub(super) const IS_NEVER_LATE: Redefines =
    Redefines(|info| with_misfire(info, |misfire| misfire.grace(Duration::MAX)));

/// Mutant 180: each overlap policy acts as another one.
pub(super) const MIXES_UP_OVERLAPS: Redefines = Redefines(|info| {
    let other = match info.overlap() {
        Overlap::Skip => Overlap::AllowAll,
        Overlap::BufferOne | Overlap::AllowAll => Overlap::Skip,
        Overlap::BufferAll => Overlap::BufferOne,
        Overlap::CancelOther => Overlap::TerminateOther,
        _ => Overlap::CancelOther,
    };
    ScheduleChange::new().overlap(other)
});
/// Mutant 219: the task of each schedule is replaced by one that does nothing.
pub(super) const RUNS_NOTHING: Redefines =
    Redefines(|_| ScheduleChange::new().task(Task::new(|_| async {})));

/// Mutant 182: groups of schedules are ignored.
pub(super) const NO_GROUPS: Redefines = Redefines(|_| ScheduleChange::new().group::<&str>(None));
