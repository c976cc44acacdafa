//! [`Lifecycle`]: the state of the scheduler, which every machine may read.

use super::time::Time;
use crate::{Operation, State, sync::gate::Asks};

/// The state of the scheduler, and facts that depend on it.
pub(super) struct Lifecycle {
    state: State,
    /// Number of the present start, by which a caller distinguishes its own start from a later one.
    start_number: u64,
    /// State after the start.
    after_start: State,
    /// Whether a shutdown is draining, so that accepted jobs that are due still start.
    drains: bool,
    /// Set once a schedule has been paused. The engine then decides about every begin of a run.
    asks_about_schedules: bool,
    /// Number of paused queues. While there is one, every job crosses the gate.
    paused_queues: usize,
    /// Whether `SleepsEndEarly` was published.
    sleeps_early: bool,
    close: Option<Close>,
}

/// Facts about a shutdown in progress that every machine needs.
struct Close {
    began: Time,
    /// Whether the scheduler was paused at the begin of the shutdown, so that no body begins, even
    /// with a permit.
    begins_nothing: bool,
    /// Deadline after which no attempt begins.
    drains_until: u64,
}

impl Default for Lifecycle {
    fn default() -> Self {
        Self {
            state: State::New,
            start_number: 0,
            after_start: State::Running,
            drains: false,
            asks_about_schedules: false,
            paused_queues: 0,
            sleeps_early: false,
            close: None,
        }
    }
}

impl Lifecycle {
    pub(super) const fn state(&self) -> State {
        self.state
    }

    /// Changes the state, and returns the previous one.
    pub(super) const fn change_state(&mut self, to: State) -> State {
        std::mem::replace(&mut self.state, to)
    }

    /// Begins a start, after which the scheduler is paused or runs. Returns its number.
    pub(super) fn begin_start(&mut self, operation: Operation) -> u64 {
        self.start_number += 1;
        self.after_start = match operation {
            Operation::StartPaused => State::Paused,
            _ => State::Running,
        };
        self.start_number
    }

    pub(super) const fn start_number(&self) -> u64 {
        self.start_number
    }

    /// Returns the state that follows the start in progress.
    pub(super) const fn state_after_start(&self) -> State {
        self.after_start
    }

    /// Records that accepted jobs that are due still start while the scheduler shuts down.
    pub(super) const fn begin_drain(&mut self) {
        self.drains = true;
    }

    /// Returns whether the scheduler shuts down, and accepted jobs that are due still start.
    pub(super) const fn drains(&self) -> bool {
        self.drains
    }

    /// Records that no job starts any longer. Returns whether jobs started before.
    pub(super) const fn end_drain(&mut self) -> bool {
        std::mem::replace(&mut self.drains, false)
    }

    /// Records that sleeps of the runtime end early. Returns whether that is new.
    pub(super) const fn note_early_sleeps(&mut self) -> bool {
        !std::mem::replace(&mut self.sleeps_early, true)
    }

    /// Returns whether accepted jobs start when it is their turn.
    pub(super) const fn starts_jobs(&self) -> bool {
        matches!(self.state, State::Running) || self.drains
    }

    /// Returns whether the scheduler has been started.
    pub(super) const fn has_started(&self) -> bool {
        !matches!(self.state, State::New | State::Starting)
    }

    /// Sets the number of paused queues.
    pub(super) const fn note_paused_queues(&mut self, count: usize) {
        self.paused_queues = count;
    }

    /// Returns which jobs must cross the gate.
    pub(super) const fn asks(&self) -> Asks {
        match self.state {
            State::Running if self.paused_queues == 0 => Asks::Nothing {
                schedules: self.asks_about_schedules,
            },
            _ => Asks::All,
        }
    }

    /// Makes all runs of schedules cross the gate from now on. Returns false if they already did.
    pub(super) const fn ask_about_schedules(&mut self) -> bool {
        !std::mem::replace(&mut self.asks_about_schedules, true)
    }

    /// Records that a shutdown begins. Nothing becomes due from now on.
    pub(super) fn begin_close(&mut self, began: Time, was: State) {
        self.close = Some(Close {
            began,
            begins_nothing: was == State::Paused,
            drains_until: u64::MAX,
        });
    }

    /// Sets the deadline after which no attempt begins.
    pub(super) const fn drain_until(&mut self, end: u64) {
        if let Some(close) = &mut self.close {
            close.drains_until = end;
        }
    }

    /// Records that the shutdown is complete.
    pub(super) fn end_close(&mut self) {
        self.close = None;
    }

    /// Returns whether the scheduler shuts down.
    pub(super) const fn is_closing(&self) -> bool {
        self.close.is_some()
    }

    /// Returns when the shutdown began, after which nothing becomes due.
    pub(super) fn began_to_close(&self) -> Option<Time> {
        self.close.as_ref().map(|close| close.began)
    }

    /// Returns whether a shutdown began while the scheduler was paused.
    pub(super) fn begins_nothing(&self) -> bool {
        self.close
            .as_ref()
            .is_some_and(|close| close.begins_nothing)
    }

    /// Returns whether an attempt may begin at `due`.
    pub(super) fn may_begin_at(&self, due: u64) -> bool {
        let in_time = |close: &Close| self.drains && due < close.drains_until;
        self.close.as_ref().is_none_or(in_time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::unix_time::UnixTime;

    const NOON: Time = Time {
        elapsed: 0,
        wall: UnixTime::EPOCH,
    };

    #[test]
    fn attempts_begin_until_the_drain_ends() {
        let mut lifecycle = Lifecycle::default();
        assert!(lifecycle.may_begin_at(u64::MAX));
        lifecycle.begin_close(NOON, State::Running);
        assert!(!lifecycle.may_begin_at(0), "nothing is drained");
        lifecycle.begin_drain();
        lifecycle.drain_until(9);
        assert_eq!([8, 9].map(|due| lifecycle.may_begin_at(due)), [true, false]);
        lifecycle.end_close();
        assert!(!lifecycle.is_closing());
    }

    #[test]
    fn no_body_begins_in_the_shutdown_of_a_paused_scheduler() {
        for (was, begins_nothing) in [(State::Running, false), (State::Paused, true)] {
            let mut lifecycle = Lifecycle::default();
            lifecycle.begin_close(NOON, was);
            assert_eq!(lifecycle.begins_nothing(), begins_nothing);
        }
    }

    #[test]
    fn the_gate_is_set_once_for_schedules() {
        let mut lifecycle = Lifecycle::default();
        assert_eq!(
            [(); 2].map(|()| lifecycle.ask_about_schedules()),
            [true, false]
        );
    }
}
