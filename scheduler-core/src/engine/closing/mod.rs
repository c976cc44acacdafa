//! The shutdown.

mod draining;
mod due_at_close;
mod phases;

pub(super) use self::phases::Closing;
