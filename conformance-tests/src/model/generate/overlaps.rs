//! Overlap policies: gives the schedules of a finished scenario other policies, and longer runs.

use super::{Call, Command, Focus, Generator, How, Step, at_once};
use crate::model::work::{OverlapPolicy, OverlapSpec, ScheduleSpec};

/// The policies besides the usual ones.
const POLICIES: [OverlapPolicy; 5] = [
    OverlapPolicy::BufferOne,
    OverlapPolicy::BufferAll,
    OverlapPolicy::CancelOther,
    OverlapPolicy::TerminateOther,
    OverlapPolicy::Skip,
];

impl Generator {
    /// Gives the schedules of some scenarios other overlap policies. The others remain as they are.
    pub(super) fn add_overlaps(&mut self, commands: &mut Vec<Command>) {
        let often = if self.focus == Focus::Rates { 20 } else { 50 };
        if !self.rng.chance(often) {
            return;
        }
        let calls = commands.iter_mut().flat_map(Command::calls_mut);
        for call in calls {
            if let Call::Add(schedule) = &mut call.call {
                self.change_overlap(schedule);
            }
        }
        if self.rng.chance(25) {
            let at = self.place(commands);
            let sequence = self.late_runs();
            commands.splice(at..at, sequence);
        }
    }

    /// Lets runs of a schedule last longer than its interval. Then they end, or a shutdown begins.
    fn late_runs(&mut self) -> Vec<Command> {
        let mut schedule = self.schedule();
        self.change_overlap(&mut schedule);
        schedule.every = 70;
        if schedule.overlap.policy.grace().is_some() {
            schedule.script = vec![Step::Deaf(600)];
        }
        let how = How {
            drain: self.rng.pick(&[None, Some(400)]).flatten(),
            runs_waiting: true,
            ..self.how()
        };
        let last = match self.rng.chance(40) {
            true => at_once(Call::RequestShutdown(how)),
            false => Command::Advance(1_000),
        };
        vec![at_once(Call::Add(schedule)), Command::Advance(250), last]
    }

    fn change_overlap(&mut self, schedule: &mut ScheduleSpec) {
        let policy = self.rng.pick(&POLICIES).unwrap_or_default();
        // A run that replaces another one does so beside no third one.
        let instances = match policy.grace() {
            Some(_) => 1,
            None => self.rng.pick(&[1, 1, 2]).unwrap_or(1),
        };
        schedule.overlap = OverlapSpec {
            policy,
            instances,
            buffer: self.rng.pick(&[1, 2, 1_000]).unwrap_or(1),
        };
        if self.rng.chance(60) {
            let is_stubborn = policy.grace().is_some() && self.rng.chance(50);
            schedule.script = vec![match is_stubborn {
                true => Step::Deaf(600),
                false => self.long_step(),
            }];
        }
    }

    fn long_step(&mut self) -> Step {
        let length = self.rng.pick(&[150, 250, 600]).unwrap_or(250);
        match self.rng.below(5) {
            0 => Step::Deaf(length),
            1 => Step::Gate(self.gate()),
            2 => Step::UntilTold,
            _ => Step::Sleep(length),
        }
    }
}
