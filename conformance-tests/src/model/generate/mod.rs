//! Scenarios generated from a seed.
//!
//! The generator estimates the state of the scheduler, so that every call is made often enough in
//! every state. Each scenario uses only a subset of the commands (*swarm testing*): some situations
//! occur only without the commands that prevent them.

mod focus;
mod free;
mod idioms;
mod overlaps;
mod queues;
mod scripts;
mod weights;

use scheduler_core::State;

pub use self::free::generate_free;
use self::{
    focus::Focus,
    weights::{KINDS, Kind},
};
use super::{
    execute::GATES,
    rng::Rng,
    scenario::{Call, ClientCall, Command, Config, How, Scenario},
    work::{JobSpec, PolicySpec, RateSpec, RetrySpec, ScheduleSpec, Step},
};

/// Returns the scenario of a seed.
///
/// ```
/// use conformance_tests::model::generate;
///
/// assert_eq!(generate(7), generate(7));
/// assert_ne!(generate(7), generate(8));
/// ```
#[must_use]
pub fn generate(seed: u64) -> Scenario {
    let mut generator = Generator::new(seed);
    let length = 8 + generator.rng.below(28);
    let mut commands = Vec::new();
    for _ in 0..length {
        commands.extend(generator.command());
        commands.extend(generator.idiom());
    }
    // Last, so that the numbers drawn here change nothing in the other scenarios.
    generator.add_queues(&mut commands);
    generator.add_overlaps(&mut commands);
    Scenario {
        name: format!("seed {seed}"),
        config: generator.config,
        commands,
        fault: None,
    }
}

/// The parameters of `Shutdown::immediate`.
const IMMEDIATE: How = How {
    drain: Some(0),
    runs_waiting: false,
    grace: 0,
    abandon: 1_000,
    hurries: false,
};

struct Generator {
    rng: Rng,
    config: Config,
    /// The kinds of commands that this scenario uses.
    swarm: Vec<Kind>,
    /// The estimated state of the scheduler.
    state: State,
    held: bool,
    dropped: bool,
    jobs: u16,
    schedules: u16,
    focus: Focus,
}

impl Generator {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let focus = Focus::draw(&mut rng);
        let limits: &[Option<usize>] = match focus.is_tight() {
            true => &[None, Some(1), Some(1), Some(2)],
            false => &[None, None, Some(1), Some(2)],
        };
        let config = Config {
            max_concurrent_jobs: rng.pick(limits).flatten(),
            queue_limit: rng.pick(limits).flatten(),
            queues: Vec::new(),
        };
        let swarm = KINDS.iter().filter(|_| rng.chance(75)).copied().collect();
        Self {
            rng,
            config,
            swarm,
            state: State::New,
            held: false,
            dropped: false,
            jobs: 0,
            schedules: 0,
            focus,
        }
    }

    fn command(&mut self) -> Option<Command> {
        if self.rng.chance(8) {
            return Some(self.together());
        }
        let kind = self.kind()?;
        Some(match kind {
            Kind::Advance => Command::Advance(self.length()),
            Kind::JumpWall => {
                let by = self.rng.pick(&[-7_200_000, -50, 90_000, 7_200_000]);
                Command::JumpWall(by.unwrap_or(1_000))
            }
            Kind::OpenGate => Command::OpenGate(self.gate()),
            Kind::HoldSpawns => {
                self.held = true;
                Command::HoldSpawns
            }
            Kind::ReleaseSpawns => {
                self.held = false;
                if self.state == State::Starting {
                    self.state = State::Running;
                }
                Command::ReleaseSpawns
            }
            Kind::FailSpawn => Command::FailSpawn(u8::try_from(self.rng.below(2)).unwrap_or(0)),
            Kind::DropScheduler => {
                self.dropped = true;
                Command::DropScheduler
            }
            kind => {
                let call = self.call(kind);
                let client = self.client(&call);
                Command::Call(ClientCall { client, call })
            }
        })
    }

    /// Returns concurrent calls by two or three clients.
    fn together(&mut self) -> Command {
        let clients = 2 + u8::from(self.rng.chance(40));
        let calls = (0..clients).filter_map(|client| {
            let kind = self.kind().filter(|kind| kind.is_call())?;
            let call = self.call(kind);
            Some(ClientCall { client, call })
        });
        Command::Par(calls.collect())
    }

    fn kind(&mut self) -> Option<Kind> {
        let weight = |&kind: &Kind| {
            let known = kind.is_vital() || self.swarm.contains(&kind);
            let weight = kind.weight(self.state, self.held, self.dropped);
            let weight = weight * self.focus.factor(kind);
            (if known { weight } else { 0 }, kind)
        };
        let choices: Vec<(u32, Kind)> = KINDS.iter().map(weight).collect();
        self.rng.weighted(&choices)
    }

    /// Returns the client for a call. Calls that wait have clients of their own, so that they hold
    /// up few others.
    fn client(&mut self, call: &Call) -> u8 {
        let waits = matches!(
            call,
            Call::Wait(_) | Call::Stopped | Call::WaitIdle | Call::Shutdown(_) | Call::Submit(_)
        );
        let starting = matches!(call, Call::Start | Call::StartPaused) && self.held;
        match waits || starting {
            true => 1 + u8::from(self.rng.chance(50)),
            false => 0,
        }
    }

    fn call(&mut self, kind: Kind) -> Call {
        match kind {
            Kind::Start => self.starting(Call::Start, State::Running),
            Kind::StartPaused => self.starting(Call::StartPaused, State::Paused),
            Kind::Pause => self.moving(Call::Pause, State::Running, State::Paused),
            Kind::Resume => self.moving(Call::Resume, State::Paused, State::Running),
            Kind::Shutdown => self.ending(Call::Shutdown),
            Kind::RequestShutdown => self.ending(Call::RequestShutdown),
            Kind::Stopped => Call::Stopped,
            Kind::WaitIdle => Call::WaitIdle,
            Kind::Submit => Call::Submit(self.job()),
            Kind::TrySubmit => Call::TrySubmit(self.job()),
            Kind::Post => Call::Post(self.job()),
            Kind::Cancel => Call::Cancel {
                job: self.known_job(),
                grace: self.rng.pick(&[0, 0, 20, 500]).unwrap_or(0),
            },
            Kind::Wait => Call::Wait(self.known_job()),
            Kind::DropHandle => Call::DropHandle(self.known_job()),
            Kind::Add => Call::Add(self.schedule()),
            Kind::Remove => Call::Remove(self.known_schedule()),
            Kind::RunNow => Call::RunNow(self.known_schedule()),
            _ => Call::Look,
        }
    }

    fn starting(&mut self, call: Call, state: State) -> Call {
        if self.state == State::New {
            self.state = if self.held { State::Starting } else { state };
        }
        call
    }

    fn moving(&mut self, call: Call, from: State, to: State) -> Call {
        if self.state == from {
            self.state = to;
        }
        call
    }

    fn ending(&mut self, call: impl FnOnce(How) -> Call) -> Call {
        self.state = match self.state {
            State::Starting | State::Running | State::Paused => State::ShuttingDown,
            State::ShuttingDown if self.rng.chance(60) => State::ShutDown,
            state => state,
        };
        call(self.how())
    }

    /// Returns the parameters of a shutdown: graceful, bounded, of running jobs only, or immediate.
    fn how(&mut self) -> How {
        if self.rng.chance(10) {
            return How {
                hurries: self.rng.chance(50),
                ..IMMEDIATE
            };
        }
        How {
            drain: self
                .rng
                .pick(&[None, Some(0), Some(50), Some(400)])
                .flatten(),
            runs_waiting: self.rng.chance(60),
            grace: self.rng.pick(&[0, 30, 200]).unwrap_or(0),
            abandon: self.rng.pick(&[0, 100, 1_000]).unwrap_or(0),
            hurries: self.rng.chance(50),
        }
    }

    fn length(&mut self) -> u64 {
        self.rng.pick(&[1, 10, 50, 100, 250, 1_000]).unwrap_or(1)
    }

    fn gate(&mut self) -> u8 {
        u8::try_from(self.rng.below(u64::from(GATES))).unwrap_or(0)
    }

    /// Returns the tag of a known job, usually a recent one.
    fn known_job(&mut self) -> u16 {
        let last = if self.rng.chance(60) { 3 } else { self.jobs };
        let back = below(&mut self.rng, last.min(self.jobs));
        self.jobs.saturating_sub(back + 1)
    }

    fn known_schedule(&mut self) -> u16 {
        below(&mut self.rng, self.schedules)
    }
}

fn below(rng: &mut Rng, limit: u16) -> u16 {
    u16::try_from(rng.below(u64::from(limit))).unwrap_or(0)
}

fn at_once(call: Call) -> Command {
    Command::Call(ClientCall { client: 0, call })
}
