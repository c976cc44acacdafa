//! A runtime that delays everything that the contract of [`Runtime`] lets it delay.

use std::{
    collections::HashMap,
    future::Future,
    num::NonZeroUsize,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker, ready},
    thread,
    time::{Duration, Instant},
};

use conformance_tests::{Backend, Harness};
use scheduler_core::{
    Options, Result, Runtime, Scheduler,
    runtime::{BlockingWork, BoxFuture, Now, SpawnError},
};

/// A backend whose runtimes are late. The delays of a case depend on the seed and on its name.
pub(crate) struct Late {
    sound: Arc<dyn Backend>,
    seed: u64,
    /// The delays of each case. A case may make many runtimes.
    cases: Mutex<HashMap<String, Delays>>,
}

impl Late {
    pub(crate) fn new(sound: Arc<dyn Backend>, seed: u64) -> Self {
        Self {
            sound,
            seed,
            cases: Mutex::default(),
        }
    }

    /// Returns the delays of the case that this thread runs.
    fn delays(&self) -> Delays {
        let current = thread::current();
        let case = current.name().unwrap_or_default();
        let mut cases = self.cases.lock().unwrap_or_else(PoisonError::into_inner);
        let made = || Delays::new(self.seed, case);
        cases.entry(case.to_owned()).or_insert_with(made).clone()
    }
}

impl Backend for Late {
    fn name(&self) -> String {
        format!("{}+{}", self.sound.name(), self.seed)
    }

    fn harness(&self) -> Harness {
        let Harness { runtime, guard } = self.sound.harness();
        let delays = self.delays();
        Harness {
            runtime: Arc::new(LateRuntime { runtime, delays }),
            guard,
        }
    }

    fn scheduler(&self, runtime: Arc<dyn Runtime>, options: Options) -> Result<Arc<dyn Scheduler>> {
        self.sound.scheduler(runtime, options)
    }

    fn stops_with_its_guard(&self) -> bool {
        self.sound.stops_with_its_guard()
    }
}

/// The delays of one case.
#[derive(Clone)]
struct Delays(Arc<Mutex<Draws>>);

struct Draws {
    state: u64,
    left: Duration,
    /// How many of 64 steps of each kind are delayed.
    chances: [u64; Kind::COUNT],
}

/// The steps that can be delayed.
#[derive(Clone, Copy)]
enum Kind {
    /// The first poll of a task.
    First,
    /// A later poll of a task.
    Poll,
    /// The end of a sleep.
    Sleep,
    /// Work on a blocking thread.
    Blocking,
    /// The thread that spawns.
    Spawner,
    /// The thread that polls.
    Poller,
    /// The thread that reads the clock.
    Clock,
}

impl Kind {
    const COUNT: usize = 7;
}

impl Delays {
    /// The longest delay.
    const MOST: Duration = Duration::from_millis(200);

    /// The sum of all delays of a case. A delay takes at most an eighth of what is left, so that a
    /// case with many tasks ends, and its last task is still delayed.
    const ALL: Duration = Duration::from_secs(3);

    /// The chances of a kind if several kinds are delayed.
    const CHANCES: [u64; 8] = [0, 0, 0, 0, 1, 8, 32, 64];

    /// A race shows if one side is late and the other one is not. So most seeds delay one kind only.
    fn new(seed: u64, case: &str) -> Self {
        let state = case.bytes().fold(seed, |state, byte| {
            state.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte)
        });
        let mut draws = Draws {
            state,
            left: Self::ALL,
            chances: [0; Kind::COUNT],
        };
        draws.chances = match seed % 8 {
            7 => [(); Kind::COUNT].map(|()| *draws.pick(&Self::CHANCES)),
            only => [0, 1, 2, 3, 4, 5, 6].map(|kind| if kind == only { 64 } else { 0 }),
        };
        Self(Arc::new(Mutex::new(draws)))
    }

    fn draw(&self, kind: Kind) -> Option<Duration> {
        let mut draws = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_delayed = draws.next() % 64 < draws.chances[kind as usize];
        let most = Self::MOST.min(draws.left / 8);
        let share = u32::try_from(draws.next() % 1_000).unwrap_or(0);
        let delay = most * share / 1_000;
        if !is_delayed {
            return None;
        }
        draws.left -= delay;
        Some(delay)
    }

    /// Blocks the calling thread, as if the system had given its processor to another one.
    fn stall(&self, kind: Kind) {
        if let Some(delay) = self.draw(kind) {
            thread::sleep(delay);
        }
    }
}

impl Draws {
    fn pick<'a, T>(&mut self, among: &'a [T; 8]) -> &'a T {
        &among[usize::from(self.next().to_le_bytes()[0] % 8)]
    }

    /// The next number of SplitMix64.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

struct LateRuntime {
    runtime: Arc<dyn Runtime>,
    delays: Delays,
}

impl Runtime for LateRuntime {
    fn name(&self) -> &str {
        self.runtime.name()
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> std::result::Result<(), SpawnError> {
        let task = LateTask {
            task,
            delay: self.delays.draw(Kind::First),
            wait: None,
            delays: self.delays.clone(),
        };
        let spawned = self.runtime.spawn(Box::pin(task));
        self.delays.stall(Kind::Spawner);
        spawned
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        let late = self.delays.draw(Kind::Sleep).unwrap_or_default();
        let deadline = deadline.checked_add(late).unwrap_or(deadline);
        self.runtime.sleep_until(deadline)
    }

    fn spawn_blocking(&self, work: BlockingWork) -> std::result::Result<(), SpawnError> {
        let delays = self.delays.clone();
        let work = move || {
            delays.stall(Kind::Blocking);
            work();
        };
        let spawned = self.runtime.spawn_blocking(Box::new(work));
        self.delays.stall(Kind::Spawner);
        spawned
    }

    fn parallelism(&self) -> NonZeroUsize {
        self.runtime.parallelism()
    }

    fn check_blocking(&self) -> std::result::Result<(), SpawnError> {
        self.runtime.check_blocking()
    }

    fn now(&self) -> Now {
        let now = self.runtime.now();
        self.delays.stall(Kind::Clock);
        now
    }
}

/// A task some of whose polls come late.
struct LateTask {
    task: BoxFuture<'static, ()>,
    delay: Option<Duration>,
    wait: Option<Wait>,
    delays: Delays,
}

impl Future for LateTask {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(delay) = self.delay.take() {
            self.wait = Some(Wait::begin(delay));
        }
        if let Some(wait) = &self.wait {
            ready!(wait.poll(cx));
            self.wait = None;
        }
        self.delays.stall(Kind::Poller);
        let polled = self.task.as_mut().poll(cx);
        self.delay = self.delays.draw(Kind::Poll);
        polled
    }
}

/// A wait that a plain thread ends. Some executors keep a task that a timer wakes on the thread of
/// the timer, even if that thread then blocks.
struct Wait(Arc<Mutex<(bool, Option<Waker>)>>);

impl Wait {
    fn begin(delay: Duration) -> Self {
        let state = Arc::<Mutex<(bool, Option<Waker>)>>::default();
        let ends = state.clone();
        thread::spawn(move || {
            thread::sleep(delay);
            let waker = {
                let mut state = ends.lock().unwrap_or_else(PoisonError::into_inner);
                state.0 = true;
                state.1.take()
            };
            waker.into_iter().for_each(Waker::wake);
        });
        Self(state)
    }

    fn poll(&self, cx: &Context<'_>) -> Poll<()> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.0 {
            return Poll::Ready(());
        }
        state.1 = Some(cx.waker().clone());
        Poll::Pending
    }
}
