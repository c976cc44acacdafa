//! Where a call comes from: whether the thread is inside a job or a callback of a scheduler.

use std::cell::Cell;

use crate::job::JobId;

/// What the thread is running on behalf of a scheduler.
#[derive(Clone, Copy)]
pub(crate) struct Scope {
    pub(crate) scheduler: u64,
    pub(crate) place: Place,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// A poll of an asynchronous job: the thread must not block.
    Async(JobId),
    /// A job that blocks.
    Blocking(JobId),
    /// A listener or the error handler.
    Callback,
}

thread_local! {
    static CURRENT: Cell<Option<Scope>> = const { Cell::new(None) };
}

/// Marks the thread as being inside `scope` until the guard is dropped.
pub(crate) fn enter(scope: Scope) -> Entered {
    Entered {
        outer: CURRENT.replace(Some(scope)),
    }
}

pub(crate) struct Entered {
    outer: Option<Scope>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(self.outer);
    }
}

/// Whether the caller runs inside a job or callback of this scheduler (`LC-012`).
pub(crate) fn inside(scheduler: u64) -> bool {
    CURRENT
        .get()
        .is_some_and(|scope| scope.scheduler == scheduler)
}

/// The job of this scheduler that the caller runs inside of.
pub(crate) fn job_inside(scheduler: u64) -> Option<JobId> {
    let scope = CURRENT.get().filter(|scope| scope.scheduler == scheduler)?;
    match scope.place {
        Place::Async(job) | Place::Blocking(job) => Some(job),
        Place::Callback => None,
    }
}

/// Whether the caller is a job that blocks, on a thread where that does no harm.
pub(crate) fn inside_blocking() -> bool {
    CURRENT
        .get()
        .is_some_and(|scope| matches!(scope.place, Place::Blocking(_)))
}

/// Whether the caller must not block: it runs inside an asynchronous job, or inside a callback,
/// which may be on an executor's thread (`RT-009`).
pub(crate) fn inside_async() -> bool {
    CURRENT
        .get()
        .is_some_and(|scope| !matches!(scope.place, Place::Blocking(_)))
}
