//! [`Health`]: whether the scheduler runs, and decides what is due.

use chrono::{DateTime, TimeDelta, Utc};
use scheduler_core::{ScheduleInfo, State};
use serde::Serialize;

use super::Control;

/// How long an instant may be due and undecided. A machine that is overloaded for a moment is healthy.
const GRACE: TimeDelta = TimeDelta::seconds(10);

/// The health of a running `sched`.
#[derive(Debug, Serialize)]
pub(crate) struct Health {
    pub(crate) healthy: bool,
    state: String,
    /// Ids of entries with an instant that is due, and for which nothing was decided.
    overdue: Vec<String>,
    pub(crate) text: String,
}

impl Control {
    /// Asks the engine. If it does not respond, the time limit of the client ends the wait.
    pub(crate) fn health(&self) -> Health {
        let state = self.scheduler.state();
        let schedules = self.scheduler.schedules();
        let overdue = schedules.iter().filter(|info| is_overdue(info, Utc::now()));
        let overdue: Vec<_> = overdue.map(|info| info.id.to_string()).collect();
        let text = match (state, overdue.is_empty()) {
            (State::Running, true) => "healthy: nothing due is undecided".to_owned(),
            (State::Running, false) => format!("due and undecided: {}", overdue.join(", ")),
            (other, _) => format!("not running: {other}"),
        };
        Health {
            healthy: state == State::Running && overdue.is_empty(),
            state: state.to_string(),
            overdue,
            text,
        }
    }
}

fn is_overdue(info: &ScheduleInfo, now: DateTime<Utc>) -> bool {
    !info.is_paused() && info.next.is_some_and(|next| next < now - GRACE)
}
