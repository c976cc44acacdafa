//! [`TaskLimit`]: how many jobs of a task run at the same time.

use std::sync::Arc;

use crate::{Error, Result, contract::names::check_name};

/// A limit on the number of running jobs of a task, over all of its schedules, submitted jobs and queues
/// (`QU-011`).
///
/// All jobs whose policies name the same task share the limit. If their numbers differ, that of the job that
/// was accepted last applies. A job that waits for its task holds up no job of another task (`QU-012`).
///
/// ```
/// use scheduler_core::{Schedule, Task, job::TaskLimit, trigger::Cron};
///
/// // The hourly and the nightly import never run at the same time.
/// let import = Task::new(|_| async { println!("import") }).task_limit(TaskLimit::new("import", 1));
/// let hourly = Schedule::new(Cron::parse("@hourly")?, import.clone());
/// let nightly = Schedule::new(Cron::parse("30 2 * * *")?, import);
/// # let _ = (hourly, nightly);
/// # Ok::<(), scheduler_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct TaskLimit {
    /// Name of the task, which all of its schedules and jobs share.
    pub task: Arc<str>,
    /// Maximum number of its jobs that run at the same time.
    pub jobs: usize,
}

impl TaskLimit {
    /// Allows `jobs` running jobs of the task.
    ///
    /// ```
    /// use scheduler_core::job::TaskLimit;
    ///
    /// let limit = TaskLimit::new("import", 1);
    /// assert_eq!((&*limit.task, limit.jobs), ("import", 1));
    /// ```
    #[must_use]
    pub fn new(task: impl Into<Arc<str>>, jobs: usize) -> Self {
        Self {
            task: task.into(),
            jobs,
        }
    }

    pub(crate) fn validate(&self) -> Result<()> {
        check_name("task_limit.task", &self.task)?;
        if self.jobs > 0 {
            return Ok(());
        }
        Err(Error::InvalidConfig {
            field: "task_limit",
            problem: "must not be zero: no job of the task could ever run".into(),
        })
    }
}
