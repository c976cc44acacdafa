//! Flaws of how a runtime keeps its timers and its clocks.

use std::{
    future::poll_fn,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    thread,
    time::{Duration, Instant},
};

use scheduler_core::{
    Runtime,
    runtime::{BoxFuture, Now},
};

use super::flawed::Flaw;

/// Sleeps whose deadline is a function of the requested one.
pub(super) struct Moved(pub(super) fn(now: Instant, deadline: Instant) -> Instant);

impl Flaw for Moved {
    fn sleep_until(&self, on: &Arc<dyn Runtime>, deadline: Instant) -> BoxFuture<'static, ()> {
        on.sleep_until((self.0)(on.now().mono(), deadline))
    }
}

/// Mutant 625: every sleep ends five seconds late.
pub(super) const FIVE_SECONDS_LATE: Moved = Moved(|_, deadline| deadline + Duration::from_secs(5));

/// Mutant 626: every sleep lasts twice as long.
pub(super) const TWICE_AS_LONG: Moved =
    Moved(|now, deadline| deadline + deadline.saturating_duration_since(now));

/// Mutant 632: sleeps of ten days and more end at once.
pub(super) const TEN_DAYS_AT_ONCE: Moved = Moved(|now, deadline| {
    let is_far = deadline.saturating_duration_since(now) >= Duration::from_secs(10 * 86_400);
    if is_far { now } else { deadline }
});

/// Mutant 643: the milliseconds of a sleep are counted in 32 bits.
pub(super) const THIRTY_TWO_BITS: Moved = Moved(|now, deadline| {
    let millis = deadline.saturating_duration_since(now).as_millis();
    match u32::try_from(millis) {
        Ok(_) => deadline,
        Err(_) => now + Duration::from_millis(u64::try_from(millis & 0xffff_ffff).unwrap_or(0)),
    }
});

/// A flaw by which some sleeps never end.
pub(super) struct Lost(
    fn(number: usize, now: Instant, deadline: Instant) -> bool,
    AtomicUsize,
);

impl Lost {
    /// Mutant 628: a sleep never ends if its deadline has passed by more than a second.
    pub(super) const fn in_the_past() -> Self {
        const SECOND: Duration = Duration::from_secs(1);
        let is_lost = |_, now: Instant, deadline| now.saturating_duration_since(deadline) > SECOND;
        Self(is_lost, AtomicUsize::new(0))
    }

    /// Mutant 631: every 300th sleep never ends.
    pub(super) const fn one_of_300() -> Self {
        Self(|number, _, _| number % 300 == 299, AtomicUsize::new(0))
    }
}

impl Flaw for Lost {
    fn sleep_until(&self, on: &Arc<dyn Runtime>, deadline: Instant) -> BoxFuture<'static, ()> {
        let number = self.1.fetch_add(1, Ordering::SeqCst);
        if (self.0)(number, on.now().mono(), deadline) {
            return Box::pin(std::future::pending());
        }
        on.sleep_until(deadline)
    }
}

/// Mutant 629: of two sleeps with one deadline the first never ends.
#[derive(Default)]
pub(super) struct OneForEachDeadline(Arc<Mutex<Vec<(Instant, usize)>>>, AtomicUsize);

impl Flaw for OneForEachDeadline {
    fn sleep_until(&self, on: &Arc<dyn Runtime>, deadline: Instant) -> BoxFuture<'static, ()> {
        let (timers, number) = (self.0.clone(), self.1.fetch_add(1, Ordering::SeqCst));
        let mut sleep = on.sleep_until(deadline);
        let mut is_set = false;
        Box::pin(poll_fn(move |cx| {
            let mut timers = timers.lock().unwrap_or_else(PoisonError::into_inner);
            if !std::mem::replace(&mut is_set, true) {
                timers.retain(|(other, _)| *other != deadline);
                timers.push((deadline, number));
            }
            let is_there = timers.contains(&(deadline, number));
            drop(timers);
            let polled = sleep.as_mut().poll(cx);
            if is_there { polled } else { Poll::Pending }
        }))
    }
}

/// Chooses the waker of a poll, given that of the caller, the number of the poll, and the wakers that
/// were kept before.
type Choose = fn(&Waker, usize, &mut Vec<Waker>) -> Waker;

/// A flaw that replaces the wakers of each sleep.
pub(super) struct Wakers(Choose);

impl Flaw for Wakers {
    fn sleep_until(&self, on: &Arc<dyn Runtime>, deadline: Instant) -> BoxFuture<'static, ()> {
        let (mut sleep, choose) = (on.sleep_until(deadline), self.0);
        let (mut polls, mut kept) = (0, Vec::new());
        Box::pin(poll_fn(move |cx| {
            polls += 1;
            let waker = choose(cx.waker(), polls, &mut kept);
            sleep.as_mut().poll(&mut Context::from_waker(&waker))
        }))
    }
}

/// Mutant 630: a sleep ignores its third waker and all further ones.
pub(super) const IGNORES_THE_THIRD: Wakers = Wakers(|waker, polls, kept| {
    if polls < 3 {
        *kept = vec![waker.clone()];
    }
    kept[0].clone()
});

/// Mutant 637: each poll of a sleep leaks a clone of the waker.
pub(super) const LEAKS_WAKERS: Wakers = Wakers(|waker, _, _| {
    std::mem::forget(waker.clone());
    waker.clone()
});

/// Mutant 645: each poll of a sleep begins it again.
pub(super) struct BeginsAgain;

impl Flaw for BeginsAgain {
    fn sleep_until(&self, on: &Arc<dyn Runtime>, deadline: Instant) -> BoxFuture<'static, ()> {
        let (on, mut sleep) = (on.clone(), None::<BoxFuture<'static, ()>>);
        let whole = deadline.saturating_duration_since(on.now().mono());
        let mut end = deadline;
        Box::pin(poll_fn(move |cx| {
            if on.now().mono() >= end {
                return Poll::Ready(());
            }
            end = on.now().mono().checked_add(whole).unwrap_or(deadline);
            let sleep = sleep.insert(on.sleep_until(end));
            sleep.as_mut().poll(cx)
        }))
    }
}

/// Mutant 647: wakers of sleeps are called under a lock that sleeps take.
#[derive(Default)]
pub(super) struct WakesUnderItsLock(Arc<Mutex<()>>);

struct UnderLock(Waker, Arc<Mutex<()>>);

impl Wake for UnderLock {
    fn wake(self: Arc<Self>) {
        let _held = self.1.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.wake_by_ref();
    }
}

impl Flaw for WakesUnderItsLock {
    fn sleep_until(&self, on: &Arc<dyn Runtime>, deadline: Instant) -> BoxFuture<'static, ()> {
        let (lock, mut sleep) = (self.0.clone(), on.sleep_until(deadline));
        Box::pin(poll_fn(move |cx| {
            drop(lock.lock().unwrap_or_else(PoisonError::into_inner));
            let waker = Waker::from(Arc::new(UnderLock(cx.waker().clone(), lock.clone())));
            sleep.as_mut().poll(&mut Context::from_waker(&waker))
        }))
    }
}

/// Mutant 648: a thread of the runtime looks for work each millisecond.
pub(super) fn has_a_ticking_thread(runtime: Arc<dyn Runtime>) -> Arc<dyn Runtime> {
    let alive = Arc::downgrade(&runtime);
    thread::spawn(move || {
        while alive.strong_count() > 0 {
            thread::sleep(Duration::from_millis(1));
        }
    });
    runtime
}

/// A clock that is a function of the sound one, and of the reading at the start.
pub(super) struct Clock {
    pub(super) built: Now,
    pub(super) read: fn(now: Now, built: Now) -> Now,
}

impl Flaw for Clock {
    fn now(&self, on: &Arc<dyn Runtime>) -> Now {
        (self.read)(on.now(), self.built)
    }
}

/// Mutant 627: elapsed time is a thousandth fast.
pub(super) fn drifts(now: Now, built: Now) -> Now {
    let passed = now.mono().saturating_duration_since(built.mono());
    Now::new(now.mono() + passed / 1_000, now.wall())
}

/// Mutant 633: elapsed time goes back 50 microseconds, too little to change the pace of the clock.
pub(super) fn goes_back(now: Now, built: Now) -> Now {
    let passed = now.mono().saturating_duration_since(built.mono());
    let back = Duration::from_micros(50) * u32::from(passed.as_micros() / 50 % 2 == 1);
    Now::new(now.mono() - back, now.wall())
}

/// Mutant 634: the wall clock does not advance.
pub(super) fn has_no_wall_clock(now: Now, built: Now) -> Now {
    Now::new(now.mono(), built.wall())
}

/// Mutant 635: the wall clock is an hour ahead.
pub(super) fn is_an_hour_off(now: Now, _: Now) -> Now {
    Now::new(now.mono(), now.wall() + Duration::from_secs(3_600))
}

/// Mutant 640: the clock is an hour behind that of the sleeps.
pub(super) fn is_behind_its_sleeps(now: Now, _: Now) -> Now {
    let hour = Duration::from_secs(3_600);
    Now::new(
        now.mono().checked_sub(hour).unwrap_or_else(|| now.mono()),
        now.wall(),
    )
}
