//! [`EndGuard`]: ends a job, however its execution ends.

use std::{ops::Deref, sync::Arc};

use crate::{
    engine::{Claim, End, Ended, Engine, Freed, Key, id_of},
    job::{
        Body, JobCell, JobContext,
        caller::{Place, Scope},
    },
    shell::shared::{Entry, Ground, Shared},
};

/// Drop guard that reports the end of a job to the engine exactly once: `Lost`, unless another
/// result is set.
///
/// It is created before the task and is part of it, so that a task which is dropped before its
/// first poll ends its job as well.
pub(super) struct EndGuard<S: Deref<Target = Shared>> {
    pub(super) shared: S,
    key: Key,
    /// Whether the engine must learn of the begin of the body.
    asks: bool,
    over: bool,
}

impl<S: Deref<Target = Shared>> EndGuard<S> {
    /// Leaves the end of the job to another owner.
    pub(super) const fn disarm(&mut self) {
        self.over = true;
    }

    /// Leaves the end of the job to a guard that holds the scheduler as `shared`.
    pub(super) const fn hand_over<T: Deref<Target = Shared>>(&mut self, shared: T) -> EndGuard<T> {
        self.disarm();
        EndGuard {
            shared,
            key: self.key,
            asks: self.asks,
            over: false,
        }
    }

    pub(super) const fn of(claim: &Claim, shared: S) -> Self {
        Self {
            shared,
            key: claim.key,
            asks: claim.asks,
            over: false,
        }
    }

    pub(super) fn scope(&self, place: impl FnOnce(crate::JobId) -> Place) -> Scope {
        Scope {
            scheduler: self.shared.id(),
            place: place(id_of(self.key)),
        }
    }

    pub(super) fn passes(&self, cell: Option<&JobCell>) -> bool {
        !self.asks && self.shared.passes(cell)
    }

    pub(super) fn cross(&self, body: Body, ground: Ground) -> Entry {
        self.shared.cross(self.key, body, ground)
    }

    pub(super) fn attach_cell(&self) -> Option<Arc<JobCell>> {
        self.shared
            .call(|engine: &mut Engine, _| engine.attach_cell(self.key))
    }

    /// Returns the context for the body. An abandoned job gets a cancelled context without a scheduler.
    pub(super) fn context(&self, cell: Option<Arc<JobCell>>) -> JobContext {
        let cell = cell.or_else(|| self.attach_cell());
        JobContext::new(cell.unwrap_or_else(|| Arc::new(JobCell::abandoned(id_of(self.key)))))
    }

    pub(super) fn end(&mut self, ended: Ended) {
        self.over = true;
        self.shared.finished(self.key, ended);
    }

    pub(super) fn end_and_next(&mut self, ended: Ended) -> (Option<End>, Option<Claim>, Freed) {
        self.over = true;
        self.shared.finished_and_next(self.key, ended)
    }
}

impl<S: Deref<Target = Shared>> Drop for EndGuard<S> {
    fn drop(&mut self) {
        if !self.over {
            self.shared.lost(self.key);
        }
    }
}
