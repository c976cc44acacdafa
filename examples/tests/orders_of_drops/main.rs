//! A runtime, the scheduler on it, its handles, an event stream and a scope of jobs, dropped in every
//! order: every waiter is woken, and gets a result (`RT-011`).

mod waiters;

use std::{
    future::{Future, pending},
    sync::{Arc, mpsc},
    thread::{self},
    time::Duration,
};

use backend_async_std::AsyncStdRuntime;
use backend_smol::SmolRuntime;
use backend_thread::ThreadRuntime;
use backend_tokio::TokioRuntime;
use chrono::{TimeDelta, Utc};
use scheduler_core::{
    EventFilter, EventKind, Job, Options, Runtime, RuntimeScheduler, Schedule, Scheduler,
    SchedulerExt, State, Task, backfill::Backfill, event::StateCause, implement::block_on,
    job::OutcomeKind, scope::JobScope, trigger::Interval,
};
use smol::Executor;
use tokio::{
    runtime::{Builder, Runtime as Tokio},
    sync::Semaphore,
};

use self::waiters::{Waiter, all_are_answered};

/// A time limit that only a hang exceeds.
const PATIENCE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

type It = RuntimeScheduler<Arc<dyn Runtime>>;

/// The droppable part of a backend.
enum Host {
    Tokio(Tokio),
    Smol(Arc<Executor<'static>>),
    /// A runtime that owns its threads, or a global one.
    Other(Arc<dyn Runtime>),
}

impl Host {
    fn runtime(&self) -> Arc<dyn Runtime> {
        match self {
            Self::Tokio(tokio) => Arc::new(TokioRuntime::new(tokio.handle().clone())),
            Self::Smol(executor) => Arc::new(SmolRuntime::new(executor)),
            Self::Other(runtime) => runtime.clone(),
        }
    }

    /// Blocks on `call`, and drives an executor that has no threads of its own.
    fn run<T>(&self, call: impl Future<Output = T>) -> T {
        match self {
            Self::Tokio(tokio) => tokio.block_on(call),
            Self::Smol(executor) => smol::block_on(executor.run(call)),
            Self::Other(_) => block_on(call),
        }
    }
}

fn tokio(mut builder: Builder) -> Host {
    Host::Tokio(builder.enable_time().build().expect("a tokio runtime"))
}

/// A part of the program that the test drops.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Part {
    Runtime,
    Scheduler,
    Handles,
    Stream,
    Scope,
}

const PARTS: [Part; 5] = [
    Part::Runtime,
    Part::Scheduler,
    Part::Handles,
    Part::Stream,
    Part::Scope,
];

/// Returns every order of the parts.
fn orders() -> Vec<Vec<Part>> {
    let mut orders = vec![Vec::new()];
    for _ in PARTS {
        let longer = |order: &Vec<Part>| {
            let order = order.clone();
            let rest = PARTS.into_iter().filter(|part| !order.contains(part));
            let longer = |part| [order.as_slice(), &[part]].concat();
            rest.map(longer).collect::<Vec<_>>()
        };
        orders = orders.iter().flat_map(longer).collect();
    }
    orders
}

/// Returns a job that counts its start in `begun`, and then awaits the given future.
fn begins<F: Future<Output = ()> + Send + 'static>(
    begun: &Arc<Semaphore>,
    then: impl FnOnce(scheduler_core::JobContext) -> F + Send + 'static,
) -> Job {
    let begun = begun.clone();
    Job::new(move |job| {
        begun.add_permits(1);
        then(job)
    })
}

/// Returns three running jobs, and one that stays in the queue.
fn bodies(begun: &Arc<Semaphore>) -> [(&'static str, Job); 4] {
    let blocks = begun.clone();
    let blocking = Job::blocking(move |job| {
        blocks.add_permits(1);
        block_on(job.cancelled());
    });
    [
        ("a pending job", begins(begun, |_| pending())),
        (
            "a sleeping job",
            begins(begun, |job| async move { job.sleep(HOUR).await }),
        ),
        ("a blocking job", blocking),
        ("a queued job", Job::new(|_| async {})),
    ]
}

/// A running scheduler, the calls that wait for it, and the parts to drop.
struct Scene {
    host: Host,
    it: It,
    waiters: Vec<Waiter>,
    handles: Box<dyn std::any::Any>,
    stream: scheduler_core::event::EventStream,
    scope: JobScope<Arc<dyn Scheduler>>,
}

impl Scene {
    fn new(host: Host) -> Self {
        let options = Options::default().max_concurrent_jobs(5).queue_limit(1);
        let it = RuntimeScheduler::with_options(host.runtime(), options).expect("valid options");
        host.run(it.start()).expect("it starts");
        let every = Interval::every(HOUR).expect("not zero");
        let hourly = Schedule::new(every, Task::new(|_| async {})).id("hourly");
        it.add(hourly).expect("added");
        let begun = Arc::new(Semaphore::new(0));
        let scope = scope_of(&it);
        let held = begins(&begun, |_| pending());
        scope.post(held).expect("accepted");
        it.post(begins(&begun, |_| pending())).expect("accepted");
        let mut waiters = vec![last_event(&it)];
        let mut jobs = Vec::new();
        for (what, body) in bodies(&begun) {
            let job = it.try_submit(body).expect(what);
            let waits = job.clone();
            waiters.push(Waiter::new(what, async move {
                let outcome = waits.wait().await.expect("no deadlock").kind();
                // The jobs before it in the queue may have been cancelled with their scope.
                let may_succeed = ["a blocking job", "a queued job"].contains(&what);
                let fine = outcome != OutcomeKind::Succeeded || may_succeed;
                (!fine).then(|| outcome.to_string())
            }));
            jobs.push(job);
        }
        let to_come = Utc::now()..=Utc::now() + TimeDelta::hours(9);
        let backfill = it
            .schedule(&"hourly".into())
            .backfill(Backfill::new(to_come));
        let backfill = backfill.expect("accepted");
        let waits = backfill.clone();
        waiters.push(Waiter::new("a backfill", async move {
            waits.wait().await.err().map(|error| error.to_string())
        }));
        drop(host.run(begun.acquire_many(5)).expect("it is open"));
        Self {
            stream: it.subscribe(EventFilter::all()),
            handles: Box::new((jobs, backfill)),
            host,
            it,
            waiters,
            scope,
        }
    }

    /// Adds calls that hold the scheduler while they wait: only the end of the runtime closes it.
    fn with_callers(mut self) -> Self {
        let it = self.it.clone();
        self.waiters.push(Waiter::new("room", async move {
            drop(it.submit(Job::new(|_| async {})).await);
            None
        }));
        let it = self.it.clone();
        self.waiters.push(Waiter::new("idle", async move {
            it.wait_idle().await.err().map(|error| error.to_string())
        }));
        let it = self.it.clone();
        self.waiters.push(Waiter::new("stopped", async move {
            let cause = it.stopped().await.expect("it ends").cause;
            (cause != StateCause::RuntimeGone).then(|| format!("{cause:?}"))
        }));
        let scope = scope_of(&self.it);
        let later = Job::new(|_| async {}).after(HOUR);
        scope.post(later).expect("accepted");
        self.waiters.push(Waiter::new("a scope", async move {
            scope.drain().await.err().map(|error| error.to_string())
        }));
        self
    }

    fn drop_in(self, order: &[Part]) {
        let mut host = Some(self.host);
        let (mut it, mut handles) = (Some(self.it), Some(self.handles));
        let (mut stream, mut scope) = (Some(self.stream), Some(self.scope));
        for part in order {
            match part {
                Part::Runtime => drop(host.take()),
                Part::Scheduler => drop(it.take()),
                Part::Handles => drop(handles.take()),
                Part::Stream => drop(stream.take()),
                Part::Scope => drop(scope.take()),
            }
        }
        all_are_answered(self.waiters);
    }
}

fn scope_of(it: &It) -> JobScope<Arc<dyn Scheduler>> {
    let it: Arc<dyn Scheduler> = Arc::new(it.clone());
    JobScope::new(it)
}

/// Reads all events; the last one must be the end.
fn last_event(it: &It) -> Waiter {
    let mut events = it.subscribe(EventFilter::scheduler());
    Waiter::new("events", async move {
        let mut last = None;
        while let Some(event) = events.next().await {
            last = Some(event.kind);
        }
        let is_end = matches!(
            last,
            Some(EventKind::StateChanged {
                to: State::ShutDown,
                ..
            })
        );
        (!is_end).then(|| format!("the last is {last:?}"))
    })
}

/// Drops the parts in every order, on a thread under a watchdog.
fn check(host: fn() -> Host, with_callers: bool) {
    let (tell, told) = mpsc::channel();
    let run = move || {
        for order in orders() {
            drop(tell.send(format!("{order:?}")));
            let scene = Scene::new(host());
            let scene = if with_callers {
                scene.with_callers()
            } else {
                scene
            };
            scene.drop_in(&order);
        }
    };
    let runs = thread::spawn(run);
    let mut last = String::new();
    loop {
        match told.recv_timeout(2 * PATIENCE) {
            Ok(order) => last = order,
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("it hangs: {last}"),
        }
    }
    assert!(runs.join().is_ok(), "dropped in this order: {last}");
}

fn tokio_single() -> Host {
    tokio(Builder::new_current_thread())
}

fn tokio_multi() -> Host {
    tokio(Builder::new_multi_thread())
}

fn smol_given() -> Host {
    Host::Smol(Arc::new(Executor::new()))
}

#[test]
fn there_are_as_many_orders_as_there_can_be() {
    let orders = orders();
    assert_eq!(orders.len(), 120);
    assert!((1..120).all(|last| !orders[..last].contains(&orders[last])));
}

#[test]
fn tokio_with_one_thread() {
    check(tokio_single, false);
}

#[test]
fn tokio_with_one_thread_under_its_callers() {
    check(tokio_single, true);
}

#[test]
fn tokio_with_many_threads() {
    check(tokio_multi, false);
}

#[test]
fn tokio_with_many_threads_under_its_callers() {
    check(tokio_multi, true);
}

#[test]
fn a_given_executor_of_smol() {
    check(smol_given, false);
}

#[test]
fn a_given_executor_of_smol_under_its_callers() {
    check(smol_given, true);
}

/// The global executor cannot be dropped; every other part can.
#[test]
fn the_global_executor_of_smol() {
    check(|| Host::Other(Arc::new(SmolRuntime::global())), false);
}

/// The global executor cannot be dropped; every other part can.
#[test]
fn async_std() {
    check(|| Host::Other(Arc::new(AsyncStdRuntime::new())), false);
}

#[test]
fn threads() {
    check(|| Host::Other(Arc::new(ThreadRuntime::new())), false);
}
