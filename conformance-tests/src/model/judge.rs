//! Checks whether the specification allows a trace. The judge keeps the set of all model states
//! that explain the trace so far. When the set becomes empty, the trace breaks the specification.

use std::{collections::HashSet, fmt};

use super::{
    coverage::Coverage,
    instead::instead,
    machine::Machine,
    scenario::{Millis, Scenario},
    trace::{Line, What},
};

/// The maximum number of states; with more, the verdict is `Unknown`.
const LIMIT: usize = 200_000;

/// The judgement of a trace, with its coverage.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// Whether the model accepts the trace.
    pub verdict: Verdict,
    /// The calls, states and situations that the trace exercised.
    pub coverage: Coverage,
    /// The largest number of states kept at once.
    pub widest: usize,
}

/// The verdict of the model on a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The specification explains the trace.
    Accepted,
    /// The specification does not explain the trace.
    Rejected(Box<Rejection>),
    /// The model cannot decide: too many states were possible, or tasks were woken from outside.
    Unknown(String),
}

/// The line at which a trace breaks the specification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The number of the line, from 0.
    pub line: usize,
    /// The text of the line.
    pub what: String,
    /// The states that explained all lines before it.
    pub states: Vec<String>,
    /// Some of the lines that the model would have accepted here.
    pub instead: Vec<String>,
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "line {} is not allowed: {}", self.line, self.what)?;
        for state in &self.states {
            writeln!(f, "  where {state}")?;
        }
        for line in &self.instead {
            writeln!(f, "  accepted would be {line}")?;
        }
        Ok(())
    }
}

impl Verdict {
    /// Returns whether the trace is accepted.
    #[must_use]
    pub const fn is_accepted(&self) -> bool {
        matches!(self, Self::Accepted)
    }
}

/// Checks a trace against the specification.
#[must_use]
pub fn judge(scenario: &Scenario, trace: &[Line]) -> Judgement {
    let mut coverage = Coverage::default();
    let mut widest = 1;
    let verdict = follow(scenario, trace, &mut coverage, &mut widest);
    Judgement {
        verdict,
        coverage,
        widest,
    }
}

fn follow(
    scenario: &Scenario,
    trace: &[Line],
    coverage: &mut Coverage,
    widest: &mut usize,
) -> Verdict {
    let mut states = vec![Machine::new(&scenario.config)];
    for (number, line) in trace.iter().enumerate() {
        let ready = pass_time(&states, line.at);
        coverage.note(line, &ready);
        let next = distinct(ready.iter().flat_map(|state| state.observe(line)));
        if next.is_empty() {
            let before = if ready.is_empty() { &states } else { &ready };
            return reject(number, line, before);
        }
        *widest = next.len().max(*widest);
        if next.len() > LIMIT {
            return Verdict::Unknown(format!("more than {LIMIT} states at line {number}"));
        }
        states = next;
    }
    match trace.last().map(|line| &line.what) {
        Some(What::End { foreign: 0, .. }) => Verdict::Accepted,
        Some(What::End { foreign, .. }) => {
            Verdict::Unknown(format!("{foreign} wakes came from outside of virtual time"))
        }
        _ => Verdict::Unknown("the trace has no end".into()),
    }
}

fn reject(number: usize, line: &Line, before: &[Machine]) -> Verdict {
    let before = &before[..before.len().min(3)];
    Verdict::Rejected(Box::new(Rejection {
        line: number,
        what: line.to_string(),
        states: before.iter().map(Machine::describe).collect(),
        instead: instead(before, line),
    }))
}

/// Advances every state to the time `to`, with all steps that leave no line. Drops the states in
/// which a step had to leave a line before that time.
fn pass_time(states: &[Machine], to: Millis) -> Vec<Machine> {
    let mut arrived = HashSet::new();
    let mut waiting: Vec<Machine> = states.to_vec();
    let mut seen: HashSet<Machine> = waiting.iter().cloned().collect();
    while let Some(state) = waiting.pop() {
        let mut next = state.silent_steps();
        if state.now < to {
            next.extend(later(&state, to));
        } else {
            arrived.insert(state);
        }
        waiting.extend(next.into_iter().filter(|next| seen.insert(next.clone())));
    }
    arrived.into_iter().collect()
}

/// Returns the state at the next time at which something must happen, or at `to`.
fn later(state: &Machine, to: Millis) -> Option<Machine> {
    let due = state.due();
    if due.is_some_and(|due| due <= state.now) {
        return None;
    }
    let mut next = state.clone();
    next.now = due.map_or(to, |due| due.min(to));
    Some(next)
}

fn distinct(states: impl Iterator<Item = Machine>) -> Vec<Machine> {
    let set: HashSet<Machine> = states.collect();
    set.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        scenario::Call,
        trace::{Actor, Answer},
    };

    #[test]
    fn a_rejection_lists_what_would_be_accepted() {
        let client = Actor::Client(0);
        let line = |what| Line { at: 0, what };
        let trace = [
            line(What::Call(client, Call::Pause)),
            line(What::Answer(client, Answer::Ok)),
        ];
        let verdict = judge(&Scenario::default(), &trace).verdict;
        let Verdict::Rejected(rejection) = verdict else {
            panic!("a pause before the start is not ok: {verdict:?}");
        };
        let refused = line(What::Answer(client, Answer::Refused("NotRunning".into())));
        assert_eq!(rejection.instead, [refused.to_string()]);
        let told = rejection.to_string();
        assert!(
            told.contains(&format!("accepted would be {refused}")),
            "{told}"
        );
    }
}
