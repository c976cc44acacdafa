//! [`ListenerGate`]: serializes the calls of a listener, and ends them when it is removed.

use std::sync::PoisonError;

use crate::sync::{
    primitives::{Mutex, MutexGuard},
    signal::Signal,
};

/// Admits one call at a time, until it is closed.
pub(crate) struct ListenerGate {
    // One lock for both: a call begins before the close, or not at all.
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

    /// Prevents further calls, without waking or waiting.
    pub(crate) fn close(&self) {
        self.lock().is_closed = true;
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.lock().is_closed
    }

    /// Waits until a running call has returned.
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
