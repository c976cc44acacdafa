//! Runs a scenario on a backend.

mod body;
mod client;
mod disturbed;
mod free;
mod log;
mod stage;

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use chrono::TimeDelta;
use scheduler_core::{EventFilter, Runtime, Scheduler, event::EventStream, runtime::SpawnError};
use scheduler_testing::VirtualRuntime;

pub use self::free::run_freely;
use self::{
    client::{Mailbox, live},
    disturbed::{Disturbed, Trouble},
    log::Log,
    stage::Stage,
};
use super::{
    scenario::{Call, ClientCall, Command, How, Scenario},
    trace::{Line, What},
};
use crate::{Backend, Harness, limits};

/// The client that ends a scenario.
pub(super) const ENDING: u8 = u8::MAX;

/// The last shutdown: one second for each of its phases.
const FAREWELL: How = How {
    drain: Some(1_000),
    runs_waiting: false,
    grace: 1_000,
    abandon: 1_000,
    hurries: true,
};

/// Enough time for every event that may still occur without a call.
const AFTERMATH: Duration = Duration::from_secs(4);

/// Runs a scenario on a backend in virtual time, and returns the trace.
///
/// At the end, all gates open and no more faults occur. After everything that can end has ended, a
/// last shutdown cancels the rest.
///
/// ```
/// # use std::{sync::Arc, time::Instant};
/// # use scheduler_core::{Runtime, implement::block_on, runtime::{BoxFuture, SpawnError}};
/// # struct Threads;
/// # impl Runtime for Threads {
/// #     fn name(&self) -> &str { "threads" }
/// #     fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
/// #         std::thread::spawn(|| block_on(task));
/// #         Ok(())
/// #     }
/// #     fn sleep_until(&self, _: Instant) -> BoxFuture<'static, ()> { unreachable!() }
/// # }
/// use conformance_tests::model::{Scenario, Verdict, judge, run};
///
/// let text = r#"{"name": "one call", "commands": [{"call": {"client": 0, "call": "start"}}]}"#;
/// let scenario = Scenario::from_json(text)?;
/// // `Threads` stands for the runtime of a backend.
/// let trace = run(&conformance_tests::backend(|| Threads), &scenario);
/// assert!(matches!(judge(&scenario, &trace).verdict, Verdict::Accepted));
/// # Ok::<(), String>(())
/// ```
#[must_use]
pub fn run(backend: &dyn Backend, scenario: &Scenario) -> Vec<Line> {
    run_and_tell(backend, scenario).0
}

/// Runs a scenario like [`run`], with the scheduler of `backend` on the runtime of `harness`.
pub(crate) fn run_on(backend: &dyn Backend, harness: Harness, scenario: &Scenario) -> Vec<Line> {
    run_there(backend, harness, scenario).0
}

/// Runs a scenario like [`run`], and also returns whether its fault occurred.
pub(super) fn run_and_tell(backend: &dyn Backend, scenario: &Scenario) -> (Vec<Line>, bool) {
    run_there(backend, backend.harness(), scenario)
}

fn run_there(
    backend: &dyn Backend,
    Harness { runtime, guard }: Harness,
    scenario: &Scenario,
) -> (Vec<Line>, bool) {
    let time = VirtualRuntime::new(runtime).with_patience(limits::patience());
    let log = Arc::new(Log::new(Arc::new(time.clone()), true));
    let trouble = Trouble::new(scenario.fault);
    let play = || {
        let play = Play::prepare(backend, scenario, time.clone(), log.clone(), &trouble);
        play.perform(&scenario.commands);
        play.end();
    };
    if let Err(panic) = catch_unwind(AssertUnwindSafe(play)) {
        log.note(What::Broken(text(&*panic)));
    }
    let lines = log.take();
    drop(guard);
    (lines, trouble.has_struck())
}

fn text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic without a message").to_owned()
}

struct Play {
    time: VirtualRuntime,
    log: Arc<Log>,
    trouble: Arc<Trouble>,
    stage: Arc<Stage>,
    clients: Vec<(u8, Mailbox)>,
}

impl Play {
    fn prepare(
        backend: &dyn Backend,
        scenario: &Scenario,
        time: VirtualRuntime,
        log: Arc<Log>,
        trouble: &Arc<Trouble>,
    ) -> Self {
        let runtime = Disturbed {
            inner: Arc::new(time.clone()),
            trouble: trouble.clone(),
        };
        let options = trouble.options(scenario.config.options());
        let scheduler = backend.scheduler(Arc::new(runtime), options);
        let scheduler = scheduler.unwrap_or_else(|error| panic!("no scheduler was built: {error}"));
        log.follow(scheduler.subscribe(EventFilter::all()));
        if let Some(listener) = trouble.listener() {
            scheduler.add_listener(EventFilter::all(), listener);
        }
        let clients = (0..scenario.clients()).chain([ENDING]);
        let (stage, clients) = time.outside(|| {
            ring_at_each_event(&time, &log, &*scheduler);
            let stage = Stage::new(log.clone(), scheduler);
            let enter = |client| (client, enter(&time, &stage, trouble, client));
            let clients = clients.map(enter).collect();
            (stage, clients)
        });
        time.settle();
        Self {
            time,
            log,
            trouble: trouble.clone(),
            stage,
            clients,
        }
    }

    fn perform(&self, commands: &[Command]) {
        for command in commands {
            self.carry_out(command);
            self.settle();
        }
    }

    fn settle(&self) {
        self.time.settle();
        self.log.note(What::Quiet);
    }

    fn carry_out(&self, command: &Command) {
        match command {
            Command::Call(call) => self.send(call),
            Command::Par(calls) => self.time.outside(|| {
                for call in calls {
                    self.send(call);
                }
            }),
            Command::Advance(by) => self.time.advance(Duration::from_millis(*by)),
            Command::JumpWall(by) => {
                self.time.jump_wall(TimeDelta::milliseconds(*by));
                self.log.note(What::Jump(*by));
            }
            Command::OpenGate(gate) => self.open(*gate),
            Command::HoldSpawns => {
                self.time.hold_spawns();
                self.log.note(What::Hold);
            }
            Command::ReleaseSpawns => self.release(),
            Command::FailSpawn(others) => {
                let error = SpawnError::failed(std::io::Error::other("as the scenario says"));
                self.time.fail_spawn_after(u64::from(*others), error);
                self.trouble
                    .expects_spawns(self.time.spawns() + u64::from(*others));
                self.log.note(What::FailSpawn);
            }
            Command::DropScheduler => self.time.outside(|| {
                self.log.note(What::DropScheduler);
                self.stage.leave();
            }),
        }
    }

    fn send(&self, call: &ClientCall) {
        let mailbox = self.clients.iter().find(|(known, _)| *known == call.client);
        if let Some((_, mailbox)) = mailbox {
            mailbox.send(call.call.clone());
        }
    }

    fn open(&self, gate: u8) {
        self.time.outside(|| {
            self.log.note(What::Gate(gate));
            self.stage.gate(gate).open();
        });
    }

    fn release(&self) {
        self.time.outside(|| {
            self.log.note(What::Release);
            self.time.release_spawns();
        });
    }

    /// Opens all gates, releases all spawns, and ends the scenario.
    fn end(self) {
        self.release();
        for gate in 0..=FINALE {
            self.open(gate);
        }
        self.settle();
        self.time.advance(AFTERMATH);
        self.send(&ClientCall {
            client: ENDING,
            call: Call::Shutdown(FAREWELL),
        });
        self.settle();
        self.time.advance(AFTERMATH);
        self.settle();
        self.time.outside(|| {
            self.log.note(What::DropScheduler);
            self.stage.leave();
            for (_, mailbox) in &self.clients {
                mailbox.close();
            }
        });
        self.settle();
        self.time.advance(AFTERMATH);
        self.settle();
        self.trouble.has_seen_spawns(self.time.spawns());
        self.log.note(What::End {
            participants: self.time.participants(),
            timers: self.time.pending_timers(),
            foreign: self.time.foreign_wakes(),
        });
    }
}

/// The number of gates that scenarios use.
pub(super) const GATES: u8 = 4;

/// The gate that opens at the end, for bodies that wait until they are cancelled.
pub(super) const FINALE: u8 = GATES;

fn enter(time: &VirtualRuntime, stage: &Arc<Stage>, trouble: &Arc<Trouble>, client: u8) -> Mailbox {
    let mailbox = Mailbox::default();
    let life = live(stage.clone(), trouble.clone(), client, mailbox.clone());
    time.spawn(Box::pin(life))
        .unwrap_or_else(|error| panic!("a client cannot be spawned: {error}"));
    mailbox
}

/// Spawns a task that records each event at the instant at which it occurs.
fn ring_at_each_event(time: &VirtualRuntime, log: &Arc<Log>, scheduler: &dyn Scheduler) {
    let bell = scheduler.subscribe(EventFilter::all());
    let listen = listen(bell, log.clone());
    time.spawn(Box::pin(listen))
        .unwrap_or_else(|error| panic!("the record cannot be spawned: {error}"));
}

async fn listen(mut bell: EventStream, log: Arc<Log>) {
    while bell.next().await.is_some() {
        log.drain();
    }
}
