//! Situations that scenarios must cover: rates, attempts, timeouts and waits inside jobs.

use super::Coverage;
use crate::model::{
    machine::{Machine, Stage},
    scenario::Call,
    trace::{Actor, Answer, Label, Line, Told, What},
};

impl Coverage {
    pub(super) fn note_limits(&mut self, line: &Line, state: &Machine) {
        match &line.what {
            What::Event(told) => self.note_limit(told, state),
            What::Answer(Actor::Job(label), answer) => self.note_refusal(*label, answer, state),
            What::Answer(by, Answer::Cancel(status)) if status == "Requested" => {
                self.note_second_cancel(*by, state);
            }
            _ => {}
        }
    }

    fn note_limit(&mut self, told: &Told, state: &Machine) {
        match told {
            Told::Throttled(label) if state.is_returned(*label) => {
                self.mark("a job with a rate was returned by a pause");
            }
            Told::Throttled(_) => self.mark("a job waited for its rate"),
            Told::Retrying(..) => self.mark("an attempt was retried"),
            Told::TimedOut(..) => self.mark("an attempt timed out"),
            Told::Finished(label, outcome) => self.note_cancelled(*label, outcome, state),
            _ => {}
        }
    }

    fn note_cancelled(&mut self, label: Label, outcome: &str, state: &Machine) {
        if outcome == "Cancelled(Expired)" {
            self.mark("a job expired");
        }
        if outcome != "Cancelled(Requested)" {
            return;
        }
        let stage = state.jobs.get(&label).map(|job| &job.stage);
        if state.is_called(label) {
            self.mark("a job that a rate had called was cancelled");
        }
        if matches!(stage, Some(Stage::Deciding | Stage::Retrying(_))) {
            self.mark("a retry was cancelled");
        }
        if state.has_reached_its_timeout(label) {
            self.mark("a job was cancelled in the grace of its timeout");
        }
    }

    fn note_refusal(&mut self, by: Label, answer: &Answer, state: &Machine) {
        let is_refused = matches!(answer, Answer::Refused(kind) if kind == "WouldDeadlock");
        let op = state.ops.get(&Actor::Job(by)).filter(|_| is_refused);
        match op.map(|op| &*op.call) {
            Some(Call::Wait(_)) => self.mark("a wait inside a job was refused"),
            Some(Call::Submit(_)) => self.mark("a submission inside a job was refused"),
            _ => {}
        }
    }

    fn note_second_cancel(&mut self, by: Actor, state: &Machine) {
        let op = state.ops.get(&by).map(|op| &*op.call);
        if let Some(Call::Cancel { job, .. }) = op
            && state.has_shortened_grace(Label::Job(*job))
        {
            self.mark("a second cancellation shortened a grace");
        }
    }
}
