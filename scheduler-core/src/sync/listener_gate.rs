//! The way into a listener, and its removal: no call begins after the gate is closed.

use std::sync::PoisonError;

use crate::sync::{
    primitives::{Mutex, MutexGuard},
    signal::Signal,
};

/// Lets in one call at a time, until it is closed.
pub(crate) struct ListenerGate {
    // One lock for both: a call has begun before the gate is closed, or does not begin.
    state: Mutex<GateState>,
    left: Signal,
}

#[derive(Default)]
struct GateState {
    is_closed: bool,
    is_inside: bool,
}

impl ListenerGate {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::new(GateState::default()),
            left: Signal::new(),
        }
    }

    /// Makes a call, unless the gate is closed. The call must not panic.
    pub(crate) fn pass(&self, call: impl FnOnce()) {
        {
            let mut state = self.lock();
            if state.is_closed {
                return;
            }
            state.is_inside = true;
        }
        call();
        self.lock().is_inside = false;
        self.left.notify();
    }

    /// Lets no further call begin. Wakes nobody, and waits for nobody.
    pub(crate) fn close(&self) {
        self.lock().is_closed = true;
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.lock().is_closed
    }

    /// Waits until the call that is going on has returned.
    pub(crate) async fn until_left(&self) {
        self.left
            .until(|| (!self.lock().is_inside).then_some(()))
            .await;
    }

    fn lock(&self) -> MutexGuard<'_, GateState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::pin,
        task::{Context, Waker},
    };

    use super::*;

    #[test]
    fn no_call_begins_once_it_is_closed_and_the_last_one_is_waited_for() {
        let (gate, mut calls) = (ListenerGate::new(), 0);
        let is_empty = || {
            let wait = pin!(gate.until_left());
            wait.poll(&mut Context::from_waker(Waker::noop()))
                .is_ready()
        };
        gate.pass(|| {
            calls += 1;
            gate.close();
            assert!(!is_empty(), "it is still going on");
        });
        assert!(is_empty());
        gate.pass(|| calls += 1);
        assert_eq!(calls, 1);
    }
}
