//! When work is due: the crate [`scheduler_triggers`], re-exported whole.

pub use scheduler_triggers::*;

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
