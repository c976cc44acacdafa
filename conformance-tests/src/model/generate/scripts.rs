//! Generates the scripts of jobs.

use super::{
    Call, Focus, Generator, How, JobSpec, PolicySpec, RateSpec, RetrySpec, ScheduleSpec, Step,
};
use crate::model::work::{OverlapPolicy, OverlapSpec};

impl Generator {
    pub(super) fn job(&mut self) -> JobSpec {
        let tag = self.jobs;
        self.jobs += 1;
        let delay = if self.rng.chance(20) {
            self.length()
        } else {
            0
        };
        let policy = self.policy();
        JobSpec {
            tag,
            blocking: self.rng.chance(25),
            delay,
            policy,
            script: self.script_of(policy),
        }
    }

    pub(super) fn schedule(&mut self) -> ScheduleSpec {
        // Sometimes an id is used twice.
        let id = if self.rng.chance(15) {
            self.known_schedule()
        } else {
            self.schedules += 1;
            self.schedules - 1
        };
        ScheduleSpec {
            id,
            every: self.rng.pick(&[70, 100, 250, 300, 1_100]).unwrap_or(100),
            overlap: OverlapSpec {
                policy: match self.rng.chance(25) {
                    true => OverlapPolicy::AllowAll,
                    false => OverlapPolicy::Skip,
                },
                ..OverlapSpec::default()
            },
            blocking: self.rng.chance(15),
            policy: self.policy(),
            script: self.script(false),
        }
    }

    fn script_of(&mut self, policy: PolicySpec) -> Vec<Step> {
        // Short jobs, so that the group runs out of tokens before the scheduler runs out of permits.
        if self.focus == Focus::Rates && policy.rate.is_some() && self.rng.chance(60) {
            return vec![Step::Witness];
        }
        // A repeated body must not submit a job twice.
        self.script(policy.retry.is_none())
    }

    /// Returns the policy of a job.
    fn policy(&mut self) -> PolicySpec {
        let mut policy = PolicySpec::default();
        let (rates, retries, timeouts) = self.focus.policies();
        if self.rng.chance(rates) {
            policy.rate = Some(self.rate());
        }
        if self.rng.chance(retries) {
            policy.retry = Some(self.retry());
        }
        if !self.rng.chance(timeouts) {
            return policy;
        }
        if self.rng.chance(60) {
            policy.attempt_timeout = self.rng.pick(&[30, 100, 300]);
            policy.timeout_grace = self.rng.pick(&[0, 20, 50, 500]).unwrap_or(0);
        }
        if self.rng.chance(35) {
            policy.timeout = self.rng.pick(&[50, 250, 800]);
            policy.timeout_grace = self.rng.pick(&[0, 20, 200]).unwrap_or(0);
        }
        if self.rng.chance(30) {
            policy.start_within = self.rng.pick(&[1, 60, 400]);
        }
        policy
    }

    pub(super) fn rate(&mut self) -> RateSpec {
        let group = u8::from(self.rng.chance(25));
        // Usually all jobs of a group have the same rate.
        let usual = if self.rng.chance(85) { group } else { 2 };
        let (count, per, burst) = match usual {
            0 => (1, 100, 1),
            1 => (2, 600, 2),
            _ => (1, 1_500, 1),
        };
        RateSpec {
            group,
            count,
            per,
            burst,
        }
    }

    fn retry(&mut self) -> RetrySpec {
        RetrySpec {
            attempts: self.rng.pick(&[2, 3, 4]).unwrap_or(2),
            delay: self.rng.pick(&[0, 10, 60, 300]).unwrap_or(0),
            doubles: self.rng.chance(40),
            panics: self.rng.chance(30),
        }
    }

    fn script(&mut self, may_submit: bool) -> Vec<Step> {
        if self.rng.chance(15) {
            return self.meddling(may_submit);
        }
        if self.rng.chance(12) {
            return self.late_meddling();
        }
        if self.rng.chance(self.focus.simple_scripts()) {
            return self.simple();
        }
        if self.focus == Focus::Waits && may_submit && self.rng.chance(50) {
            return self.waiting();
        }
        let steps = self.rng.below(4);
        let script = (0..steps).map(|_| self.step(may_submit));
        script.collect()
    }

    /// Returns the script of a job that waits for another job, or for a slot of the queue.
    fn waiting(&mut self) -> Vec<Step> {
        let call = match self.rng.chance(60) {
            true => Call::Wait(self.known_job()),
            false => Call::Submit(self.job()),
        };
        let pause = self.rng.pick(&[None, Some(10), Some(50)]).flatten();
        let first = pause.map(Step::Sleep);
        first
            .into_iter()
            .chain([Step::Call(Box::new(call))])
            .collect()
    }

    /// Returns a script that waits, then returns, fails or panics. Meanwhile others wait for its
    /// permit.
    fn simple(&mut self) -> Vec<Step> {
        let length = self.rng.pick(&[10, 50, 100, 250]).unwrap_or(50);
        let first = self.rng.weighted(&[(6, 0), (2, 1), (2, 2), (2, 3)]);
        let first = match first.unwrap_or(0) {
            0 => Step::Sleep(length),
            1 => Step::Deaf(length),
            2 => Step::Gate(self.gate()),
            _ => Step::UntilTold,
        };
        let last = self.rng.weighted(&[(5, None), (3, Some(0)), (1, Some(1))]);
        let last = last.flatten().map(|how| match how {
            0 => Step::Fail,
            _ => Step::Panic,
        });
        std::iter::once(first).chain(last).collect()
    }

    /// Returns a job that changes the state of the scheduler, and then makes calls.
    fn meddling(&mut self, may_submit: bool) -> Vec<Step> {
        let first = if self.rng.chance(60) {
            Call::Pause
        } else {
            Call::RequestShutdown(self.how())
        };
        let others = (0..2).map(|_| self.inner_call(may_submit));
        let calls: Vec<Call> = std::iter::once(first).chain(others).collect();
        calls
            .into_iter()
            .map(|call| Step::Call(Box::new(call)))
            .collect()
    }

    /// Returns a job that begins a shutdown at an instant at which schedules may be due.
    fn late_meddling(&mut self) -> Vec<Step> {
        let length = self.rng.pick(&[100, 250, 1_000]).unwrap_or(100);
        let shutdown = Call::RequestShutdown(self.how());
        vec![Step::Sleep(length), Step::Call(Box::new(shutdown))]
    }

    fn step(&mut self, may_submit: bool) -> Step {
        let kind = self.rng.weighted(&[
            (10, 0),
            (8, 1),
            (22, 2),
            (6, 3),
            (if may_submit { 18 } else { 2 }, 4),
            (5, 5),
            (7, 6),
            (6, 7),
            (26, 8),
        ]);
        match kind.unwrap_or(0) {
            1 => Step::Yield,
            2 => Step::Sleep(self.length()),
            3 => Step::Deaf(self.length()),
            4 => Step::Gate(self.gate()),
            5 => Step::UntilTold,
            6 => Step::Fail,
            7 => Step::Panic,
            8 => Step::Call(Box::new(self.inner_call(may_submit))),
            _ => Step::Witness,
        }
    }

    /// Returns a call from inside. The runs of a schedule repeat it, so it must not name a job.
    fn inner_call(&mut self, may_submit: bool) -> Call {
        let submits = if may_submit { 4 } else { 0 };
        let waits = if may_submit { self.focus.waits() } else { 0 };
        let kind = self.rng.weighted(&[
            (4, 0),
            (3, 1),
            (3, 2),
            (4, 3),
            (2, 4),
            (2, 5),
            (2, 6),
            (submits, 7),
            (submits, 8),
            (2, 9),
            (waits, 10),
            (waits / 2, 11),
        ]);
        match kind.unwrap_or(0) {
            1 => Call::RequestShutdown(self.how()),
            2 => Call::Stopped,
            3 => Call::WaitIdle,
            4 => Call::Pause,
            5 => Call::Resume,
            6 => Call::Start,
            7 => Call::TrySubmit(self.job()),
            8 => Call::Cancel {
                job: self.known_job(),
                grace: 0,
            },
            9 => Call::Look,
            10 => Call::Wait(self.known_job()),
            11 => Call::Submit(self.job()),
            _ => Call::Shutdown(How {
                drain: None,
                runs_waiting: true,
                grace: 0,
                abandon: 0,
                hurries: false,
            }),
        }
    }
}
