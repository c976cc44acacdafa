//! [`Compared`]: the result of comparing a new trigger with the one it would replace.

use std::sync::Arc;

use crate::{base::panic::Contained, trigger::Trigger};

/// Result of a comparison.
#[derive(Debug, Clone)]
pub(crate) struct Compared {
    /// The trigger that was compared, identified by its address.
    with: Contained<Arc<dyn Trigger>>,
    is_equal: bool,
}

impl Compared {
    pub(crate) const fn new(with: Contained<Arc<dyn Trigger>>, is_equal: bool) -> Self {
        Self { with, is_equal }
    }

    /// Returns whether this result is for the trigger `defined`, compared by address.
    pub(crate) fn is_with(&self, defined: &Contained<Arc<dyn Trigger>>) -> bool {
        Arc::ptr_eq(&self.with, defined)
    }

    pub(crate) const fn is_equal(&self) -> bool {
        self.is_equal
    }
}
