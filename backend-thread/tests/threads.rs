//! The number of threads, and their ends.

use std::{
    fs,
    future::poll_fn,
    num::NonZeroUsize,
    sync::{
        Arc, Barrier, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    task::{Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use backend_thread::{Builder, ThreadRuntime, ThreadScheduler};
use scheduler_core::{Blocking, JobHandle, Runtime, SchedulerExt, Shutdown};

/// Lets one test run at a time, because the tests count the threads of the process.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    until("scheduler-", 0);
    alone
}

/// Returns the number of threads whose name begins with `name`. The system keeps 15 characters of a
/// name.
fn threads(name: &str) -> usize {
    let tasks = fs::read_dir("/proc/self/task").expect("Linux");
    let name_of = |task: fs::DirEntry| fs::read_to_string(task.path().join("comm")).ok();
    let names = tasks.filter_map(|task| name_of(task.ok()?));
    names.filter(|found| found.starts_with(name)).count()
}

fn all_threads() -> usize {
    threads("scheduler-")
}

/// Waits until exactly this number of threads is left.
fn until(name: &str, wanted: usize) {
    let end = Instant::now() + Duration::from_secs(30);
    while threads(name) != wanted {
        assert!(Instant::now() < end, "{} threads of {name}", threads(name));
        thread::yield_now();
    }
}

fn count(number: usize) -> NonZeroUsize {
    NonZeroUsize::new(number).expect("not zero")
}

fn started(builder: &Builder) -> Blocking<ThreadScheduler> {
    let scheduler = Blocking::new(ThreadScheduler::new(builder.build()));
    scheduler.start().expect("it starts");
    scheduler
}

fn done<T: Clone + Send + Sync + 'static>(job: &JobHandle<T>) {
    assert!(job.wait_blocking().expect("no deadlock").ok().is_some());
}

#[test]
fn no_thread_before_the_start_and_none_after_the_end() {
    let _alone = alone();
    let scheduler = Blocking::new(ThreadScheduler::new(ThreadRuntime::new()));
    assert_eq!(all_threads(), 0);
    scheduler.start().expect("it starts");
    done(&scheduler.spawn(async {}).expect("accepted"));
    done(&scheduler.spawn_blocking(|_| ()).expect("accepted"));
    let sleep = scheduler.spawn_blocking(|job| {
        scheduler_core::implement::block_on(job.sleep(Duration::from_millis(5)));
    });
    done(&sleep.expect("accepted"));
    assert!(all_threads() >= 2, "workers, and one for what blocked");
    scheduler.shutdown(Shutdown::graceful()).expect("it ends");
    // Much less than the ten seconds for which an idle thread waits for work.
    let end = Instant::now() + Duration::from_secs(8);
    while all_threads() > 0 {
        assert!(Instant::now() < end, "{} are left", all_threads());
        thread::yield_now();
    }
}

#[test]
fn what_blocks_never_has_more_threads_than_the_limit() {
    let _alone = alone();
    const LIMIT: usize = 8;
    let scheduler = started(&ThreadRuntime::builder().blocking_limit(count(LIMIT)));
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let full = Arc::new(Barrier::new(LIMIT));
    let job = || {
        let (running, most, full) = (running.clone(), most.clone(), full.clone());
        scheduler.spawn_blocking(move |_| {
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            // Opens only when as many pieces of work block at once as the limit allows.
            full.wait();
            running.fetch_sub(1, Ordering::SeqCst);
        })
    };
    let jobs: Vec<_> = (0..LIMIT * 10).map(|_| job().expect("accepted")).collect();
    for job in &jobs {
        done(job);
    }
    assert_eq!(most.load(Ordering::SeqCst), LIMIT);
    assert_eq!(threads("scheduler-block"), LIMIT, "they wait for more");
    scheduler.shutdown(Shutdown::graceful()).expect("it ends");
    until("scheduler-", 0);
}

#[test]
fn a_pool_full_of_blocking_work_holds_up_no_task() {
    let _alone = alone();
    let scheduler = started(
        &ThreadRuntime::builder()
            .workers(count(1))
            .blocking_limit(count(2)),
    );
    let (release, gate) = mpsc::channel::<()>();
    let gate = Arc::new(Mutex::new(gate));
    let blocked: Vec<_> = (0..6)
        .map(|_| {
            let gate = gate.clone();
            let wait = move |_| assert!(gate.lock().expect("no panic").recv().is_err());
            scheduler.spawn_blocking(wait).expect("accepted")
        })
        .collect();
    for _ in 0..100 {
        done(&scheduler.spawn(async {}).expect("accepted"));
    }
    drop(release);
    for job in &blocked {
        done(job);
    }
    scheduler.shutdown(Shutdown::graceful()).expect("it ends");
}

#[test]
fn an_idle_thread_ends_after_a_while() {
    let _alone = alone();
    let scheduler = started(&ThreadRuntime::builder().keep_alive(Duration::from_millis(10)));
    done(&scheduler.spawn_blocking(|_| ()).expect("accepted"));
    until("scheduler-block", 0);
    assert!(all_threads() > 0, "the scheduler still runs");
    done(&scheduler.spawn_blocking(|_| ()).expect("accepted"));
    scheduler.shutdown(Shutdown::graceful()).expect("it ends");
}

#[test]
fn workers_are_as_many_as_told() {
    let _alone = alone();
    let scheduler = started(&ThreadRuntime::builder().workers(count(3)));
    let jobs: Vec<_> = (0..500)
        .map(|_| scheduler.spawn(async { thread::yield_now() }))
        .collect();
    assert!(threads("scheduler-worke") <= 3);
    for job in jobs {
        done(&job.expect("accepted"));
    }
    assert!(threads("scheduler-worke") <= 3);
    scheduler.shutdown(Shutdown::graceful()).expect("it ends");
    until("scheduler-", 0);
}

#[test]
fn a_runtime_that_is_dropped_drops_what_has_not_begun() {
    let _alone = alone();
    let runtime = ThreadRuntime::builder().blocking_limit(count(1)).build();
    let (release, gate) = mpsc::channel::<()>();
    let (begun, has_begun) = mpsc::channel::<()>();
    let first = move || {
        drop(begun);
        assert!(gate.recv().is_err());
    };
    runtime.spawn_blocking(Box::new(first)).expect("taken");
    assert!(has_begun.recv().is_err());
    let (dropped, is_dropped) = mpsc::channel::<()>();
    runtime
        .spawn_blocking(Box::new(move || dropped.send(()).expect("never called")))
        .expect("taken");
    drop(runtime);
    assert_eq!(is_dropped.recv(), Err(mpsc::RecvError));
    drop(release);
    until("scheduler-", 0);
}

#[test]
fn a_runtime_that_is_dropped_while_it_polls_drops_the_task_after() {
    let _alone = alone();
    let runtime = ThreadRuntime::new();
    let (release, gate) = mpsc::channel::<()>();
    let (begun, has_begun) = mpsc::channel::<Waker>();
    let (dropped, is_dropped) = mpsc::channel::<()>();
    let task = async move {
        let _held = dropped;
        poll_fn(move |cx| {
            begun.send(cx.waker().clone()).expect("it is waited for");
            assert!(gate.recv().is_err());
            Poll::<()>::Pending
        })
        .await;
    };
    runtime.spawn(Box::pin(task)).expect("taken");
    let waker = has_begun.recv().expect("it is polled");
    drop(runtime);
    drop(release);
    let gone = is_dropped.recv_timeout(Duration::from_secs(30));
    assert_eq!(gone, Err(mpsc::RecvTimeoutError::Disconnected));
    drop(waker);
    until("scheduler-", 0);
}

/// The values that a task holds are dropped at once, even while its waker is kept.
#[test]
fn a_runtime_that_is_dropped_drops_tasks_that_wait() {
    let _alone = alone();
    let runtime = ThreadRuntime::builder().workers(count(1)).build();
    let (waits, is_waiting) = mpsc::channel::<Waker>();
    let (dropped, is_dropped) = mpsc::channel::<()>();
    let task = poll_fn(move |cx| {
        let _held = &dropped;
        waits.send(cx.waker().clone()).expect("it is waited for");
        Poll::Pending
    });
    runtime.spawn(Box::pin(task)).expect("taken");
    let waker = is_waiting.recv().expect("it is polled");
    // The only worker takes the next task after it has finished this one.
    let (next, has_come) = mpsc::channel::<()>();
    runtime
        .spawn(Box::pin(async move { drop(next) }))
        .expect("taken");
    assert!(has_come.recv().is_err());
    drop(runtime);
    let gone = is_dropped.recv_timeout(Duration::from_secs(30));
    assert_eq!(gone, Err(mpsc::RecvTimeoutError::Disconnected));
    drop(waker);
    until("scheduler-", 0);
}

/// A panic payload, or a value held by a task, that panics when it is dropped.
struct PanicsOnDrop;

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

#[test]
fn panics_end_no_thread() {
    let _alone = alone();
    let runtime = ThreadRuntime::builder()
        .workers(count(1))
        .blocking_limit(count(1))
        .build();
    let (done, ended) = mpsc::channel();
    // Keeps the threads until the end of the test.
    runtime
        .spawn(Box::pin(std::future::pending()))
        .expect("taken");
    for round in 0..20 {
        let odd = move || {
            if round % 2 == 0 {
                std::panic::resume_unwind(Box::new(PanicsOnDrop));
            }
            drop(PanicsOnDrop);
        };
        runtime
            .spawn(Box::pin(async move { odd() }))
            .expect("taken");
        runtime.spawn_blocking(Box::new(odd)).expect("taken");
        let held = PanicsOnDrop;
        let holds = poll_fn(move |_| {
            let _held = &held;
            Poll::Ready(())
        });
        runtime.spawn(Box::pin(holds)).expect("taken");
    }
    let blocking = done.clone();
    runtime
        .spawn(Box::pin(async move {
            done.send(thread::current().id()).expect("open");
        }))
        .expect("taken");
    runtime
        .spawn_blocking(Box::new(move || {
            blocking.send(thread::current().id()).expect("open");
        }))
        .expect("taken");
    for _ in 0..2 {
        ended
            .recv_timeout(Duration::from_secs(30))
            .expect("the threads live");
    }
    assert_eq!(
        (threads("scheduler-worke"), threads("scheduler-block")),
        (1, 1)
    );
    drop(runtime);
    until("scheduler-", 0);
}

#[test]
fn two_sleeps_until_the_same_instant_both_end() {
    let _alone = alone();
    let runtime = Arc::new(ThreadRuntime::new());
    assert_eq!(runtime.name(), "thread");
    let deadline = Instant::now() + Duration::from_millis(50);
    let (done, ended) = mpsc::channel();
    for _ in 0..2 {
        let (sleep, done) = (runtime.sleep_until(deadline), done.clone());
        let task = async move {
            sleep.await;
            done.send(()).expect("the test waits");
        };
        runtime.spawn(Box::pin(task)).expect("it is taken");
    }
    for _ in 0..2 {
        let patience = Duration::from_secs(30);
        ended.recv_timeout(patience).expect("each is woken");
    }
}
