//! [`Cx`]: the context of a call, which every machine receives.

use std::{cell::Cell, sync::Weak};

use super::{
    outbox::{Action, Discarded, Outbox, ReportBuilder},
    run_state::Lifecycle,
    time::{Deadlines, Drift, Kind, NEVER, Time, Timelines, WALL_CLOCK_CHECK},
    trigger_calls::TriggerCalls,
};
use crate::{
    EventKind, Now, Options, State, StateCause, Timeline, base::unix_time::UnixTime, event::About,
    job::JobHost,
};

/// The context of a call: the time, the options, the state of the scheduler, and the outbox.
///
/// The machines receive it as an argument. It is the only thing that all of them may change.
pub(super) struct Cx {
    options: Options,
    /// Interface through which jobs reach their scheduler.
    host: Weak<dyn JobHost>,
    clocks: Timelines,
    pub(super) deadlines: Deadlines,
    pub(super) outbox: Outbox,
    pub(super) lifecycle: Lifecycle,
    pub(super) report: ReportBuilder,
    /// Calls of triggers without a result yet.
    pub(super) trigger_calls: TriggerCalls,
    /// The time of the call. It is a `Cell`, because getters set it too.
    now: Cell<Now>,
}

impl Cx {
    pub(super) fn new(options: Options, origin: Now, host: Weak<dyn JobHost>) -> Self {
        Self {
            options,
            host,
            clocks: Timelines::new(origin),
            deadlines: Deadlines::default(),
            outbox: Outbox::default(),
            lifecycle: Lifecycle::default(),
            report: ReportBuilder::default(),
            trigger_calls: TriggerCalls::default(),
            now: Cell::new(origin),
        }
    }

    pub(super) const fn options(&self) -> &Options {
        &self.options
    }

    /// Returns the host through which jobs reach their scheduler.
    pub(super) const fn host(&self) -> &Weak<dyn JobHost> {
        &self.host
    }

    pub(super) const fn clocks(&self) -> &Timelines {
        &self.clocks
    }

    /// Returns the later of this reading of the clocks and the latest one.
    pub(super) fn catch_up(&mut self, now: Now) -> Now {
        self.clocks.catch_up(now)
    }

    /// Compares the clocks. Returns the nanoseconds since the last comparison, and the result.
    pub(super) fn compare_clocks(&mut self) -> (u64, Drift) {
        let time = self.time();
        let since_known = self.clocks.since_observed(time.elapsed);
        (since_known, self.clocks.observe(time))
    }

    /// Sets the time of the call that begins.
    #[inline]
    pub(super) fn begin(&self, now: &Now) {
        self.now.set(*now);
    }

    /// Returns the time of the call.
    #[inline]
    pub(super) fn now(&self) -> Now {
        self.now.get()
    }

    /// Returns the wall-clock time of the call.
    #[inline]
    pub(super) fn wall(&self) -> UnixTime {
        self.now.get().unix_time()
    }

    /// Returns the time of the call in nanoseconds since the scheduler was built.
    #[inline]
    pub(super) fn elapsed(&self) -> u64 {
        self.clocks.elapsed_at(self.now.get().mono())
    }

    /// Returns whether a deadline of a kind has come.
    #[inline]
    pub(super) fn is_due(&self, kind: Kind) -> bool {
        self.deadlines.next_of(kind) <= self.elapsed()
    }

    /// Arms a timer. Deadlines that never come are not stored.
    pub(super) fn arm(&mut self, deadline: u64, token: u32) {
        if deadline != NEVER {
            self.deadlines.arm(deadline, token);
        }
    }

    /// Counts a timer as stale. It is removed when it is due, or when there are too many stale ones.
    pub(super) fn disarm(&mut self) {
        if self.lifecycle.has_started() {
            self.deadlines.note_stale_timer();
        }
    }

    /// Wakes the driver in time to compare the clocks, because a job or schedule waits for the wall clock.
    pub(super) fn watch_wall_clock(&mut self) {
        let check = self.elapsed().saturating_add(WALL_CLOCK_CHECK);
        self.deadlines.note(check);
    }

    /// Returns the time of the call on both timelines.
    pub(super) fn time(&self) -> Time {
        Time {
            elapsed: self.elapsed(),
            wall: self.wall(),
        }
    }

    /// Returns the time of the call, or the time at which a shutdown began; nothing becomes due after it.
    pub(super) fn horizon(&self) -> Time {
        let began = self.lifecycle.began_to_close();
        began.unwrap_or_else(|| self.time())
    }

    /// Returns when `instant` comes on a timeline, by the present offset of the clocks.
    pub(super) fn deadline_of(&self, timeline: Timeline, instant: UnixTime) -> u64 {
        self.clocks.deadline(timeline, instant, self.time())
    }

    /// Changes the state of the scheduler.
    pub(super) fn change_state(&mut self, to: State, cause: StateCause) {
        let from = self.lifecycle.change_state(to);
        self.outbox.note_state_changed();
        self.publish(|| EventKind::StateChanged { from, to, cause });
    }

    /// Makes all runs of schedules cross the gate from now on.
    pub(super) const fn ask_about_schedules(&mut self) {
        if self.lifecycle.ask_about_schedules() {
            self.outbox.note_gate_moved();
        }
    }

    /// Records how many queues are paused. While one is, all jobs cross the gate.
    pub(super) const fn note_paused_queues(&mut self, count: usize) {
        self.lifecycle.note_paused_queues(count);
        self.outbox.note_gate_moved();
    }

    /// Requests an action.
    #[inline]
    pub(super) fn push(&mut self, action: Action) {
        self.outbox.push(action);
    }

    /// Hands a user value to the shell, which drops it after unlocking.
    #[inline]
    pub(super) fn discard(&mut self, what: Discarded) {
        self.outbox.push(Action::Discard(what));
    }

    /// Publishes an event that concerns no job, if a reader wants it.
    pub(super) fn publish(&mut self, kind: impl FnOnce() -> EventKind) {
        if self.outbox.readers.is_observed() {
            let kind = kind();
            if self.outbox.readers.wants(kind.name()) {
                self.publish_about(kind, About::default());
            }
        }
    }

    /// Publishes an event to the readers that want it. `about` has facts for their filters that the
    /// event does not carry.
    #[inline]
    pub(super) fn publish_about(&mut self, kind: EventKind, about: About<'_>) {
        self.outbox.readers.publish(&self.now(), kind, about);
    }
}
