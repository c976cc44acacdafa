//! The expected result of every call in every state. This table is independent of the one by which
//! the core decides, so that a fault in one of them is detected.

use std::{sync::Arc, time::Duration};

use chrono::DateTime;
use scheduler_core::{
    ErrorKind, Event, EventFilter, Job, Result, Schedule, ScheduleHandle, ScheduleId, Scheduler,
    SchedulerExt, Shutdown, State, Task,
    backfill::Backfill,
    job::{CancelMode, CancelStatus},
    lifecycle::{LifecycleError, Operation, permit},
    schedule::{HistoryPage, ResumeFrom, ScheduleChange},
    trigger::Once,
};

use crate::{
    Backend, World,
    gate::{Counter, Gate},
    world::kind,
};

/// One call: its result in each state, in the order of [`State::ALL`], and the state after a
/// permitted call.
pub(crate) struct Row {
    pub(crate) call: &'static str,
    pub(crate) answers: [Option<ErrorKind>; 6],
    make: fn(&dyn Scheduler) -> Option<ErrorKind>,
    leads_to: Leads,
}

enum Leads {
    Nowhere,
    To(State),
    ToTheEnd,
}

const OK: Option<ErrorKind> = None;
const EARLY: Option<ErrorKind> = Some(ErrorKind::NotRunning);
const TWICE: Option<ErrorKind> = Some(ErrorKind::AlreadyRunning);
const LATE: Option<ErrorKind> = Some(ErrorKind::ShutDown);

// The results of each family of calls, in the order of `State::ALL`.
const START: [Option<ErrorKind>; 6] = [OK, TWICE, TWICE, TWICE, LATE, LATE];
const END: [Option<ErrorKind>; 6] = [EARLY, OK, OK, OK, OK, LATE];
const CONTROL: [Option<ErrorKind>; 6] = [EARLY, EARLY, OK, OK, LATE, LATE];
const ACCEPT: [Option<ErrorKind>; 6] = [OK, OK, OK, OK, LATE, LATE];
const IDLE: [Option<ErrorKind>; 6] = [EARLY, EARLY, OK, OK, OK, OK];
const ALWAYS: [Option<ErrorKind>; 6] = [OK; 6];

/// The expected results, one row for each call.
pub(crate) const TABLE: &[Row] = &[
    row("start", START, |it| refusal(it.start())).to(Leads::To(State::Running)),
    row("start_paused", START, |it| refusal(it.start_paused())).to(Leads::To(State::Paused)),
    row("shutdown", END, |it| {
        refusal(it.shutdown(Shutdown::graceful()))
    })
    .to(Leads::ToTheEnd),
    row("request_shutdown", END, |it| {
        kind(it.request_shutdown(Shutdown::graceful()))
    })
    .to(Leads::ToTheEnd),
    row("pause", CONTROL, |it| kind(it.pause())).to(Leads::To(State::Paused)),
    row("resume", CONTROL, |it| kind(it.resume())).to(Leads::To(State::Running)),
    row("schedule.run_now", CONTROL, |it| {
        of_schedule(it, |handle| handle.run_now().map(drop))
    }),
    row("schedule.backfill", CONTROL, |it| {
        of_schedule(it, |handle| handle.backfill(no_instant()).map(drop))
    }),
    row("submit", ACCEPT, |it| refusal(it.submit(nothing()))),
    row("try_submit", ACCEPT, |it| kind(it.try_submit(nothing()))),
    row("post", ACCEPT, |it| kind(it.post(nothing()))),
    row("add", ACCEPT, |it| kind(it.add(schedule()))),
    row("add_all", ACCEPT, |it| {
        kind(it.add_all(vec![schedule(), other()]))
    }),
    row("schedule.update", ACCEPT, |it| {
        of_schedule(it, |handle| {
            handle.update(ScheduleChange::new().name("new"))
        })
    }),
    row("schedule.pause", ACCEPT, |it| {
        of_schedule(it, |handle| handle.pause("why not"))
    }),
    row("schedule.resume", ACCEPT, |it| {
        of_schedule(it, |handle| handle.resume(ResumeFrom::Now))
    }),
    row("wait_idle", IDLE, |it| refusal(it.wait_idle())),
    row("schedule.remove", ALWAYS, |it| {
        while_it_exists(it, ScheduleHandle::remove)
    }),
    row("schedule.info", ALWAYS, |it| {
        while_it_exists(it, |handle| handle.info().map(drop))
    }),
    row("schedule.next_times", ALWAYS, |it| {
        while_it_exists(it, |handle| handle.next_times(1).map(drop))
    }),
    row("schedule.backfill_times", ALWAYS, |it| {
        while_it_exists(it, |handle| handle.backfill_times(&no_instant()).map(drop))
    }),
    row("schedule.history", ALWAYS, |it| {
        while_it_exists(it, |handle| handle.history().map(drop))
    }),
    row("schedule.history_page", ALWAYS, |it| {
        let page = HistoryPage::new(DateTime::UNIX_EPOCH..=DateTime::UNIX_EPOCH);
        while_it_exists(it, |handle| handle.history_page(&page).map(drop))
    }),
    row("schedule.explain", ALWAYS, |it| {
        while_it_exists(it, |handle| handle.explain(DateTime::UNIX_EPOCH).map(drop))
    }),
    row("stopped", ALWAYS, |it| refusal(it.stopped())),
    row("state, jobs, schedules, metrics", ALWAYS, observe),
];

const fn row(
    call: &'static str,
    answers: [Option<ErrorKind>; 6],
    make: fn(&dyn Scheduler) -> Option<ErrorKind>,
) -> Row {
    Row {
        call,
        answers,
        make,
        leads_to: Leads::Nowhere,
    }
}

impl Row {
    const fn to(self, leads_to: Leads) -> Self {
        Self { leads_to, ..self }
    }

    /// Returns the states in which the scheduler may be after the call in `state`.
    fn after(&self, state: State, answer: Option<ErrorKind>) -> Vec<State> {
        match self.leads_to {
            _ if answer.is_some() => vec![state],
            Leads::Nowhere => vec![state],
            Leads::To(to) => vec![to],
            Leads::ToTheEnd => vec![State::ShuttingDown, State::ShutDown],
        }
    }
}

/// Polls the call once and returns its error. A call that is still pending was not refused.
fn refusal<T>(call: impl Future<Output = Result<T>>) -> Option<ErrorKind> {
    poll_once(call).and_then(kind)
}

fn nothing() -> Job {
    Job::new(|_| async {})
}

fn schedule() -> Schedule {
    let task = Task::new(|_| async {});
    Schedule::new(Once::after(Duration::from_secs(60)), task).id("known")
}

fn no_instant() -> Backfill {
    Backfill::new(DateTime::UNIX_EPOCH..=DateTime::UNIX_EPOCH)
}

fn other() -> Schedule {
    schedule().id("other")
}

/// Adds a schedule, and makes a call of its handle. If the state does not allow adding, both calls
/// return the same lifecycle error.
fn of_schedule(
    it: &dyn Scheduler,
    call: impl Fn(&ScheduleHandle) -> Result<()>,
) -> Option<ErrorKind> {
    drop(it.add(schedule()));
    kind(call(&it.schedule(&ScheduleId::new("known"))))
}

/// Makes a call as [`of_schedule`] does. If the state does not allow adding, `NotFound` counts as
/// permitted.
fn while_it_exists(
    it: &dyn Scheduler,
    call: impl Fn(&ScheduleHandle) -> Result<()>,
) -> Option<ErrorKind> {
    let added = it.add(schedule()).is_ok();
    let answer = kind(call(&it.schedule(&ScheduleId::new("known"))));
    if added {
        return answer;
    }
    assert_eq!(answer, Some(ErrorKind::NotFound));
    None
}

fn observe(scheduler: &dyn Scheduler) -> Option<ErrorKind> {
    let unknown = scheduler.schedule(&ScheduleId::new("unknown"));
    assert_eq!(kind(unknown.info()), Some(ErrorKind::NotFound));
    assert_eq!(scheduler.schedules().len(), scheduler.metrics().schedules);
    assert!(scheduler.jobs().len() <= 1);
    None
}

pub(super) fn every_call_follows_the_table_when_new(backend: &dyn Backend) {
    check(State::New, || World::new(backend));
}

pub(super) fn every_call_follows_the_table_when_starting(backend: &dyn Backend) {
    check(State::Starting, || starting(backend));
}

pub(super) fn every_call_follows_the_table_when_running(backend: &dyn Backend) {
    check(State::Running, || World::new(backend).started());
}

pub(super) fn every_call_follows_the_table_when_paused(backend: &dyn Backend) {
    check(State::Paused, || paused(backend));
}

pub(super) fn every_call_follows_the_table_when_shutting_down(backend: &dyn Backend) {
    check(State::ShuttingDown, || shutting_down(backend));
}

pub(super) fn every_call_follows_the_table_when_shut_down(backend: &dyn Backend) {
    check(State::ShutDown, || shut_down(backend));
}

/// Makes each call in a world of its own, which `make` brings to `state`.
fn check(state: State, make: impl Fn() -> World) {
    let column = State::ALL.iter().position(|one| *one == state);
    let column = column.expect("the states are all there");
    for row in TABLE {
        let world = make();
        assert_eq!(world.state(), state, "the case did not reach the state");
        let answer = world.time.outside(|| (row.make)(&*world.scheduler));
        let wanted = row.answers[column];
        assert_eq!(answer, wanted, "TBL-{}-{state}", row.call);
        world.settle();
        let (after, allowed) = (world.state(), row.after(state, answer));
        assert!(
            allowed.contains(&after),
            "TBL-{}-{state}: the scheduler is {after} after the call, not {allowed:?}",
            row.call
        );
    }
}

/// Checks the row of waiting calls that one of the scheduler's own jobs makes.
pub(super) fn waiting_calls_inside_a_job_follow_the_table(backend: &dyn Backend) {
    for state in [State::Running, State::Paused, State::ShuttingDown] {
        let world = World::new(backend).started();
        let gate = Gate::default();
        let (opened, handle) = (gate.clone(), world.scheduler.clone());
        let waiting = Job::new(move |_| async move {
            opened.pass().await;
            let refused = Some(ErrorKind::WouldDeadlock);
            assert_eq!(kind(handle.shutdown(Shutdown::graceful()).await), refused);
            assert_eq!(kind(handle.stopped().await), refused);
            assert_eq!(kind(handle.wait_idle().await), refused);
            assert_eq!(handle.state(), state);
        });
        let job = world.scheduler.try_submit(waiting).expect("accepted");
        world.settle();
        bring_to(&world, state);
        world.time.outside(|| gate.open());
        super::bodies::assert_succeeds(&world, &job);
    }
    the_last_listener_may_not_wait(backend);
    // No job runs before the start, so that cell is compared with the core's table only.
    let early = permit(State::New, Operation::WaitInside);
    assert_eq!(early, Err(LifecycleError::NotRunning));
}

/// The end of the scheduler waits for its listeners, so a listener must not wait for the end.
fn the_last_listener_may_not_wait(backend: &dyn Backend) {
    let world = World::new(backend);
    let (handle, refused) = (world.scheduler.clone(), Counter::default());
    let refusals = refused.clone();
    let listener = move |_: &Event| {
        if handle.state() == State::ShutDown
            && refusal(handle.shutdown(Shutdown::immediate())) == LATE
            && refusal(handle.stopped()) == LATE
        {
            refusals.add();
        }
    };
    let last = EventFilter::scheduler();
    world.scheduler.add_listener(last, Arc::new(listener));
    let world = world.started();
    world.shut_down(Shutdown::graceful()).expect("shut down");
    world.settle();
    assert!(refused.get() >= 1, "the call was not refused");
}

fn bring_to(world: &World, state: State) {
    world.call(|scheduler| match state {
        State::Paused => scheduler.pause().expect("paused"),
        State::ShuttingDown => scheduler
            .request_shutdown(Shutdown::graceful())
            .expect("requested"),
        _ => {}
    });
    assert_eq!(world.state(), state);
}

/// Checks the rows of `cancel` and of a handle's `wait`.
pub(super) fn cancelling_and_awaiting_a_job_follow_the_table(backend: &dyn Backend) {
    for state in [State::New, State::Starting, State::Running, State::Paused] {
        let world = match state {
            State::New => World::new(backend),
            State::Starting => starting(backend),
            State::Running => World::new(backend).started(),
            _ => paused(backend),
        };
        let ran = Counter::default();
        let delayed = super::bodies::counting(&ran).after(Duration::from_secs(60));
        let job = world.scheduler.try_submit(delayed).expect("accepted");
        let id = job.id();
        assert!(
            poll_once(job.wait()).is_none(),
            "the job has not ended: {state}"
        );
        let cancel = |it: &dyn Scheduler| it.cancel(id, CancelMode::Immediate);
        assert_eq!(world.call(cancel), CancelStatus::Prevented, "{state}");
        assert!(
            poll_once(job.wait()).is_some(),
            "the job has ended: {state}"
        );
        assert_eq!(world.call(cancel), CancelStatus::TooLate, "{state}");
        assert_eq!(ran.get(), 0);
    }
    let world = World::new(backend).started();
    let job = world.scheduler.spawn_value(async { 7 }).expect("accepted");
    world.shut_down(Shutdown::graceful()).expect("shut down");
    let stored = world.run(job.wait()).expect("the job has ended").ok();
    assert!(stored.is_none_or(|value| value == 7));
    let late = |it: &dyn Scheduler| it.cancel(job.id(), CancelMode::Immediate);
    assert_eq!(world.call(late), CancelStatus::TooLate);
}

/// Returns a scheduler whose start waits, because the runtime holds its tasks back.
pub(super) fn starting(backend: &dyn Backend) -> World {
    let world = World::new(backend);
    world.time.hold_spawns();
    let scheduler = world.scheduler.clone();
    world.time.outside(|| poll_once(scheduler.start()));
    world
}

fn paused(backend: &dyn Backend) -> World {
    let world = World::new(backend);
    let start = world.scheduler.start_paused();
    world.run(start).expect("started");
    world
}

/// Returns a scheduler whose shutdown waits for a job at a closed gate.
fn shutting_down(backend: &dyn Backend) -> World {
    let world = World::new(backend).started();
    let gate = Gate::default();
    let job = super::bodies::held(&gate);
    world.call(|scheduler| scheduler.post(job).expect("accepted"));
    world.settle();
    bring_to(&world, State::ShuttingDown);
    world
}

fn shut_down(backend: &dyn Backend) -> World {
    let world = World::new(backend).started();
    world.shut_down(Shutdown::graceful()).expect("shut down");
    world
}

/// Polls a call once and drops it. What it began continues without it.
pub(crate) fn poll_once<F: Future>(call: F) -> Option<F::Output> {
    let mut call = std::pin::pin!(call);
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    match call.as_mut().poll(&mut cx) {
        std::task::Poll::Ready(answer) => Some(answer),
        std::task::Poll::Pending => None,
    }
}
