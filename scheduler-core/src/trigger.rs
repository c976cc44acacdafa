//! Triggers: the crate [`scheduler_triggers`], re-exported.

use std::{any::Any, sync::Arc};

pub use scheduler_triggers::*;

/// Returns a trigger as an `Arc`. One that is an `Arc` already is not wrapped again.
pub(crate) fn shared(trigger: impl Trigger) -> Arc<dyn Trigger> {
    match (&trigger as &dyn Any).downcast_ref::<Arc<dyn Trigger>>() {
        Some(shared) => shared.clone(),
        None => Arc::new(trigger),
    }
}

/// Where and when a trigger is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Directly, by the thread that called the engine.
    AtOnce,
    /// The trigger is called on a thread that may block. No call waits for the result.
    Elsewhere,
    /// The driver calls the trigger after it has handled due entries.
    Later,
}

impl Asked {
    /// Returns where to call a trigger. Calls the trigger, which is user code.
    pub(crate) fn of(trigger: &dyn Trigger) -> Self {
        if trigger.may_block() {
            Self::Elsewhere
        } else {
            Self::AtOnce
        }
    }
}
