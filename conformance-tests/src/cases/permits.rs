//! Cases of AJ: permits that become free while other jobs are about to begin.

use std::{
    future::pending,
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Wake, Waker},
    time::{Duration, Instant},
};

use scheduler_core::{
    Job, Options, Runtime,
    job::{JobPolicy, RateLimit},
    runtime::{BlockingWork, BoxFuture, Now, SpawnError},
};

use super::bodies::{assert_succeeds, counting};
use crate::{Backend, World, gate::Counter};

const SECOND: Duration = Duration::from_secs(1);

/// A runtime that claims one thread, and can hold new tasks back. Clones share one runtime.
#[derive(Clone)]
struct Holding {
    runtime: Arc<dyn Runtime>,
    held: Arc<Mutex<Option<Vec<BoxFuture<'static, ()>>>>>,
}

impl Holding {
    fn hold(&self) {
        *self.lock() = Some(Vec::new());
    }

    fn release(&self) {
        let held = self.lock().take();
        for task in held.into_iter().flatten() {
            self.runtime.spawn(task).expect("spawned");
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Vec<BoxFuture<'static, ()>>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Runtime for Holding {
    fn name(&self) -> &str {
        self.runtime.name()
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        match &mut *self.lock() {
            Some(held) => held.push(task),
            None => return self.runtime.spawn(task),
        }
        Ok(())
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        self.runtime.sleep_until(deadline)
    }

    fn spawn_blocking(&self, work: BlockingWork) -> Result<(), SpawnError> {
        self.runtime.spawn_blocking(work)
    }

    fn parallelism(&self) -> NonZeroUsize {
        NonZeroUsize::MIN
    }

    fn now(&self) -> Now {
        self.runtime.now()
    }
}

struct Counts(Counter);

impl Wake for Counts {
    fn wake(self: Arc<Self>) {
        self.0.add();
    }
}

/// Five jobs begin one after the other. When the first one ends, the waiting submit must get its
/// permit at once, while the other four still run.
pub(super) fn a_freed_permit_goes_to_the_first_waiter(backend: &dyn Backend) {
    let options = Options::default().max_concurrent_jobs(5).queue_limit(1);
    let mut holding = None;
    let world = World::over_with(backend, options, |runtime| {
        let runtime = Arc::new(runtime);
        let held = Arc::default();
        Arc::new(holding.insert(Holding { runtime, held }).clone())
    });
    let world = world.started().unobserved();
    let holding = holding.expect("built");
    // One rate-limited job runs, and a second one waits for a token in the only slot of the queue.
    let rate = JobPolicy::default().rate_limit(RateLimit::new("slow", 1, 3600 * SECOND));
    for _ in 0..2 {
        let slow = Job::new(|_| async {}).policy(rate.clone());
        world.call(|it| it.post(slow).expect("accepted"));
        world.settle();
    }
    let ends = Job::new(|_| async {}).after(SECOND);
    world.call(|it| it.post(ends).expect("accepted"));
    let lasting = || Job::new(|_| pending::<()>()).after(SECOND);
    let lasting = [(); 4].map(|()| {
        let job = lasting();
        world.call(|it| it.try_submit(job).expect("accepted"))
    });
    holding.hold();
    world.advance(SECOND);
    assert_eq!(world.scheduler.metrics().running, 5, "all have permits");
    let (ran, woken) = (Counter::default(), Counter::default());
    let waker = Waker::from(Arc::new(Counts(woken.clone())));
    let mut waits = world.scheduler.submit(counting(&ran));
    let poll = || waits.as_mut().poll(&mut Context::from_waker(&waker));
    assert!(world.time.outside(poll).is_pending(), "a slot is free");
    world.time.outside(|| holding.release());
    world.settle();
    assert!(woken.get() > 0, "the submit was not woken");
    let job = world.run(waits).expect("the submit has its permit");
    assert_succeeds(&world, &job);
    assert_eq!((ran.get(), lasting.len()), (1, 4));
}
