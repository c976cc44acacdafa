//! Flaws of clocks and sleeps.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use scheduler_core::{
    Runtime,
    runtime::{BlockingWork, BoxFuture, Now, SpawnError},
};

/// A runtime with a replaced clock or replaced sleeps.
struct Timed {
    runtime: Arc<dyn Runtime>,
    now: fn(Now, Now) -> Now,
    sleep: fn(&Arc<dyn Runtime>, Instant) -> BoxFuture<'static, ()>,
    built: Now,
}

impl Runtime for Timed {
    fn name(&self) -> &str {
        self.runtime.name()
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        self.runtime.spawn(task)
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        (self.sleep)(&self.runtime, deadline)
    }

    fn spawn_blocking(&self, work: BlockingWork) -> Result<(), SpawnError> {
        self.runtime.spawn_blocking(work)
    }

    fn now(&self) -> Now {
        (self.now)(self.runtime.now(), self.built)
    }

    fn parallelism(&self) -> std::num::NonZeroUsize {
        self.runtime.parallelism()
    }
}

fn with_clock(runtime: Arc<dyn Runtime>, now: fn(Now, Now) -> Now) -> Arc<dyn Runtime> {
    let built = runtime.now();
    Arc::new(Timed {
        runtime,
        now,
        sleep: |runtime, deadline| runtime.sleep_until(deadline),
        built,
    })
}

fn with_sleep(
    runtime: Arc<dyn Runtime>,
    sleep: fn(&Arc<dyn Runtime>, Instant) -> BoxFuture<'static, ()>,
) -> Arc<dyn Runtime> {
    let built = runtime.now();
    Arc::new(Timed {
        runtime,
        now: |now, _| now,
        sleep,
        built,
    })
}

/// Mutant 38: elapsed time is read from the wall clock.
pub(super) fn measures_by_the_wall(runtime: Arc<dyn Runtime>) -> Arc<dyn Runtime> {
    with_clock(runtime, |now, built| {
        let passed = now.wall().signed_duration_since(built.wall());
        let mono = built.mono() + passed.to_std().unwrap_or_default();
        Now::new(mono, now.wall())
    })
}

/// Mutant 54: the scheduler reads another clock than the runtime's.
pub(super) fn reads_the_system_clock(runtime: Arc<dyn Runtime>) -> Arc<dyn Runtime> {
    with_clock(runtime, |_, _| Now::system())
}

/// Mutant 88: the clock is ahead of the runtime's.
pub(super) fn is_ahead_of_time(runtime: Arc<dyn Runtime>) -> Arc<dyn Runtime> {
    const AHEAD: Duration = Duration::from_millis(5);
    with_clock(runtime, |now, _| {
        Now::new(now.mono() + AHEAD, now.wall() + AHEAD)
    })
}

/// Mutant 42: long sleeps are made of short ones.
pub(super) fn sleeps_in_slices(runtime: Arc<dyn Runtime>) -> Arc<dyn Runtime> {
    with_sleep(runtime, |runtime, deadline| {
        let slice = runtime.now().mono() + Duration::from_secs(1);
        runtime.sleep_until(deadline.min(slice))
    })
}

/// Mutant 89: the wall clock is read only once an hour.
pub(super) fn looks_once_an_hour(runtime: Arc<dyn Runtime>) -> Arc<dyn Runtime> {
    with_sleep(runtime, |runtime, deadline| {
        let now = runtime.now().mono();
        match deadline.saturating_duration_since(now).as_secs() {
            60 => runtime.sleep_until(now + Duration::from_secs(3_600)),
            _ => runtime.sleep_until(deadline),
        }
    })
}

/// Mutant 94: a sleep wakes its first waker only.
pub(super) fn wakes_the_first(runtime: Arc<dyn Runtime>) -> Arc<dyn Runtime> {
    with_sleep(runtime, |runtime, deadline| {
        Box::pin(WakesTheFirst {
            sleep: runtime.sleep_until(deadline),
            first: None,
        })
    })
}

struct WakesTheFirst {
    sleep: BoxFuture<'static, ()>,
    first: Option<Waker>,
}

impl Future for WakesTheFirst {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let first = self.first.get_or_insert_with(|| cx.waker().clone()).clone();
        self.sleep.as_mut().poll(&mut Context::from_waker(&first))
    }
}

/// Mutant 95: the timer of a dropped sleep is kept.
pub(super) fn keeps_dropped_timers(runtime: Arc<dyn Runtime>) -> Arc<dyn Runtime> {
    with_sleep(runtime, |runtime, deadline| {
        Box::pin(KeptTimer(Some(runtime.sleep_until(deadline))))
    })
}

struct KeptTimer(Option<BoxFuture<'static, ()>>);

impl Future for KeptTimer {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match &mut self.0 {
            Some(sleep) => sleep.as_mut().poll(cx),
            None => Poll::Ready(()),
        }
    }
}

impl Drop for KeptTimer {
    fn drop(&mut self) {
        std::mem::forget(self.0.take());
    }
}

/// Mutant 96: a sleep is a loop that reads the clock.
pub(super) fn sleeps_by_looking(runtime: Arc<dyn Runtime>) -> Arc<dyn Runtime> {
    with_sleep(runtime, |runtime, deadline| {
        let runtime = runtime.clone();
        Box::pin(std::future::poll_fn(move |cx| {
            if runtime.now().mono() >= deadline {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        }))
    })
}

/// Mutant 443: a sleep that ends early is restarted at once.
pub(super) fn begins_again_at_once(runtime: Arc<dyn Runtime>) -> Arc<dyn Runtime> {
    with_sleep(runtime, |runtime, deadline| {
        let runtime = runtime.clone();
        Box::pin(async move {
            while runtime.now().mono() < deadline {
                runtime.sleep_until(deadline).await;
            }
        })
    })
}

/// Mutant 97: a thread of the runtime polls for work continuously.
pub(super) fn has_a_busy_thread(runtime: Arc<dyn Runtime>) -> Arc<dyn Runtime> {
    let alive = Arc::downgrade(&runtime);
    thread::spawn(move || {
        while alive.strong_count() > 0 {
            std::hint::spin_loop();
        }
    });
    runtime
}

/// Mutant 98: of two concurrent sleeps only the longer one ends.
pub(super) fn keeps_one_timer(runtime: Arc<dyn Runtime>) -> Arc<dyn Runtime> {
    static LONGEST: Mutex<Option<Instant>> = Mutex::new(None);
    with_sleep(runtime, |runtime, deadline| {
        let mut longest = LONGEST.lock().unwrap_or_else(PoisonError::into_inner);
        let until = longest.map_or(deadline, |longest| longest.max(deadline));
        *longest = Some(until);
        runtime.sleep_until(until)
    })
}

/// Mutant 108: a sleep that ends early counts as its deadline.
pub(super) fn believes_its_timer(runtime: Arc<dyn Runtime>) -> Arc<dyn Runtime> {
    Arc::new(Believes {
        runtime,
        reached: Arc::default(),
    })
}

struct Believes {
    runtime: Arc<dyn Runtime>,
    reached: Arc<Mutex<Option<Instant>>>,
}

impl Runtime for Believes {
    fn name(&self) -> &str {
        self.runtime.name()
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        self.runtime.spawn(task)
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        let (sleep, reached) = (self.runtime.sleep_until(deadline), self.reached.clone());
        Box::pin(async move {
            sleep.await;
            let mut reached = reached.lock().unwrap_or_else(PoisonError::into_inner);
            *reached = (*reached).max(Some(deadline));
        })
    }

    fn spawn_blocking(&self, work: BlockingWork) -> Result<(), SpawnError> {
        self.runtime.spawn_blocking(work)
    }

    fn now(&self) -> Now {
        let now = self.runtime.now();
        let reached = *self.reached.lock().unwrap_or_else(PoisonError::into_inner);
        let mono = reached.map_or_else(|| now.mono(), |reached| reached.max(now.mono()));
        Now::new(mono, now.wall() + (mono - now.mono()))
    }

    fn parallelism(&self) -> std::num::NonZeroUsize {
        self.runtime.parallelism()
    }
}

/// Mutant 548: a sleep panics after its runtime has ended.
pub(super) fn panics_after_the_end(runtime: Arc<dyn Runtime>) -> Arc<dyn Runtime> {
    with_sleep(runtime, |runtime, deadline| {
        let sleep = runtime.sleep_until(deadline);
        let runtime = runtime.clone();
        Box::pin(async move {
            sleep.await;
            let taken = runtime.spawn(Box::pin(std::future::ready(())));
            assert!(taken.is_ok(), "no reactor");
        })
    })
}
