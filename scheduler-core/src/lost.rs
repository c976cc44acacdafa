//! Jobs that the runtime drops unfinished, or does not take, end one after the other.
//!
//! The end of a job gives its permit to the next one, which a runtime that is being shut down drops
//! as well: within the same call, and so on for the whole queue. The stack would not last.

use std::{cell::RefCell, collections::VecDeque, sync::Arc};

use crate::{
    base::panic::caught,
    engine::{Ended, Key},
    shared::Shared,
};

type Lost = (Arc<Shared>, Key);

thread_local! {
    /// What was lost while the thread is seeing to an earlier loss.
    static LATER: RefCell<Option<VecDeque<Lost>>> = const { RefCell::new(None) };
}

impl Shared {
    /// A job was lost: ends it, or has the call that is seeing to an earlier loss end it.
    pub(crate) fn lost(&self, key: Key) {
        // Without itself it is being destroyed, and there is no job any more.
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

    /// A waker that panics must not keep the others from being told.
    fn end_as_lost(&self, key: Key) {
        let lost = Ended::Lost("the runtime dropped it, or could not take it");
        // Nobody is left to hear of it.
        let _told = caught(|| self.finished(key, lost));
    }
}

/// Keeps the loss for the call that is going on; hands it back if there is none.
fn postpone(lost: Lost) -> Option<Lost> {
    let mut lost = Some(lost);
    // A thread that is ending has no list any more, and nothing to go on with either.
    let _ = LATER.try_with(|later| match &mut *later.borrow_mut() {
        Some(later) => later.extend(lost.take()),
        none => *none = Some(VecDeque::new()),
    });
    lost
}

/// The next loss; ends the call that is going on if there is none.
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
