//! Generates the scripts of jobs.

use super::{Call, Generator, How, JobSpec, ScheduleSpec, Step};

impl Generator {
    pub(super) fn job(&mut self) -> JobSpec {
        let tag = self.jobs;
        self.jobs += 1;
        let delay = if self.rng.chance(20) {
            self.length()
        } else {
            0
        };
        JobSpec {
            tag,
            blocking: self.rng.chance(25),
            delay,
            script: self.script(true),
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
            overlapping: self.rng.chance(25),
            blocking: self.rng.chance(15),
            script: self.script(false),
        }
    }

    fn script(&mut self, may_submit: bool) -> Vec<Step> {
        if self.rng.chance(15) {
            return self.meddling(may_submit);
        }
        if self.rng.chance(12) {
            return self.late_meddling();
        }
        let steps = self.rng.below(4);
        let script = (0..steps).map(|_| self.step(may_submit));
        script.collect()
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
