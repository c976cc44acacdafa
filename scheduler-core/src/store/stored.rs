//! [`Stored`]: a store as a setting of a scheduler.

use std::{fmt, sync::Arc, time::Duration};

use super::{Keep, Store};
use crate::{Error, Result, base::panic::Contained, queue::DEFAULT, registry::TaskRegistry};

/// A store and the tasks that the node runs for it, as a setting of a scheduler: [`Options::store`](crate::Options::store).
///
/// ```
/// use std::time::Duration;
/// use scheduler_core::{JobContext, Options, registry::TaskRegistry, store::{MemoryStore, Stored}};
///
/// let mut tasks = TaskRegistry::new();
/// tasks.register("mail", |_: JobContext, to: String| async move { println!("mail to {to}") })?;
/// let stored = Stored::new(MemoryStore::new(), tasks).lease(Duration::from_secs(15));
/// let options = Options::default().store(stored);
/// # Ok::<(), scheduler_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Stored {
    pub(crate) store: Contained<Arc<dyn Store>>,
    pub(crate) tasks: Arc<TaskRegistry>,
    pub(crate) name: String,
    pub(crate) lease: Duration,
    pub(crate) hold: usize,
    pub(crate) queues: Vec<String>,
    pub(crate) patience: Duration,
    pub(crate) open_limit: Duration,
    pub(crate) keep: Keep,
    pub(crate) simulated_time: bool,
}

impl Stored {
    /// Uses a store, with a registry of the tasks that this node runs.
    #[must_use]
    pub fn new(store: impl Store, tasks: TaskRegistry) -> Self {
        Self::shared(Arc::new(store), Arc::new(tasks))
    }

    /// Uses a store and tasks that others share.
    #[must_use]
    pub fn shared(store: Arc<dyn Store>, tasks: Arc<TaskRegistry>) -> Self {
        Self {
            store: Contained::new(store),
            tasks,
            name: "node".to_owned(),
            lease: Duration::from_secs(30),
            hold: 100,
            queues: vec![DEFAULT.to_owned()],
            patience: Duration::from_secs(30),
            open_limit: Duration::from_secs(30),
            keep: Keep::default(),
            simulated_time: false,
        }
    }

    /// Sets the name of the node, for people. Nodes may share a name (`ST-017`).
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets how long the node owns its jobs without an answer of the store: 30 s by default. The jobs of a node that
    /// is gone run elsewhere after about this time and a half.
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// Sets how many jobs the node holds at most, running or about to run: 100 by default.
    #[must_use]
    pub fn hold(mut self, jobs: usize) -> Self {
        self.hold = jobs;
        self
    }

    /// Sets the queues that the node claims from: by default the queue `default` alone. To limit the concurrency of a
    /// queue on this node, add it with [`Options::queue`](crate::Options::queue).
    #[must_use]
    pub fn queues<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.queues = names.into_iter().map(Into::into).collect();
        self
    }

    /// Sets how long a call waits for a store that does not answer: 30 s by default (`ST-026`).
    #[must_use]
    pub fn patience(mut self, limit: Duration) -> Self {
        self.patience = limit;
        self
    }

    /// Sets how long a start waits for a store that does not answer: 30 s by default.
    #[must_use]
    pub fn open_limit(mut self, limit: Duration) -> Self {
        self.open_limit = limit;
        self
    }

    /// Sets how long ends of jobs and records are kept: a week and 30 days by default (`ST-056`). Each node removes older
    /// ones, in small steps.
    #[must_use]
    pub fn keep(mut self, keep: Keep) -> Self {
        self.keep = keep;
        self
    }

    /// Takes the time of the store from the runtime, instead of from the store. Only for tests with simulated time, in
    /// which all nodes of the store have the same clock.
    #[must_use]
    pub fn simulated_time(mut self) -> Self {
        self.simulated_time = true;
        self
    }

    /// Validates the settings.
    pub(crate) fn validate(&self) -> Result<()> {
        let shortest = Duration::from_millis(100);
        if self.lease < shortest {
            return Err(Error::InvalidConfig {
                field: "lease",
                problem: format!("is {:?}: set at least {shortest:?}", self.lease),
            });
        }
        for (field, is_empty) in [("hold", self.hold == 0), ("queues", self.queues.is_empty())] {
            if is_empty {
                return Err(Error::InvalidConfig {
                    field,
                    problem: "must not be empty: nothing could ever be claimed".to_owned(),
                });
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stored")
            .field("store", &self.store.name())
            .field("tasks", &self.tasks)
            .field("lease", &self.lease)
            .field("hold", &self.hold)
            .field("queues", &self.queues)
            .finish_non_exhaustive()
    }
}
