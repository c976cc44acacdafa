//! A scheduler on tokio's clock, which tests pause, advance and resume.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    thread,
    time::Duration,
};

use backend_tokio::{TokioRuntime, TokioScheduler};
use chrono::TimeDelta;
use scheduler_core::{
    EventFilter, EventKind, Job, Runtime, Scheduler, SchedulerExt, Shutdown,
    trigger::{Cron, Interval},
};
use scheduler_testing::VirtualRuntime;
use tokio::time::{self, Instant};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
/// tokio's timers are rounded up to a millisecond.
const ROUNDING: Duration = Duration::from_millis(2);

async fn started() -> TokioScheduler {
    let scheduler = TokioScheduler::new(TokioRuntime::ambient());
    scheduler.start().await.expect("it starts");
    scheduler
}

async fn ended(scheduler: &TokioScheduler) {
    let end = scheduler.shutdown(Shutdown::graceful()).await;
    end.expect("it ends");
}

/// Returns a job that counts its runs.
fn counting(runs: &Arc<AtomicUsize>) -> Job {
    let runs = runs.clone();
    Job::new(move |_| {
        let runs = runs.clone();
        async move {
            runs.fetch_add(1, SeqCst);
        }
    })
}

#[tokio::test(start_paused = true)]
async fn a_job_in_a_minute_runs_when_the_clock_gets_there_by_itself() {
    let (scheduler, begun, runs) = (started().await, Instant::now(), Arc::default());
    let job = scheduler.try_submit(counting(&runs).after(MINUTE));
    job.expect("accepted").wait().await.expect("it ends");
    let passed = begun.elapsed();
    assert!(
        MINUTE <= passed && passed <= MINUTE + ROUNDING,
        "{passed:?}"
    );
    ended(&scheduler).await;
}

#[tokio::test(start_paused = true)]
async fn an_advance_makes_due_what_lies_in_it() {
    let (scheduler, runs) = (started().await, Arc::<AtomicUsize>::default());
    scheduler
        .post(counting(&runs).after(HOUR))
        .expect("accepted");
    time::advance(HOUR - MINUTE).await;
    scheduler.wait_idle().await.expect("idle");
    assert_eq!(runs.load(SeqCst), 0);
    time::advance(MINUTE + ROUNDING).await;
    scheduler.wait_idle().await.expect("idle");
    assert_eq!(runs.load(SeqCst), 1);
    ended(&scheduler).await;
}

#[tokio::test(start_paused = true)]
async fn intervals_and_calendars_follow_the_same_clock() {
    let scheduler = started().await;
    let mut events = scheduler.subscribe(EventFilter::scheduler());
    let runs = [(); 2].map(|()| Arc::new(Mutex::new(Vec::new())));
    let note = |runs: &Arc<Mutex<Vec<_>>>| {
        let runs = runs.clone();
        move |job: scheduler_core::JobContext| {
            runs.lock().expect("no panic").push(job.nominal());
            async {}
        }
    };
    let every = Interval::every(MINUTE).expect("not zero");
    scheduler.schedule_fn(every, note(&runs[0])).expect("added");
    let minutely = Cron::parse("* * * * *").expect("it parses");
    scheduler
        .schedule_fn(minutely, note(&runs[1]))
        .expect("added");
    time::sleep(10 * MINUTE + MINUTE / 2).await;
    for runs in &runs {
        let runs = runs.lock().expect("no panic");
        assert!((10..=11).contains(&runs.len()), "{runs:?}");
        let apart = runs.windows(2).map(|pair| pair[1] - pair[0]);
        assert!(
            apart.eq(vec![TimeDelta::minutes(1); runs.len() - 1]),
            "{runs:?}"
        );
    }
    while let Some(event) = events.try_next() {
        assert!(
            !matches!(
                event.kind,
                EventKind::ClockJumped { .. } | EventKind::SleepsEndEarly { .. }
            ),
            "{event:?}"
        );
    }
    ended(&scheduler).await;
}

#[tokio::test]
async fn a_clock_that_is_paused_later_and_resumed_takes_the_scheduler_along() {
    let (scheduler, runs) = (started().await, Arc::<AtomicUsize>::default());
    let soon = counting(&runs).after(Duration::from_millis(5));
    scheduler
        .try_submit(soon)
        .expect("accepted")
        .wait()
        .await
        .expect("it ends");
    time::pause();
    let later = scheduler
        .try_submit(counting(&runs).after(HOUR))
        .expect("accepted");
    let cron = Cron::parse("@hourly").expect("it parses");
    let hourly = Arc::<AtomicUsize>::default();
    let count = hourly.clone();
    let task = move |_| {
        count.fetch_add(1, SeqCst);
        async {}
    };
    scheduler.schedule_fn(cron, task).expect("added");
    later.wait().await.expect("it ends");
    assert_eq!((runs.load(SeqCst), hourly.load(SeqCst)), (2, 1));
    time::resume();
    let soon = counting(&runs).after(Duration::from_millis(5));
    scheduler
        .try_submit(soon)
        .expect("accepted")
        .wait()
        .await
        .expect("it ends");
    assert_eq!(runs.load(SeqCst), 3);
    ended(&scheduler).await;
}

#[tokio::test(start_paused = true)]
async fn calls_of_plain_threads_go_by_the_clock_of_the_runtime() {
    let (scheduler, begun, runs) = (started().await, Instant::now(), Arc::default());
    time::advance(HOUR).await;
    let (it, job) = (scheduler.clone(), counting(&runs).after(MINUTE));
    let posted = thread::spawn(move || it.try_submit(job).expect("accepted"));
    let posted = posted.join().expect("no panic");
    posted.wait().await.expect("it ends");
    let passed = begun.elapsed();
    assert!(
        passed >= HOUR + MINUTE && passed <= HOUR + MINUTE + 2 * ROUNDING,
        "{passed:?}"
    );
    ended(&scheduler).await;
}

#[tokio::test(start_paused = true)]
async fn limits_of_time_are_of_that_clock() {
    let scheduler = started().await;
    let begun = Instant::now();
    let endless = scheduler
        .spawn(std::future::pending::<()>())
        .expect("accepted");
    assert!(endless.wait_timeout(MINUTE).await.is_err());
    assert!(begun.elapsed() >= MINUTE);
    let end = scheduler.shutdown(Shutdown::drain_within(HOUR)).await;
    assert_eq!(end.expect("it ends").cancelled.len(), 1);
    assert!(begun.elapsed() >= MINUTE + HOUR);
}

#[tokio::test]
async fn the_wall_clock_of_a_running_clock_is_the_systems() {
    let runtime = TokioRuntime::ambient();
    let apart = || (runtime.now().wall() - scheduler_core::runtime::Now::system().wall()).abs();
    assert!(apart() < TimeDelta::minutes(1));
    time::pause();
    time::advance(HOUR).await;
    assert!(apart() > TimeDelta::minutes(59));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn virtual_time_may_be_used_where_the_runtime_has_threads_of_its_own() {
    let time = VirtualRuntime::new(TokioRuntime::ambient());
    let scheduler = scheduler_core::RuntimeScheduler::new(time.clone());
    time.run(scheduler.start()).expect("it starts");
    let runs = Arc::<AtomicUsize>::default();
    time.run(async { scheduler.post(counting(&runs).after(HOUR)) })
        .expect("accepted");
    time.advance(HOUR);
    assert_eq!(runs.load(SeqCst), 1);
    time.run(scheduler.shutdown(Shutdown::graceful()))
        .expect("it ends");
}

#[tokio::test]
async fn virtual_time_says_at_once_where_it_would_wait_for_its_own_thread() {
    let time = VirtualRuntime::new(TokioRuntime::ambient());
    let advance = std::panic::AssertUnwindSafe(|| time.advance(HOUR));
    let seen = std::panic::catch_unwind(advance);
    let panic = seen.expect_err("it cannot wait here");
    let said = panic.downcast_ref::<String>().expect("a text");
    assert!(said.contains("flavor = \"multi_thread\""), "{said}");
}

/// Blocking is allowed where tokio allows it.
#[tokio::test]
async fn virtual_time_may_be_used_on_a_thread_for_what_blocks() {
    let time = VirtualRuntime::new(TokioRuntime::ambient());
    let (slept, has_slept) = mpsc::channel();
    let clock = time.clone();
    let test = tokio::task::spawn_blocking(move || {
        let sleep = clock.sleep(HOUR);
        let task = Box::pin(async move {
            sleep.await;
            slept.send(()).expect("it is waited for");
        });
        clock.spawn(task).expect("taken");
        clock.advance(HOUR);
    });
    test.await.expect("no panic");
    has_slept.try_recv().expect("it slept");
}
