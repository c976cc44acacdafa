//! What of a rule follows the clock, and comes again when the wall clock is set back.

use std::{fmt, sync::Arc};

use super::Trigger;

/// Which instants of a rule run again when the wall clock is set back by up to three hours and shows
/// them once more: the answer of [`Trigger::repeats`].
///
/// It is the rule for the hour that a zone repeats in autumn: a time that somebody has fixed runs
/// once, a pattern runs whenever the clock shows a match.
///
/// A scheduler has to decide about each of them, so there is no hidden one.
#[derive(Clone, Default)]
pub enum Repeats {
    /// None: each instant stands for a fixed time.
    #[default]
    Never,
    /// All: the rule is a pattern.
    Always,
    /// Those of this rule, whose instants are some of those of the whole.
    Part(Arc<dyn Trigger>),
}

impl Repeats {
    /// The same of a rule that is made of one other: `wrap` makes it of the part.
    pub(super) fn map<T: Trigger>(self, wrap: impl FnOnce(Arc<dyn Trigger>) -> T) -> Self {
        match self {
            Self::Part(part) => Self::Part(Arc::new(wrap(part))),
            other => other,
        }
    }

    /// The same of a rule that is a pattern, or else has fixed times only.
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
