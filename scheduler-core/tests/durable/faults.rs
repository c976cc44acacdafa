//! A store that fails: at the start, at each single call, and permanently.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use backend_thread::ThreadRuntime;
use scheduler_core::{
    ErrorKind, EventFilter, EventKind, JobContext, Options, Runtime, RuntimeScheduler, Scheduler,
    SchedulerExt, Shutdown, State,
    registry::TaskRegistry,
    store::{
        JobFilter, Keep, Look, MemoryStore, Open, Opened, Page, Promises, Session, Store,
        StoreError, Stored, Turn, Turned,
    },
};
use scheduler_testing::VirtualRuntime;

const SECOND: Duration = Duration::from_secs(1);

/// A fault of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The call does not reach the store.
    Before,
    /// The call is applied, and its answer is lost.
    After,
    /// The store refuses the call, as long as the disk is full.
    Full,
}

/// Which calls fail.
#[derive(Debug, Clone, Copy)]
pub(super) enum Plan {
    Nothing,
    /// The call with this number, from 0 on.
    One(usize, Fault),
    All(Fault),
}

/// A store whose calls to open and to turn fail as planned.
#[derive(Clone)]
pub(super) struct Faulty {
    store: MemoryStore,
    plan: Arc<Mutex<Plan>>,
    calls: Arc<AtomicUsize>,
}

impl Faulty {
    pub(super) fn new(plan: Plan) -> Self {
        Self {
            store: MemoryStore::new(),
            plan: Arc::new(Mutex::new(plan)),
            calls: Arc::default(),
        }
    }

    pub(super) fn set(&self, plan: Plan) {
        *self.plan.lock().expect("no test panics with it") = plan;
    }

    fn call<T>(&self, call: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        let number = self.calls.fetch_add(1, Ordering::SeqCst);
        let fault = match *self.plan.lock().expect("no test panics with it") {
            Plan::Nothing => None,
            Plan::One(at, fault) => (at == number).then_some(fault),
            Plan::All(fault) => Some(fault),
        };
        let cut = || {
            Err(StoreError::Unreachable(Arc::new(std::io::Error::other(
                "cut",
            ))))
        };
        match fault {
            None => call(),
            Some(Fault::Before) => cut(),
            Some(Fault::After) => {
                drop(call());
                cut()
            }
            Some(Fault::Full) => Err(StoreError::Full("no space is left".to_owned())),
        }
    }
}

impl Store for Faulty {
    fn name(&self) -> String {
        "faulty".to_owned()
    }

    fn promises(&self) -> Promises {
        self.store.promises()
    }

    fn connect(&self) -> Result<Box<dyn Session>, StoreError> {
        let session = self.store.connect()?;
        let faulty = self.clone();
        Ok(Box::new(FaultySession { faulty, session }))
    }
}

struct FaultySession {
    faulty: Faulty,
    session: Box<dyn Session>,
}

impl Session for FaultySession {
    fn open(&mut self, open: &Open) -> Result<Opened, StoreError> {
        self.faulty.call(|| self.session.open(open))
    }

    fn turn(&mut self, turn: &Turn) -> Result<Turned, StoreError> {
        self.faulty.call(|| self.session.turn(turn))
    }

    fn look(&mut self, look: &Look) -> Result<Page, StoreError> {
        self.session.look(look)
    }

    fn prune(&mut self, keep: &Keep, at_most: usize) -> Result<usize, StoreError> {
        self.session.prune(keep, at_most)
    }
}

fn scheduler(
    store: &Faulty,
    runs: &Arc<AtomicUsize>,
) -> (VirtualRuntime, RuntimeScheduler<VirtualRuntime>) {
    scheduler_keeping(store, runs, Keep::default())
}

fn scheduler_keeping(
    store: &Faulty,
    runs: &Arc<AtomicUsize>,
    keep: Keep,
) -> (VirtualRuntime, RuntimeScheduler<VirtualRuntime>) {
    let mut tasks = TaskRegistry::new();
    let counted = runs.clone();
    let count = move |job: JobContext, (): ()| {
        counted.fetch_add(1, Ordering::SeqCst);
        async move { job.sleep(Duration::from_millis(10)).await }
    };
    tasks.register("count", count).expect("a new name");
    let time = VirtualRuntime::new(ThreadRuntime::new());
    let stored = Stored::new(store.clone(), tasks)
        .keep(keep)
        .simulated_time();
    let options = Options::default().store(stored);
    let scheduler = RuntimeScheduler::with_options(time.clone(), options).expect("valid");
    (time, scheduler)
}

#[test]
fn a_start_fails_with_the_store_and_succeeds_once_it_is_back() {
    for (fault, kind) in [(Fault::Before, "unreachable"), (Fault::Full, "full")] {
        let (store, runs) = (Faulty::new(Plan::All(fault)), Arc::default());
        let (time, scheduler) = scheduler(&store, &runs);
        let error = time.run(scheduler.start()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Store);
        assert!(error.to_string().contains(kind), "{error}");
        assert_eq!(scheduler.state(), State::New);
        let calls = store.calls.load(Ordering::SeqCst);
        assert!((5..=40).contains(&calls), "{calls} calls in 30 s");
        time.advance(60 * SECOND);
        assert!(
            store.calls.load(Ordering::SeqCst) <= calls + 1,
            "it has given up"
        );
        store.set(Plan::Nothing);
        time.run(scheduler.start()).expect("the store is back");
        time.run(scheduler.shutdown(Shutdown::graceful()))
            .expect("it ends");
    }
}

#[test]
fn in_memory_jobs_run_and_a_shutdown_ends_while_the_store_is_down() {
    let (store, runs) = (Faulty::new(Plan::Nothing), Arc::default());
    let (time, scheduler) = scheduler(&store, &runs);
    let mut events = scheduler.subscribe(EventFilter::all());
    time.run(scheduler.start()).expect("it starts");
    store.set(Plan::All(Fault::Before));
    time.advance(5 * SECOND);
    let lost = |event: scheduler_core::Event| matches!(event.kind, EventKind::StoreLost { .. });
    assert_eq!(
        std::iter::from_fn(|| events.try_next())
            .filter(|event| lost(event.clone()))
            .count(),
        1
    );
    let answer = time
        .run(async { scheduler.spawn_value(async { 42 })?.await })
        .expect("it runs");
    assert_eq!(answer, 42);
    let late = time.run(async {
        let durable = scheduler.durable().expect("it has a store");
        durable.submit(durable.job("count", ())?).await
    });
    assert_eq!(
        late.unwrap_err().kind(),
        ErrorKind::Store,
        "nothing was sent"
    );
    let begun = time.now().mono();
    time.run(scheduler.shutdown(Shutdown::graceful()))
        .expect("it ends");
    assert!(time.now().mono() - begun <= 6 * SECOND);
    assert_eq!(runs.load(Ordering::SeqCst), 0);
}

/// Runs a program of three jobs and a schedule, and returns how many calls the store had.
fn program(store: &Faulty) -> usize {
    let runs: Arc<AtomicUsize> = Arc::default();
    let (time, scheduler) = scheduler(store, &runs);
    time.run(scheduler.start()).expect("it starts");
    let ends = time.run(async {
        let durable = scheduler.durable().expect("it has a store");
        let every = scheduler_core::trigger::Interval::every(10 * SECOND)?;
        durable
            .put(durable.schedule(every, "count", ())?.id("every"))
            .await?;
        for _ in 0..3 {
            let job = durable.submit(durable.job("count", ())?).await?;
            assert_eq!(job.wait().await?.end.outcome, "succeeded");
        }
        scheduler.sleep(35 * SECOND).await;
        durable.ends(JobFilter::default()).await
    });
    let ends = ends.expect("the store is back");
    let runs = runs.load(Ordering::SeqCst);
    assert_eq!(
        (ends.len(), runs),
        (6, 6),
        "three jobs, three instants: each once"
    );
    time.run(scheduler.shutdown(Shutdown::graceful()))
        .expect("it ends");
    store.calls.load(Ordering::SeqCst)
}

#[test]
fn a_fault_of_any_single_call_loses_and_doubles_nothing() {
    let calls = program(&Faulty::new(Plan::Nothing));
    assert!((20..400).contains(&calls), "{calls} calls");
    for fault in [Fault::Before, Fault::After, Fault::Full] {
        for at in 0..calls {
            program(&Faulty::new(Plan::One(at, fault)));
        }
    }
}

#[test]
fn an_idle_node_makes_about_one_turn_a_second() {
    let (store, runs) = (Faulty::new(Plan::Nothing), Arc::default());
    let (time, scheduler) = scheduler(&store, &runs);
    time.run(scheduler.start()).expect("it starts");
    time.advance(10 * SECOND);
    let before = store.calls.load(Ordering::SeqCst);
    time.advance(60 * SECOND);
    let turns = store.calls.load(Ordering::SeqCst) - before;
    assert!((55..=130).contains(&turns), "{turns} turns in a minute");
    time.run(scheduler.shutdown(Shutdown::graceful()))
        .expect("it ends");
}

#[test]
fn old_ends_are_removed_and_younger_ones_stay() {
    let (store, runs) = (Faulty::new(Plan::Nothing), Arc::default());
    let mut keep = Keep::default();
    keep.ends = 600 * SECOND;
    let (time, scheduler) = scheduler_keeping(&store, &runs, keep);
    time.run(scheduler.start()).expect("it starts");
    let submit = || {
        time.run(async {
            let durable = scheduler.durable().expect("it has a store");
            durable
                .submit(durable.job("count", ())?)
                .await?
                .wait()
                .await
        })
    };
    submit().expect("it ends");
    time.advance(300 * SECOND);
    submit().expect("it ends");
    time.advance(400 * SECOND);
    let durable = scheduler.durable().expect("it has a store");
    let ends = time
        .run(durable.ends(JobFilter::default()))
        .expect("a page");
    assert_eq!(ends.len(), 1, "the first one is older than ten minutes");
    time.run(scheduler.shutdown(Shutdown::graceful()))
        .expect("it ends");
}
