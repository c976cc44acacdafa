//! The shell, as far as the turns of a listener look at it.

#[path = "../../scheduler-core/src/shell/listeners.rs"]
pub(crate) mod listeners;

pub(crate) use crate::listening::shared;
