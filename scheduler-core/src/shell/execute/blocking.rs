//! Execution of blocking work, on a thread outside the executor.

use std::sync::Arc;

use super::end_guard::EndGuard;
use crate::{
    base::panic::caught,
    engine::{Claim, Ended},
    job::{
        Body, CancelRequest, JobCell, Work,
        caller::{self, Place},
    },
    shell::shared::{Entry, Ground, Shared},
};

pub(super) fn spawn_blocking(shared: &Arc<Shared>, claim: Claim) {
    let run = BlockingRun {
        end: EndGuard::of(&claim, shared.clone()),
        body: Some(claim.body),
        cell: claim.cell,
    };
    // Work that is not taken is dropped, which ends its job as lost.
    drop(shared.spawn_blocking(Box::new(move || run.run())));
}

/// One execution of a job that blocks. If it is dropped before it is called, the job ends as lost.
struct BlockingRun {
    end: EndGuard<Arc<Shared>>,
    /// The body; `None` once it has been called.
    body: Option<Body>,
    cell: Option<Arc<JobCell>>,
}

impl BlockingRun {
    pub(super) fn run(mut self) {
        let Some(body) = self.body.take() else {
            return;
        };
        let _inside = caller::enter(self.end.scope(Place::Blocking));
        let cell = self.cell.take();
        let Some(body) = self.enter(body, cell.as_deref()) else {
            return;
        };
        let context = || self.end.context(cell);
        let answer = caught(|| match body.into_work(context) {
            Work::Blocking(function) => function(),
            Work::Async(future) => crate::block_on(future),
        });
        self.end.end(match answer {
            Ok(answer) => Ended::Returned(answer),
            Err(message) => Ended::Panicked(message),
        });
    }

    /// Returns the body if it may begin now. Otherwise the engine takes the job back, or the body is
    /// dropped and the job ends.
    pub(super) fn enter(&mut self, body: Body, cell: Option<&JobCell>) -> Option<Body> {
        let entry = if cell.is_some_and(|cell| cell.cancel_request() != CancelRequest::Nothing) {
            Entry::Never(body)
        } else if self.end.passes(cell) {
            return Some(body);
        } else {
            self.end.cross(body, Ground::Blocking)
        };
        match entry {
            Entry::Now { body, .. } => return Some(body),
            Entry::Held => self.end.disarm(),
            Entry::Never(body) => {
                drop(body);
                self.end.end(Ended::NotBegun);
            }
        }
        None
    }
}

impl Drop for BlockingRun {
    /// Drops the body first, so that its values are released before the error handler is called.
    fn drop(&mut self) {
        if self.body.is_some() {
            let _inside = caller::enter(self.end.scope(Place::Async));
            self.body = None;
        }
    }
}
