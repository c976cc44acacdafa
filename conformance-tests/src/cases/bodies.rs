//! Job bodies and checks that several cases share.

use scheduler_core::{
    Event, EventKind, Job, JobContext, JobHandle, State,
    job::{IntoJobResult, OutcomeKind},
};

use crate::{
    World,
    gate::{Counter, Gate, Mark},
};

pub(super) fn counting(counter: &Counter) -> Job {
    let counter = counter.clone();
    Job::new(move |_| async move { counter.add() })
}

pub(super) fn held(gate: &Gate) -> Job {
    let gate = gate.clone();
    Job::new(move |_| async move { gate.pass().await })
}

/// Returns a job that makes the assertions of its case. The case fails as vacuous if the job does
/// not finish.
#[track_caller]
pub(super) fn telling<F>(body: impl FnOnce(JobContext) -> F + Send + 'static) -> Job
where
    F: Future<Output: IntoJobResult + Send> + Send + 'static,
{
    let end = Mark::default();
    Job::new(move |job| async move {
        let answer = body(job).await;
        end.reach();
        answer
    })
}

/// Returns a body that never ends by itself. `dropped` counts its drop.
pub(super) fn lasting(dropped: &Counter) -> impl Future<Output = ()> + Send + use<> {
    let token = dropped.on_drop();
    async move {
        let _token = token;
        std::future::pending::<()>().await;
    }
}

/// Waits for `job` and returns the kind of its outcome.
#[track_caller]
pub(super) fn end_of(world: &World, job: &JobHandle) -> OutcomeKind {
    world.run(job.wait()).expect("the job ends").kind()
}

pub(super) fn assert_succeeds(world: &World, job: &JobHandle) {
    let outcome = world.run(job.wait()).expect("the job ends");
    assert_eq!(outcome.kind(), OutcomeKind::Succeeded, "{outcome:?}");
}

/// Returns the state changes among `events`, in order, each as the state before and after it.
pub(super) fn state_changes(events: &[Event]) -> Vec<(State, State)> {
    let change = |event: &Event| match event.kind {
        EventKind::StateChanged { from, to, .. } => Some((from, to)),
        _ => None,
    };
    events.iter().filter_map(change).collect()
}
