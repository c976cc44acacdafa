//! Situations of queues that scenarios must cover.

use super::Coverage;
use crate::model::{
    machine::Machine,
    scenario::Call,
    trace::{Actor, Answer, Line, Told, What},
};

impl Coverage {
    pub(super) fn note_queues(&mut self, line: &Line, state: &Machine) {
        match &line.what {
            What::Event(Told::QueuePaused(number)) if state.has_unbegun(*number) => {
                self.mark("a queue was paused while its job had a permit");
            }
            What::Event(Told::QueueResumed(number)) if state.has_held(*number) => {
                self.mark("a queue with jobs was resumed");
            }
            What::Event(Told::Finished(label, outcome))
                if outcome == "Cancelled(Shutdown)" && state.ends_in_paused_queue(*label) =>
            {
                self.mark("a shutdown cancelled a job of a paused queue");
            }
            What::Event(Told::Claimed(label)) if state.waited_for_queue_token(*label) => {
                self.mark("a job waited for the rate of its queue");
            }
            What::Event(Told::Claimed(label)) if state.precedes_a_called_job(*label) => {
                self.mark("a job took a token before one of a closed queue");
            }
            What::Answer(by, Answer::Refused(kind)) => self.note_queue_refusal(*by, kind, state),
            _ => {}
        }
    }

    fn note_queue_refusal(&mut self, by: Actor, kind: &str, state: &Machine) {
        let job = state.ops.get(&by).map(|op| &*op.call).and_then(Call::job);
        match (kind, job) {
            ("NotFound", Some(_)) => self.mark("a job named an unknown queue"),
            ("QueueFull", Some(job)) if job.policy.queue > 0 => {
                self.mark("a named queue was full");
            }
            _ => {}
        }
    }
}
