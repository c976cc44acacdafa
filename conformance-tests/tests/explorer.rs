//! The lifecycle table, explored: consistent as it is, and found wrong where it is bent.

use std::time::Instant;

use conformance_tests::model::explore::{Explored, Scope, Table, explore, explore_table};
use scheduler_core::{LifecycleError, Operation, State, permit};

fn scope(clients: usize, calls: u8) -> Scope {
    Scope { clients, calls }
}

fn explored(scope: Scope) -> Explored {
    let begun = Instant::now();
    let seen = explore(scope).unwrap_or_else(|flaw| panic!("{flaw}"));
    println!("{scope:?}: {seen:?} in {:?}", begun.elapsed());
    seen
}

/// The counts change only when the table or the model does: then look at why.
#[test]
fn two_clients_with_three_calls() {
    let seen = explored(scope(2, 3));
    assert_eq!(
        (seen.states, seen.steps, seen.ends),
        (375_892, 2_578_490, 67)
    );
}

#[test]
fn three_clients_with_two_calls() {
    let seen = explored(scope(3, 2));
    assert_eq!(
        (seen.states, seen.steps, seen.ends),
        (608_057, 4_235_885, 67)
    );
}

/// `permit` with one answer changed.
macro_rules! bent {
    ($state:pat, $operation:pat => $answer:expr) => {
        |state: State, operation: Operation| -> Result<(), LifecycleError> {
            match (state, operation) {
                ($state, $operation) => $answer,
                _ => permit(state, operation),
            }
        }
    };
}

fn flaw(table: Table) -> String {
    let flaw = explore_table(scope(2, 3), table);
    flaw.expect_err("a bent table has a flaw").problem
}

#[test]
fn a_restart_after_the_end_is_found() {
    let flaw = flaw(bent!(State::ShutDown, Operation::Start => Ok(())));
    assert!(flaw.starts_with("LC-030"), "{flaw}");
}

#[test]
fn a_second_start_is_found() {
    let flaw = flaw(bent!(State::Running, Operation::StartPaused => Ok(())));
    assert!(flaw.starts_with("LC-030"), "{flaw}");
}

#[test]
fn a_shutdown_that_waits_for_its_own_job_is_found() {
    let flaw = flaw(bent!(State::Running, Operation::WaitInside => Ok(())));
    assert_eq!(flaw, "somebody waits for what will never come");
}

#[test]
fn a_shutdown_of_what_never_started_is_found() {
    let flaw = flaw(bent!(State::New, Operation::Shutdown => Ok(())));
    assert!(flaw.starts_with("LC-030"), "{flaw}");
}

#[test]
fn a_job_accepted_after_the_end_is_found() {
    let flaw = flaw(bent!(State::ShutDown, Operation::Submit => Ok(())));
    assert!(flaw.starts_with("LC-025"), "{flaw}");
}

#[test]
fn a_pause_before_the_start_is_found() {
    let flaw = flaw(bent!(State::New, Operation::Pause => Ok(())));
    assert!(flaw.starts_with("LC-030"), "{flaw}");
}
