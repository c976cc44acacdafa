//! Cases of R8, R9: the clocks of a runtime, compared with those of the system, in real time.
//!
//! No bound here depends on the load. A reading is taken between two readings of the system's clock,
//! and the time between those two is part of the result.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use scheduler_core::{Runtime, runtime::Now};

use crate::{Backend, limits::patience};

/// A clock of a runtime and the same clock of the system, both in nanoseconds.
struct Pair<'a> {
    name: &'static str,
    runtime: &'a dyn Fn() -> i64,
    system: &'a dyn Fn() -> i64,
}

/// How far a clock of the runtime is ahead of the system's, in nanoseconds.
#[derive(Debug, Clone, Copy)]
struct Lead {
    at: i64,
    nanos: i64,
    /// The largest possible error of `nanos`.
    error: i64,
}

impl Pair<'_> {
    /// Returns the lead right after the clock has ticked, so that a clock with coarse ticks is
    /// compared as exactly as any other. Returns `None` if the clock does not advance.
    fn lead(&self) -> Option<Lead> {
        /// The longest time between two readings that belong together, in nanoseconds.
        const AT_ONCE: i64 = 20_000;
        let begun = Instant::now();
        let mut last = ((self.runtime)(), (self.system)());
        let mut ticks = false;
        // A machine on which no two readings are close gets a larger error, not a failure.
        let allowed = |passed: Duration| AT_ONCE << passed.as_secs().min(20);
        while ticks || begun.elapsed() < limit() {
            let read = ((self.runtime)(), (self.system)());
            let error = read.1 - last.1;
            ticks |= read.0 != last.0;
            if read.0 != last.0 && error <= allowed(begun.elapsed()) {
                let nanos = read.0 - last.1;
                let at = last.1;
                return Some(Lead { at, nanos, error });
            }
            last = read;
        }
        None
    }

    fn ticking(&self) -> Lead {
        let lead = self.lead();
        lead.unwrap_or_else(|| panic!("{} does not advance", self.name))
    }

    /// Asserts that the clock gains or loses at most `share` of the elapsed time. If it seems to,
    /// repeats the measurement over twice the time: a real gain grows, and a measurement error does
    /// not.
    fn assert_pace(&self, time: Duration, share: i64) {
        let first = self.ticking();
        let mut wait = time;
        loop {
            thread::sleep(wait);
            let second = self.ticking();
            let passed = second.at - first.at;
            let apart = second.nanos - first.nanos;
            if apart.abs() <= passed / share + first.error + second.error {
                return;
            }
            wait *= 2;
            assert!(
                wait <= limit(),
                "{} is {apart} ns ahead after {passed} ns of the system's",
                self.name
            );
        }
    }
}

/// Returns the time after which a difference counts.
fn limit() -> Duration {
    patience() / 3
}

fn nanos(later: Instant, earlier: Instant) -> i64 {
    let between = |one: Instant, other: Instant| {
        let passed = one.saturating_duration_since(other).as_nanos();
        i64::try_from(passed).unwrap_or(i64::MAX / 4)
    };
    between(later, earlier) - between(earlier, later)
}

/// Detects a drift of 0.09 %. The clocks of one machine may differ by 0.05 %, the most by which a
/// system slews one of them.
pub(super) fn elapsed_time_keeps_the_pace_of_the_system(backend: &dyn Backend) {
    const TIME: Duration = Duration::from_millis(300);
    let harness = backend.harness();
    let origin = Instant::now();
    let pair = Pair {
        name: "elapsed time",
        runtime: &|| nanos(harness.runtime.now().mono(), origin),
        system: &|| nanos(Instant::now(), origin),
    };
    pair.assert_pace(TIME, 1_500);
}

/// The latest reading of all threads, in nanoseconds after the origin.
#[derive(Clone)]
struct Readings {
    runtime: Arc<dyn Runtime>,
    origin: Instant,
    latest: Arc<AtomicI64>,
    done: mpsc::Sender<Option<i64>>,
}

impl Readings {
    /// Reads the clock repeatedly, and sends by how much it went back, if it did.
    fn read(&self) {
        const LEAST: usize = 500;
        const TIME: Duration = Duration::from_millis(30);
        let (mut back, mut count) = (None, 0);
        while count < LEAST || self.origin.elapsed() < TIME {
            count += 1;
            let before = self.latest.load(Ordering::SeqCst);
            let now = nanos(self.runtime.now().mono(), self.origin);
            self.latest.fetch_max(now, Ordering::SeqCst);
            if now < before {
                back = Some(before - now);
            }
        }
        self.done.send(back).unwrap_or_default();
    }
}

/// Plain threads, tasks and blocking work read the clock at the same time.
pub(super) fn elapsed_time_never_goes_back(backend: &dyn Backend) {
    const OF_EACH: usize = 3;
    let harness = backend.harness();
    let (done, all) = mpsc::channel();
    let readings = Readings {
        runtime: harness.runtime.clone(),
        origin: Instant::now(),
        latest: Arc::new(AtomicI64::new(i64::MIN)),
        done,
    };
    for _ in 0..OF_EACH {
        let [thread, task, blocking] = [(); 3].map(|()| readings.clone());
        thread::spawn(move || thread.read());
        let task = Box::pin(async move { task.read() });
        harness.runtime.spawn(task).expect("spawned");
        let blocking = Box::new(move || blocking.read());
        harness.runtime.spawn_blocking(blocking).expect("spawned");
    }
    for _ in 0..3 * OF_EACH {
        let back = all.recv_timeout(patience()).expect("every reader ends");
        assert_eq!(back, None, "elapsed time went back by this many ns");
    }
}

/// Compares both wall clocks until they agree: the system's may be set between two readings.
pub(super) fn the_wall_clock_is_that_of_the_system(backend: &dyn Backend) {
    const SAME: i64 = 100_000_000;
    let harness = backend.harness();
    let origin = Now::system().wall();
    let since = |now: Now| {
        let since = now.wall().signed_duration_since(origin);
        since.num_nanoseconds().unwrap_or(i64::MAX / 4)
    };
    let pair = Pair {
        name: "the wall clock",
        runtime: &|| since(harness.runtime.now()),
        system: &|| since(Now::system()),
    };
    let end = Instant::now() + limit();
    loop {
        let lead = pair.ticking();
        if lead.nanos.abs() <= SAME + lead.error {
            break;
        }
        let seconds = lead.nanos / 1_000_000_000;
        assert!(
            Instant::now() < end,
            "the wall clock is {seconds} s ahead of the system's"
        );
        thread::sleep(Duration::from_millis(20));
    }
    pair.assert_pace(Duration::from_millis(50), 100);
}
