//! Prepared sequences of commands, for situations that random single commands seldom produce.

use scheduler_core::State;

use super::{
    Call, ClientCall, Command, Focus, Generator, JobSpec, PolicySpec, RateSpec, RetrySpec, Step,
    at_once,
};

impl Generator {
    /// Returns a prepared sequence for the focus of the scenario, or, more often, no commands.
    pub(super) fn idiom(&mut self) -> Vec<Command> {
        let runs = self.state == State::Running && !self.held && !self.dropped;
        if !runs || !self.rng.chance(self.focus.idioms()) {
            return Vec::new();
        }
        match (self.focus, self.rng.below(4)) {
            (Focus::Rates, 0 | 1) => self.crowd_without_threads(),
            (Focus::Rates, 2 | 3) => self.crowd(),
            (Focus::Attempts, 0) => self.late_attempt(),
            (Focus::Attempts, 1) => self.late_panic(),
            (Focus::Waits, 0 | 1) => self.ring(),
            _ => {
                let job = self.job();
                self.chase(job)
            }
        }
    }

    /// Submits a job, and cancels it a little later, perhaps twice.
    fn chase(&mut self, job: JobSpec) -> Vec<Command> {
        let tag = job.tag;
        let mut commands = vec![self.submission(job), self.moment()];
        let cancel = |grace| at_once(Call::Cancel { job: tag, grace });
        commands.push(cancel(self.rng.pick(&[0, 20, 500]).unwrap_or(0)));
        if self.rng.chance(50) {
            commands.push(self.moment());
            commands.push(cancel(self.rng.pick(&[0, 0, 10]).unwrap_or(0)));
        }
        commands
    }

    /// Cancels a job during the grace after a timeout of its attempt.
    fn late_attempt(&mut self) -> Vec<Command> {
        let mut job = self.job();
        (job.delay, job.policy.rate) = (0, None);
        job.policy.attempt_timeout = Some(30);
        job.policy.timeout_grace = 500;
        job.script = vec![
            self.rng
                .pick(&[0, 1])
                .map_or(Step::UntilTold, |how| match how {
                    0 => Step::Deaf(250),
                    _ => Step::Sleep(1_000),
                }),
        ];
        self.chase(job)
    }

    /// Cancels a job, which then panics in its grace. Without the cancellation it would be retried.
    fn late_panic(&mut self) -> Vec<Command> {
        let mut job = self.job();
        job.delay = 0;
        job.policy = PolicySpec {
            retry: Some(RetrySpec {
                attempts: 3,
                delay: 10,
                doubles: false,
                panics: true,
            }),
            ..PolicySpec::default()
        };
        let end = match self.rng.chance(70) {
            true => Step::Panic,
            false => Step::Fail,
        };
        job.script = vec![Step::Deaf(100), end];
        let cancel = Call::Cancel {
            job: job.tag,
            grace: 500,
        };
        let submission = self.submission(job);
        vec![submission, Command::Advance(10), at_once(cancel)]
    }

    /// Submits two jobs of a rate group, a job without a group that takes the permit, and a third
    /// of the group. In between, the second may be cancelled, or a pause may return it to the
    /// queue.
    fn crowd(&mut self) -> Vec<Command> {
        let rate = self.rate();
        let (first, second) = (self.job_of(rate), self.job_of(rate));
        let called = second.tag;
        let mut commands = vec![self.submission(first), self.submission(second)];
        let mut long = self.job();
        (long.delay, long.policy) = (0, PolicySpec::default());
        long.script = vec![
            self.rng
                .pick(&[0, 1])
                .map_or(Step::UntilTold, |how| match how {
                    0 => Step::Sleep(1_000),
                    _ => Step::Gate(0),
                }),
        ];
        commands.push(self.submission(long));
        commands.push(Command::Advance(
            self.rng.pick(&[50, 100, 110, 600]).unwrap_or(100),
        ));
        match self.rng.below(4) {
            0 => commands.push(Command::OpenGate(0)),
            1 => commands.extend([at_once(Call::Pause), at_once(Call::Resume)]),
            _ => commands.push(at_once(Call::Cancel {
                job: called,
                grace: 0,
            })),
        }
        let last = self.job_of(rate);
        commands.push(self.submission(last));
        commands
    }

    /// Submits three jobs of a rate group while the runtime spawns no task. Meanwhile it may pause
    /// the scheduler, and cancel the first of them.
    fn crowd_without_threads(&mut self) -> Vec<Command> {
        let rate = self.rate();
        let jobs = [(); 3].map(|()| self.job_of(rate));
        let first = jobs[0].tag;
        let mut commands = vec![Command::HoldSpawns];
        commands.extend(jobs.map(|job| self.submission(job)));
        if self.rng.chance(50) {
            commands.push(at_once(Call::Pause));
        }
        if self.rng.chance(60) {
            commands.push(at_once(Call::Cancel {
                job: first,
                grace: 0,
            }));
        }
        commands.extend([Command::ReleaseSpawns, at_once(Call::Resume)]);
        commands
    }

    /// Submits jobs that wait for each other, or for slots.
    fn ring(&mut self) -> Vec<Command> {
        let length = self.rng.pick(&[2, 3, 4]).unwrap_or(2);
        let mut jobs: Vec<JobSpec> = (0..length).map(|_| self.job()).collect();
        let tags: Vec<u16> = jobs.iter().map(|job| job.tag).collect();
        for (job, &next) in jobs.iter_mut().zip(tags.iter().cycle().skip(1)) {
            (job.delay, job.policy) = (0, PolicySpec::default());
            let call = match self.rng.chance(70) {
                true => Call::Wait(next),
                false => Call::Submit(self.job()),
            };
            let pause = self.rng.pick(&[10, 10, 20, 100]).unwrap_or(10);
            job.script = vec![Step::Sleep(pause), Step::Call(Box::new(call))];
        }
        let jobs = jobs.into_iter().map(|job| self.submission(job));
        let mut commands: Vec<Command> = jobs.collect();
        commands.push(self.moment());
        commands
    }

    fn job_of(&mut self, rate: RateSpec) -> JobSpec {
        let mut job = self.job();
        (job.delay, job.policy.rate) = (0, Some(rate));
        if self.rng.chance(70) {
            job.script = vec![Step::Witness];
        }
        job
    }

    fn submission(&mut self, job: JobSpec) -> Command {
        let call = match self.rng.chance(80) {
            true => Call::TrySubmit(job),
            false => Call::Submit(job),
        };
        let client = self.client(&call);
        Command::Call(ClientCall { client, call })
    }

    fn moment(&mut self) -> Command {
        let length = self.rng.pick(&[1, 10, 30, 40, 60, 100, 110, 200]);
        Command::Advance(length.unwrap_or(1))
    }
}
