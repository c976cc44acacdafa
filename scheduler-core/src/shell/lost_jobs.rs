//! Ends jobs whose task the runtime dropped or refused, one after the other.
//!
//! The end of a job gives its permit to the next one, which a runtime that is shutting down drops too,
//! within the same call. The work is iterative, so that a long queue cannot overflow the stack.

use std::{cell::RefCell, collections::VecDeque, sync::Arc};

use crate::{
    base::panic::caught,
    engine::{Ended, Key},
    shell::shared::Shared,
};

type Lost = (Arc<Shared>, Key);

thread_local! {
    /// Losses that occurred while the thread handles an earlier one.
    static LATER: RefCell<Option<VecDeque<Lost>>> = const { RefCell::new(None) };
}

impl Shared {
    /// Ends a lost job, or queues it for the call that handles an earlier loss.
    pub(crate) fn lost(&self, key: Key) {
        // If the scheduler is being dropped, there is no job left.
        let Some(me) = self.me() else {
            return;
        };
        if let Some((me, key)) = postpone((me, key)) {
            me.end_as_lost(key);
            while let Some((shared, key)) = next() {
                shared.end_as_lost(key);
            }
        }
    }

    /// Catches a panic of a waker, so that the other waiters are woken.
    fn end_as_lost(&self, key: Key) {
        let lost = Ended::Lost("the runtime dropped or refused its task");
        // There is no caller to whom a panic could be reported.
        let _told = caught(|| self.finished(key, lost));
    }
}

/// Queues a loss for the call in progress. Returns the loss if there is none.
fn postpone(lost: Lost) -> Option<Lost> {
    let mut lost = Some(lost);
    // At the end of a thread the list is destroyed, and no call is in progress.
    let _ = LATER.try_with(|later| match &mut *later.borrow_mut() {
        Some(later) => later.extend(lost.take()),
        none => *none = Some(VecDeque::new()),
    });
    lost
}

/// Returns the next loss, or ends the call in progress.
fn next() -> Option<Lost> {
    let next = |later: &RefCell<Option<VecDeque<Lost>>>| {
        let mut later = later.borrow_mut();
        let next = later.as_mut()?.pop_front();
        if next.is_none() {
            *later = None;
        }
        next
    };
    LATER.try_with(next).ok().flatten()
}
