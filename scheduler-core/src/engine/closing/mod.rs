//! The shutdown.

mod draining;
mod due_at_close;
mod phases;
mod watch;

pub(super) use self::{phases::Closing, watch::Watch};
