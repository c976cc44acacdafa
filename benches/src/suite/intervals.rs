use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use scheduler_core::{
    Options, Schedule, Scheduler, SchedulerExt, Shutdown, Task, trigger::Interval,
};

use crate::{
    compare::percentile,
    gauges::process_time,
    host::{Host, TokioCurrent, TokioMulti},
    plan::Plan,
};

/// The time before the measurement, and the time of the measurement.
const SETTLE: Duration = Duration::from_secs(2);
const WATCH: Duration = Duration::from_secs(4);

/// The record of the runs of all schedules.
#[derive(Default)]
struct Log {
    fired: AtomicU64,
    late_micros: Mutex<Vec<f64>>,
}

pub fn run(plan: &Plan) {
    for size in plan.sizes(&[100_000], &[10_000]) {
        println!("\n{size} schedules, each every second");
        for spread in [true, false] {
            measure(size, spread, "scheduler, tokio multi-thread", |log| {
                ours(TokioMulti, size, spread, log)
            });
            measure(size, spread, "scheduler, tokio current-thread", |log| {
                ours(TokioCurrent, size, spread, log)
            });
            measure(size, spread, "a tokio task and interval each", |log| {
                raw(size, spread, log)
            });
        }
    }
}

/// Returns a phase: spread evenly, or the same for all.
fn phase(number: usize, size: usize, spread: bool) -> Duration {
    let part = if spread {
        number as f64 / size as f64
    } else {
        0.0
    };
    Duration::from_secs(1) + Duration::from_secs(1).mul_f64(part)
}

fn measure(size: usize, spread: bool, name: &str, watch: impl FnOnce(Arc<Log>) -> Duration) {
    let log = Arc::new(Log::default());
    let used = watch(log.clone());
    let fired = log.fired.load(Ordering::Relaxed);
    let mut late = log.late_micros.lock().expect("no panic");
    let expected = size as u64 * WATCH.as_secs();
    println!(
        "  {:<8} {name:<34} {:>6.0} ns of processor a run  late p50 {:>8.0} µs  p99 {:>8.0} µs  ({fired} of about {expected} runs)",
        if spread { "spread" } else { "aligned" },
        used.as_nanos() as f64 / fired as f64,
        percentile(&mut late, 0.5),
        percentile(&mut late, 0.99),
    );
}

impl Log {
    /// Records one sample in 64, so that recording costs little.
    fn note(&self, late: impl FnOnce() -> f64) {
        let number = self.fired.fetch_add(1, Ordering::Relaxed);
        if number.is_multiple_of(64) {
            self.late_micros.lock().expect("no panic").push(late());
        }
    }

    /// Runs for the measured time, and returns the processor time used.
    fn watch(&self) -> Duration {
        thread::sleep(SETTLE);
        self.late_micros.lock().expect("no panic").clear();
        self.fired.store(0, Ordering::Relaxed);
        let before = process_time();
        thread::sleep(WATCH);
        process_time() - before
    }
}

fn micros(late: TimeDelta) -> f64 {
    late.num_nanoseconds().unwrap_or(i64::MAX) as f64 / 1e3
}

fn ours<H: Host>(host: H, size: usize, spread: bool, log: Arc<Log>) -> Duration {
    let scheduler = host.scheduler(Options::default());
    let base = Utc::now() + TimeDelta::milliseconds(200);
    for number in 0..size {
        let first = base + phase(number, size, spread);
        scheduler
            .add(schedule(first, log.clone()))
            .expect("it is taken");
    }
    let watcher = thread::spawn(move || log.watch());
    host.inside(async move {
        scheduler.start().await.expect("it starts");
        while !watcher.is_finished() {
            host.sleep_until(Instant::now() + Duration::from_millis(50))
                .await;
        }
        let end = scheduler.shutdown(Shutdown::immediate()).await;
        end.expect("nothing is abandoned");
        watcher.join().expect("no panic")
    })
}

fn schedule(first: DateTime<Utc>, log: Arc<Log>) -> Schedule {
    let every = Interval::every(Duration::from_secs(1)).expect("a second");
    let task = Task::new(move |job| {
        log.note(|| micros(Utc::now() - job.nominal()));
        async {}
    });
    Schedule::new(every.starting_at(first), task)
}

fn raw(size: usize, spread: bool, log: Arc<Log>) -> Duration {
    TokioMulti.inside(async move {
        let base = Instant::now() + Duration::from_millis(200);
        let tasks: Vec<_> = (0..size)
            .map(|number| tokio::spawn(tick(base + phase(number, size, spread), log.clone())))
            .collect();
        let watcher = thread::spawn(move || log.watch());
        while !watcher.is_finished() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        tasks.iter().for_each(tokio::task::JoinHandle::abort);
        watcher.join().expect("no panic")
    })
}

async fn tick(first: Instant, log: Arc<Log>) {
    let mut interval = tokio::time::interval_at(first.into(), Duration::from_secs(1));
    loop {
        let nominal = interval.tick().await;
        log.note(|| nominal.elapsed().as_nanos() as f64 / 1e3);
    }
}
