//! [`IntoJobResult`]: the types that a job's body may return.

use std::{error::Error as StdError, mem};

use super::JobError;
use crate::base::panic::destroy;

/// Types that the body of a job may return: `()`, or a `Result` whose `Err` fails the job.
///
/// The [error handler](crate::Options::on_error) receives a failure exactly once; every waiter, the
/// metrics and the shutdown report get it too. They share the error, so it needs no `Clone`:
/// `std::io::Error` and boxed errors work. The error must convert into `Box<dyn Error + Send + Sync>`.
///
/// A body that never returns, such as `loop {}`, is accepted too. The compiler refuses any other
/// value, because it might contain an unnoticed failure. For values that cannot fail use
/// [`spawn_value`](crate::SchedulerExt::spawn_value) and
/// [`spawn_blocking_value`](crate::SchedulerExt::spawn_blocking_value).
///
/// ```compile_fail
/// # fn demo(scheduler: &dyn scheduler_core::Scheduler) -> scheduler_core::Result<()> {
/// use scheduler_core::SchedulerExt;
///
/// scheduler.spawn(async { 42 })?; // `spawn_value(async { 42 })` compiles
/// # Ok(())
/// # }
/// ```
///
/// The trait is sealed.
#[diagnostic::on_unimplemented(
    message = "a job cannot end with `{Self}`: it ends with `()` or with a `Result`",
    label = "ends with `{Self}`",
    note = "for a value that cannot fail, call `spawn_value` or `spawn_blocking_value`",
    note = "for work that can fail, return `Result<T, E>`: an `Err` is the failure of the job"
)]
pub trait IntoJobResult: sealed::Sealed {
    /// The value that the handle returns after a success.
    type Value;

    /// Converts into the value or the failure of the job.
    ///
    /// # Errors
    ///
    /// The error that the body returned.
    fn into_job_result(self) -> Result<Self::Value, JobError>;
}

mod sealed {
    pub trait Sealed {}
}

impl sealed::Sealed for () {}

impl IntoJobResult for () {
    type Value = ();

    fn into_job_result(self) -> Result<(), JobError> {
        Ok(())
    }
}

impl<T, E> sealed::Sealed for Result<T, E> {}

impl<T, E: Into<Box<dyn StdError + Send + Sync>>> IntoJobResult for Result<T, E> {
    type Value = T;

    fn into_job_result(self) -> Result<T, JobError> {
        self.map_err(JobError::failed)
    }
}

/// The never type `!`, which stable Rust can name only in signatures.
type Never = <fn() -> ! as Returning>::Returned;

/// A function type with its return type.
pub trait Returning {
    /// The return type.
    type Returned;
}

impl<T> Returning for fn() -> T {
    type Returned = T;
}

impl sealed::Sealed for Never {}

impl IntoJobResult for Never {
    type Value = ();

    fn into_job_result(self) -> Result<(), JobError> {
        self
    }
}

/// The end of a body whose value was handed to the scheduler.
pub(crate) struct Delivered(pub(super) Result<(), JobError>);

impl sealed::Sealed for Delivered {}

impl IntoJobResult for Delivered {
    type Value = ();

    fn into_job_result(self) -> Result<(), JobError> {
        self.0
    }
}

/// Converts a body's return value into a result without the value. A panic of the value's destructor
/// is caught.
pub(crate) fn without_value(end: impl IntoJobResult) -> Result<(), JobError> {
    end.into_job_result().map(discard)
}

fn discard<T>(value: T) {
    if mem::needs_drop::<T>() {
        destroy(value);
    }
}

#[cfg(test)]
mod tests {
    use std::{convert::Infallible, io};

    use super::*;

    #[test]
    fn an_error_needs_no_clone_and_keeps_its_type() {
        let end: Result<u32, _> = Err(io::Error::other("the disk is full"));
        let failure = end.into_job_result().expect_err("it is one");
        let own = failure.downcast_ref::<io::Error>();
        assert_eq!(
            own.map(ToString::to_string).as_deref(),
            Some("the disk is full")
        );
    }

    #[test]
    fn a_value_is_handed_over_or_discarded() {
        let end: Result<_, Infallible> = Ok(String::from("value"));
        assert_eq!(end.clone().into_job_result().ok().as_deref(), Some("value"));
        assert!(without_value(end).is_ok());
        assert!(without_value(()).is_ok());
    }

    #[test]
    fn the_destructor_of_a_discarded_value_may_panic() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("a destructor panics");
            }
        }
        assert!(without_value(Ok::<_, Infallible>(Bomb)).is_ok());
    }
}
