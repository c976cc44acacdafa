//! Tests of sleeps where the system refuses the timer thread.

use std::{
    cell::Cell,
    future::poll_fn,
    pin::pin,
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
    task::Wake,
};

use super::*;
use crate::block_on;

thread_local! {
    /// Number of threads that will be refused to this thread.
    static REFUSALS: Cell<usize> = const { Cell::new(0) };
}

const ALL: usize = usize::MAX;

pub(super) fn refused() -> io::Result<()> {
    let left = REFUSALS.get();
    if left == 0 {
        return Ok(());
    }
    REFUSALS.set(left - 1);
    Err(io::Error::other("as many threads as there may be"))
}

/// A waker that counts its wakes, and panics at each.
#[derive(Default)]
struct Panics(AtomicUsize);

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
        panic!("at each wake");
    }
}

impl Panics {
    fn wakes(&self) -> usize {
        self.0.load(SeqCst)
    }
}

fn poll(sleep: &mut Sleep, waker: &Waker) -> Poll<()> {
    Pin::new(sleep).poll(&mut Context::from_waker(waker))
}

fn after(millis: u64) -> Instant {
    now() + Duration::from_millis(millis)
}

#[test]
fn without_a_thread_a_sleep_ends_and_does_not_spin() {
    REFUSALS.set(ALL);
    let timers = Timers::new();
    let end = now() + 5 * STINT;
    let mut sleep = pin!(timers.sleep_until(end));
    let mut polls = 0;
    block_on(poll_fn(|cx| {
        polls += 1;
        sleep.as_mut().poll(cx)
    }));
    assert!(now() >= end);
    assert!(polls <= 7, "one for each stint, and one more: {polls}");
    assert!(!timers.shared.lock().is_kept);
}

#[test]
fn who_keeps_time_keeps_it_for_all() {
    REFUSALS.set(ALL);
    let timers = Timers::new();
    let soon = Arc::<Panics>::default();
    let mut early = timers.sleep_until(after(1));
    timers.shared.lock().is_kept = true;
    assert!(poll(&mut early, &soon.clone().into()).is_pending());
    timers.shared.lock().is_kept = false;
    let mut late = timers.sleep_until(after(3_600_000));
    assert!(poll(&mut late, Waker::noop()).is_pending());
    assert_eq!(soon.wakes(), 1, "it was due within the stint");
    assert!(poll(&mut early, Waker::noop()).is_ready());
}

#[test]
fn who_is_to_keep_time_next_and_does_not_passes_it_on() {
    REFUSALS.set(ALL);
    let timers = Timers::new();
    let wakes = [(); 2].map(|()| Arc::<Panics>::default());
    let mut sleeps = [1, 2].map(|hours| timers.sleep_until(after(hours * 3_600_000)));
    for (sleep, wakes) in sleeps.iter_mut().zip(&wakes) {
        assert!(poll(sleep, &wakes.clone().into()).is_pending());
    }
    let woken = || [wakes[0].wakes(), wakes[1].wakes()];
    // The first was woken when it had kept time; the second kept it then, and was woken too.
    assert_eq!(woken(), [1, 1]);
    let [first, second] = sleeps;
    let mut first = first;
    assert!(poll(&mut first, &wakes[0].clone().into()).is_pending());
    drop(second);
    drop(first);
    assert!(timers.shared.lock().entries.is_empty());
}

#[test]
fn a_dropped_heir_wakes_the_next() {
    REFUSALS.set(ALL);
    let timers = Timers::new();
    let wakes = Arc::<Panics>::default();
    let mut other = timers.sleep_until(after(7_200_000));
    timers.shared.lock().is_kept = true;
    assert!(poll(&mut other, &wakes.clone().into()).is_pending());
    timers.shared.lock().is_kept = false;
    let mut heir = timers.sleep_until(after(3_600_000));
    assert!(poll(&mut heir, Waker::noop()).is_pending());
    assert_eq!(timers.shared.lock().heir, Some(heir.key));
    assert_eq!(wakes.wakes(), 0);
    drop(heir);
    assert_eq!(wakes.wakes(), 1);
}

#[test]
fn a_thread_that_can_be_had_again_takes_over() {
    REFUSALS.set(1);
    let timers = Timers::new();
    block_on(timers.sleep_until(now() + 2 * STINT));
    assert_eq!(REFUSALS.get(), 0);
    let end = after(1);
    timers.retain();
    block_on(timers.sleep_until(end));
    assert!(timers.shared.lock().is_kept, "by the thread");
    timers.release();
    while timers.shared.lock().is_kept {
        std::thread::yield_now();
    }
}

#[test]
fn what_is_woken_once_needs_nobody_who_comes_back() {
    REFUSALS.set(1);
    let timers = Timers::new();
    let wakes = Arc::<Panics>::default();
    timers.wake_at(after(1), wakes.clone().into());
    assert!(!timers.shared.lock().is_kept, "the thread was refused");
    block_on(timers.sleep_until(after(2)));
    assert_eq!(wakes.wakes(), 1);
}

/// A value that panics when it is dropped.
struct Bomb;

impl Wake for Bomb {
    fn wake(self: Arc<Self>) {}
}

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("a waker that is dropped");
    }
}

#[test]
fn a_waker_whose_destructor_panics_harms_no_sleep() {
    let timers = Timers::new();
    let deadline = now() + Duration::from_secs(3_600);
    let mut sleep = Box::pin(timers.sleep_until(deadline));
    for _ in 0..2 {
        let waker = Waker::from(Arc::new(Bomb));
        let polled = sleep.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
        // The timers have the last clone now.
        drop(waker);
    }
    drop(sleep);
    block_on(timers.sleep_until(now() + Duration::from_millis(1)));
}
