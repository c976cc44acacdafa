//! A scheduler in one state, with a handle of each kind, on which a call is made.

use std::{
    ops::RangeInclusive,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use scheduler_core::{
    Event, EventFilter, Job, JobHandle, JobId, Options, Result, Schedule, ScheduleHandle,
    Scheduler, SchedulerExt, Shutdown, State, Task,
    backfill::{Backfill, BackfillHandle},
    event::{EventStream, ListenerId},
    failure::JobFailure,
    queue::{DEFAULT, QueueHandle},
    schedule::HistoryPage,
    trigger::Cron,
};

use crate::{
    Backend, World,
    cases::{bodies, table::poll_once},
    gate::Gate,
};

pub(super) const HOUR: Duration = Duration::from_secs(3_600);

/// The scheduler and the handles on which calls are made. Everything was made before the scheduler reached its state.
pub(super) struct Stand {
    /// `None` once the scheduler was dropped.
    pub(super) scheduler: Option<Arc<dyn Scheduler>>,
    /// A job that is delayed by an hour.
    pub(super) job: JobHandle,
    /// A schedule that is due in half an hour.
    pub(super) schedule: ScheduleHandle,
    /// A backfill with one run an hour; `None` before the start.
    pub(super) backfill: Option<BackfillHandle>,
    pub(super) queue: QueueHandle,
    pub(super) listener: ListenerId,
    stream: Mutex<EventStream>,
}

pub(super) fn unknown_job() -> JobId {
    JobId::from_bits(u64::MAX)
}

pub(super) fn half_past() -> Schedule {
    let trigger = Cron::parse("30 0 * * *").expect("valid");
    Schedule::new(trigger, Task::new(|_| async {}))
}

pub(super) fn days(first: u32, last: u32) -> Backfill {
    Backfill::new(range(first, last)).pace(HOUR)
}

/// Returns the page of the decisions of a week with at most `limit` of them.
pub(super) fn page(limit: usize) -> HistoryPage {
    HistoryPage::new(range(1, 8)).limit(limit)
}

pub(super) fn range(first: u32, last: u32) -> RangeInclusive<DateTime<Utc>> {
    let day = |day: u32| -> DateTime<Utc> {
        format!("2025-12-{day:02}T00:00:00Z")
            .parse()
            .expect("a time")
    };
    day(first)..=day(last)
}

impl Stand {
    fn of(scheduler: &Arc<dyn Scheduler>) -> Result<Self> {
        let delayed = Job::new(|_| async {}).name("delayed").after(HOUR);
        Ok(Self {
            scheduler: Some(scheduler.clone()),
            stream: Mutex::new(scheduler.subscribe(EventFilter::schedules())),
            job: scheduler.try_submit(delayed)?,
            schedule: scheduler.add(half_past().id("known").tag("tagged"))?,
            backfill: None,
            queue: scheduler.queue(DEFAULT),
            listener: scheduler.add_listener(EventFilter::all(), Arc::new(|_: &Event| ())),
        })
    }

    pub(super) fn on(&self) -> &Arc<dyn Scheduler> {
        self.scheduler.as_ref().expect("the scheduler exists")
    }

    pub(super) fn unknown(&self) -> ScheduleHandle {
        self.on().schedule(&"unknown".into())
    }

    pub(super) fn stream(&self) -> MutexGuard<'_, EventStream> {
        self.stream.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a call is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Thread,
    Job,
    BlockingJob,
    Listener,
    ErrorHandler,
}

impl Place {
    /// The states in which code at this place can run.
    pub(super) const fn states(self) -> &'static [State] {
        match self {
            Self::Thread => State::ALL,
            _ => &[State::Running, State::Paused, State::ShuttingDown],
        }
    }
}

/// A call whose result is text.
pub(super) type Call = Box<dyn Fn(&Stand) -> String + Send + Sync>;

/// Brings a new scheduler to `state`, makes the calls at `place`, and returns their results.
pub(super) fn replies(
    backend: &dyn Backend,
    state: State,
    place: Place,
    calls: Vec<Call>,
) -> Vec<String> {
    let handled = Once::default();
    let world = World::with(backend, handling(&handled));
    let mut stand = Stand::of(&world.scheduler).expect("accepted");
    begin(&world, state);
    if !matches!(state, State::New | State::Starting) {
        let backfill = world.call(|_| stand.schedule.backfill(days(1, 9)));
        stand.backfill = Some(backfill.expect("running"));
        world.settle();
    }
    let (replies, gate) = (Arc::<Mutex<Vec<String>>>::default(), Gate::optional());
    let make = {
        let (replies, stand) = (replies.clone(), stand);
        move || {
            for call in &calls {
                let reply = call(&stand);
                replies
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(reply);
            }
        }
    };
    let make: Box<dyn FnOnce() + Send> = match place {
        Place::Thread => Box::new(make),
        _ => {
            arrange(&world, place, &gate, Box::new(make), &handled);
            let gate = gate.clone();
            Box::new(move || gate.open())
        }
    };
    world.settle();
    reach(&world, state);
    world.time.outside(make);
    world.settle();
    world.time.outside(|| gate.open());
    world.settle();
    std::mem::take(&mut *replies.lock().unwrap_or_else(PoisonError::into_inner))
}

/// A function that is called once.
type Once = Arc<Mutex<Option<Box<dyn FnOnce() + Send>>>>;

fn call_once(once: &Once) {
    let call = once.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(call) = call {
        call();
    }
}

/// Returns options with an error handler that calls the function.
fn handling(handled: &Once) -> Options {
    let handled = handled.clone();
    Options::default().on_error(move |_: &JobFailure| call_once(&handled))
}

/// Starts the scheduler, if the state comes after the start.
fn begin(world: &World, state: State) {
    match state {
        State::New => {}
        State::Starting => {
            world.time.hold_spawns();
            let scheduler = world.scheduler.clone();
            world.time.outside(|| poll_once(scheduler.start()));
        }
        _ => world.run(world.scheduler.start()).expect("it starts"),
    }
}

/// Submits a job that makes the calls, or causes them, when it has passed the gate.
fn arrange(
    world: &World,
    place: Place,
    gate: &Gate,
    make: Box<dyn FnOnce() + Send>,
    handled: &Once,
) {
    let opened = gate.clone();
    let job = match place {
        Place::Thread | Place::Job => Job::new(move |_| async move {
            opened.pass().await;
            make();
        }),
        Place::BlockingJob => Job::blocking(move |_| {
            scheduler_core::implement::block_on(opened.pass());
            make();
        }),
        Place::Listener => {
            let make = Once::new(Mutex::new(Some(make)));
            let listener = move |_: &Event| call_once(&make);
            let progress = EventFilter::only([scheduler_core::event::EventName::JobProgress]);
            world.scheduler.add_listener(progress, Arc::new(listener));
            Job::new(move |job| async move {
                opened.pass().await;
                job.report_progress(1.0, "");
                // The job outlasts the listener, so that a graceful shutdown waits for both.
                job.sleep(Duration::from_millis(1)).await;
            })
        }
        Place::ErrorHandler => {
            *handled.lock().unwrap_or_else(PoisonError::into_inner) = Some(make);
            Job::new(move |_| async move {
                opened.pass().await;
                Err::<(), _>("a failure")
            })
        }
    };
    world.call(|it| it.post(job).expect("accepted"));
}

fn reach(world: &World, state: State) {
    match state {
        State::New | State::Starting | State::Running => {}
        State::Paused => world.call(|it| it.pause().expect("running")),
        State::ShuttingDown => {
            let held = bodies::held(&Gate::optional());
            world.call(|it| it.post(held).expect("accepted"));
            world.settle();
            let how = Shutdown::graceful();
            world.call(|it| it.request_shutdown(how).expect("running"));
        }
        _ => drop(world.shut_down(Shutdown::graceful()).expect("shut down")),
    }
    assert_eq!(world.state(), state, "the case did not reach the state");
}

/// Makes the calls on the handles of a dropped scheduler.
pub(super) fn replies_without_scheduler(backend: &dyn Backend, calls: &[Call]) -> Vec<String> {
    let mut world = World::new(backend);
    let mut stand = Stand::of(&world.scheduler).expect("accepted");
    begin(&world, State::Running);
    let backfill = world.call(|_| stand.schedule.backfill(days(1, 9)));
    stand.backfill = Some(backfill.expect("running"));
    stand.scheduler = None;
    // The world needs a scheduler; another one takes the place of the dropped one.
    world.scheduler = World::new(backend).scheduler;
    world.settle();
    calls
        .iter()
        .map(|call| world.time.outside(|| call(&stand)))
        .collect()
}
