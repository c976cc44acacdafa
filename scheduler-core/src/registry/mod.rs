//! Tasks with names, and with arguments that are data. Schedules of such tasks can be exported.
//!
//! A closure cannot be stored or sent; a name and arguments can. A [`TaskRegistry`] maps names to
//! functions. It checks the arguments when it builds a task, not when the task runs.
//!
//! ```
//! use std::time::Duration;
//!
//! use scheduler_core::{JobContext, registry::TaskRegistry, trigger::Interval};
//! use serde::{Deserialize, Serialize};
//! use serde_json::json;
//!
//! #[derive(Clone, Serialize, Deserialize)]
//! struct Mail {
//!     to: Vec<String>,
//!     #[serde(default)]
//!     urgent: bool,
//! }
//!
//! let mut registry = TaskRegistry::new();
//! registry.register("mail", |_: JobContext, mail: Mail| async move {
//!     println!("to {}, urgent: {}", mail.to.join(", "), mail.urgent);
//! })?;
//!
//! // Arguments as data, or as the type itself.
//! let hourly = Interval::every(Duration::from_secs(3600))?;
//! let schedule = registry.schedule(hourly, "mail", json!({"to": ["ops@example.org"]}))?;
//! let job = registry.job("mail", Mail { to: vec!["me@example.org".into()], urgent: true })?;
//!
//! let refused = registry.task("mail", json!({"to": ["a@example.org", 7]})).unwrap_err();
//! assert_eq!(
//!     refused.to_string(),
//!     "the task \"mail\" does not accept these arguments: \
//!      to[1]: invalid type: integer `7`, expected a string"
//! );
//! # let _ = (schedule, job);
//! # Ok::<(), scheduler_core::Error>(())
//! ```

mod arguments;
mod error;
mod register;

use std::{collections::BTreeMap, fmt, panic::Location, sync::Arc};

use serde::Serialize;
use serde_json::Value;

pub(crate) use self::arguments::typed;
pub use self::error::TaskError;
use crate::{
    Result, Schedule, Task,
    job::{Job, JobPolicy, TaskBody},
    trigger::{Trigger, suggest},
};

/// Registered tasks, by name. A clone copies only the names.
#[derive(Clone, Default)]
pub struct TaskRegistry {
    entries: BTreeMap<Arc<str>, Entry>,
}

/// A registered task.
#[derive(Clone)]
struct Entry {
    make: Arc<Make>,
    policy: Option<Arc<JobPolicy>>,
    made_at: &'static Location<'static>,
}

/// Builds the body of a task, or returns an error if the task does not accept the arguments.
type Make = dyn Fn(Origin) -> Result<TaskBody, TaskError> + Send + Sync;

/// The registered name and the arguments of a task.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Origin {
    pub(crate) name: Arc<str>,
    pub(crate) args: Value,
}

impl TaskRegistry {
    /// Creates an empty registry.
    ///
    /// ```
    /// use scheduler_core::registry::TaskRegistry;
    ///
    /// assert_eq!(TaskRegistry::new().names().count(), 0);
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the default policy of the tasks with this name.
    ///
    /// ```
    /// use scheduler_core::{JobContext, job::JobPolicy, registry::TaskRegistry};
    ///
    /// let mut registry = TaskRegistry::new();
    /// registry.register("mail", |_: JobContext, (): ()| async {})?;
    /// registry.policy("mail", JobPolicy::default().priority(7))?;
    /// let job = registry.job("mail", ())?;
    /// assert_eq!(job.get_policy().map(|policy| policy.priority), Some(7));
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TaskError::Unknown`]. `InvalidConfig` if the policy is contradictory.
    pub fn policy(&mut self, name: &str, policy: impl Into<Arc<JobPolicy>>) -> Result<()> {
        let policy = policy.into();
        policy.validate()?;
        match self.entries.get_mut(name) {
            Some(entry) => entry.policy = Some(policy),
            None => return Err(self.unknown(name).into()),
        }
        Ok(())
    }

    /// Builds the task with this name from arguments, which may be any serializable value. `()` means no
    /// arguments, or defaults for all of them.
    ///
    /// ```
    /// use scheduler_core::{JobContext, registry::TaskRegistry};
    ///
    /// let mut registry = TaskRegistry::new();
    /// registry.register("wait", |_: JobContext, seconds: u8| async move { println!("{seconds} s") })?;
    /// let refused = registry.task("wait", "long").unwrap_err();
    /// assert!(refused.to_string().contains("expected u8"), "{refused}");
    /// let unknown = registry.task("wiat", 1).unwrap_err();
    /// assert!(unknown.to_string().contains("wait"), "{unknown}");
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TaskError::Unknown`], with similar names. [`TaskError::Arguments`], with the path in the arguments;
    /// unknown arguments are refused too.
    pub fn task(&self, name: &str, args: impl Serialize) -> Result<Task> {
        let Some((name, entry)) = self.entries.get_key_value(name) else {
            return Err(self.unknown(name).into());
        };
        let args = arguments::write(name, args)?;
        let name = name.clone();
        let body = (entry.make)(Origin {
            name: name.clone(),
            args,
        })?;
        let mut task = Task::with_body(body).name(name);
        task.policy = entry.policy.clone();
        task.made_at = entry.made_at;
        Ok(task)
    }

    /// Builds a job from the task with this name.
    ///
    /// ```
    /// use scheduler_core::{JobContext, registry::TaskRegistry};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # scheduler.start()?;
    ///
    /// let mut registry = TaskRegistry::new();
    /// registry.register("add", |_: JobContext, (a, b): (u8, u8)| async move {
    ///     a.checked_add(b).map(drop).ok_or("too large")
    /// })?;
    /// assert!(scheduler.submit(registry.job("add", (1, 2))?)?.join_blocking().is_ok());
    /// # scheduler.shutdown(scheduler_core::Shutdown::immediate())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`task`](Self::task).
    pub fn job(&self, name: &str, args: impl Serialize) -> Result<Job> {
        Ok(self.task(name, args)?.into())
    }

    /// Builds a schedule from the task with this name.
    ///
    /// ```
    /// use std::time::Duration;
    /// use scheduler_core::{JobContext, registry::TaskRegistry, trigger::Interval};
    ///
    /// let mut registry = TaskRegistry::new();
    /// registry.register("tick", |_: JobContext, (): ()| async {})?;
    /// let hourly = Interval::every(Duration::from_secs(3600))?;
    /// let schedule = registry.schedule(hourly, "tick", ())?.id("tick");
    /// assert_eq!(schedule.get_task().registered_as(), Some("tick"));
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`task`](Self::task).
    pub fn schedule(
        &self,
        trigger: impl Trigger,
        name: &str,
        args: impl Serialize,
    ) -> Result<Schedule> {
        Ok(Schedule::new(trigger, self.task(name, args)?))
    }

    /// Iterates over the names, in alphabetical order.
    ///
    /// ```
    /// use scheduler_core::{JobContext, registry::TaskRegistry};
    ///
    /// let mut registry = TaskRegistry::new();
    /// registry.register("mail", |_: JobContext, (): ()| async {})?;
    /// registry.register("copy", |_: JobContext, (): ()| async {})?;
    /// assert!(registry.names().eq(["copy", "mail"]));
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(|name| &**name)
    }

    /// Returns whether a task with this name is registered.
    ///
    /// ```
    /// use scheduler_core::{JobContext, registry::TaskRegistry};
    ///
    /// let mut registry = TaskRegistry::new();
    /// registry.register("mail", |_: JobContext, (): ()| async {})?;
    /// assert!(registry.contains("mail") && !registry.contains("copy"));
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    fn unknown(&self, name: &str) -> TaskError {
        let names = self.names().map(str::to_owned);
        TaskError::Unknown {
            name: name.into(),
            nearest: suggest::nearest(name, names, strsim::osa_distance),
        }
    }
}

impl fmt::Debug for TaskRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.entries.keys()).finish()
    }
}

impl Task {
    /// Returns the name under which the task is registered; `None` for a closure.
    ///
    /// ```
    /// use scheduler_core::{JobContext, Task, registry::TaskRegistry};
    ///
    /// let mut registry = TaskRegistry::new();
    /// registry.register("mail", |_: JobContext, (): ()| async {})?;
    /// assert_eq!(registry.task("mail", ())?.registered_as(), Some("mail"));
    /// assert_eq!(Task::new(|_| async {}).registered_as(), None);
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    #[must_use]
    pub fn registered_as(&self) -> Option<&str> {
        Some(&self.origin()?.name)
    }

    /// Returns the arguments as data; `None` for a closure.
    ///
    /// ```
    /// use scheduler_core::{JobContext, registry::TaskRegistry};
    ///
    /// let mut registry = TaskRegistry::new();
    /// registry.register("wait", |_: JobContext, seconds: u8| async move { println!("{seconds} s") })?;
    /// assert_eq!(registry.task("wait", 7)?.arguments(), Some(&serde_json::json!(7)));
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    #[must_use]
    pub fn arguments(&self) -> Option<&Value> {
        Some(&self.origin()?.args)
    }
}
