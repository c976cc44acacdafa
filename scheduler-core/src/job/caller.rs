//! Call context: whether the thread runs a job or a callback of a scheduler.
//!
//! A thread can be inside several at the same time: a job that calls another scheduler may run that
//! scheduler's error handler or job on its own thread.

use std::{
    cell::{Cell, RefCell},
    future::Future,
};

use crate::{Error, Result, WaitingCall, block_on, job::JobId};

/// Code that the thread runs for a scheduler.
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
    static INNERMOST: Cell<Option<Scope>> = const { Cell::new(None) };
    /// Outer scopes, outermost first. They are rare, and stored separately so that a single scope costs only a
    /// cell.
    static OUTER: RefCell<Vec<Scope>> = const { RefCell::new(Vec::new()) };
}

/// Marks the thread as inside `scope` until the guard is dropped.
#[inline]
pub(crate) fn enter(scope: Scope) -> Entered {
    let outer = INNERMOST.replace(Some(scope));
    if let Some(outer) = outer {
        with_outer(|scopes| scopes.push(outer));
    }
    Entered { outer }
}

pub(crate) struct Entered {
    outer: Option<Scope>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        INNERMOST.set(self.outer);
        if self.outer.is_some() {
            with_outer(|scopes| {
                scopes.pop();
            });
        }
    }
}

/// Changes the stack of scopes that enclose the innermost one. Has no effect once the thread-locals of an
/// ending thread are destroyed.
fn with_outer(change: impl FnOnce(&mut Vec<Scope>)) {
    let _ = OUTER.try_with(|scopes| {
        if let Ok(mut scopes) = scopes.try_borrow_mut() {
            change(&mut scopes);
        }
    });
}

/// Returns the innermost scope that the thread is inside, for a future that another thread polls.
pub(crate) fn innermost() -> Option<Scope> {
    INNERMOST.get()
}

/// Returns the innermost scope for which `wanted` returns true.
fn find(wanted: impl Fn(&Scope) -> bool) -> Option<Scope> {
    let innermost = INNERMOST.get()?;
    if wanted(&innermost) {
        return Some(innermost);
    }
    let mut found = None;
    with_outer(|scopes| found = scopes.iter().rev().find(|scope| wanted(scope)).copied());
    found
}

/// Returns the scope of this scheduler that the caller is inside, if any (`LC-012`).
pub(crate) fn place_inside(scheduler: u64) -> Option<Place> {
    find(|scope| scope.scheduler == scheduler).map(|scope| scope.place)
}

/// Returns the job of this scheduler that the caller is inside, if any.
pub(crate) fn job_inside(scheduler: u64) -> Option<JobId> {
    match place_inside(scheduler)? {
        Place::Async(job) | Place::Blocking(job) => Some(job),
        Place::Callback => None,
    }
}

/// Returns whether the caller is a blocking job, on a thread where it may block.
pub(crate) fn inside_blocking() -> bool {
    INNERMOST.get().is_some() && !inside_async()
}

/// Returns whether the caller is inside a job or callback of any scheduler.
pub(crate) fn is_anywhere() -> bool {
    INNERMOST.get().is_some()
}

/// Returns whether the caller must not block, because it is inside an asynchronous job, or inside a callback,
/// which may run on an executor's thread (`RT-009`).
pub(crate) fn inside_async() -> bool {
    find(|scope| !matches!(scope.place, Place::Blocking(_))).is_some()
}

/// Blocks the thread until `call` completes. Refused where the thread must not block (`RT-009`).
pub(crate) fn block_on_call<T>(call: impl Future<Output = Result<T>>) -> Result<T> {
    if inside_async() {
        return Err(Error::WouldDeadlock(WaitingCall::Blocking));
    }
    block_on(call)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(scheduler: u64, place: Place) -> Scope {
        Scope { scheduler, place }
    }

    #[test]
    fn a_thread_is_inside_every_scope_that_it_has_not_left() {
        let job = JobId::from_bits(1);
        let outer = enter(scope(1, Place::Async(job)));
        {
            let _handler = enter(scope(2, Place::Callback));
            assert_eq!((job_inside(1), job_inside(2)), (Some(job), None));
            let _blocking = enter(scope(3, Place::Blocking(job)));
            assert!(place_inside(1).is_some() && place_inside(2).is_some());
            assert!(inside_async(), "the thread of a job is held up");
        }
        assert!(place_inside(2).is_none() && job_inside(1) == Some(job));
        drop(outer);
        assert!(place_inside(1).is_none() && !inside_async());
    }

    #[test]
    fn of_two_scopes_of_one_scheduler_the_inner_one_counts() {
        let job = JobId::from_bits(1);
        let _job = enter(scope(1, Place::Blocking(job)));
        assert!(!inside_async());
        let _handler = enter(scope(1, Place::Callback));
        assert!(job_inside(1).is_none() && inside_async());
    }
}
