//! Flaws of repeated starts, and of error handlers.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use scheduler_core::{Event, Options, Result, Shutdown, ShutdownReport, event::Listener};

use super::twist::{Scene, Twist, empty_report};

/// Mutant 400: after a failed start, listeners receive nothing.
#[derive(Default)]
pub(super) struct SilencesListeners(Arc<AtomicBool>);

#[async_trait]
impl Twist for SilencesListeners {
    async fn start(&self, on: &Scene) -> Result<()> {
        let started = on.inner.start().await;
        self.0.fetch_or(started.is_err(), Ordering::SeqCst);
        started
    }

    fn heard(&self, _: &Scene, listener: Arc<dyn Listener>) -> Arc<dyn Listener> {
        let deaf = self.0.clone();
        let hears = move |event: &Event| {
            if !deaf.load(Ordering::SeqCst) {
                listener.on_event(event);
            }
        };
        Arc::new(hears)
    }
}

/// Mutant 401: a shutdown returns before the error handlers have.
pub(super) struct ForgetsHandlers;

#[async_trait]
impl Twist for ForgetsHandlers {
    async fn shutdown(&self, on: &Scene, how: Shutdown) -> Result<Arc<ShutdownReport>> {
        on.inner.request_shutdown(how)?;
        while on.inner.metrics().running > 0 {
            on.inner.sleep(Duration::from_millis(1)).await;
        }
        Ok(empty_report())
    }
}

/// Mutant 402: a hanging error handler delays the end forever.
pub(super) fn waits_for_ever(options: Options) -> Options {
    options.handler_grace(Duration::MAX)
}
