//! Sleeps, inside and outside a tokio runtime.

use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use scheduler_core::{implement::Timers, runtime::BoxFuture};
use tokio::{runtime::Handle, time};

use crate::used_runtime::UsedRuntime;

/// A sleep on tokio's timers, or on the backend's own timers where tokio has none.
pub(crate) enum Sleep {
    Tokio {
        sleep: Pin<Box<time::Sleep>>,
        home: Arc<UsedRuntime>,
    },
    Own(BoxFuture<'static, ()>),
}

impl Sleep {
    /// Creates a sleep on the timers of the runtime of `handle`.
    pub(crate) fn inside(
        handle: &Handle,
        home: &Arc<UsedRuntime>,
        deadline: Instant,
        timers: &Timers,
    ) -> Self {
        let _inside = handle.enter();
        // tokio panics without a time driver.
        let sleep = catch_unwind(|| Box::pin(time::sleep_until(deadline.into())));
        sleep.map_or_else(
            |_| Self::outside(deadline, timers),
            |sleep| Self::Tokio {
                sleep,
                home: home.clone(),
            },
        )
    }

    /// Creates a sleep that needs no tokio runtime.
    pub(crate) fn outside(deadline: Instant, timers: &Timers) -> Self {
        Self::Own(Box::pin(timers.sleep_until(deadline)))
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match &mut *self {
            Self::Own(sleep) => sleep.as_mut().poll(cx),
            Self::Tokio { sleep, home } => {
                // tokio panics when its runtime ends. The sleep then ends early, and the next one
                // uses other timers.
                let polled = catch_unwind(AssertUnwindSafe(|| sleep.as_mut().poll(cx)));
                polled.unwrap_or_else(|_| {
                    home.lose();
                    Poll::Ready(())
                })
            }
        }
    }
}
