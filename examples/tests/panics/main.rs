//! No panic of user code stops the scheduler or its end, on any executor: in jobs, listeners, error
//! handlers, triggers, retries, and the destructors of all of them.
//!
//! An executor may abort the process when a destructor panics inside it. So each one runs in a process
//! of its own, and a failure prints the steps of that process.

mod bomb;
mod host;
mod jobs;

use std::{
    cell::RefCell,
    env,
    io::{self, Write},
    panic::{self, AssertUnwindSafe, catch_unwind},
    process::{Command, exit},
    sync::Arc,
    thread,
    time::Duration,
};

use bomb::Bomb;
use chrono::{DateTime, Utc};
use host::Host;
use jobs::{Case, ENDING, GOING};
use scheduler_core::{
    Blocking, Event, EventFilter, EventKind, JobHandle, Options, Runtime, RuntimeScheduler,
    Schedule, Scheduler, SchedulerExt, Shutdown, Task, Trigger,
    event::{EventName, EventStream},
    failure::JobFailure,
    job::{CancelMode, CancelStatus, OutcomeKind},
    trigger::Interval,
};

type It = Blocking<RuntimeScheduler<Arc<dyn Runtime>>>;

/// A time limit that only a hang exceeds.
const PATIENCE: Duration = Duration::from_secs(60);

/// The variable that names the test which a child process runs.
const VARIABLE: &str = "PANICS_IN";

#[derive(Debug, Clone, Copy)]
enum Ending {
    Shutdown,
    DropOfTheLastHandle,
    DropOfTheRuntime,
}

/// A trigger that returns one instant and then panics.
#[derive(Debug)]
struct PanicsLater(DateTime<Utc>, Bomb);

impl Trigger for PanicsLater {
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.1.hold();
        assert!(after < self.0, "the trigger");
        Some(self.0)
    }
}

fn step(what: &str) {
    LATEST.take();
    println!("{what}");
    io::stdout().flush().expect("standard output is open");
}

fn scheduler(host: &Host) -> It {
    let (held, heard) = (Bomb::new(), Bomb::new());
    let options = Options::default()
        .event_capacity(16)
        .on_error(move |_: &JobFailure| {
            held.hold();
            panic!("the handler")
        });
    let it = RuntimeScheduler::with_options(host.runtime.clone(), options).expect("valid options");
    let listener = move |_: &Event| {
        heard.hold();
        panic!("the listener")
    };
    it.add_listener(EventFilter::all(), Arc::new(listener));
    Blocking::new(it)
}

/// Adds a schedule whose trigger panics, and one whose parts panic when they are dropped.
fn add_schedules(it: &It) {
    let task = || {
        let held = Bomb::new();
        Task::new(move |_| {
            held.hold();
            async {}
        })
    };
    let soon = PanicsLater(Utc::now() + Duration::from_millis(20), Bomb::new());
    it.add(Schedule::new(soon, task())).expect("added");
    let late = PanicsLater(Utc::now() + Duration::from_secs(3600), Bomb::new());
    it.add(Schedule::new(late, task()).id("late"))
        .expect("added");
    let refused = PanicsLater(Utc::now(), Bomb::new());
    let refused = it.add(Schedule::new(refused, task()).id("late"));
    refused.expect_err("there is one of that id");
    let hourly = Interval::every(Duration::from_secs(3600)).expect("not zero");
    it.add(Schedule::new(hourly, task()).id("hourly"))
        .expect("added");
}

fn submit(it: &It, case: Case) -> (Case, JobHandle) {
    let job = (case.1)().name(case.0);
    (case, it.try_submit(job).expect(case.0))
}

/// Submits a job, and waits until it has begun, unless it must not begin.
fn submit_and_begin(it: &It, case: Case) -> (Case, JobHandle) {
    let (case, job) = submit(it, case);
    while !case.0.starts_with("not begun") && job.progress().is_none() {
        thread::yield_now();
    }
    (case, job)
}

/// Checks that all waiters get the same outcome.
fn ends(job: &JobHandle, what: &str, wanted: OutcomeKind) {
    let other = job.clone();
    let kinds = [job, &other].map(|job| job.wait_blocking().expect("no deadlock").kind());
    assert_eq!(kinds, [wanted; 2], "{what}");
}

fn each_ended_once(events: &mut EventStream, jobs: &[(Case, JobHandle)]) {
    let ended: Vec<_> = std::iter::from_fn(|| events.try_next())
        .filter_map(|event| match event.kind {
            EventKind::JobFinished { job, .. } => Some(job),
            _ => None,
        })
        .collect();
    for (case, job) in jobs {
        let count = ended.iter().filter(|&&id| id == job.id()).count();
        assert_eq!(count, 1, "{}", case.0);
    }
}

/// Checks that the scheduler still works: another job runs.
fn goes_on(it: &It) {
    let job = it.spawn_value(async { 7 }).expect("accepted");
    assert_eq!(job.wait_blocking().expect("no deadlock").ok(), Some(7));
}

/// A value without a waiter is dropped with its job. A value with an owner is dropped by that owner,
/// who gets its panic.
fn values(it: &It) {
    let (go, gate) = tokio::sync::oneshot::channel::<()>();
    let unwanted = it.spawn_value(async {
        drop(gate.await);
        Arc::new(Bomb::new())
    });
    drop(unwanted.expect("accepted"));
    drop(go);
    let wanted = it
        .spawn_value(async { Arc::new(Bomb::new()) })
        .expect("accepted");
    let value = wanted.wait_blocking().expect("no deadlock").ok();
    drop(wanted);
    let ours = catch_unwind(AssertUnwindSafe(|| drop(value)));
    assert!(
        ours.is_err(),
        "a value of one's own panics where one drops it"
    );
}

fn run(host: Host, ending: Ending) {
    let it = scheduler(&host);
    // An unread stream: it drops the oldest events and keeps the newest ones.
    let unread = it.subscribe(EventFilter::all());
    let finished = EventFilter::only([EventName::JobFinished]);
    let mut events = it.subscribe(finished);
    let early = submit(&it, ENDING[0]);
    add_schedules(&it);
    it.start().expect("it starts");
    ends(&early.1, early.0.0, early.0.2);
    let (first, second) = ENDING.split_at(8);
    let mut ended = vec![early];
    for cases in [first, second] {
        let jobs: Vec<_> = cases.iter().map(|&case| submit(&it, case)).collect();
        for (case, job) in &jobs {
            step(case.0);
            ends(job, case.0, case.2);
        }
        goes_on(&it);
        ended.extend(jobs);
        // Read what there is now, because its queue is small.
        each_ended_once(&mut events, &ended);
        ended.clear();
    }
    step("values");
    values(&it);
    cancelled(&it);
    step("the trigger");
    while it.schedules().len() > 2 {
        thread::yield_now();
    }
    it.wait_idle().expect("it becomes idle");
    as_many_as_are_to(&it);
    let going: Vec<_> = GOING
        .iter()
        .map(|&case| submit_and_begin(&it, case))
        .collect();
    goes_on(&it);
    drop((events, ended));
    end(host, it, ending, going);
    drop(unread);
    step("everything is destroyed");
    assert_eq!(bomb::left_after(PATIENCE), 0, "values were never destroyed");
}

/// Checks that the handler was called once for each failure, and that its panics are counted.
fn as_many_as_are_to(it: &It) {
    let count = |kind| ENDING.iter().filter(|case| case.2 == kind).count() as u64;
    let (failed, panicked) = (count(OutcomeKind::Failed), count(OutcomeKind::Panicked) + 1);
    let metrics = it.metrics();
    assert_eq!((metrics.failed, metrics.panicked), (failed, panicked));
    assert_eq!(metrics.handler_panics, failed + panicked);
    assert!(metrics.listener_panics > 0);
}

/// Cancels a job while the scheduler runs.
fn cancelled(it: &It) {
    let (case, job) = submit_and_begin(it, GOING[0]);
    assert_eq!(job.cancel(CancelMode::Immediate), CancelStatus::Requested);
    ends(&job, case.0, OutcomeKind::Cancelled);
}

fn end(host: Host, it: It, ending: Ending, going: Vec<(Case, JobHandle)>) {
    step(&format!("{ending:?}"));
    let mut stop = host.end;
    match ending {
        Ending::Shutdown => {
            let report = it.shutdown(Shutdown::immediate()).expect("it ends");
            assert!(report.abandoned.is_empty(), "{report}");
        }
        Ending::DropOfTheLastHandle => drop(it),
        Ending::DropOfTheRuntime => {
            stop.take().expect("it can be ended")();
            it.stopped().expect("it ends");
        }
    }
    for ((what, _, kind), job) in going {
        let lost = matches!(ending, Ending::DropOfTheRuntime) && !what.starts_with("not begun");
        ends(&job, what, if lost { OutcomeKind::Lost } else { kind });
    }
    stop.into_iter().for_each(|stop| stop());
}

/// Runs the whole test, in the child process.
fn run_all(host: fn() -> Host) {
    let run = || {
        let can_end = host().end.is_some();
        let endings = [
            Ending::Shutdown,
            Ending::DropOfTheLastHandle,
            Ending::DropOfTheRuntime,
        ];
        for ending in endings.into_iter().take(if can_end { 3 } else { 2 }) {
            run(host(), ending);
        }
    };
    panic::set_hook(Box::new(|panic| {
        LATEST.with_borrow_mut(|all| all.push_str(&format!("{panic}\n")));
    }));
    thread::spawn(|| {
        thread::sleep(2 * PATIENCE);
        step("timed out");
        exit(1);
    });
    if catch_unwind(run).is_err() {
        step(&LATEST.take());
        exit(1);
    }
}

thread_local! {
    /// The messages of the thread's panics since the last step. Unwinding adds those of destructors.
    static LATEST: RefCell<String> = const { RefCell::new(String::new()) };
}

fn check(test: &str, host: fn() -> Host) {
    if env::var(VARIABLE).is_ok_and(|wanted| wanted == test) {
        return run_all(host);
    }
    let program = env::current_exe().expect("a program");
    let output = Command::new(program)
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(VARIABLE, test)
        .output()
        .expect("it is run again");
    let said = String::from_utf8_lossy(&output.stdout);
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.contains("everything is destroyed"),
        "{test}: {}, after:\n{said}\n{complaints}",
        output.status
    );
}

#[test]
fn on_tokio_with_one_thread() {
    check("on_tokio_with_one_thread", host::tokio_single);
}

#[test]
fn on_tokio_with_many_threads() {
    check("on_tokio_with_many_threads", host::tokio_multi);
}

#[test]
fn on_the_global_executor_of_smol() {
    check("on_the_global_executor_of_smol", host::smol_global);
}

#[test]
fn on_a_given_executor_of_smol() {
    check("on_a_given_executor_of_smol", host::smol_given);
}

#[test]
fn on_async_std() {
    check("on_async_std", host::async_std);
}

#[test]
fn on_threads() {
    check("on_threads", host::thread);
}
