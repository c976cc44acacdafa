//! [`Repeats`]: which instants run again when the wall clock is set back.

use std::{fmt, sync::Arc};

use super::Trigger;

/// Which instants of a trigger run again when the wall clock is set back by up to three hours and
/// reaches them a second time. [`Trigger::repeats`] returns it.
///
/// The same rule applies to the hour that a time zone repeats in autumn: a fixed time runs once, a
/// pattern runs whenever the clock matches.
///
/// The enum is exhaustive, because a scheduler must handle every variant.
#[derive(Clone, Default)]
pub enum Repeats {
    /// No instant runs again: each is a fixed time.
    #[default]
    Never,
    /// Every instant runs again: the trigger is a pattern.
    Always,
    /// The instants of this trigger run again. They are a subset of the instants of the whole.
    Part(Arc<dyn Trigger>),
}

impl Repeats {
    /// Maps the trigger of a partial repetition by `wrap`.
    pub(super) fn map<T: Trigger>(self, wrap: impl FnOnce(Arc<dyn Trigger>) -> T) -> Self {
        match self {
            Self::Part(part) => Self::Part(Arc::new(wrap(part))),
            other => other,
        }
    }

    /// Returns `Always` for a pattern, and `Never` for a trigger with fixed times only.
    pub(super) fn of_pattern(is_pattern: bool) -> Self {
        if is_pattern {
            Self::Always
        } else {
            Self::Never
        }
    }
}

impl fmt::Debug for Repeats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => f.write_str("Never"),
            Self::Always => f.write_str("Always"),
            Self::Part(part) => write!(f, "Part({part})"),
        }
    }
}
