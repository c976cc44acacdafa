//! Scenarios for real time with free-running threads: no delays, and no body that waits for
//! anything before the end.

use super::{Call, ClientCall, Command, Generator, How, JobSpec, PolicySpec, Scenario, Step};

/// The number of concurrent clients, and the number of calls of each.
const CLIENTS: u8 = 3;
const CALLS: usize = 4;

/// Returns the scenario of a seed for [`run_freely`](crate::model::run_freely): a start and a call
/// after it, then three concurrent clients with four calls each.
///
/// The call after the start is not concurrent with any other, so a flaw of it is found for any timing.
#[must_use]
pub fn generate_free(seed: u64) -> Scenario {
    let mut generator = Generator::new(seed);
    let first = if generator.rng.chance(75) {
        Call::Start
    } else {
        Call::StartPaused
    };
    let second = generator.free_call_alone();
    let calls = (0..CALLS).flat_map(|_| 0..CLIENTS);
    let calls = calls.map(|client| ClientCall {
        client,
        call: generator.free_call(),
    });
    let calls = calls.collect();
    Scenario {
        name: format!("free seed {seed}"),
        config: generator.config,
        commands: vec![alone(first), alone(second), Command::Par(calls)],
        fault: None,
    }
}

fn alone(call: Call) -> Command {
    Command::Call(ClientCall { client: 0, call })
}

/// A shutdown of running jobs only, without a time limit.
const PATIENT: How = How {
    drain: None,
    runs_waiting: false,
    grace: 0,
    abandon: 0,
    hurries: false,
};

impl Generator {
    /// Returns a call that waits for nothing.
    fn free_call_alone(&mut self) -> Call {
        let kind = self.rng.weighted(&[(4, 0), (3, 1), (3, 2), (1, 3)]);
        match kind.unwrap_or(0) {
            0 => Call::TrySubmit(self.free_job()),
            1 => Call::Pause,
            2 => Call::Resume,
            _ => Call::RequestShutdown(self.free_how()),
        }
    }

    fn free_call(&mut self) -> Call {
        let kind = self.rng.weighted(&[
            (12, 0),
            (6, 1),
            (6, 2),
            (6, 3),
            (5, 4),
            (6, 5),
            (6, 6),
            (2, 7),
            (2, 8),
            (2, 9),
            (2, 10),
        ]);
        match kind.unwrap_or(0) {
            0 => Call::TrySubmit(self.free_job()),
            1 => Call::Submit(self.free_job()),
            2 => Call::Post(self.free_job()),
            3 => Call::Cancel {
                job: self.known_job(),
                grace: 0,
            },
            4 => Call::Wait(self.known_job()),
            5 => Call::Pause,
            6 => Call::Resume,
            7 => Call::Shutdown(self.free_how()),
            8 => Call::RequestShutdown(self.free_how()),
            9 => Call::Start,
            _ => Call::WaitIdle,
        }
    }

    /// Returns a shutdown that waits for the running jobs, or for all due jobs.
    fn free_how(&mut self) -> How {
        How {
            runs_waiting: self.rng.chance(50),
            ..PATIENT
        }
    }

    fn free_job(&mut self) -> JobSpec {
        let tag = self.jobs;
        self.jobs += 1;
        let steps = self.rng.below(4);
        JobSpec {
            tag,
            blocking: self.rng.chance(25),
            delay: 0,
            policy: PolicySpec::default(),
            script: (0..steps).map(|_| self.free_step()).collect(),
        }
    }

    fn free_step(&mut self) -> Step {
        let step = self.rng.weighted(&[
            (6, 0),
            (8, 1),
            (1, 2),
            (1, 3),
            (2, 4),
            (2, 5),
            (2, 6),
            (2, 7),
        ]);
        match step.unwrap_or(0) {
            0 => Step::Witness,
            1 => Step::Yield,
            2 => Step::Fail,
            3 => Step::Panic,
            4 => Step::Call(Box::new(Call::Pause)),
            5 => Step::Call(Box::new(Call::Resume)),
            6 => Step::Call(Box::new(Call::Shutdown(self.free_how()))),
            _ => Step::Call(Box::new(Call::TrySubmit(self.free_leaf()))),
        }
    }

    fn free_leaf(&mut self) -> JobSpec {
        let tag = self.jobs;
        self.jobs += 1;
        JobSpec {
            tag,
            blocking: false,
            delay: 0,
            policy: PolicySpec::default(),
            script: vec![Step::Yield],
        }
    }
}
