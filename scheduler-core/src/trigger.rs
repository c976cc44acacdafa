//! When work is due: the crate [`scheduler_triggers`], re-exported whole.

use std::{any::Any, sync::Arc};

pub use scheduler_triggers::*;

/// Returns a trigger that is shared already as it is, and any other in a new `Arc`.
pub(crate) fn shared(trigger: impl Trigger) -> Arc<dyn Trigger> {
    match (&trigger as &dyn Any).downcast_ref::<Arc<dyn Trigger>>() {
        Some(shared) => shared.clone(),
        None => Arc::new(trigger),
    }
}

/// Where and when a question to a trigger is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// At once, by the thread that called the engine.
    AtOnce,
    /// Where blocking does no harm: nothing else waits for the answer.
    Elsewhere,
    /// By the driver, after what is due has been served.
    Later,
}

impl Asked {
    /// Calls the trigger, which is user code.
    pub(crate) fn of(trigger: &dyn Trigger) -> Self {
        if trigger.may_block() {
            Self::Elsewhere
        } else {
            Self::AtOnce
        }
    }
}
