//! [`WaitingCall`]: calls that would wait for their own caller, and their alternatives. `shell/shared/waits.rs` refuses
//! them.

use std::fmt;

/// A call that was refused because it would wait for its own caller. Its text names the alternative.
///
/// Its text is the message of [`Error::WouldDeadlock`](crate::Error::WouldDeadlock).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WaitingCall {
    /// `shutdown`. Call `request_shutdown`, which does not wait.
    Shutdown,
    /// `wait_and_close`. Call `request_shutdown`, which does not wait.
    WaitAndClose,
    /// `stopped`. Await it outside the scheduler.
    Stopped,
    /// `wait_idle`. Await it outside the scheduler.
    WaitIdle,
    /// `submit`, while jobs that wait hold every permit. Call `try_submit`, which does not wait.
    Submit,
    /// A wait for a job that waits for the caller, or is the caller.
    Circle,
    /// A wait for a job that needs a permit, while jobs that wait hold every permit.
    Permit,
    /// A wait for a backfill whose runs need a permit, while jobs that wait hold every permit.
    Backfill,
    /// A call that blocks its thread, inside an asynchronous job, a listener or an error handler.
    Blocking,
}

impl fmt::Display for WaitingCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shutdown => {
                "`shutdown` would wait for its own caller: call `request_shutdown`, which does not wait"
            }
            Self::WaitAndClose => {
                "`wait_and_close` would wait for its own caller: call `request_shutdown`, which does not wait"
            }
            Self::Stopped => {
                "`stopped` would wait for its own caller: await it outside of the jobs, listeners and \
                 handlers of the scheduler"
            }
            Self::WaitIdle => {
                "`wait_idle` would wait for its own caller: await it outside of the jobs, listeners and \
                 handlers of the scheduler, or await the handles of the other jobs"
            }
            Self::Submit => {
                "`submit` would wait for a slot of the queue that is not freed before its caller returns: \
                 call `try_submit`, or raise `queue_limit`"
            }
            Self::Circle => {
                "the awaited job would wait for its own waiter: return from one of the jobs instead of \
                 awaiting the other"
            }
            Self::Permit => {
                "the awaited job would need a permit that its waiter holds: run it with `spawn_unlimited`, or raise \
                 `max_concurrent_jobs`"
            }
            Self::Backfill => {
                "the awaited backfill would need a permit that its waiter holds: await it outside of the \
                 jobs of the scheduler, or raise `max_concurrent_jobs`"
            }
            Self::Blocking => {
                "a blocking call would hold up the executor of its caller: await the call, or make it in a \
                 blocking job"
            }
        })
    }
}
