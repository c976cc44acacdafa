//! Invariants of every state and of every step.

use scheduler_core::State;

use super::{Flaw, actor::Actor, system::System};

pub(super) fn check(system: &System, next: &[System]) -> Result<(), Flaw> {
    let holds = |what: &str, holds: bool| {
        if holds {
            Ok(())
        } else {
            Err(flaw(what, system))
        }
    };
    holds(
        "LC-005: a second start has returned Ok",
        system.started <= 1,
    )?;
    if system.state == State::ShutDown {
        let resolved = system.unresolved == 0;
        holds(
            "LC-025: an accepted job has no outcome at the end",
            resolved,
        )?;
    }
    if next.is_empty() {
        holds(
            "a call waits for something that can never happen",
            is_over(system),
        )?;
    }
    next.iter().try_for_each(|next| check_step(system, next))
}

fn check_step(from: &System, to: &System) -> Result<(), Flaw> {
    if !is_edge(from.state, to.state) {
        let what = format!("LC-030: {} follows {}", to.state, from.state);
        return Err(flaw(&what, from));
    }
    let starts_job = to.running.len() > from.running.len();
    if starts_job && from.state != State::Running {
        return Err(flaw("LC-026: a job starts although no job may start", from));
    }
    Ok(())
}

fn is_edge(from: State, to: State) -> bool {
    use State as S;
    from == to
        || matches!(
            (from, to),
            (S::New, S::Starting)
                | (S::Starting, S::New | S::Running | S::Paused)
                | (S::Running, S::Paused)
                | (S::Paused, S::Running)
                | (S::Starting | S::Running | S::Paused, S::ShuttingDown)
                | (S::ShuttingDown, S::ShutDown)
        )
}

/// Returns whether nothing is pending. Every state without successors must be like this.
fn is_over(system: &System) -> bool {
    let stable = !matches!(system.state, State::Starting | State::ShuttingDown);
    stable
        && system.running.is_empty()
        && system.clients.iter().all(|&client| Actor::is_done(client))
}

fn flaw(problem: &str, system: &System) -> Flaw {
    Flaw {
        problem: problem.to_owned(),
        state: format!("{system:?}"),
    }
}
