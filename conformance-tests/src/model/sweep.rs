//! Sweeps: run a scenario once for each opportunity of a fault, until no opportunity is left. The
//! model must explain each run. After each run, every accepted job has one outcome, every body was
//! dropped once, nothing is leaked, and the unaffected jobs have completed.

use super::{
    execute::run_and_tell,
    failure::{Failure, failure, unshrunk},
    judge::judge,
    scenario::{Call, Command, Fault, Scenario},
    trace::Line,
    work::Step,
};
use crate::Backend;

/// The kind of fault in a sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sweep {
    /// A spawn of a task or of a blocking closure fails.
    FailSpawn,
    /// A sleep ends at once.
    EarlySleep,
    /// A sleep wakes its task without need.
    RestlessSleep,
    /// A listener panics.
    ListenerPanic,
    /// The error handler panics.
    HandlerPanic,
    /// A job panics at one of its steps.
    JobPanic,
    /// A client drops the future of a call after each number of polls.
    GiveUp,
}

impl Sweep {
    /// All kinds of faults.
    pub const ALL: [Self; 7] = [
        Self::FailSpawn,
        Self::EarlySleep,
        Self::RestlessSleep,
        Self::ListenerPanic,
        Self::HandlerPanic,
        Self::JobPanic,
        Self::GiveUp,
    ];

    /// Returns whether the fault may leave no difference in the trace.
    const fn is_masked(self) -> bool {
        matches!(
            self,
            Self::EarlySleep | Self::RestlessSleep | Self::ListenerPanic | Self::HandlerPanic
        )
    }
}

/// More opportunities than any scenario has; a sweep that reaches it does not terminate.
const MANY: u64 = 5_000;

/// Sweeps through a scenario. Returns the number of opportunities at which the fault occurred.
///
/// # Errors
///
/// The first run that fails.
pub fn sweep(backend: &dyn Backend, scenario: &Scenario, kind: Sweep) -> Result<u64, Box<Failure>> {
    if kind == Sweep::GiveUp {
        return give_up(backend, scenario);
    }
    let opportunities = |at| with_fault(scenario, kind, at).map(|faulty| (at, faulty));
    let mut sound = None;
    for (at, faulty) in (0..MANY).map_while(opportunities) {
        let (trace, struck) = run_and_tell(backend, &faulty);
        explained(backend, &faulty, &trace)?;
        if !struck && kind != Sweep::JobPanic {
            return Ok(at);
        }
        if kind.is_masked() {
            let sound = sound.get_or_insert_with(|| without_fault(backend, scenario, kind));
            same(backend, &faulty, &trace, sound)?;
        }
    }
    Ok(steps_of(scenario))
}

fn give_up(backend: &dyn Backend, scenario: &Scenario) -> Result<u64, Box<Failure>> {
    let mut given_up = 0;
    let calls: usize = scenario
        .commands
        .iter()
        .map(|command| command.calls().len())
        .sum();
    for call in 0..calls as u64 {
        for polls in 1..MANY {
            let mut faulty = scenario.clone();
            faulty.fault = Some(Fault::GiveUp { call, polls });
            let (trace, struck) = run_and_tell(backend, &faulty);
            explained(backend, &faulty, &trace)?;
            if !struck {
                break;
            }
            given_up += 1;
        }
    }
    Ok(given_up)
}

/// Returns the scenario with the fault at opportunity `at`, or `None` if there is no such
/// opportunity.
fn with_fault(scenario: &Scenario, kind: Sweep, at: u64) -> Option<Scenario> {
    let mut faulty = scenario.clone();
    match kind {
        Sweep::FailSpawn => {
            let others = u8::try_from(at).ok()?;
            faulty.commands.insert(0, Command::FailSpawn(others));
        }
        Sweep::JobPanic => *steps(&mut faulty).nth(usize::try_from(at).ok()?)? = Step::Panic,
        Sweep::EarlySleep => faulty.fault = Some(Fault::EarlySleep(at)),
        Sweep::RestlessSleep => faulty.fault = Some(Fault::RestlessSleep(at)),
        Sweep::ListenerPanic => faulty.fault = Some(Fault::ListenerPanic(at)),
        Sweep::HandlerPanic | Sweep::GiveUp => faulty.fault = Some(Fault::HandlerPanic(at)),
    }
    Some(faulty)
}

/// Returns the trace with the same preparations and no fault.
fn without_fault(backend: &dyn Backend, scenario: &Scenario, kind: Sweep) -> Vec<Line> {
    let never = with_fault(scenario, kind, u64::MAX);
    run_and_tell(backend, &never.unwrap_or_else(|| scenario.clone())).0
}

/// Returns all steps of the jobs that clients submit.
fn steps(scenario: &mut Scenario) -> impl Iterator<Item = &mut Step> {
    let calls = scenario.commands.iter_mut().flat_map(Command::calls_mut);
    calls.flat_map(|call| match &mut call.call {
        Call::Submit(job) | Call::TrySubmit(job) | Call::Post(job) => job.script.as_mut_slice(),
        Call::Add(schedule) => schedule.script.as_mut_slice(),
        _ => &mut [],
    })
}

fn steps_of(scenario: &Scenario) -> u64 {
    steps(&mut scenario.clone()).count() as u64
}

fn explained(backend: &dyn Backend, faulty: &Scenario, trace: &[Line]) -> Result<(), Box<Failure>> {
    let verdict = judge(faulty, trace).verdict;
    if verdict.is_accepted() {
        return Ok(());
    }
    Err(Box::new(unshrunk(backend.name(), faulty, &verdict, trace)))
}

fn same(
    backend: &dyn Backend,
    faulty: &Scenario,
    trace: &[Line],
    sound: &[Line],
) -> Result<(), Box<Failure>> {
    let Some(at) = (0..trace.len().max(sound.len())).find(|&at| trace.get(at) != sound.get(at))
    else {
        return Ok(());
    };
    let line = |trace: &[Line]| {
        trace
            .get(at)
            .map_or_else(|| "nothing more".into(), Line::to_string)
    };
    let report = format!(
        "line {at} differs\nwith the fault:    {}\nwithout the fault: {}\n",
        line(trace),
        line(sound)
    );
    Err(Box::new(failure(backend.name(), faulty, faulty, report)))
}
