//! Coverage: which calls a run made in which states, and which situations occurred. A run with poor
//! coverage proves nothing.

mod limits;
mod overlaps;
mod queues;

use std::collections::BTreeMap;

use scheduler_core::State;

use super::{
    machine::{Machine, Stage},
    scenario::Call,
    trace::{Actor, Answer, Did, Ending, Line, Told, What},
};

/// Counts of each call in each state, and of each situation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    pairs: BTreeMap<(String, &'static str), usize>,
    marks: BTreeMap<&'static str, usize>,
}

/// The calls that must be made in every state.
const CALLS: [&str; 20] = [
    "start",
    "start_paused",
    "pause",
    "resume",
    "shutdown",
    "request_shutdown",
    "stopped",
    "wait_idle",
    "submit",
    "try_submit",
    "post",
    "cancel",
    "wait",
    "drop_handle",
    "add",
    "schedule.remove",
    "schedule.run_now",
    "queue.pause",
    "queue.resume",
    "look",
];

/// The calls that jobs must make from inside, in every state in which a job runs.
const INSIDE: [&str; 8] = [
    "shutdown (inside)",
    "request_shutdown (inside)",
    "stopped (inside)",
    "wait_idle (inside)",
    "start (inside)",
    "pause (inside)",
    "resume (inside)",
    "try_submit (inside)",
];

/// The states in which a job runs.
const WITH_JOBS: [State; 3] = [State::Running, State::Paused, State::ShuttingDown];

/// The situations that must occur.
const MARKS: [&str; 54] = [
    "a start failed",
    "a start succeeded after one that failed",
    "a start was overtaken by a shutdown",
    "the shutdown began while a job ran",
    "the shutdown began while a job waited",
    "a graceful shutdown",
    "a shutdown within a time",
    "a shutdown of running jobs only",
    "an immediate shutdown",
    "a job started in a drain",
    "a drain ended before a job had started",
    "a second shutdown joined",
    "a shutdown was hurried",
    "a job was abandoned",
    "the last handle went while a job ran",
    "a job was lost with its spawn",
    "a job panicked",
    "a job failed",
    "a job was prevented",
    "a running job was cancelled",
    "a cancellation came too late",
    "the queue was full",
    "a submission waited for room",
    "a call would have waited for itself",
    "jobs were held in a pause",
    "an instant was missed",
    "an instant was skipped over a run",
    "the wall clock was set",
    "a call was given up half-way",
    "a job waited for its rate",
    "a job that a rate had called was cancelled",
    "a job with a rate was returned by a pause",
    "an attempt was retried",
    "a retry was cancelled",
    "an attempt timed out",
    "a job was cancelled in the grace of its timeout",
    "a job expired",
    "a second cancellation shortened a grace",
    "a wait inside a job was refused",
    "a submission inside a job was refused",
    "a queue was paused while its job had a permit",
    "a queue with jobs was resumed",
    "a shutdown cancelled a job of a paused queue",
    "a job waited for the rate of its queue",
    "a job took a token before one of a closed queue",
    "a job named an unknown queue",
    "a named queue was full",
    "a run was buffered",
    "a buffer was full",
    "a buffered run was superseded",
    "a buffered run started",
    "a buffered run started in a drain",
    "a running run was replaced",
    "a run ended because it was replaced",
];

impl Coverage {
    /// Adds the counts of another trace.
    pub fn add(&mut self, other: &Self) {
        for (pair, count) in &other.pairs {
            *self.pairs.entry(pair.clone()).or_default() += count;
        }
        for (mark, count) in &other.marks {
            *self.marks.entry(mark).or_default() += count;
        }
    }

    /// Returns what was exercised fewer than `often` times. The list is empty if the coverage is
    /// sufficient.
    #[must_use]
    pub fn insufficient(&self, often: usize) -> Vec<String> {
        let pair = |call: &str, state: State| {
            let count = self.pairs.get(&(call.to_owned(), name(state))).copied();
            (format!("{call} when {state}"), count.unwrap_or(0))
        };
        let outside = CALLS
            .iter()
            .flat_map(|call| State::ALL.iter().map(|state| pair(call, *state)));
        let inside = INSIDE
            .iter()
            .flat_map(|call| WITH_JOBS.map(|state| pair(call, state)));
        let marks = MARKS.iter().map(|mark| {
            let count = self.marks.get(mark).copied().unwrap_or(0);
            ((*mark).to_owned(), count)
        });
        let all = outside.chain(inside).chain(marks);
        all.filter(|&(_, count)| count < often)
            .map(|(what, count)| format!("{what}: {count} of {often}"))
            .collect()
    }

    /// Returns the number of covered pairs of a call and a state, and the number of covered
    /// situations.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        (self.pairs.len(), self.marks.len())
    }

    fn mark(&mut self, mark: &'static str) {
        *self.marks.entry(mark).or_default() += 1;
    }

    pub(super) fn note(&mut self, line: &Line, states: &[Machine]) {
        let Some(state) = states.first() else {
            return;
        };
        self.note_limits(line, state);
        self.note_queues(line, state);
        match &line.what {
            What::Call(by, call) => {
                self.note_call(*by, call, state);
                self.note_shutdown(call, state);
            }
            What::Answer(by, answer) => self.note_answer(*by, answer, state),
            What::Event(told) => {
                self.note_drain(told, state);
                self.note_overlaps(told, state);
                self.note_event(told, state);
            }
            What::Body(_, Did::Ended(Ending::Panicking)) => self.mark("a job panicked"),
            What::Body(_, Did::Ended(Ending::Failing)) => self.mark("a job failed"),
            What::Quiet => self.note_quiet(state),
            What::Jump(_) => self.mark("the wall clock was set"),
            _ => {}
        }
    }

    /// Counts a call, unless the clients have already dropped the scheduler, so that the call never
    /// reaches it.
    fn note_call(&mut self, by: Actor, call: &Call, state: &Machine) {
        if state.left && !call.is_about_a_handle() {
            return;
        }
        let call = call.name();
        let call = match by {
            Actor::Client(_) => call.to_owned(),
            Actor::Job(_) => format!("{call} (inside)"),
        };
        *self.pairs.entry((call, name(state.state))).or_default() += 1;
    }

    fn note_answer(&mut self, by: Actor, answer: &Answer, state: &Machine) {
        let Some(op) = state.ops.get(&by) else {
            return;
        };
        let refused = |kind: &str| matches!(answer, Answer::Refused(refused) if refused == kind);
        let cancel = |status: &str| matches!(answer, Answer::Cancel(seen) if seen == status);
        let call = op.call.name();
        if refused("Spawn") {
            self.mark("a start failed");
        }
        if refused("ShutDown") && state.has_begun_a_start(by) {
            self.mark("a start was overtaken by a shutdown");
        }
        if refused("QueueFull") {
            self.mark("the queue was full");
        }
        if refused("WouldDeadlock") {
            self.mark("a call would have waited for itself");
        }
        if cancel("Prevented") {
            self.mark("a job was prevented");
        }
        if cancel("TooLate") {
            self.mark("a cancellation came too late");
        }
        if *answer == Answer::Dropped {
            self.mark("a call was given up half-way");
        }
        let started = call.starts_with("start") && *answer == Answer::Ok;
        if started && state.has_failed_before() {
            self.mark("a start succeeded after one that failed");
        }
    }

    fn note_event(&mut self, told: &Told, state: &Machine) {
        match told {
            Told::State { to, cause, .. } if to == "ShuttingDown" => self.note_end(cause, state),
            Told::State { from, to, .. } if from == "Paused" && to == "Running" => {
                let held = state.jobs.values().any(|job| job.stage == Stage::Queued);
                if held {
                    self.mark("jobs were held in a pause");
                }
            }
            Told::Finished(label, outcome) if outcome == "Lost" => {
                let running = state.jobs.get(label).is_some_and(|job| job.is_running());
                let closing = state.state == State::ShuttingDown;
                if running && closing {
                    self.mark("a job was abandoned");
                } else {
                    self.mark("a job was lost with its spawn");
                }
            }
            Told::Cancelling(_) => self.mark("a running job was cancelled"),
            Told::Scheduled(label, _) if state.waited_for_room(*label) => {
                self.mark("a submission waited for room");
            }
            Told::Skipped(_, _, reason) if reason == "Overlap" => {
                self.mark("an instant was skipped over a run");
            }
            Told::Skipped(..) => self.mark("an instant was missed"),
            _ => {}
        }
    }

    fn note_shutdown(&mut self, call: &Call, state: &Machine) {
        let (Call::Shutdown(how) | Call::RequestShutdown(how)) = call else {
            return;
        };
        match state.state {
            State::ShuttingDown if how.hurries => self.mark("a shutdown was hurried"),
            State::Running => self.mark(match (how.runs_waiting, how.drain, how.grace) {
                (true, None, _) => "a graceful shutdown",
                (true, Some(_), _) => "a shutdown within a time",
                (false, Some(0), 0) => "an immediate shutdown",
                (false, ..) => "a shutdown of running jobs only",
            }),
            _ => {}
        }
    }

    fn note_drain(&mut self, told: &Told, state: &Machine) {
        match told {
            _ if state.state != State::ShuttingDown => {}
            Told::Claimed(_) => self.mark("a job started in a drain"),
            Told::Finished(label, outcome) if outcome == "Cancelled(Shutdown)" => {
                let waits = state.jobs.get(label).map(|job| &job.stage);
                if waits == Some(&Stage::Queued) && state.has_drained() {
                    self.mark("a drain ended before a job had started");
                }
            }
            _ => {}
        }
    }

    fn note_quiet(&mut self, state: &Machine) {
        if state.joined_shutdowns() > 1 {
            self.mark("a second shutdown joined");
        }
    }

    fn note_end(&mut self, cause: &str, state: &Machine) {
        let runs = state.running() > 0;
        if runs && cause == "Dropped" {
            self.mark("the last handle went while a job ran");
        }
        if runs {
            self.mark("the shutdown began while a job ran");
        }
        if state.jobs.values().any(|job| job.stage == Stage::Queued) {
            self.mark("the shutdown began while a job waited");
        }
    }
}

const fn name(state: State) -> &'static str {
    match state {
        State::New => "New",
        State::Starting => "Starting",
        State::Running => "Running",
        State::Paused => "Paused",
        State::ShuttingDown => "ShuttingDown",
        State::ShutDown => "ShutDown",
        _ => "another state",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::table::TABLE;

    /// Rows of the table whose calls no scenario makes; decision 8 gives the reason.
    const BEYOND: [&str; 11] = [
        "add_all",
        "schedule.update",
        "schedule.pause",
        "schedule.resume",
        "schedule.backfill",
        "schedule.info",
        "schedule.next_times",
        "schedule.backfill_times",
        "schedule.history",
        "schedule.history_page",
        "schedule.explain",
    ];

    #[test]
    fn every_row_of_the_table_has_to_be_exercised_or_is_excused() {
        for row in TABLE {
            let call = match row.call {
                "state, jobs, schedules, metrics" => "look",
                call => call,
            };
            let (required, excused) = (CALLS.contains(&call), BEYOND.contains(&call));
            assert!(required != excused, "{call}");
        }
    }

    #[test]
    fn calls_that_were_never_made_are_missing() {
        let missing = Coverage::default().insufficient(1);
        let pairs = CALLS.len() * State::ALL.len() + INSIDE.len() * WITH_JOBS.len();
        assert_eq!(missing.len(), pairs + MARKS.len());
        assert!(missing.contains(&"schedule.remove when Paused: 0 of 1".to_owned()));
    }
}
