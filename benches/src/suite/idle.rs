use std::{
    thread,
    time::{Duration, Instant},
};

use scheduler_core::{Job, Options, Shutdown};
use tokio_util::time::DelayQueue;

use super::spawn::started;
use crate::{
    gauges::{process_time, wake_ups},
    host::{Host, TokioMulti, on_each_host},
    peers::{cron_scheduler, expired, recurring},
    plan::Plan,
};

const FAR: Duration = Duration::from_secs(3_600);

/// tokio-cron-scheduler gets slower with each job it has.
const CRON_SCHEDULER_MOST: usize = 10_000;

pub fn run(plan: &Plan) {
    let watch = Duration::from_millis(if plan.sizes(&[1], &[0]) == [0] {
        500
    } else {
        3_000
    });
    for size in plan.sizes(&[1_000_000], &[100_000]) {
        println!("\nidle with {size} jobs, the first of them an hour away");
        measure("nothing at all", watch, || {});
        on_each_host!(ours(size, watch));
        tasks(size, watch);
        delay_queue(size, watch);
        peer(size.min(CRON_SCHEDULER_MOST), watch);
    }
}

/// Prints the number of thread wake-ups; `pass` lets the time pass.
fn report(name: &str, watch: Duration, pass: impl FnOnce()) {
    let (woken, used) = (wake_ups(), process_time());
    pass();
    let (woken, used) = (wake_ups() - woken, process_time() - used);
    let seconds = watch.as_secs_f64();
    println!(
        "  {name:<44} {:>7.1} wake-ups a second  {:>8.3} ms of processor a second",
        woken as f64 / seconds,
        used.as_secs_f64() * 1e3 / seconds
    );
}

/// Measures the wake-ups, minus one for the measuring thread itself.
fn measure(name: &str, watch: Duration, before: impl FnOnce()) {
    before();
    thread::sleep(Duration::from_millis(300));
    report(name, watch, || thread::sleep(watch));
}

fn ours<H: Host>(host: H, size: usize, watch: Duration) {
    settle(host);
    let name = format!("{}, nothing on it", H::NAME);
    report(&name, watch, || pass(host, watch));
    let scheduler = started(host, Options::default());
    for number in 0..size as u64 {
        let far = FAR + Duration::from_millis(number);
        let job = Job::future(async {}).after(far);
        scheduler.post(job).expect("it is taken");
    }
    settle(host);
    let name = format!("{}, scheduler", H::NAME);
    report(&name, watch, || pass(host, watch));
    host.inside(async move {
        let end = scheduler.shutdown(Shutdown::immediate()).await;
        end.expect("nothing is abandoned");
    });
}

/// Lets time pass on the executor. A current-thread runtime runs only while a thread blocks on it.
fn pass<H: Host>(host: H, watch: Duration) {
    host.inside(async move { host.sleep_until(Instant::now() + watch).await });
}

fn settle<H: Host>(host: H) {
    pass(host, Duration::from_millis(300));
}

fn tasks(size: usize, watch: Duration) {
    let sleepers: Vec<_> = TokioMulti.inside(async move {
        let far = |number| FAR + Duration::from_millis(number);
        let sleep = |number| tokio::spawn(tokio::time::sleep(far(number)));
        (0..size as u64).map(sleep).collect()
    });
    measure("a tokio task that sleeps, each", watch, || {});
    sleepers.iter().for_each(tokio::task::JoinHandle::abort);
}

fn delay_queue(size: usize, watch: Duration) {
    let (send, queue) = std::sync::mpsc::channel();
    TokioMulti.inside(async move {
        let task = tokio::spawn(async move {
            let mut queue = DelayQueue::new();
            for number in 0..size as u64 {
                queue.insert(number, FAR + Duration::from_millis(number));
            }
            _ = expired(&mut queue).await;
        });
        send.send(task).expect("it is received");
    });
    let queue = queue.recv().expect("it was sent");
    measure("DelayQueue", watch, || {});
    queue.abort();
}

fn peer(size: usize, watch: Duration) {
    let mut scheduler = TokioMulti.inside(async move {
        let scheduler = cron_scheduler().await;
        for _ in 0..size {
            scheduler.add(recurring(FAR)).await.expect("it is taken");
        }
        scheduler
    });
    measure(
        &format!("tokio-cron-scheduler, {size} of them"),
        watch,
        || {},
    );
    TokioMulti.inside(async move { scheduler.shutdown().await.expect("it ends") });
}
