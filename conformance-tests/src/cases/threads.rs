//! R7, RT: as many threads as there are for what could go on, in real time.

use std::sync::{Arc, Condvar, Mutex, PoisonError, mpsc};

use scheduler_core::{Job, Runtime, Scheduler};

use crate::{
    Backend,
    gate::{Counter, Gate},
    limits::patience,
    world::Live,
};

/// More threads than that prove nothing more.
const ENOUGH: usize = 8;

/// Where threads block until so many are there.
#[derive(Clone)]
struct Meeting(Arc<(Mutex<usize>, Condvar)>);

impl Meeting {
    fn of(size: usize) -> Self {
        Self(Arc::new((Mutex::new(size), Condvar::new())))
    }

    /// Counts as here, and goes on.
    fn arrive(&self) {
        let mut missing = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        *missing = missing.saturating_sub(1);
        self.0.1.notify_all();
    }

    /// Blocks the thread until all have arrived; returns whether they came.
    fn wait(&self) -> bool {
        let missing = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .0
            .1
            .wait_timeout_while(missing, patience(), |missing| *missing > 0);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }
}

fn parallelism(runtime: &dyn Runtime) -> usize {
    runtime.parallelism().get().min(ENOUGH)
}

/// Tasks that wait are woken, and block until all of them run.
///
/// They are woken from outside: not every executor gives the next thread what wakes inside of it, a
/// timer or another task, while this thread is blocked.
pub(super) fn woken_tasks_that_block_have_a_thread_each(backend: &dyn Backend) {
    let harness = backend.harness();
    let size = parallelism(&*harness.runtime);
    let (gate, meeting, waiting) = (Gate::default(), Meeting::of(size), Counter::default());
    let (met, meetings) = mpsc::channel();
    for number in 1..=size {
        let (gate, meeting, met) = (gate.clone(), meeting.clone(), met.clone());
        let waits = waiting.clone();
        let task = Box::pin(async move {
            waits.add();
            gate.pass().await;
            meeting.arrive();
            met.send(meeting.wait()).unwrap_or_default();
        });
        harness.runtime.spawn(task).expect("it is taken");
        // One after the other: one thread is enough until they are woken.
        while waiting.get() < number {
            std::thread::yield_now();
        }
    }
    gate.open();
    for number in 0..size {
        let met = meetings.recv_timeout(2 * patience());
        assert_eq!(met, Ok(true), "{number} of {size} tasks had a thread");
    }
}

/// All threads but one are blocked by the first jobs, until the others have run.
pub(super) fn jobs_due_together_use_every_thread(backend: &dyn Backend) {
    /// So many that they are not handed over one by one.
    const OTHERS: usize = 20;
    let live = Live::new(backend);
    let others = Meeting::of(OTHERS);
    let blocked = parallelism(&*live.runtime) - 1;
    let (met, meetings) = mpsc::channel();
    for _ in 0..blocked {
        let (others, met) = (others.clone(), met.clone());
        let blocks = move |_| {
            let (others, met) = (others.clone(), met.clone());
            async move { met.send(others.wait()).unwrap_or_default() }
        };
        live.scheduler.post(Job::new(blocks)).expect("accepted");
    }
    for _ in 0..OTHERS {
        let others = others.clone();
        let arrives = move |_| {
            let others = others.clone();
            async move { others.arrive() }
        };
        live.scheduler.post(Job::new(arrives)).expect("accepted");
    }
    let live = live.started();
    assert!(
        others.wait(),
        "{blocked} jobs that block hold up all others"
    );
    for _ in 0..blocked {
        assert_eq!(meetings.recv_timeout(2 * patience()), Ok(true));
    }
    live.scheduler.wait_idle().expect("idle");
}
