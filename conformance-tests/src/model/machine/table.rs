//! A second copy of the lifecycle table, independent of the core. A model with the core's own table
//! would accept any table.

use scheduler_core::{
    State,
    lifecycle::{
        LifecycleError::{self, AlreadyRunning, NotRunning, ShutDown, WouldDeadlock},
        Operation,
    },
};

type Answer = Result<(), LifecycleError>;

const OK: Answer = Ok(());
const TWICE: Answer = Err(AlreadyRunning);
const EARLY: Answer = Err(NotRunning);
const LATE: Answer = Err(ShutDown);
const STUCK: Answer = Err(WouldDeadlock);

/// Returns the results in each state, in the order of [`State::ALL`].
const fn row(operation: Operation) -> [Answer; 6] {
    match operation {
        Operation::Start | Operation::StartPaused => [OK, TWICE, TWICE, TWICE, LATE, LATE],
        Operation::Shutdown | Operation::RequestShutdown => [EARLY, OK, OK, OK, OK, LATE],
        Operation::WaitInside => [EARLY, STUCK, STUCK, STUCK, STUCK, LATE],
        Operation::Pause
        | Operation::Resume
        | Operation::RunNow
        | Operation::Backfill
        | Operation::Durable => [EARLY, EARLY, OK, OK, LATE, LATE],
        Operation::Submit | Operation::Add => [OK, OK, OK, OK, LATE, LATE],
        Operation::WaitIdle => [EARLY, EARLY, OK, OK, OK, OK],
        _ => [OK; 6],
    }
}

/// Returns whether the operation is allowed in that state.
pub(super) fn permit(state: State, operation: Operation) -> Answer {
    let column = State::ALL.iter().position(|known| *known == state);
    column.map_or(OK, |column| row(operation)[column])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_has_the_same_table() {
        for &state in State::ALL {
            for &operation in Operation::ALL {
                let decided = scheduler_core::lifecycle::permit(state, operation);
                assert_eq!(decided, permit(state, operation), "{operation:?} {state}");
            }
        }
    }
}
