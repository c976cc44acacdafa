//! The scheduler over the smallest possible runtime: a thread for each task.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test brings its own runtime, which reads the clock and starts threads"
)]

mod dropped;
mod events;
mod schedules;
#[path = "../threads/mod.rs"]
mod threads;

use std::{
    env,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    thread,
    time::Duration,
};

use scheduler_core::{
    Blocking, ErrorKind, Job, Options, RuntimeScheduler, Scheduler, SchedulerExt, Shutdown, State,
    implement::block_on,
    job::{CancelMode, CancelStatus, OutcomeKind},
    scope::JobScope,
};

use self::threads::Threads;

fn scheduler() -> Blocking<RuntimeScheduler<Threads>> {
    Blocking::new(RuntimeScheduler::new(Threads))
}

fn started() -> Blocking<RuntimeScheduler<Threads>> {
    let scheduler = scheduler();
    scheduler.start().unwrap();
    scheduler
}

#[test]
fn shutdown_before_start_is_not_running_and_leaves_it_new() {
    let scheduler = scheduler();
    let error = scheduler.shutdown(Shutdown::immediate()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotRunning);
    assert_eq!(scheduler.state(), State::New);
    scheduler.start().unwrap();
    scheduler.shutdown(Shutdown::graceful()).unwrap();
    assert_eq!(scheduler.state(), State::ShutDown);
    assert_eq!(scheduler.start().unwrap_err().kind(), ErrorKind::ShutDown);
}

#[test]
fn a_value_reaches_its_waiters() {
    let scheduler = started();
    let handle = scheduler.spawn_value(async { 6 * 7 }).unwrap();
    assert_eq!(handle.wait_blocking().unwrap().ok(), Some(42));
    assert_eq!(handle.clone().wait_blocking().unwrap().ok(), Some(42));
    let blocking = scheduler.spawn_blocking_value(|job| job.id()).unwrap();
    assert_eq!(blocking.wait_blocking().unwrap().ok(), Some(blocking.id()));
    scheduler.shutdown(Shutdown::graceful()).unwrap();
}

#[test]
fn panics_are_the_job_s_own() {
    let scheduler = started();
    let bad = scheduler.spawn(async { panic!("boom") }).unwrap();
    assert_eq!(
        bad.erase().wait_blocking().unwrap().kind(),
        OutcomeKind::Panicked
    );
    let good = scheduler.spawn_value(async { 1 }).unwrap();
    assert_eq!(good.wait_blocking().unwrap().ok(), Some(1));
    scheduler.shutdown(Shutdown::graceful()).unwrap();
}

/// Runs this test again in a second process, to read the output of that process.
#[test]
fn without_a_handler_each_failure_is_one_line_on_standard_error() {
    const NAME: &str = "without_a_handler_each_failure_is_one_line_on_standard_error";
    const WITHIN: &str = "SCHEDULER_CORE_DEFAULT_HANDLER";
    if env::var_os(WITHIN).is_some() {
        let scheduler = started();
        let job = scheduler
            .spawn(async { Err::<(), _>("no\nroute\u{1b}[2K\u{202e}") })
            .unwrap();
        let error = job.join_blocking().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::JobFailed);
        scheduler.shutdown(Shutdown::graceful()).unwrap();
        return;
    }
    let mut again = Command::new(env::current_exe().unwrap());
    let again = again
        .args([NAME, "--exact", "--nocapture"])
        .env(WITHIN, "1");
    let output = again.output().unwrap();
    let printed = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{printed}");
    let lines: Vec<_> = printed
        .lines()
        .filter(|line| line.contains("route"))
        .collect();
    let [line] = lines[..] else {
        panic!("there is one failure: {printed}");
    };
    assert!(
        line.starts_with("job (") && line.ends_with(r"): no\nroute\u{1b}[2K\u{202e}"),
        "{line}"
    );
}

#[test]
fn a_delayed_job_runs_and_a_cancelled_one_does_not() {
    let scheduler = started();
    let ran = Arc::new(AtomicUsize::new(0));
    let count = ran.clone();
    let job = Job::new(move |_| async move {
        count.fetch_add(1, SeqCst);
    });
    let never = scheduler
        .try_submit(job.after(Duration::from_secs(3600)))
        .unwrap();
    let soon = Job::new(|_| async {}).after(Duration::from_millis(10));
    let soon = scheduler.try_submit(soon).unwrap();
    assert_eq!(never.cancel(CancelMode::Immediate), CancelStatus::Prevented);
    assert_eq!(soon.wait_blocking().unwrap().kind(), OutcomeKind::Succeeded);
    assert_eq!(
        never.wait_blocking().unwrap().kind(),
        OutcomeKind::Cancelled
    );
    assert_eq!(ran.load(SeqCst), 0);
    scheduler.shutdown(Shutdown::graceful()).unwrap();
}

#[test]
fn a_suspended_job_is_dropped_when_cancelled() {
    let scheduler = started();
    let job = scheduler.spawn(std::future::pending::<()>()).unwrap();
    while job.status() != scheduler_core::job::JobStatus::Running {
        thread::yield_now();
    }
    assert_eq!(job.cancel(CancelMode::Immediate), CancelStatus::Requested);
    assert_eq!(job.wait_blocking().unwrap().kind(), OutcomeKind::Cancelled);
    assert_eq!(job.cancel(CancelMode::Immediate), CancelStatus::TooLate);
    scheduler.shutdown(Shutdown::graceful()).unwrap();
}

#[test]
fn waiting_for_oneself_is_refused() {
    let scheduler = started();
    let job = scheduler
        .try_submit(Job::new(|job| async move {
            let scheduler = job.scheduler().ok_or("no scheduler")?;
            let error = scheduler.shutdown(Shutdown::immediate()).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::WouldDeadlock);
            assert_eq!(
                scheduler.wait_idle().await.unwrap_err().kind(),
                ErrorKind::WouldDeadlock
            );
            scheduler.request_shutdown(Shutdown::graceful())?;
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
        }))
        .unwrap();
    let outcome = job.wait_blocking().unwrap();
    assert_eq!(outcome.kind(), OutcomeKind::Succeeded, "{outcome:?}");
    scheduler.stopped().unwrap();
}

#[test]
fn the_limit_holds_and_the_queue_is_first_in_first_out() {
    let options = Options::default().max_concurrent_jobs(1).queue_limit(2);
    let scheduler = Blocking::new(RuntimeScheduler::with_options(Threads, options).unwrap());
    let (order, ran) = mpsc::channel();
    let job = |n: i32| {
        let order = order.clone();
        Job::new(move |_| async move { order.send(n).unwrap() })
    };
    scheduler.post(job(1)).unwrap();
    scheduler.post(job(2)).unwrap();
    assert_eq!(
        scheduler.try_submit(job(3)).unwrap_err().kind(),
        ErrorKind::QueueFull
    );
    scheduler.start().unwrap();
    let waited = scheduler.submit(job(4)).unwrap();
    waited.wait_blocking().unwrap();
    assert_eq!(ran.try_iter().collect::<Vec<_>>(), [1, 2, 4]);
    scheduler.shutdown(Shutdown::graceful()).unwrap();
}

#[test]
fn many_due_at_once_all_run() {
    let scheduler = scheduler();
    let ran = Arc::new(AtomicUsize::new(0));
    for _ in 0..2_000 {
        let ran = ran.clone();
        let job = Job::future(async move {
            ran.fetch_add(1, SeqCst);
        });
        scheduler.post(job).unwrap();
    }
    scheduler.start().unwrap();
    scheduler.wait_idle().unwrap();
    assert_eq!(ran.load(SeqCst), 2_000);
    scheduler.shutdown(Shutdown::graceful()).unwrap();
}

#[test]
fn shutdown_cancels_what_does_not_end_in_time() {
    let scheduler = started();
    let stuck = scheduler.spawn(std::future::pending::<()>()).unwrap();
    let how = Shutdown::drain_within(Duration::from_millis(20)).cancel_grace(Duration::ZERO);
    let report = scheduler.shutdown(how).unwrap();
    assert_eq!(report.cancelled.len(), 1, "{report}");
    assert_eq!(
        stuck.wait_blocking().unwrap().kind(),
        OutcomeKind::Cancelled
    );
}

#[test]
fn a_job_that_ignores_everything_is_abandoned_and_named() {
    let scheduler = started();
    let (release, gate) = mpsc::channel::<()>();
    let (begun, begins) = mpsc::channel();
    let job = Job::blocking(move |_| {
        begun.send(()).unwrap();
        assert!(
            gate.recv().is_err(),
            "only the end of the test opens the gate"
        );
    });
    let stuck = scheduler.try_submit(job.name("stubborn")).unwrap();
    begins.recv_timeout(Duration::from_secs(10)).unwrap();
    let how = Shutdown::immediate().abandon_after(Duration::from_millis(20));
    let error = scheduler.shutdown(how).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(
        scheduler.stopped().unwrap().abandoned[0].to_string(),
        "stubborn"
    );
    assert_eq!(stuck.wait_blocking().unwrap().kind(), OutcomeKind::Lost);
    drop(release);
}

#[test]
fn the_text_form_tells_state_and_jobs() {
    let scheduler = scheduler();
    scheduler.post(Job::new(|_| async {})).unwrap();
    let text = format!("{:?}", *scheduler);
    let wanted = r#"RuntimeScheduler { backend: "threads", state: New, jobs: 1, .. }"#;
    assert_eq!(text, wanted);
    scheduler.start().unwrap();
    scheduler.shutdown(Shutdown::graceful()).unwrap();
    let text = format!("{:?}", *scheduler);
    assert!(text.contains("state: ShutDown, jobs: 0"), "{text}");
}

#[test]
fn a_scope_can_tell_all_of_its_jobs_to_end_and_no_others() {
    let scheduler = Arc::new(RuntimeScheduler::new(Threads));
    block_on(scheduler.start()).unwrap();
    let pending = || Job::future(std::future::pending::<()>());
    let other = scheduler.try_submit(pending()).unwrap();
    let scope = JobScope::new(scheduler.clone());
    scope.post(pending()).unwrap();
    scope.post(pending()).unwrap();
    scope.cancel(CancelMode::Immediate);
    let report = block_on(scope.drain()).unwrap();
    assert_eq!((report.cancelled.len(), report.succeeded), (2, 0));
    assert!(other.outcome().is_none());
    block_on(scheduler.shutdown(Shutdown::immediate())).unwrap();
}
