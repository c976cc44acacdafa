//! Runs a scenario in real time: clients are threads that call concurrently, in any order.

use std::{
    sync::{Arc, Barrier},
    thread,
};

use scheduler_core::{EventFilter, implement::block_on};

use super::{ENDING, log::Log, stage::Stage};
use crate::{
    Backend, Harness,
    model::{
        scenario::{Call, ClientCall, Command, How, Scenario},
        trace::{Actor, Line, What},
    },
    world::quiet,
};

/// A shutdown without a time limit.
const PATIENT: How = How {
    drain: None,
    runs_waiting: false,
    grace: 0,
    abandon: 0,
    hurries: false,
};

/// Runs a scenario of [`generate_free`](crate::model::generate_free) on the clock and the threads
/// of the backend, and returns the trace. Only the calls of the commands are made; the calls of one
/// command are concurrent. Lines have no time.
///
/// [`judge`](crate::model::judge) then decides whether an order of effects explains the trace. The
/// order of each client, of each job and of the events is kept (`CN-001`, `CN-004`).
///
/// # Panics
///
/// If the scheduler or a thread cannot be created.
#[must_use]
pub fn run_freely(backend: &dyn Backend, scenario: &Scenario) -> Vec<Line> {
    let Harness { runtime, guard } = backend.harness();
    let log = Arc::new(Log::new(runtime.clone(), false));
    let scheduler = backend.scheduler(runtime, quiet(scenario.config.options()));
    let scheduler = scheduler.unwrap_or_else(|error| panic!("no scheduler was built: {error}"));
    log.follow(scheduler.subscribe(EventFilter::all()));
    let stage = Stage::new(log.clone(), scheduler);
    let clients = scenario.commands.iter().flat_map(|command| match command {
        Command::Par(calls) => together(&stage, scenario.clients(), calls),
        command => {
            command.calls().iter().for_each(|call| make(&stage, call));
            Vec::new()
        }
    });
    let clients: Vec<_> = clients.collect();
    make(
        &stage,
        &ClientCall {
            client: ENDING,
            call: Call::Shutdown(PATIENT),
        },
    );
    for client in clients {
        if client.join().is_err() {
            log.note(What::Broken("a client panicked".into()));
        }
    }
    stage.leave();
    log.note(What::End {
        participants: 0,
        timers: 0,
        foreign: 0,
    });
    drop(guard);
    log.take()
}

fn make(stage: &Arc<Stage>, call: &ClientCall) {
    let by = Actor::Client(call.client);
    block_on(stage.perform(by, &call.call, stage.scheduler()));
}

/// Starts one thread for each client. All threads make their first calls at once. Returns after all
/// of them have begun.
fn together(stage: &Arc<Stage>, clients: u8, calls: &[ClientCall]) -> Vec<thread::JoinHandle<()>> {
    let begin = Arc::new(Barrier::new(usize::from(clients) + 1));
    let spawn = |client| {
        let (stage, begin) = (stage.clone(), begin.clone());
        let own = calls.iter().filter(|call| call.client == client);
        let own: Vec<ClientCall> = own.cloned().collect();
        thread::spawn(move || {
            begin.wait();
            own.iter().for_each(|call| make(&stage, call));
        })
    };
    let threads = (0..clients).map(spawn).collect();
    begin.wait();
    threads
}
