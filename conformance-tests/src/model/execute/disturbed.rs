//! Faults: each occurs once, at its opportunity.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
    time::Instant,
};

use scheduler_core::{
    Event, Options, Runtime,
    event::Listener,
    failure::JobFailure,
    runtime::{BlockingWork, BoxFuture, Now, SpawnError},
};

use crate::{model::scenario::Fault, world::quiet};

/// The fault of a scenario, if it has one, and whether it has occurred.
#[derive(Default)]
pub(super) struct Trouble {
    fault: Option<Fault>,
    opportunities: AtomicU64,
    struck: AtomicBool,
    /// The number of the spawn that will fail.
    failing_spawn: AtomicU64,
}

impl Trouble {
    pub(super) fn new(fault: Option<Fault>) -> Arc<Self> {
        Arc::new(Self {
            fault,
            ..Self::default()
        })
    }

    pub(super) fn has_struck(&self) -> bool {
        self.struck.load(Relaxed)
    }

    /// Makes the spawn after this number of others fail. Only the first such command of a scenario
    /// counts.
    pub(super) fn expects_spawns(&self, others: u64) {
        if self.failing_spawn.load(Relaxed) == 0 {
            self.failing_spawn.store(others + 1, Relaxed);
        }
    }

    /// Records the total number of spawns.
    pub(super) fn has_seen_spawns(&self, spawns: u64) {
        let failing = self.failing_spawn.load(Relaxed);
        if self.fault.is_none() && failing > 0 && spawns >= failing {
            self.struck.store(true, Relaxed);
        }
    }

    /// Counts an opportunity, and returns whether the fault with number `at` occurs now.
    fn strikes(&self, at: u64) -> bool {
        let strikes = self.opportunities.fetch_add(1, Relaxed) == at;
        if strikes {
            self.struck.store(true, Relaxed);
        }
        strikes
    }

    /// Counts a call. Returns the number of polls after which the client drops it, if the fault is
    /// due.
    pub(super) fn patience(&self) -> Option<u64> {
        match self.fault {
            Some(Fault::GiveUp { call, polls }) => {
                let is_it = self.opportunities.fetch_add(1, Relaxed) == call;
                is_it.then_some(polls)
            }
            _ => None,
        }
    }

    /// Records that a call was dropped.
    pub(super) fn gave_up(&self) {
        self.struck.store(true, Relaxed);
    }

    /// Returns the options, with an error handler if the fault needs one.
    pub(super) fn options(self: &Arc<Self>, options: Options) -> Options {
        let Some(Fault::HandlerPanic(at)) = self.fault else {
            return quiet(options);
        };
        let trouble = self.clone();
        options.on_error(move |_: &JobFailure| trouble.panic_at(at))
    }

    /// Returns the listener that panics, if that is the fault.
    pub(super) fn listener(self: &Arc<Self>) -> Option<Arc<dyn Listener>> {
        let Some(Fault::ListenerPanic(at)) = self.fault else {
            return None;
        };
        let trouble = self.clone();
        Some(Arc::new(move |_: &Event| trouble.panic_at(at)))
    }

    /// Panics without a message on the terminal, if the fault is due.
    fn panic_at(&self, at: u64) {
        if self.strikes(at) {
            std::panic::resume_unwind(Box::new("as the scenario says"));
        }
    }
}

/// A runtime that makes one sleep end early or wake without need.
pub(super) struct Disturbed {
    pub(super) inner: Arc<dyn Runtime>,
    pub(super) trouble: Arc<Trouble>,
}

impl Runtime for Disturbed {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        self.inner.spawn(task)
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        let sleep = self.inner.sleep_until(deadline);
        match self.trouble.fault {
            Some(Fault::EarlySleep(at)) if self.trouble.strikes(at) => Box::pin(async {}),
            Some(Fault::RestlessSleep(at)) if self.trouble.strikes(at) => {
                Box::pin(Restless { sleep, wakes: 3 })
            }
            _ => sleep,
        }
    }

    fn spawn_blocking(&self, work: BlockingWork) -> Result<(), SpawnError> {
        self.inner.spawn_blocking(work)
    }

    fn now(&self) -> Now {
        self.inner.now()
    }

    fn parallelism(&self) -> std::num::NonZeroUsize {
        self.inner.parallelism()
    }
}

/// A sleep that wakes its task a few times without need.
struct Restless {
    sleep: BoxFuture<'static, ()>,
    wakes: u8,
}

impl Future for Restless {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.wakes > 0 {
            self.wakes -= 1;
            cx.waker().wake_by_ref();
        }
        ready!(self.sleep.as_mut().poll(cx));
        Poll::Ready(())
    }
}
