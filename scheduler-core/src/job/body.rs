//! [`Body`]: the future or function of a job, before and during its execution.

use std::{fmt, future::Future, sync::Arc};

use super::{
    IntoJobResult, JobContext, JobError,
    function::{AsyncFunction, BlockingFunction},
    slot::ValueSlot,
    then::{Answering, Then},
};
use crate::{BoxFuture, base::panic::Contained};

type AsyncOnce = Contained<Box<dyn FnOnce(JobContext) -> JobFuture + Send>>;
type BlockingOnce = Contained<Box<dyn FnOnce(JobContext) -> Result<(), JobError> + Send>>;

pub(crate) type JobFuture = BoxFuture<'static, Result<(), JobError>>;

/// The body of a job: a future, or a function that gets the job's context.
pub(crate) enum Body {
    Future(Contained<JobFuture>),
    Once(AsyncOnce),
    BlockingOnce(BlockingOnce),
    Shared(Contained<Arc<dyn AsyncFunction>>),
    BlockingShared(Contained<Arc<dyn BlockingFunction>>),
}

impl Body {
    /// Calls the user's function, if the body is one that makes a future: may panic.
    pub(crate) fn into_work(self, context: impl FnOnce() -> JobContext) -> Work {
        match self {
            Self::Future(future) => Work::Async(future.into_inner()),
            Self::Once(function) => {
                let context = context();
                Work::Async(function.into_inner()(context))
            }
            Self::Shared(function) => Work::Async(function.call(context())),
            Self::BlockingOnce(function) => {
                let context = context();
                Work::Blocking(Box::new(move || function.into_inner()(context)))
            }
            Self::BlockingShared(function) => {
                let context = context();
                Work::Blocking(Box::new(move || function.call(context)))
            }
        }
    }

    /// Returns a copy of the body for a later run; `None` if the body can be called only once.
    pub(crate) fn repeated(&self) -> Option<Self> {
        match self {
            Self::Shared(function) => Some(Self::Shared(function.clone())),
            Self::BlockingShared(function) => Some(Self::BlockingShared(function.clone())),
            Self::Future(_) | Self::Once(_) | Self::BlockingOnce(_) => None,
        }
    }

    pub(crate) const fn is_blocking(&self) -> bool {
        matches!(self, Self::BlockingOnce(_) | Self::BlockingShared(_))
    }
}

/// The future or function of a job.
pub enum Work {
    /// A future, to be polled by an executor.
    Async(BoxFuture<'static, Result<(), JobError>>),
    /// A function, to be called on a thread that may block.
    Blocking(Box<dyn FnOnce() -> Result<(), JobError> + Send>),
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Async(_) => "Async",
            Self::Blocking(_) => "Blocking",
        })
    }
}

pub(super) fn valued_future<F, T>(future: F, slot: Option<ValueSlot<T>>) -> JobFuture
where
    F: Future<Output: IntoJobResult<Value = T>> + Send + 'static,
    T: Send + 'static,
{
    Box::pin(Then::new(future, |end: F::Output| {
        end.into_job_result().map(|value| keep(slot, value))
    }))
}

/// Stores a job's value in its slot. A value of type `()` has no slot and is not stored.
pub(super) fn keep<T: Send + 'static>(slot: Option<ValueSlot<T>>, value: T) {
    if let Some(slot) = slot {
        slot.fill(value);
    }
}

pub(super) fn into_job_future<Fut>(future: Fut) -> JobFuture
where
    Fut: Future<Output: IntoJobResult> + Send + 'static,
{
    Box::pin(Answering::new(future))
}
