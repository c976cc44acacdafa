//! Does the specification allow what happened? The set of all states that explain the trace so far
//! is kept; where it becomes empty, something happened that must not.

use std::{collections::HashSet, fmt};

use super::{
    coverage::Coverage,
    instead::instead,
    machine::Machine,
    scenario::{Millis, Scenario},
    trace::{Line, What},
};

/// More states than this at a time, and nothing is said about the trace.
const LIMIT: usize = 200_000;

/// What the model says about a trace, and what the trace exercised.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// Whether it is accepted.
    pub verdict: Verdict,
    /// Which calls it made in which states, and which situations it came into.
    pub coverage: Coverage,
    /// The most states that were kept at a time.
    pub widest: usize,
}

/// Whether a trace is accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The specification explains it.
    Accepted,
    /// It does not.
    Rejected(Box<Rejection>),
    /// Nothing can be said: there were too many possibilities, or something outside took part.
    Unknown(String),
}

/// Where a trace leaves the specification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The number of the line, from 0.
    pub line: usize,
    /// What it says.
    pub what: String,
    /// The states that explained everything before it.
    pub states: Vec<String>,
    /// What would have been explained in its place; not all that would.
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
    /// Whether the trace is accepted.
    #[must_use]
    pub const fn is_accepted(&self) -> bool {
        matches!(self, Self::Accepted)
    }
}

/// Holds a trace against the specification.
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
    let mut states = vec![Machine::new(scenario.config)];
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

/// Lets the time of `to` come in every state, silent steps included. States in which something had
/// to happen before are gone.
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

/// The same state at the next point of time at which something has to happen, or at `to`.
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
    fn what_would_have_been_accepted_is_told() {
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
