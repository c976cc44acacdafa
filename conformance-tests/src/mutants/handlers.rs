//! Flaws of starts that are tried again, and of error handlers.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use scheduler_core::{Event, Listener, Options, Result, Shutdown, ShutdownReport};

use super::twist::{Scene, Twist, empty_report};

/// 400: once a start has failed, listeners hear nothing.
#[derive(Default)]
pub(super) struct StaysDeaf(Arc<AtomicBool>);

#[async_trait]
impl Twist for StaysDeaf {
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

/// 401: a shutdown returns when no job runs any more, whatever the error handlers do.
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

/// 402: a handler that hangs holds up the end for good.
pub(super) fn waits_for_ever(options: Options) -> Options {
    options.handler_grace(Duration::MAX)
}
