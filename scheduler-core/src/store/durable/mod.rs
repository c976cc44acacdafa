//! [`Durable`]: the durable jobs of a scheduler with a store.

mod control;
mod handle;
mod job;
mod schedules;

use std::{fmt, sync::Arc};

use serde::Serialize;

pub(crate) use self::control::{Begin, DurableControl};
pub use self::{
    handle::{DurableHandle, Placed},
    job::DurableJob,
    schedules::PutResult,
};
use super::{
    EndRow, JobFilter, Look, LookAt, NodeRow, Page, Rows, StoredId, StoredJob, Submit, Write,
    Written,
};
use crate::{Error, Result};

/// The durable jobs of a scheduler whose options have a [`Stored`](super::Stored).
///
/// What it stores outlives the process, and other processes with the same store run it too. The promise of a store, in
/// one line: **exactly one record for each instant, at least one execution of each job, at most one owner the store
/// knows; one effect only with the token or in the same transaction.**
///
/// # Errors of all calls
///
/// `NotRunning` before the start, and `ShutDown` from the begin of a shutdown on. [`Error::Store`]: the store failed, and
/// nothing was stored. [`Error::MaybeStored`]: the store did not reply within the [patience](super::Stored::patience).
///
/// # Calls
///
/// All calls are `async`, because a store takes its time, and take names and data, because a closure cannot
/// outlive its process. Clones are cheap.
///
/// ```
/// use scheduler_core::{
///     JobContext, Options, Scheduler, Shutdown, registry::TaskRegistry, store::{MemoryStore, Stored},
/// };
/// # use backend_thread::{ThreadRuntime, ThreadScheduler};
/// # scheduler_core::implement::block_on(async {
///
/// let mut tasks = TaskRegistry::new();
/// tasks.register("mail", |_: JobContext, to: String| async move { println!("mail to {to}") })?;
/// let options = Options::default().store(Stored::new(MemoryStore::new(), tasks));
/// let scheduler = ThreadScheduler::with_options(ThreadRuntime::new(), options)?;
/// scheduler.start().await?;
///
/// let durable = scheduler.durable().expect("it has a store");
/// let mail = durable.submit(durable.job("mail", "ops@example.org")?.key("welcome/42")).await?;
/// assert_eq!(mail.wait().await?.end.outcome, "succeeded");
/// # scheduler.shutdown(Shutdown::graceful()).await?;
/// # Ok::<(), scheduler_core::Error>(())
/// # })?;
/// # Ok::<(), scheduler_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Durable {
    control: Arc<dyn DurableControl>,
}

impl Durable {
    pub(crate) fn new(control: Arc<dyn DurableControl>) -> Self {
        Self { control }
    }

    /// Creates a job of a registered task. The arguments are checked here, not when the job runs.
    ///
    /// # Errors
    ///
    /// [`Error::Task`]: the task is unknown here, or refuses the arguments.
    pub fn job(&self, task: &str, args: impl Serialize) -> Result<DurableJob> {
        let task = self.control.tasks().task(task, args)?;
        let args = task
            .arguments()
            .map(ToString::to_string)
            .unwrap_or_default();
        Ok(DurableJob::new(
            task.registered_as().unwrap_or_default(),
            args,
        ))
    }

    /// Stores a job. When the call returns, the job outlives this process.
    ///
    /// # Errors
    ///
    /// The [errors of all calls](Self#errors-of-all-calls). After [`Error::MaybeStored`] submit the job again under the id
    /// in the error.
    ///
    /// # Cancel safety
    ///
    /// The job may be stored although the future was dropped.
    pub async fn submit(&self, job: DurableJob) -> Result<DurableHandle> {
        let repeat = job.id.is_some();
        let id = job.id.unwrap_or_else(|| self.control.next_id());
        let mut submit = Submit::new(job.into_row(id, self.control.now()));
        submit.repeat = repeat;
        submit.claim = true;
        let written = self.control.write(Write::Submit(submit)).await;
        let (id, placed) = match written? {
            Written::Taken(holder) => (holder, Placed::KeyTaken),
            Written::Replaced(holder) => (holder, Placed::Replaced),
            Written::Same => (id, Placed::Known),
            Written::Refused(refusal) => return Err(Error::Store(Arc::new(refusal.into()))),
            _ => (id, Placed::New),
        };
        Ok(DurableHandle::new(id, placed, self.control.clone()))
    }

    /// Stores jobs, in one turn where the store has the room. Returns their handles in the order of the jobs.
    ///
    /// # Errors
    ///
    /// As [`submit`](Self::submit). Jobs before and after the one that failed may be stored.
    ///
    /// # Cancel safety
    ///
    /// As [`submit`](Self::submit).
    pub async fn submit_all(
        &self,
        jobs: impl IntoIterator<Item = DurableJob>,
    ) -> Result<Vec<DurableHandle>> {
        let mut waits: Vec<_> = jobs
            .into_iter()
            .map(|job| Some(Box::pin(self.submit(job))))
            .collect();
        let mut stored: Vec<_> = waits.iter().map(|_| None).collect();
        // All of them are polled first, so that they go with one turn.
        std::future::poll_fn(|cx| {
            let mut is_ready = true;
            for (wait, stored) in waits.iter_mut().zip(&mut stored) {
                let Some(future) = wait else { continue };
                match future.as_mut().poll(cx) {
                    std::task::Poll::Ready(done) => {
                        *stored = Some(done);
                        *wait = None;
                    }
                    std::task::Poll::Pending => is_ready = false,
                }
            }
            if is_ready {
                std::task::Poll::Ready(())
            } else {
                std::task::Poll::Pending
            }
        })
        .await;
        stored.into_iter().flatten().collect()
    }

    /// Returns a handle to the job with an id. The job need not exist.
    #[must_use]
    pub fn handle(&self, id: StoredId) -> DurableHandle {
        DurableHandle::new(id, Placed::Known, self.control.clone())
    }

    /// Cancels a job on any node: one that waits ends now, one that runs is cancelled within about a second (`ST-049`).
    /// Returns whether the job had not ended.
    ///
    /// # Errors
    ///
    /// The [errors of all calls](crate::store::Durable#errors-of-all-calls).
    ///
    /// # Cancel safety
    ///
    /// The request may be stored although the future was dropped.
    pub async fn cancel(&self, id: StoredId) -> Result<bool> {
        let written = self.control.write(Write::Cancel(id)).await?;
        Ok(written != Written::Gone)
    }

    /// Makes an ended job wait again, with no attempt counted. Returns whether the store had its end.
    ///
    /// # Errors
    ///
    /// The [errors of all calls](crate::store::Durable#errors-of-all-calls).
    ///
    /// # Cancel safety
    ///
    /// The change may be stored although the future was dropped.
    pub async fn retry(&self, id: StoredId) -> Result<bool> {
        let due = self.control.now();
        let written = self.control.write(Write::Retry { job: id, due }).await?;
        Ok(written == Written::Done)
    }

    /// Deletes the end of a job. Returns whether the store had it.
    ///
    /// # Errors
    ///
    /// The [errors of all calls](crate::store::Durable#errors-of-all-calls).
    ///
    /// # Cancel safety
    ///
    /// The change may be stored although the future was dropped.
    pub async fn discard(&self, id: StoredId) -> Result<bool> {
        let written = self.control.write(Write::Discard(id)).await?;
        Ok(written == Written::Done)
    }

    /// Reads one page of what people ask for.
    ///
    /// # Errors
    ///
    /// The [errors of all calls](crate::store::Durable#errors-of-all-calls).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future has no effect on the store.
    pub async fn look(&self, look: Look) -> Result<Page> {
        self.control.look(look).await
    }

    /// Returns the first 100 jobs of all nodes that have not ended.
    ///
    /// # Errors
    ///
    /// As [`look`](Self::look), which also reads further pages.
    ///
    /// # Cancel safety
    ///
    /// As [`look`](Self::look).
    pub async fn jobs(&self, filter: JobFilter) -> Result<Vec<StoredJob>> {
        match self.look(Look::new(LookAt::Jobs(filter))).await?.rows {
            Rows::Jobs(jobs) => Ok(jobs),
            _ => Ok(Vec::new()),
        }
    }

    /// Returns the last 100 ended jobs of all nodes, the last one first.
    ///
    /// # Errors
    ///
    /// As [`look`](Self::look).
    ///
    /// # Cancel safety
    ///
    /// As [`look`](Self::look).
    pub async fn ends(&self, filter: JobFilter) -> Result<Vec<EndRow>> {
        match self.look(Look::new(LookAt::Ends(filter))).await?.rows {
            Rows::Ends(ends) => Ok(ends),
            _ => Ok(Vec::new()),
        }
    }

    /// Returns the live nodes.
    ///
    /// # Errors
    ///
    /// As [`look`](Self::look).
    ///
    /// # Cancel safety
    ///
    /// As [`look`](Self::look).
    pub async fn nodes(&self) -> Result<Vec<NodeRow>> {
        match self.look(Look::new(LookAt::Nodes)).await?.rows {
            Rows::Nodes(nodes) => Ok(nodes),
            _ => Ok(Vec::new()),
        }
    }
}

impl fmt::Debug for Durable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Durable").finish_non_exhaustive()
    }
}
