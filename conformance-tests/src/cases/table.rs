//! Every call in every state.

use scheduler_core::{
    ErrorKind, Job, Operation, Result, Schedule, ScheduleId, Scheduler, Shutdown, State, Task,
    permit, trigger::Once,
};

use crate::{Backend, World, gate::Gate, world::kind};

pub(super) fn every_call_answers_by_the_table_when_new(backend: &dyn Backend) {
    check(State::New, || World::new(backend));
}

pub(super) fn every_call_answers_by_the_table_when_starting(backend: &dyn Backend) {
    check(State::Starting, || starting(backend));
}

pub(super) fn every_call_answers_by_the_table_when_running(backend: &dyn Backend) {
    check(State::Running, || World::new(backend).started());
}

pub(super) fn every_call_answers_by_the_table_when_paused(backend: &dyn Backend) {
    check(State::Paused, || {
        let world = World::new(backend);
        world
            .run(world.scheduler.start_paused())
            .expect("it starts paused");
        world
    });
}

pub(super) fn every_call_answers_by_the_table_when_shutting_down(backend: &dyn Backend) {
    check(State::ShuttingDown, || shutting_down(backend));
}

pub(super) fn every_call_answers_by_the_table_when_shut_down(backend: &dyn Backend) {
    check(State::ShutDown, || {
        let world = World::new(backend).started();
        world.shut_down(Shutdown::graceful()).expect("it ends");
        world
    });
}

/// A start that the runtime has not taken up yet.
pub(super) fn starting(backend: &dyn Backend) -> World {
    let world = World::new(backend);
    world.time.hold_spawns();
    let scheduler = world.scheduler.clone();
    world.time.outside(|| poll_once(scheduler.start()));
    world
}

/// Polls a call once and drops it: it goes on by itself.
pub(super) fn poll_once<F: Future>(call: F) -> Option<F::Output> {
    let mut call = std::pin::pin!(call);
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    match call.as_mut().poll(&mut cx) {
        std::task::Poll::Ready(answer) => Some(answer),
        std::task::Poll::Pending => None,
    }
}

/// A shutdown that waits for a job on a gate that nobody opens.
fn shutting_down(backend: &dyn Backend) -> World {
    let world = World::new(backend).started();
    let gate = Gate::default();
    let job = Job::new(move |_| async move { gate.pass().await });
    world
        .time
        .outside(|| world.scheduler.post(job).expect("it is accepted"));
    world.settle();
    let request = || world.scheduler.request_shutdown(Shutdown::graceful());
    world.time.outside(request).expect("it begins to end");
    world
}

/// Makes each call in a world of its own, in the state that `make` brings it to.
fn check(state: State, make: impl Fn() -> World) {
    for (operation, call) in CALLS {
        let world = make();
        assert_eq!(world.state(), state, "the case could not bring it there");
        let wanted = permit(state, *operation)
            .err()
            .map(|error| scheduler_core::Error::from(error).kind());
        let seen = world.time.outside(|| call(&world.scheduler));
        assert_eq!(seen, wanted, "{operation:?} when {state}");
    }
}

type Call = fn(&dyn Scheduler) -> Option<ErrorKind>;

/// What is known after one poll: a call that goes on waiting was not refused.
fn refusal<T>(call: impl Future<Output = Result<T>>) -> Option<ErrorKind> {
    poll_once(call).and_then(kind)
}

const CALLS: &[(Operation, Call)] = &[
    (Operation::Start, |scheduler| refusal(scheduler.start())),
    (Operation::StartPaused, |scheduler| {
        refusal(scheduler.start_paused())
    }),
    (Operation::Shutdown, |scheduler| {
        refusal(scheduler.shutdown(Shutdown::graceful()))
    }),
    (Operation::RequestShutdown, |scheduler| {
        kind(scheduler.request_shutdown(Shutdown::graceful()))
    }),
    (Operation::Pause, |scheduler| kind(scheduler.pause())),
    (Operation::Resume, |scheduler| kind(scheduler.resume())),
    (Operation::Submit, |scheduler| {
        kind(scheduler.try_submit(Job::new(|_| async {})))
    }),
    (Operation::Submit, |scheduler| {
        refusal(scheduler.submit(Job::new(|_| async {})))
    }),
    (Operation::Submit, |scheduler| {
        kind(scheduler.post(Job::new(|_| async {})))
    }),
    (Operation::Add, |scheduler| kind(scheduler.add(schedule()))),
    (Operation::RunNow, |scheduler| run_now(scheduler)),
    (Operation::Remove, |scheduler| remove(scheduler)),
    (Operation::WaitIdle, |scheduler| {
        refusal(scheduler.wait_idle())
    }),
    (Operation::Stopped, |scheduler| refusal(scheduler.stopped())),
];

fn schedule() -> Schedule {
    let task = Task::new(|_| async {});
    Schedule::new(Once::after(std::time::Duration::from_secs(60)), task).id("known")
}

/// Where schedules may be added there is one; else the lifecycle error comes first.
fn run_now(scheduler: &dyn Scheduler) -> Option<ErrorKind> {
    drop(scheduler.add(schedule()));
    kind(scheduler.run_now(&ScheduleId::new("known")))
}

/// Removing is always allowed: what is not there is `NotFound`.
fn remove(scheduler: &dyn Scheduler) -> Option<ErrorKind> {
    let added = scheduler.add(schedule()).is_ok();
    let answer = kind(scheduler.remove(&ScheduleId::new("known")));
    if added {
        return answer;
    }
    assert_eq!(answer, Some(ErrorKind::NotFound));
    None
}
