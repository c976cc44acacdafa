//! Suggestions for a rejected line: the lines that the specification would have accepted.

use scheduler_core::{ErrorKind, State};

use super::{
    machine::Machine,
    trace::{Actor, Answer, Did, Ending, Label, Line, Told, What},
};

/// The kinds of errors with which calls are refused.
const REFUSALS: [ErrorKind; 10] = [
    ErrorKind::NotRunning,
    ErrorKind::AlreadyRunning,
    ErrorKind::ShutDown,
    ErrorKind::WouldDeadlock,
    ErrorKind::QueueFull,
    ErrorKind::DuplicateId,
    ErrorKind::NotFound,
    ErrorKind::NoRuntime,
    ErrorKind::Spawn,
    ErrorKind::Timeout,
];

const CANCELS: [&str; 3] = ["Prevented", "Requested", "TooLate"];

const OUTCOMES: [&str; 7] = [
    "Succeeded",
    "Failed",
    "Panicked",
    "Lost",
    "Cancelled(Requested)",
    "Cancelled(Shutdown)",
    "Cancelled(ScheduleRemoved)",
];

const CAUSES: [&str; 3] = ["Requested", "Dropped", "StartFailed"];

const ENDINGS: [Ending; 3] = [Ending::Well, Ending::Failing, Ending::Panicking];

/// The maximum number of suggestions, so that the report remains readable.
const FEW: usize = 8;

/// Returns the results, events and actions of jobs that one of the states would have explained at
/// that time. For a rejected result, returns only other results of the same call, if there are any.
pub(super) fn instead(states: &[Machine], line: &Line) -> Vec<String> {
    let accepted = |what: What| {
        let candidate = Line { at: line.at, what };
        let mut states = states.iter();
        let explained = states.any(|state| !state.observe(&candidate).is_empty());
        explained.then(|| candidate.to_string())
    };
    if let What::Answer(by, _) = line.what {
        let answers = answers().map(|answer| What::Answer(by, answer));
        let answers: Vec<_> = answers.filter_map(accepted).collect();
        if !answers.is_empty() {
            return answers;
        }
    }
    let mut all: Vec<_> = states
        .iter()
        .flat_map(possible)
        .filter_map(accepted)
        .collect();
    all.sort_unstable();
    all.dedup();
    all.truncate(FEW);
    all
}

fn possible(state: &Machine) -> impl Iterator<Item = What> {
    let answers = state.ops.keys().flat_map(|&by| answers_of(by));
    let jobs = state.jobs.keys().flat_map(|&label| lives_of(label));
    answers
        .chain(jobs)
        .chain(state_changes())
        .chain([What::Quiet])
}

fn answers_of(by: Actor) -> impl Iterator<Item = What> {
    answers().map(move |answer| What::Answer(by, answer))
}

fn answers() -> impl Iterator<Item = Answer> {
    let refusals = REFUSALS.map(|kind| Answer::Refused(format!("{kind:?}")));
    let cancels = CANCELS.map(|status| Answer::Cancel(status.into()));
    let outcomes = OUTCOMES.map(|outcome| Answer::Outcome(outcome.into()));
    let plain = [Answer::Ok, Answer::NoHandle, Answer::Gone];
    let all = plain.into_iter().chain(refusals);
    all.chain(cancels).chain(outcomes)
}

fn lives_of(label: Label) -> impl Iterator<Item = What> {
    let told = [Told::Claimed, Told::Started, Told::Cancelling].map(|tell| tell(label));
    let ends = OUTCOMES.map(|outcome| Told::Finished(label, outcome.into()));
    let told = told.into_iter().chain(ends).map(What::Event);
    let endings = ENDINGS.map(Did::Ended).into_iter();
    let does = endings.chain([Did::Dropped]).chain((0..20).map(Did::Step));
    told.chain(does.map(move |did| What::Body(label, did)))
}

fn state_changes() -> impl Iterator<Item = What> {
    let pairs = State::ALL
        .iter()
        .flat_map(|from| State::ALL.iter().map(move |to| (from, to)));
    pairs.flat_map(|(from, to)| {
        CAUSES.map(|cause| {
            What::Event(Told::State {
                from: from.to_string(),
                to: to.to_string(),
                cause: cause.into(),
            })
        })
    })
}
