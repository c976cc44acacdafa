//! Jobs whose futures are not `Send`, on the thread of a local runtime.

use std::{
    cell::Cell,
    future::pending,
    io,
    rc::Rc,
    sync::mpsc::{Receiver, channel},
    thread::{self, ThreadId},
};

use backend_thread::ThreadRuntime;
use scheduler_core::{
    Blocking, Error, Job, JobHandle, Runtime, RuntimeScheduler, Shutdown, Task,
    job::{CancelMode, JobError, OutcomeKind},
    runtime::LocalRuntime,
};

fn start() -> LocalRuntime {
    let sleep_until = |deadline| async move {
        smol::Timer::at(deadline).await;
    };
    let started = LocalRuntime::start("local", sleep_until, |mut tasks| {
        let executor = smol::LocalExecutor::new();
        smol::block_on(executor.run(async {
            while let Some(task) = tasks.next().await {
                executor.spawn(task).detach();
            }
        }));
    });
    started.expect("started")
}

/// Runs `test` with a scheduler on the local runtime, and with one on other threads.
fn on_both(test: impl Fn(&Blocking<RuntimeScheduler<Box<dyn Runtime>>>, &LocalRuntime)) {
    let local = start();
    let runtimes: [Box<dyn Runtime>; 2] = [Box::new(local.clone()), Box::new(ThreadRuntime::new())];
    for runtime in runtimes {
        let scheduler = Blocking::new(RuntimeScheduler::new(runtime));
        scheduler.start().expect("started");
        test(&scheduler, &local);
        scheduler
            .shutdown(Shutdown::immediate())
            .expect("shut down");
    }
}

/// Waits for a job that fails.
fn failure_of(job: &JobHandle) -> JobError {
    let outcome = job.wait_blocking().expect("ends");
    outcome.into_result().expect_err("fails")
}

/// Sends the thread on which it is dropped.
struct Tracked(std::sync::mpsc::Sender<ThreadId>);

impl Drop for Tracked {
    fn drop(&mut self) {
        self.0.send(thread::current().id()).unwrap_or_default();
    }
}

fn tracked() -> (Tracked, Receiver<ThreadId>) {
    let (dropped, drops) = channel();
    (Tracked(dropped), drops)
}

#[test]
fn a_future_that_is_not_send_runs_and_is_dropped_on_its_thread() {
    on_both(|scheduler, local| {
        let (tracked, drops) = tracked();
        let job = Job::local(local, |_| async move {
            let count = Rc::new(Cell::new(1));
            let _tracked = tracked;
            smol::future::yield_now().await;
            count.set(count.get() + 1);
            assert_eq!(count.get(), 2);
            thread::current().name().map(drop).ok_or("no name")
        });
        let job = scheduler.submit(job).expect("accepted");
        job.join_blocking().expect("succeeds");
        let home = drops.try_recv().expect("dropped before the job has ended");
        assert_ne!(home, thread::current().id());
    });
}

#[test]
fn failures_and_panics_are_those_of_the_job() {
    on_both(|scheduler, local| {
        let fails = Job::local(local, |_| async {
            Err::<(), _>(io::Error::from(io::ErrorKind::NotFound))
        });
        let error = failure_of(&scheduler.submit(fails).expect("accepted"));
        let cause = error.downcast_ref::<io::Error>().expect("its own error");
        assert_eq!(cause.kind(), io::ErrorKind::NotFound);
        let panics = Job::local(local, |_| async { panic!("on purpose") });
        let error = failure_of(&scheduler.submit(panics).expect("accepted"));
        assert!(matches!(error, JobError::Panicked(_)), "{error:?}");
        assert!(error.to_string().contains("on purpose"), "{error}");
    });
}

#[test]
fn a_cancelled_job_drops_its_future_on_its_thread() {
    on_both(|scheduler, local| {
        let (begun, begins) = channel();
        let (tracked, drops) = tracked();
        let job = Job::local(local, move |_| async move {
            let _tracked = tracked;
            begun.send(thread::current().id()).unwrap_or_default();
            pending::<()>().await;
        });
        let job = scheduler.submit(job).expect("accepted");
        let home = begins.recv().expect("begun");
        job.cancel(CancelMode::Immediate);
        let outcome = job.wait_blocking().expect("ends");
        assert_eq!(outcome.kind(), OutcomeKind::Cancelled);
        assert_eq!(drops.recv(), Ok(home));
    });
}

#[test]
fn a_call_inside_the_future_is_a_call_of_the_job() {
    on_both(|scheduler, local| {
        let (sent, refusals) = channel();
        let inside = scheduler.clone();
        let job = Job::local(local, move |_| async move {
            sent.send(inside.wait_idle()).unwrap_or_default();
        });
        let job = scheduler.submit(job).expect("accepted");
        job.join_blocking().expect("succeeds");
        let refusal = refusals.recv().expect("sent");
        assert!(
            matches!(refusal, Err(Error::WouldDeadlock(_))),
            "{refusal:?}"
        );
    });
}

#[test]
fn a_task_makes_a_future_for_each_run() {
    on_both(|scheduler, local| {
        let (sent, numbers) = channel();
        let task = Task::local(local, move |job| {
            let sent = sent.clone();
            async move {
                let attempt = Rc::new(job.attempt());
                smol::future::yield_now().await;
                sent.send(*attempt).unwrap_or_default();
            }
        });
        for _ in 0..2 {
            let job = scheduler.submit(Job::from(task.clone())).expect("accepted");
            job.join_blocking().expect("succeeds");
        }
        drop(task);
        assert_eq!(numbers.iter().count(), 2);
    });
}

#[test]
fn a_job_of_an_ended_runtime_fails() {
    let local = start();
    let scheduler = Blocking::new(RuntimeScheduler::new(ThreadRuntime::new()));
    scheduler.start().expect("started");
    let (begun, begins) = channel();
    let waits = Job::local(&local, move |_| async move {
        begun.send(()).unwrap_or_default();
        pending::<()>().await;
    });
    let waits = scheduler.submit(waits).expect("accepted");
    begins.recv().expect("begun");
    local.end();
    let late = Job::local(&local, |_| async {});
    let late = scheduler.submit(late).expect("accepted");
    for job in [waits, late] {
        let error = failure_of(&job).to_string();
        assert!(
            error.contains("the thread of the local runtime has ended"),
            "{error}"
        );
    }
    scheduler
        .shutdown(Shutdown::immediate())
        .expect("shut down");
}
