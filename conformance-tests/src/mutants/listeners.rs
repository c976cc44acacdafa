//! Flaws of how listeners are called.

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
};

use async_trait::async_trait;
use scheduler_core::{
    Event, EventFilter, EventKind, Job, JobHandle, Result, State,
    event::{EventStream, Listener, ListenerId},
    implement::event_channel,
};

use super::twist::{Scene, Twist};

/// Mutant 34: after a listener panics, no listener is called.
#[derive(Default)]
pub(super) struct OnePanicSilencesAll(Arc<AtomicBool>);

#[async_trait]
impl Twist for OnePanicSilencesAll {
    fn heard(&self, _: &Scene, listener: Arc<dyn Listener>) -> Arc<dyn Listener> {
        let silenced = self.0.clone();
        let call = move |event: &Event| {
            if silenced.load(SeqCst) {
                return;
            }
            let answer = catch_unwind(AssertUnwindSafe(|| listener.on_event(event)));
            if let Err(panic) = answer {
                silenced.store(true, SeqCst);
                resume_unwind(panic);
            }
        };
        Arc::new(call)
    }
}

/// Mutant 110: a panicking listener pauses the scheduler.
pub(super) struct OnePanicPausesAll;

#[async_trait]
impl Twist for OnePanicPausesAll {
    fn heard(&self, on: &Scene, listener: Arc<dyn Listener>) -> Arc<dyn Listener> {
        let inner = Arc::downgrade(&on.inner);
        let call = move |event: &Event| {
            let answer = catch_unwind(AssertUnwindSafe(|| listener.on_event(event)));
            if let (Err(panic), Some(inner)) = (answer, inner.upgrade()) {
                inner.pause().unwrap_or_default();
                resume_unwind(panic);
            }
        };
        Arc::new(call)
    }
}

/// Mutant 218: removing a listener drops it on the caller's thread, where it panics.
#[derive(Default)]
pub(super) struct KeepsThem(Mutex<Vec<(ListenerId, Arc<dyn Listener>)>>);

#[async_trait]
impl Twist for KeepsThem {
    fn add_listener(
        &self,
        on: &Scene,
        filter: EventFilter,
        listener: Arc<dyn Listener>,
    ) -> ListenerId {
        let id = on.inner.add_listener(filter, listener.clone());
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push((id, listener));
        id
    }

    fn remove_listener(&self, on: &Scene, id: ListenerId) -> bool {
        let removed = on.inner.remove_listener(id);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(known, _)| *known != id);
        removed
    }
}

/// Mutant 36: the submitting thread calls the listeners and waits for them.
#[derive(Default)]
pub(super) struct CallsThemInline(Mutex<Vec<Arc<dyn Listener>>>);

#[async_trait]
impl Twist for CallsThemInline {
    fn try_submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        let listeners = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let listeners = listeners.clone();
        let handle = on.inner.try_submit(job)?;
        let kind = EventKind::JobClaimed(handle.id());
        let event = Event::new(0, on.runtime.now().wall(), kind);
        for listener in listeners {
            listener.on_event(&event);
        }
        Ok(handle)
    }

    fn heard(&self, _: &Scene, listener: Arc<dyn Listener>) -> Arc<dyn Listener> {
        let mut listeners = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.push(listener.clone());
        listener
    }
}

thread_local! {
    static CALLING: Cell<bool> = const { Cell::new(false) };
}

/// Mutant 82: a lock is held during listener calls, and taken by submit.
pub(super) struct HoldsItsLock;

#[async_trait]
impl Twist for HoldsItsLock {
    fn try_submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        assert!(!CALLING.get(), "the call would wait for its own lock");
        on.inner.try_submit(job)
    }

    fn heard(&self, _: &Scene, listener: Arc<dyn Listener>) -> Arc<dyn Listener> {
        let call = move |event: &Event| {
            CALLING.set(true);
            let answer = catch_unwind(AssertUnwindSafe(|| listener.on_event(event)));
            CALLING.set(false);
            answer.unwrap_or_else(|panic| resume_unwind(panic));
        };
        Arc::new(call)
    }
}

/// Mutant 83: a removed listener is still called.
#[derive(Default)]
pub(super) struct RemovesNoListener(Mutex<Vec<ListenerId>>);

#[async_trait]
impl Twist for RemovesNoListener {
    fn remove_listener(&self, _: &Scene, id: ListenerId) -> bool {
        let mut removed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = removed.contains(&id);
        removed.push(id);
        !known
    }
}

/// Mutant 420: removing a listener does not wait for a running call.
pub(super) struct RemovesLater;

#[async_trait]
impl Twist for RemovesLater {
    fn remove_listener(&self, on: &Scene, id: ListenerId) -> bool {
        let inner = on.inner.clone();
        let removal = Box::new(move || _ = inner.remove_listener(id));
        on.runtime.spawn_blocking(removal).is_ok()
    }
}

/// Mutant 422: every listener is called for every job, whatever its filter.
#[derive(Default)]
pub(super) struct IgnoresListenerFilters(AtomicUsize);

#[async_trait]
impl Twist for IgnoresListenerFilters {
    fn try_submit(&self, on: &Scene, job: Job) -> Result<JobHandle> {
        for _ in 0..self.0.load(SeqCst) {
            on.runtime
                .spawn_blocking(Box::new(|| {}))
                .unwrap_or_default();
        }
        on.inner.try_submit(job)
    }

    fn heard(&self, _: &Scene, listener: Arc<dyn Listener>) -> Arc<dyn Listener> {
        self.0.fetch_add(1, SeqCst);
        listener
    }
}

/// Mutant 423: reading events after the end waits forever.
pub(super) struct NeverClosesLateStreams;

#[async_trait]
impl Twist for NeverClosesLateStreams {
    fn subscribe(&self, on: &Scene, filter: EventFilter) -> EventStream {
        if on.inner.state() != State::ShutDown {
            return on.inner.subscribe(filter);
        }
        let (sender, stream) = event_channel(1);
        std::mem::forget(sender);
        stream
    }
}
