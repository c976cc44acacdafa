//! The possible steps from a state.

use scheduler_core::{
    State,
    lifecycle::{LifecycleError, Operation},
};

use super::{
    Table,
    actor::{Actor, Op, Phase},
    system::System,
};

/// Returns every state that is one step away.
pub(super) fn successors(system: &System, table: Table) -> Vec<System> {
    let mut next = Vec::new();
    scheduler_steps(system, &mut next);
    for who in 0..system.clients.len() {
        actor_steps(system, Who::Client(who), table, &mut next);
    }
    for who in 0..system.running.len() {
        actor_steps(system, Who::Job(who), table, &mut next);
    }
    next.into_iter().map(System::sorted).collect()
}

/// Adds the steps of the scheduler itself.
fn scheduler_steps(system: &System, next: &mut Vec<System>) {
    let mut step = |change: &dyn Fn(&mut System)| next.push(changed(system, change));
    match system.state {
        State::Starting => {
            step(&|s| {
                s.state = if s.starts_paused {
                    State::Paused
                } else {
                    State::Running
                }
            });
            step(&|s| s.state = State::New);
        }
        State::Running if !system.queued.is_empty() => step(&|s| {
            let calls = s.queued.remove(0);
            s.running.push(Actor::new(calls));
        }),
        State::ShuttingDown if system.running.is_empty() => step(&|s| s.state = State::ShutDown),
        _ => {}
    }
}

fn changed(system: &System, change: impl Fn(&mut System)) -> System {
    let mut next = system.clone();
    change(&mut next);
    next
}

#[derive(Clone, Copy)]
enum Who {
    Client(usize),
    Job(usize),
}

impl Who {
    const fn is_inside(self) -> bool {
        matches!(self, Self::Job(_))
    }
}

impl System {
    fn actor(&mut self, who: Who) -> &mut Actor {
        match who {
            Who::Client(at) => &mut self.clients[at],
            Who::Job(at) => &mut self.running[at],
        }
    }

    fn answer(&mut self, who: Who) {
        self.actor(who).phase = Phase::Idle;
    }
}

fn actor_steps(system: &System, who: Who, table: Table, next: &mut Vec<System>) {
    let actor = match who {
        Who::Client(at) => system.clients[at],
        Who::Job(at) => system.running[at],
    };
    match actor.phase {
        Phase::Idle => idle_steps(system, who, actor, next),
        Phase::Called(op) => next.push(changed(system, |s| decide(s, who, op, table))),
        Phase::Starting => next.extend(settle_start(system, who)),
        Phase::Overtaken => next.push(changed(system, |s| s.answer(who))),
        Phase::Joining if system.state == State::ShutDown => {
            next.push(changed(system, |s| s.answer(who)));
        }
        Phase::WaitingIdle if system.is_idle() => {
            next.push(changed(system, |s| s.answer(who)));
        }
        Phase::Joining | Phase::WaitingIdle => {}
    }
}

/// Adds the steps of an idle actor: any call, or its end.
fn idle_steps(system: &System, who: Who, actor: Actor, next: &mut Vec<System>) {
    if actor.left > 0 {
        next.extend(Op::ALL.map(|op| {
            changed(system, |s| {
                let actor = s.actor(who);
                actor.left -= 1;
                actor.phase = Phase::Called(op);
            })
        }));
    }
    if let Who::Job(at) = who {
        next.push(changed(system, |s| {
            s.running.remove(at);
            s.unresolved -= 1;
        }));
    }
}

/// Lets a call take effect.
fn decide(system: &mut System, who: Who, op: Op, table: Table) {
    system.answer(who);
    if allowed(system.state, who, op, table).is_err() {
        return;
    }
    match op {
        Op::Start | Op::StartPaused => {
            system.begin(op == Op::StartPaused);
            system.actor(who).phase = Phase::Starting;
        }
        Op::Shutdown | Op::RequestShutdown => {
            if system.state != State::ShuttingDown {
                system.close();
            }
            if op == Op::Shutdown {
                system.actor(who).phase = Phase::Joining;
            }
        }
        Op::Pause => system.state = State::Paused,
        Op::Resume => system.state = State::Running,
        Op::Submit => {
            // A job that was submitted from inside makes no calls, so that the search is finite.
            system.queued.push(u8::from(!who.is_inside()));
            system.unresolved += 1;
        }
        Op::WaitIdle => system.actor(who).phase = Phase::WaitingIdle,
    }
}

/// Applies the table. A call that would wait for its own caller is refused, unless there is nothing
/// left to wait for.
fn allowed(state: State, who: Who, op: Op, table: Table) -> Result<(), LifecycleError> {
    table(state, op.operation())?;
    if who.is_inside() && op.waits() && state != State::ShutDown {
        table(state, Operation::WaitInside)?;
    }
    Ok(())
}

/// Returns the state after a pending start has returned, once its result is known.
fn settle_start(system: &System, who: Who) -> Option<System> {
    match system.state {
        State::Starting => None,
        State::Running | State::Paused => Some(changed(system, |s| {
            s.answer(who);
            s.started += 1;
        })),
        _ => Some(changed(system, |s| s.answer(who))),
    }
}
