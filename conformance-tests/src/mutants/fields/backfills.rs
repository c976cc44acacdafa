//! Handles to backfills whose reports a [`Teller`] may falsify.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use scheduler_core::{
    Result, Runtime, ScheduleId,
    backfill::{BackfillHandle, BackfillId, BackfillReport},
    implement::BackfillControl,
    job::CancelMode,
    runtime::BoxFuture,
};

use super::teller::Teller;
use crate::mutants::twist::Scene;

/// Wraps the handle so that `teller` may falsify its reports.
pub(super) fn told(teller: &Teller, on: &Scene, handle: BackfillHandle) -> BackfillHandle {
    BackfillHandle::new(Arc::new(Told {
        teller: teller.clone(),
        runtime: on.runtime.clone(),
        schedule: handle.schedule().clone(),
        handle,
    }))
}

struct Told {
    teller: Teller,
    runtime: Arc<dyn Runtime>,
    schedule: ScheduleId,
    handle: BackfillHandle,
}

#[async_trait]
impl BackfillControl for Told {
    fn id(&self) -> BackfillId {
        self.teller.tell("BackfillHandle::id", self.handle.id())
    }

    fn schedule(&self) -> &ScheduleId {
        &self.schedule
    }

    fn report(&self) -> BackfillReport {
        let report = self.handle.report();
        self.teller.tell("BackfillHandle::report", report)
    }

    fn end(&self, runs: Option<CancelMode>) {
        match runs {
            None => self.handle.stop(),
            Some(mode) => self.handle.cancel(mode),
        }
    }

    async fn finished(&self) -> Result<BackfillReport> {
        let report = self.handle.wait().await?;
        Ok(self.teller.tell("BackfillHandle::wait", report))
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.runtime
            .sleep_until(self.runtime.now().mono() + duration)
    }
}
