//! A minimal executor on one thread, with its own time. It measures the scheduler alone, and its
//! instruction counts are the same in every run.

use std::{
    collections::VecDeque,
    future::poll_fn,
    mem,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::{Duration, Instant},
};

use scheduler_core::{
    Options, Runtime, RuntimeScheduler, Scheduler,
    runtime::{BoxFuture, Now, SpawnError},
};

/// A running scheduler on the bare executor.
pub struct Bare {
    scheduler: RuntimeScheduler<Arc<Tasks>>,
    tasks: Arc<Tasks>,
}

/// An executor that polls all its tasks on request.
pub struct Tasks {
    ready: Mutex<VecDeque<BoxFuture<'static, ()>>>,
    woken: Arc<Woken>,
    origin: Instant,
    /// The wall clock at the origin, in nanoseconds since the Unix epoch.
    began: u64,
    /// The time that has passed, in nanoseconds.
    passed: Arc<AtomicU64>,
    /// By how much the wall clock was set, in nanoseconds.
    set: AtomicI64,
}

impl Bare {
    pub fn started() -> Self {
        Self::with(Options::default())
    }

    pub fn with(options: Options) -> Self {
        let origin = Now::system();
        let began = origin.wall().timestamp_nanos_opt().unwrap_or_default();
        let tasks = Arc::new(Tasks {
            ready: Mutex::default(),
            woken: Arc::default(),
            origin: origin.mono(),
            began: began.unsigned_abs(),
            passed: Arc::default(),
            set: AtomicI64::new(0),
        });
        let scheduler = RuntimeScheduler::with_options(tasks.clone(), options);
        let scheduler = scheduler.expect("valid options");
        let mut start = scheduler.start();
        let mut cx = Context::from_waker(Waker::noop());
        while start.as_mut().poll(&mut cx).is_pending() {
            tasks.turn();
        }
        drop(start);
        Self { scheduler, tasks }
    }

    pub fn scheduler(&self) -> &dyn Scheduler {
        &self.scheduler
    }

    /// Returns a clone of the scheduler.
    #[allow(dead_code, reason = "only the gate calls it")]
    pub fn shared(&self) -> RuntimeScheduler<Arc<Tasks>> {
        self.scheduler.clone()
    }

    /// Sets the wall clock back.
    #[allow(dead_code, reason = "only the gate calls it")]
    pub fn set_back(&self, by: Duration) {
        let by = i64::try_from(by.as_nanos()).expect("a benchmark is short");
        self.tasks.set.fetch_sub(by, Ordering::Relaxed);
    }

    /// Advances the time and runs everything that becomes due. Not inlined, for tools that count by
    /// function.
    #[inline(never)]
    pub fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_nanos()).expect("a benchmark is short");
        self.tasks.passed.fetch_add(by, Ordering::Relaxed);
        while self.tasks.turn() {}
    }
}

impl Tasks {
    /// Polls every task once. Returns whether a task was spawned or woken meanwhile, so that
    /// another turn makes progress.
    fn turn(&self) -> bool {
        let waker = Waker::from(self.woken.clone());
        let mut cx = Context::from_waker(&waker);
        self.woken.0.store(false, Ordering::Relaxed);
        let mut tasks = mem::take(&mut *self.ready.lock().expect("no panic"));
        tasks.retain_mut(|task| task.as_mut().poll(&mut cx).is_pending());
        let mut ready = self.ready.lock().expect("no panic");
        let changed = self.woken.0.load(Ordering::Relaxed) || !ready.is_empty();
        tasks.append(&mut ready);
        *ready = tasks;
        changed
    }
}

/// Whether a task was woken.
#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Runtime for Tasks {
    fn name(&self) -> &str {
        "bare"
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        self.ready.lock().expect("no panic").push_back(task);
        Ok(())
    }

    /// Returns a future that wakes no task, because every turn polls all tasks.
    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        let (passed, origin) = (self.passed.clone(), self.origin);
        Box::pin(poll_fn(move |_| {
            let now = origin + Duration::from_nanos(passed.load(Ordering::Relaxed));
            if now >= deadline {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        }))
    }

    fn now(&self) -> Now {
        let passed = self.passed.load(Ordering::Relaxed);
        let set = self.set.load(Ordering::Relaxed);
        let wall = self.began.saturating_add_signed(passed as i64 + set);
        Now::since_epoch(
            self.origin + Duration::from_nanos(passed),
            Duration::from_nanos(wall),
        )
    }
}
