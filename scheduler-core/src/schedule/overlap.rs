//! [`Overlap`]: the policy for an instant that is due while an earlier run is active.

/// The policy for an instant that is due while the maximum number of runs is active.
///
/// The policies are those of Temporal. The policy that is set when a buffered run's turn comes
/// decides about it, so a change also affects runs that wait (`OV-008`).
///
/// ```
/// use std::time::Duration;
/// use scheduler_core::{Overlap, RuntimeScheduler, Schedule, Scheduler, SchedulerExt, Task};
/// use scheduler_core::trigger::Interval;
/// use scheduler_testing::VirtualRuntime;
///
/// // A run takes longer than the time to the next instant.
/// let slow = Task::new(|job| async move { job.sleep(Duration::from_secs(90)).await });
/// let minutely = Schedule::new(Interval::every(Duration::from_secs(60))?, slow);
///
/// let time = VirtualRuntime::new(backend_thread::ThreadRuntime::new());
/// let scheduler = RuntimeScheduler::new(time.clone());
/// scheduler.add(minutely.clone().id("patient").overlap(Overlap::BufferOne))?;
/// scheduler.add(minutely.id("strict").overlap(Overlap::Skip))?;
/// time.run(scheduler.start())?;
/// time.advance(Duration::from_secs(601));
///
/// let skipped: Vec<_> = scheduler.schedules().iter().map(|info| info.skipped).collect();
/// assert_eq!(skipped, [2, 5]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Overlap {
    /// Skips the new run.
    #[default]
    Skip,
    /// Buffers one run until the earlier one has ended, and skips further ones meanwhile.
    BufferOne,
    /// Buffers all runs, up to [`buffer_limit`](crate::Schedule::buffer_limit), and runs them one
    /// after the other.
    BufferAll,
    /// Cancels the earlier run gracefully, and starts the new one when it has ended.
    CancelOther,
    /// Drops the earlier run at its next suspension, and starts the new one when it has ended.
    TerminateOther,
    /// Runs both. After a change of the policy, all active runs count for the new policy. In a group,
    /// runs under this policy neither wait for those of other schedules nor make them wait.
    AllowAll,
}
