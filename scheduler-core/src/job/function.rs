//! Functions that can be called any number of times: the bodies of tasks.

use std::future::Future;
#[cfg(feature = "serde")]
use std::sync::Arc;

use super::{
    IntoJobResult, JobContext, JobError,
    body::{JobFuture, into_job_future, valued_future},
    result::without_value,
    slot::ValueSlot,
};
#[cfg(feature = "serde")]
use crate::{base::panic::Contained, registry::Origin};

/// A function that returns a future.
pub(crate) trait AsyncFunction: Send + Sync {
    fn call(&self, context: JobContext) -> JobFuture;

    /// Returns the registered name and the arguments; `None` for a closure.
    #[cfg(feature = "serde")]
    fn origin(&self) -> Option<&Origin> {
        None
    }
}

/// A function that blocks its thread.
pub(crate) trait BlockingFunction: Send + Sync {
    fn call(&self, context: JobContext) -> Result<(), JobError>;

    /// Returns the registered name and the arguments; `None` for a closure.
    #[cfg(feature = "serde")]
    fn origin(&self) -> Option<&Origin> {
        None
    }
}

/// A closure: no name or arguments are known.
pub(super) struct Plain<F>(pub(super) F);

impl<F, Fut> AsyncFunction for Plain<F>
where
    F: Fn(JobContext) -> Fut + Send + Sync,
    Fut: Future<Output: IntoJobResult> + Send + 'static,
{
    fn call(&self, context: JobContext) -> JobFuture {
        into_job_future((self.0)(context))
    }
}

impl<F, Out> BlockingFunction for Plain<F>
where
    F: Fn(JobContext) -> Out + Send + Sync,
    Out: IntoJobResult,
{
    fn call(&self, context: JobContext) -> Result<(), JobError> {
        without_value((self.0)(context))
    }
}

/// A function whose return value is stored in a slot.
pub(super) struct Valued<F, T> {
    pub(super) function: F,
    pub(super) slot: Option<ValueSlot<T>>,
}

impl<F, Fut, T> AsyncFunction for Valued<F, T>
where
    F: Fn(JobContext) -> Fut + Send + Sync,
    Fut: Future<Output: IntoJobResult<Value = T>> + Send + 'static,
    T: Send + 'static,
{
    fn call(&self, context: JobContext) -> JobFuture {
        valued_future((self.function)(context), self.slot.clone())
    }
}

/// A registered function, with its arguments.
#[cfg(feature = "serde")]
pub(crate) struct Registered<F, Args> {
    pub(crate) function: Contained<Arc<F>>,
    pub(crate) args: Contained<Args>,
    pub(crate) origin: Origin,
}

#[cfg(feature = "serde")]
impl<F, Args, Fut> AsyncFunction for Registered<F, Args>
where
    F: Fn(JobContext, Args) -> Fut + Send + Sync,
    Args: Clone + Send + Sync,
    Fut: Future<Output: IntoJobResult> + Send + 'static,
{
    fn call(&self, context: JobContext) -> JobFuture {
        into_job_future((self.function)(context, (*self.args).clone()))
    }

    fn origin(&self) -> Option<&Origin> {
        Some(&self.origin)
    }
}

#[cfg(feature = "serde")]
impl<F, Args, Out> BlockingFunction for Registered<F, Args>
where
    F: Fn(JobContext, Args) -> Out + Send + Sync,
    Args: Clone + Send + Sync,
    Out: IntoJobResult,
{
    fn call(&self, context: JobContext) -> Result<(), JobError> {
        without_value((self.function)(context, (*self.args).clone()))
    }

    fn origin(&self) -> Option<&Origin> {
        Some(&self.origin)
    }
}
