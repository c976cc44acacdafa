//! Explores the lifecycle table: it is consistent, and each altered table is found to be wrong. Then
//! runs every program of a smaller scope on real schedulers and compares them with the model.

mod backends;

use std::time::Instant;

use conformance_tests::model::{
    Call, ClientCall, Command, How, JobSpec, PolicySpec, Scenario, Step, Verdict,
    explore::{Explored, Scope, Table, explore, explore_table},
    judge, run,
};
use scheduler_core::{
    State,
    lifecycle::{LifecycleError, Operation, permit},
};

fn scope(clients: usize, calls: u8) -> Scope {
    Scope { clients, calls }
}

fn explored(scope: Scope) -> Explored {
    let begun = Instant::now();
    let seen = explore(scope).unwrap_or_else(|flaw| panic!("{flaw}"));
    let programs = scope.programs();
    println!(
        "{scope:?}: {programs} programs, {seen:?} in {:?}",
        begun.elapsed()
    );
    seen
}

/// The counts change only with the table or the model. If they do, find out why before updating them.
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

/// Defines a lifecycle table that differs from [`permit`] in one result.
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
    flaw.expect_err("the altered table has a flaw").problem
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
    assert_eq!(flaw, "a call waits for something that can never happen");
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

/// Converts a call of the explorer to a call of a real scheduler. A submitted job is held until the
/// end.
fn call(number: usize, tag: u16, script: Vec<Step>) -> Call {
    let how = How {
        drain: None,
        runs_waiting: number == 2,
        grace: 0,
        abandon: 0,
        hurries: false,
    };
    match number {
        0 => Call::Start,
        1 => Call::StartPaused,
        2 => Call::Shutdown(how),
        3 => Call::RequestShutdown(how),
        4 => Call::Pause,
        5 => Call::Resume,
        6 => Call::TrySubmit(JobSpec {
            policy: PolicySpec::default(),
            tag,
            blocking: false,
            delay: 0,
            script,
        }),
        _ => Call::WaitIdle,
    }
}

const CALLS: usize = 8;

/// Returns one call for each client in `clients`. The digits of `program` select the calls. A
/// client makes its next call as soon as its last one has returned.
fn program(program: usize, clients: &[u8]) -> Vec<Command> {
    let digit = |place: usize| program / CALLS.pow(place as u32) % CALLS;
    let made = |(place, &client): (usize, &u8)| {
        let call = call(digit(place), place as u16, vec![Step::Gate(0)]);
        Command::Call(ClientCall { client, call })
    };
    clients.iter().enumerate().map(made).collect()
}

/// Runs programs on a real scheduler, and returns their number. Panics if the model rejects one.
fn all_are_explained(programs: impl Iterator<Item = Vec<Command>>) -> usize {
    let (backend, begun) = (backends::threads(), Instant::now());
    let run = |commands| {
        let scenario = Scenario {
            commands,
            ..Scenario::default()
        };
        let trace = run(&backend, &scenario);
        match judge(&scenario, &trace).verdict {
            Verdict::Accepted => {}
            other => panic!("{other:?}\n{}", scenario.to_json()),
        }
    };
    let count = programs.map(run).count();
    println!(
        "{count} programs on a real scheduler in {:?}",
        begun.elapsed()
    );
    count
}

/// Returns whether the call at `place` of the program may leave its client waiting.
const fn may_wait(program: usize, place: u32) -> bool {
    matches!(program / CALLS.pow(place) % CALLS, 2 | 7)
}

/// Two clients make two calls each, in every order that makes a difference. The clients are equal,
/// and it does not matter which client makes a call that never waits.
#[test]
fn real_schedulers_follow_the_table_whatever_two_clients_do() {
    let all = (0..CALLS.pow(4)).flat_map(|number| {
        let (first, second) = (may_wait(number, 0), may_wait(number, 1));
        let in_turn = Some(program(number, &[0, 1, 0, 1]));
        let around = (first || second).then(|| program(number, &[0, 1, 1, 0]));
        let one_first = first.then(|| program(number, &[0, 0, 1, 1]));
        [in_turn, around, one_first].into_iter().flatten()
    });
    assert_eq!(all_are_explained(all), 4_096 + 1_792 + 1_024);
}

/// The first attempt to start fails.
#[test]
fn real_schedulers_follow_the_table_when_a_start_fails() {
    let all = (0..CALLS.pow(3)).map(|number| {
        let mut commands = program(number, &[0, 1, 0]);
        commands.insert(0, Command::FailSpawn(0));
        commands
    });
    assert_eq!(all_are_explained(all), 512);
}

/// A start is in progress, and completes later.
#[test]
fn real_schedulers_follow_the_table_while_they_start() {
    let all = (0..CALLS.pow(3)).map(|number| {
        let mut commands = program(number, &[1, 2, 1]);
        let start = ClientCall {
            client: 0,
            call: Call::Start,
        };
        commands.insert(0, Command::Call(start));
        commands.insert(0, Command::HoldSpawns);
        commands
    });
    assert_eq!(all_are_explained(all), 512);
}

/// Two jobs each make a call from inside the scheduler, while a client makes one.
#[test]
fn real_schedulers_follow_the_table_whatever_their_jobs_do() {
    let all = (0..2 * CALLS.pow(3)).map(|number| {
        let digit = |place: u32| number / CALLS.pow(place) % CALLS;
        let inside = |place: u16| {
            let made = call(digit(place.into()), 10 + place, vec![Step::Yield]);
            let script = vec![Step::Call(Box::new(made)), Step::Gate(0)];
            call(6, place, script)
        };
        let outside = call(digit(2), 2, vec![Step::Gate(0)]);
        let calls = [
            call(number / CALLS.pow(3), 0, vec![]),
            inside(0),
            inside(1),
            outside,
        ];
        let made = |(place, call)| {
            Command::Call(ClientCall {
                client: place,
                call,
            })
        };
        (0..).zip(calls).map(made).collect()
    });
    assert_eq!(all_are_explained(all), 1_024);
}
