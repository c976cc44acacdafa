//! The parts of the shell that the turns of a listener use.

#[path = "../../scheduler-core/src/shell/listeners.rs"]
pub(crate) mod listeners;

pub(crate) use crate::listening::shared;
