//! Time: the two timelines, the table of deadlines, the queue of timers.

mod clock;
mod clock_jump;
mod deadlines;
mod early_sleeps;
mod timer_queue;

pub(crate) use self::{clock::NEVER, early_sleeps::EarlySleeps};
pub(super) use self::{
    clock::{Time, Timelines, WALL_CLOCK_CHECK, nanos},
    clock_jump::{Drift, JUMP},
    deadlines::{Deadlines, Due, Kind},
    timer_queue::TimerQueue,
};

/// Maximum number of due entries per turn, which bounds the time under the lock.
pub(crate) const DUE_PER_TURN: usize = 128;
