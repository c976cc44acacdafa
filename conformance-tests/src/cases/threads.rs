//! Cases of R7, RT: ready tasks and jobs use every thread of the runtime, in real time.

use std::sync::{Arc, Condvar, Mutex, PoisonError, mpsc};

use scheduler_core::{Job, Runtime, Scheduler};

use crate::{
    Backend,
    gate::{Counter, Gate},
    limits::patience,
    world::Live,
};

/// The most threads to test with. More of them would prove nothing more.
const ENOUGH: usize = 8;

/// A meeting point at which threads block until a number of them has arrived.
#[derive(Clone)]
pub(super) struct Meeting(Arc<(Mutex<usize>, Condvar)>);

impl Meeting {
    pub(super) fn of(size: usize) -> Self {
        Self(Arc::new((Mutex::new(size), Condvar::new())))
    }

    /// Arrives without waiting for the others.
    pub(super) fn arrive(&self) {
        let mut missing = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        *missing = missing.saturating_sub(1);
        self.0.1.notify_all();
    }

    /// Blocks the thread until all have arrived; returns whether they came.
    pub(super) fn wait(&self) -> bool {
        let missing = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .0
            .1
            .wait_timeout_while(missing, patience(), |missing| *missing > 0);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }
}

pub(super) fn parallelism(runtime: &dyn Runtime) -> usize {
    runtime.parallelism().get().min(ENOUGH)
}

/// Waiting tasks are woken, and then each blocks its thread until all of them run.
///
/// A plain thread wakes them. Some executors keep a task that a timer or another task wakes on the
/// same thread, which is blocked here.
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
        harness.runtime.spawn(task).expect("spawned");
        // One thread is enough until the tasks are woken, so spawn them one after the other.
        assert_eq!(waiting.wait_for(number), number, "tasks that were polled");
    }
    gate.open();
    for number in 0..size {
        let met = meetings.recv_timeout(2 * patience());
        assert_eq!(
            met,
            Ok(true),
            "{number} of the {size} tasks that parallelism() allows had a thread"
        );
    }
}

/// The first jobs block all threads but one until the other jobs have run.
pub(super) fn jobs_due_together_use_every_thread(backend: &dyn Backend) {
    /// Enough jobs that the scheduler hands them over in batches.
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
