//! Implements the host interface that jobs and backfills use.

use std::{sync::Arc, time::Duration};

use super::Shared;
#[cfg(feature = "store")]
use crate::job::JobCell;
use crate::{
    BackfillId, BackfillReport, BoxFuture, EventName, Result, Scheduler,
    engine::key_of,
    job::{
        CancelMode, CancelReason, CancelStatus, JobHost, JobId, JobInfo, JobStatus, JobValue,
        Progress,
    },
    schedule::BackfillHost,
    shell::sleep::{sleep, sleep_of_job},
};

impl JobHost for Shared {
    fn scheduler_id(&self) -> u64 {
        self.id
    }

    fn status(&self, job: JobId) -> JobStatus {
        self.look(|engine| engine.status(key_of(job)))
    }

    fn info(&self, job: JobId) -> Option<JobInfo> {
        self.look(|engine| engine.job_info(key_of(job)))
    }

    fn cancel(&self, job: JobId, mode: CancelMode) -> CancelStatus {
        self.call(|engine, now| engine.cancel(key_of(job), mode, CancelReason::Requested, now))
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        match self.this.upgrade() {
            Some(shared) => Box::pin(async move { sleep(&shared, duration).await }),
            None => Box::pin(std::future::ready(())),
        }
    }

    fn sleep_of_job(&self, duration: Duration) -> BoxFuture<'static, ()> {
        match self.this.upgrade() {
            Some(shared) => Box::pin(async move { sleep_of_job(&shared, duration).await }),
            None => Box::pin(std::future::ready(())),
        }
    }

    fn scheduler(&self) -> Option<Arc<dyn Scheduler>> {
        self.user.get()?.upgrade()
    }

    #[cfg(feature = "store")]
    fn lease(&self, cell: &Arc<JobCell>) -> Option<Arc<crate::store::Lease>> {
        self.store.as_ref()?.runs().lease(cell)
    }

    #[cfg(feature = "store")]
    fn keep_stored(&self, cell: &Arc<JobCell>, value: String) {
        if let Some(store) = &self.store {
            store.runs().keep_result(cell, value);
        }
    }

    fn progressed(&self, job: JobId, progress: &Arc<Progress>) {
        if self.wants(EventName::JobProgress) {
            self.call(|engine, now| engine.handle_progress(key_of(job), progress, now));
        }
    }

    fn keep_value(&self, job: JobId, value: JobValue) {
        let unneeded = self.call(|engine, _| engine.keep_value(key_of(job), value));
        // Dropped without the lock, as every value of a user.
        drop(unneeded);
    }

    fn begin_wait(&self, waiter: JobId, target: JobId) -> Result<()> {
        self.call(|engine, _| engine.begin_wait(key_of(waiter), key_of(target)))
    }

    fn end_wait(&self, waiter: JobId, target: JobId) {
        self.call(|engine, _| engine.end_wait(key_of(waiter), key_of(target)));
    }
}

impl BackfillHost for Shared {
    fn backfill_report(&self, id: BackfillId) -> Option<BackfillReport> {
        self.look(|engine| engine.backfill_report(id))
    }

    fn end_backfill(&self, id: BackfillId, runs: Option<CancelMode>) {
        self.call(|engine, now| engine.end_backfill(id, runs, now));
    }
}
