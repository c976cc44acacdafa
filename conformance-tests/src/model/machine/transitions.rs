//! Changes of the state (`LC-030`), and all other lines of a trace.

use scheduler_core::State;

use super::{Machine, Phase, Stage, closing::AT_ONCE};
use crate::model::{
    scenario::Call,
    trace::{Actor, Answer, Line, What},
};

impl Machine {
    /// Returns every state that explains the line. The time has already advanced to that of the
    /// line.
    pub(in crate::model) fn observe(&self, line: &Line) -> Vec<Self> {
        let mut next = self.clone();
        match &line.what {
            What::Call(by, call) => return next.invoke(*by, call).into_iter().collect(),
            What::Answer(by, answer) => return next.answer(*by, answer).into_iter().collect(),
            What::Event(told) => return self.told(told),
            What::Body(label, did) => return next.body_did(*label, *did).into_iter().collect(),
            What::Gate(gate) => {
                next.gates.entry(*gate).or_insert(line.at);
            }
            What::Hold => next.hold = true,
            What::Release => next.release(),
            What::FailSpawn => next.may_fail = true,
            What::DropScheduler => next.left = true,
            What::Jump(by) => next.ahead += by,
            What::Quiet if self.due().is_some_and(|due| due <= self.now) => return Vec::new(),
            What::Quiet => next.ops.values_mut().for_each(|op| op.waited = true),
            What::End { .. } if self.leftover().is_some() => return Vec::new(),
            What::End {
                participants,
                timers,
                ..
            } if participants + timers > 0 => return Vec::new(),
            What::End { .. } => {}
            What::Broken(_) => return Vec::new(),
        }
        vec![next]
    }

    fn release(&mut self) {
        (self.hold, self.handlers_held) = (false, false);
        self.driver_held = false;
        for job in self.jobs_mut() {
            job.held = false;
        }
    }

    pub(super) fn state_changed(&self, from: &str, to: &str, cause: &str) -> Vec<Self> {
        let state = |name: &str| {
            State::ALL
                .iter()
                .copied()
                .find(|state| state.to_string() == name)
        };
        match (state(from), state(to)) {
            (Some(from), Some(to)) if from == self.state => self.edge(from, to, cause),
            _ => Vec::new(),
        }
    }

    fn edge(&self, from: State, to: State, cause: &str) -> Vec<Self> {
        use State as S;
        match (from, to, cause) {
            (S::New, S::Starting, "Requested") => self.begin(),
            (S::Starting, S::New, "StartFailed") => self.start_fails(),
            (S::Starting, S::Running | S::Paused, "Requested") => self.comes_up(to),
            (S::Running, S::Paused, "Requested") => self.effect_of(&Call::Pause, to),
            (S::Paused, S::Running, "Requested") => self.resumed(),
            (S::Starting | S::Running | S::Paused, S::ShuttingDown, "Requested") => {
                self.shut_down()
            }
            (S::New | S::Starting | S::Running | S::Paused, S::ShuttingDown, "Dropped") => {
                self.dropped()
            }
            (S::ShuttingDown, S::ShutDown, cause) => self.ends(cause),
            _ => Vec::new(),
        }
    }

    fn begin(&self) -> Vec<Self> {
        let starts = self.invoked().filter_map(|(by, call)| match *call {
            Call::Start => Some((by, false)),
            Call::StartPaused => Some((by, true)),
            _ => None,
        });
        let begun = starts.map(|(by, paused)| {
            let mut next = self.clone();
            next.state = State::Starting;
            next.begin_start(by, paused);
            next
        });
        begun.collect()
    }

    fn start_fails(&self) -> Vec<Self> {
        let mut next = self.clone();
        next.state = State::New;
        let attempt = self.attempt;
        for op in next.ops.values_mut() {
            if op.phase == Phase::Starting(attempt) {
                op.phase = Phase::Settled(Answer::Refused("Spawn".into()));
            }
        }
        if self.may_fail {
            vec![next]
        } else {
            Vec::new()
        }
    }

    /// Starts the driver: delays and schedules count from now.
    fn comes_up(&self, to: State) -> Vec<Self> {
        let wanted = if self.starts_paused {
            State::Paused
        } else {
            State::Running
        };
        if to != wanted {
            return Vec::new();
        }
        let mut next = self.clone();
        next.state = to;
        for job in next.jobs_mut() {
            if job.stage == Stage::Delayed(None) {
                job.stage = Stage::Delayed(Some(self.now.saturating_add(job.script.delay)));
            }
        }
        let queued = self.queues.iter().flat_map(|queue| &queue.line);
        queued.for_each(|&label| next.limit_waiting(label, self.now));
        for schedule in next.schedules.values_mut() {
            schedule.next = Some(self.now + schedule.every);
            schedule.lead = self.ahead;
        }
        vec![next]
    }

    fn effect_of(&self, wanted: &Call, to: State) -> Vec<Self> {
        let callers = self.invoked().filter(|(_, call)| **call == *wanted);
        let changed = callers.map(|(by, _)| {
            let mut next = self.settle(by, Answer::Ok);
            next.state = to;
            next
        });
        changed.collect()
    }

    /// Resumes the scheduler. Jobs at the gate are spawned again, unless spawns are held back.
    fn resumed(&self) -> Vec<Self> {
        let mut resumed = self.effect_of(&Call::Resume, State::Running);
        for next in resumed.iter_mut().filter(|next| next.hold) {
            let claimed = next.jobs_mut().filter(|job| job.stage == Stage::Claimed);
            claimed.for_each(|job| job.held = true);
        }
        resumed
    }

    fn shut_down(&self) -> Vec<Self> {
        let callers = self.invoked().filter_map(|(by, call)| match *call {
            Call::Shutdown(how) if matches!(by, Actor::Client(_)) => Some((by, how, Phase::Joined)),
            Call::RequestShutdown(how) => Some((by, how, Phase::Settled(Answer::Ok))),
            _ => None,
        });
        let closed = callers.map(|(by, how, phase)| {
            let mut next = self.clone();
            next.close(how, "Requested");
            next.set_phase(by, phase);
            next
        });
        closed.collect()
    }

    fn dropped(&self) -> Vec<Self> {
        let mut next = self.clone();
        next.close(AT_ONCE, "Dropped");
        if self.left { vec![next] } else { Vec::new() }
    }

    /// Ends the scheduler: no job runs, and every job has its outcome (`LC-025`).
    fn ends(&self, cause: &str) -> Vec<Self> {
        let same_cause = self
            .closing
            .as_ref()
            .is_some_and(|closing| closing.cause == cause);
        let all_done = self
            .jobs
            .values()
            .all(|job| matches!(job.stage, Stage::Done(_)));
        let mut next = self.clone();
        next.state = State::ShutDown;
        next.closing = None;
        let all_decided = self.orphans.is_empty() && !self.has_undecided();
        if same_cause && all_done && all_decided {
            vec![next]
        } else {
            Vec::new()
        }
    }
}
