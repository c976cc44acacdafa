//! [`Compared`]: the result of comparing a new trigger with the one it would replace.

use std::sync::Arc;

use crate::{base::panic::Contained, trigger::Trigger};

/// Result of a comparison, with the trigger that was compared. Its address identifies it.
#[derive(Debug, Clone)]
pub(crate) enum Compared {
    Equal(Contained<Arc<dyn Trigger>>),
    Different(Contained<Arc<dyn Trigger>>),
}

impl Compared {
    /// Returns whether this result is for the trigger `defined`, compared by address.
    pub(crate) fn is_with(&self, defined: &Contained<Arc<dyn Trigger>>) -> bool {
        let (Self::Equal(with) | Self::Different(with)) = self;
        Arc::ptr_eq(with, defined)
    }

    pub(crate) const fn is_equal(&self) -> bool {
        matches!(self, Self::Equal(_))
    }
}
