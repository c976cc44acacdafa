//! [`Cx`]: what every machine needs during a call.

use std::sync::Weak;

use chrono::{DateTime, Utc};

use super::{
    lifecycle::Lifecycle,
    outbox::{Action, Discarded, Outbox},
    time::{Deadlines, Timelines},
};
use crate::{EventKind, Now, Options, event::About, job::JobHost};

/// The context of a call: the time, the options, the state of the scheduler, and where results go.
///
/// The machines receive it as an argument. It is the only thing that all of them may change.
pub(super) struct Cx {
    pub(super) options: Options,
    /// Through which jobs reach their scheduler.
    pub(super) host: Weak<dyn JobHost>,
    pub(super) clocks: Timelines,
    pub(super) deadlines: Deadlines,
    pub(super) outbox: Outbox,
    pub(super) lifecycle: Lifecycle,
    /// The time of the call.
    now: Now,
}

#[allow(dead_code, reason = "the machines use it as they are split off")]
impl Cx {
    pub(super) fn new(options: Options, origin: Now, host: Weak<dyn JobHost>) -> Self {
        Self {
            options,
            host,
            clocks: Timelines::new(origin),
            deadlines: Deadlines::default(),
            outbox: Outbox::default(),
            lifecycle: Lifecycle::default(),
            now: origin,
        }
    }

    /// Sets the time of the call that begins.
    pub(super) const fn begin(&mut self, now: &Now) {
        self.now = *now;
    }

    /// Returns the time of the call.
    pub(super) const fn now(&self) -> &Now {
        &self.now
    }

    /// Returns the wall-clock time of the call.
    pub(super) const fn wall(&self) -> DateTime<Utc> {
        self.now.wall
    }

    /// Returns the time of the call in nanoseconds since the scheduler was built.
    pub(super) fn elapsed(&self) -> u64 {
        self.clocks.elapsed(&self.now)
    }

    /// Requests an action.
    pub(super) fn push(&mut self, action: Action) {
        self.outbox.push(action);
    }

    /// Has a user value dropped after unlocking.
    pub(super) fn discard(&mut self, what: Discarded) {
        self.outbox.push(Action::Discard(what));
    }

    /// Publishes an event that is about no job, if a reader wants it.
    pub(super) fn publish(&mut self, kind: impl FnOnce() -> EventKind) {
        if self.outbox.readers.is_observed() {
            let kind = kind();
            if self.outbox.readers.wants(kind.name()) {
                self.outbox
                    .readers
                    .publish(&self.now, kind, About::default());
            }
        }
    }
}
