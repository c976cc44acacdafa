//! Queues: spreads the jobs of a finished scenario over queues, and pauses some of them.

use super::{Call, Command, Focus, Generator, JobSpec, Step, at_once};
use crate::model::work::QueueSpec;

impl Generator {
    /// Gives some scenarios queues. The others remain as they are.
    pub(super) fn add_queues(&mut self, commands: &mut Vec<Command>) {
        // Scenarios for rates need all their jobs in one queue more often.
        let often = if self.focus == Focus::Rates { 25 } else { 40 };
        if !self.rng.chance(often) {
            return;
        }
        let count = self.rng.pick(&[1, 1, 2]).unwrap_or(1);
        self.config.queues = (0..count).map(|_| self.queue()).collect();
        if self.rng.chance(40) {
            let at = self.place(commands);
            let sequence = self.held_queue();
            commands.splice(at..at, sequence);
        }
        for command in commands.iter_mut() {
            for call in command.calls_mut() {
                self.spread(&mut call.call);
            }
        }
        for _ in 0..2 + self.rng.below(4) {
            let at = self.place(commands);
            let call = self.turn();
            commands.insert(at, at_once(call));
        }
    }

    fn queue(&mut self) -> QueueSpec {
        let limits = [None, Some(1), Some(1), Some(2)];
        QueueSpec {
            concurrency: self.rng.pick(&limits).flatten(),
            limit: self.rng.pick(&[None, None, Some(1), Some(2)]).flatten(),
            spacing: self.rng.pick(&[None, None, Some(50), Some(300)]).flatten(),
            burst: self.rng.pick(&[0, 0, 2]).unwrap_or(0),
            paused: self.rng.chance(10),
        }
    }

    pub(super) fn place(&mut self, commands: &[Command]) -> usize {
        let last = commands.len() as u64;
        usize::try_from(self.rng.below(last + 1)).unwrap_or(0)
    }

    /// Returns the number of a queue, rarely of one that does not exist.
    fn queue_number(&mut self) -> u8 {
        let known = u64::try_from(self.config.queues.len()).unwrap_or(0);
        let unknown = u64::from(self.rng.chance(2));
        let number = self.rng.below(known + 1).max(unknown * (known + 1));
        u8::try_from(number).unwrap_or(0)
    }

    fn turn(&mut self) -> Call {
        let number = self.queue_number();
        match self.rng.chance(50) {
            true => Call::PauseQueue(number),
            false => Call::ResumeQueue(number),
        }
    }

    /// Submits jobs while the runtime spawns no task. Meanwhile their queue is paused, and one of
    /// them may be cancelled.
    fn held_queue(&mut self) -> Vec<Command> {
        let jobs = [(); 3].map(|()| {
            let mut job = self.job();
            job.delay = 0;
            job
        });
        let first = jobs[0].tag;
        let mut commands = vec![Command::HoldSpawns];
        commands.extend(jobs.map(|job| at_once(Call::TrySubmit(job))));
        commands.push(at_once(Call::PauseQueue(1)));
        if self.rng.chance(50) {
            commands.push(at_once(Call::Cancel {
                job: first,
                grace: 0,
            }));
        }
        let release = [Command::ReleaseSpawns, at_once(Call::ResumeQueue(1))];
        commands.extend(release);
        if self.rng.chance(30) {
            let end = commands.len();
            commands.swap(end - 2, end - 1);
        }
        commands
    }

    /// Puts the jobs of a call into queues.
    fn spread(&mut self, call: &mut Call) {
        match call {
            Call::Submit(job) | Call::TrySubmit(job) | Call::Post(job) => self.spread_job(job),
            Call::Add(schedule) => {
                let known = u64::try_from(self.config.queues.len()).unwrap_or(0);
                let number = self.rng.below(known + 1);
                schedule.policy.queue = u8::try_from(number).unwrap_or(0);
                self.spread_script(&mut schedule.script);
            }
            _ => {}
        }
    }

    fn spread_job(&mut self, job: &mut JobSpec) {
        job.policy.queue = self.queue_number();
        self.spread_script(&mut job.script);
    }

    fn spread_script(&mut self, script: &mut Vec<Step>) {
        for step in script.iter_mut() {
            if let Step::Call(call) = step {
                self.spread(call);
            }
        }
        if self.rng.chance(8) {
            let call = self.turn();
            script.insert(0, Step::Call(Box::new(call)));
        }
    }
}
