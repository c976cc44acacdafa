//! Cases of R4, R5: thousands of sleeps at once, of every kind, in real time.
//!
//! One task creates the sleeps and polls each a few times, with another waker each time. Several
//! tasks then take them over and await their ends, each sleep by its own waker alone.

use std::{
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    task::{Context, Poll, Wake, Waker},
    time::{Duration, Instant},
};

use scheduler_core::{Runtime, runtime::BoxFuture};

use crate::{Backend, draw::Draw, limits::patience, model::Rng};

const SLEEPS: usize = 2_000;
/// The number of tasks that await the sleeps.
const TASKS: usize = 4;

/// The deadline of a sleep, relative to the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The deadline passed long ago.
    Past,
    /// The deadline is one of a few that many sleeps share.
    Equal,
    /// The deadline passes while the sleep is created and polled.
    Now,
    /// The deadline passes soon.
    Near,
    /// The deadline does not pass during the test.
    Far,
}

const KINDS: [(u32, Kind); 5] = [
    (10, Kind::Past),
    (25, Kind::Equal),
    (20, Kind::Now),
    (35, Kind::Near),
    (10, Kind::Far),
];

impl Kind {
    fn deadline(self, begun: Instant, rng: &mut Rng) -> Instant {
        const HOUR: u64 = 3_600;
        let millis = |count| Duration::from_millis(count);
        let hours = |count| Duration::from_secs(count * HOUR);
        // An instant before the first or after the last one is replaced by the beginning, or by an
        // hour later.
        match self {
            Self::Past => {
                let span = rng
                    .pick(&[millis(1), hours(1), hours(24 * 400)])
                    .unwrap_or_default();
                begun.checked_sub(span).unwrap_or(begun)
            }
            Self::Equal => begun + millis(20 * rng.below(4)),
            Self::Now => begun + Duration::from_micros(rng.below(3_000)),
            Self::Near => begun + Duration::from_micros(rng.below(80_000)),
            Self::Far => {
                let span = hours(rng.pick(&[1, 24 * 10, 24 * 36_525]).unwrap_or(1));
                begun.checked_add(span).unwrap_or_else(|| begun + hours(1))
            }
        }
    }
}

/// A sleep of the test, with its deadline and wakers.
struct Tortured {
    number: usize,
    kind: Kind,
    sleep: BoxFuture<'static, ()>,
}

/// A waker that no one follows. Dropping its last clone drops the count.
struct Stale(#[expect(dead_code, reason = "its clones are counted")] Arc<()>);

impl Wake for Stale {
    fn wake(self: Arc<Self>) {}
}

/// The sleeps of one task that have rung, and the waker of that task.
#[derive(Default)]
struct Bells {
    state: Mutex<Rung>,
}

#[derive(Default)]
struct Rung {
    numbers: Vec<usize>,
    task: Option<Waker>,
}

impl Bells {
    fn lock(&self) -> MutexGuard<'_, Rung> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ring(&self, number: usize) {
        let task = {
            let mut rung = self.lock();
            rung.numbers.push(number);
            rung.task.take()
        };
        task.into_iter().for_each(Waker::wake);
    }

    /// Returns the numbers that rang since the last call; waits until there is one.
    async fn rung(&self) -> Vec<usize> {
        poll_fn(|cx| {
            let mut rung = self.lock();
            if rung.numbers.is_empty() {
                rung.task = Some(cx.waker().clone());
                return Poll::Pending;
            }
            Poll::Ready(std::mem::take(&mut rung.numbers))
        })
        .await
    }
}

/// The waker of one sleep.
struct Bell {
    number: usize,
    bells: Arc<Bells>,
    _alive: Arc<()>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.bells.ring(self.number);
    }
}

/// Awaits every sleep that ends, and sends its number and kind.
async fn await_all(mut sleeps: Vec<Tortured>, alive: Arc<()>, ended: mpsc::Sender<usize>) {
    let bells = Arc::new(Bells::default());
    let bell = |sleep: &Tortured| {
        Waker::from(Arc::new(Bell {
            number: sleep.number,
            bells: bells.clone(),
            _alive: alive.clone(),
        }))
    };
    let wakers: Vec<Waker> = sleeps.iter().map(bell).collect();
    // A sleep is not polled again before it has rung.
    let mut ringing: Vec<usize> = sleeps.iter().map(|sleep| sleep.number).collect();
    let mut awaited = sleeps
        .iter()
        .filter(|sleep| sleep.kind != Kind::Far)
        .count();
    while awaited > 0 {
        for number in ringing {
            let at = sleeps.binary_search_by_key(&number, |sleep| sleep.number);
            let Some((sleep, waker)) = at.ok().map(|at| (&mut sleeps[at], &wakers[at])) else {
                continue;
            };
            let is_over = sleep.is_over(waker);
            if sleep.kind == Kind::Far || !is_over {
                continue;
            }
            awaited -= 1;
            ended.send(number).unwrap_or_default();
        }
        ringing = if awaited > 0 {
            bells.rung().await
        } else {
            Vec::new()
        };
    }
}

impl Tortured {
    /// Polls the sleep. Returns whether it has ended now. A sleep that ended is replaced by one
    /// that never ends.
    fn is_over(&mut self, waker: &Waker) -> bool {
        let is_over = self
            .sleep
            .as_mut()
            .poll(&mut Context::from_waker(waker))
            .is_ready();
        if is_over {
            self.sleep = Box::pin(std::future::pending());
        }
        is_over
    }
}

/// The sleeps and wakers that are left at the end of the test.
struct Aftermath {
    /// The numbers and kinds of the sleeps that never ended.
    lost: Vec<(usize, Kind)>,
    /// Counts the living wakers, plus one.
    alive: Arc<()>,
}

/// Creates the sleeps, and polls each with up to four wakers that no one follows. A tenth of the
/// sleeps is then dropped, and others end here.
fn create(runtime: &Arc<dyn Runtime>, alive: &Arc<()>) -> Vec<Tortured> {
    let mut rng = Rng::new(Draw::current().seed);
    let begun = runtime.now().mono();
    let mut sleeps = Vec::new();
    for number in 0..SLEEPS {
        let kind = rng.weighted(&KINDS).unwrap_or(Kind::Near);
        let sleep = runtime.sleep_until(kind.deadline(begun, &mut rng));
        let mut sleep = Tortured {
            number,
            kind,
            sleep,
        };
        let mut is_over = false;
        for _ in 0..rng.below(5) {
            let stale = Waker::from(Arc::new(Stale(alive.clone())));
            is_over = is_over || sleep.is_over(&stale);
        }
        if !is_over && !rng.chance(10) {
            sleeps.push(sleep);
        }
    }
    sleeps
}

fn torture(harness: &crate::Harness) -> Aftermath {
    let alive = Arc::new(());
    let (created, awaited) = mpsc::channel();
    let (ended, ends) = mpsc::channel();
    let (runtime, counted) = (harness.runtime.clone(), alive.clone());
    let task = async move {
        let mut sleeps = create(&runtime, &counted);
        let known: Vec<_> = sleeps
            .iter()
            .map(|sleep| (sleep.number, sleep.kind))
            .collect();
        created.send(known).unwrap_or_default();
        let share = sleeps.len().div_ceil(TASKS).max(1);
        while !sleeps.is_empty() {
            let rest = sleeps.split_off(share.min(sleeps.len()));
            let task = await_all(sleeps, counted.clone(), ended.clone());
            runtime.spawn(Box::pin(task)).expect("spawned");
            sleeps = rest;
        }
    };
    harness.runtime.spawn(Box::pin(task)).expect("spawned");
    let known = awaited.recv_timeout(patience());
    let mut lost = known.expect("the task that creates the sleeps ends");
    lost.retain(|(_, kind)| *kind != Kind::Far);
    while !lost.is_empty() {
        let Ok(number) = ends.recv_timeout(patience()) else {
            break;
        };
        lost.retain(|(other, _)| *other != number);
    }
    Aftermath { lost, alive }
}

pub(super) fn of_thousands_of_sleeps_none_is_lost(backend: &dyn Backend) {
    let lost = torture(&backend.harness()).lost;
    let first: Vec<_> = lost.iter().take(8).collect();
    assert!(
        lost.is_empty(),
        "{} of {SLEEPS} sleeps never end: {first:?}",
        lost.len()
    );
}

/// Some runtimes free timers only on their next turn, so a task keeps sleeping meanwhile.
pub(super) fn thousands_of_sleeps_keep_no_waker(backend: &dyn Backend) {
    let harness = backend.harness();
    let alive = torture(&harness).alive;
    let (done, ended) = mpsc::channel();
    let runtime = harness.runtime.clone();
    let task = async move {
        while Arc::strong_count(&alive) > 1 {
            let soon = runtime.now().mono() + Duration::from_millis(5);
            runtime.sleep_until(soon).await;
        }
        done.send(()).unwrap_or_default();
    };
    harness.runtime.spawn(Box::pin(task)).expect("spawned");
    let freed = ended.recv_timeout(patience());
    freed.expect("the wakers of ended and dropped sleeps are freed");
}
