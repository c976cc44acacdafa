use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use scheduler_core::{Job, Options, Scheduler};

use super::spawn::started;
use crate::{
    compare::percentile,
    host::{Host, on_each_host},
    latch::Latch,
    plan::Plan,
};

/// The median and the 99th percentile in microseconds, and the number of early runs.
struct Lateness {
    p50: f64,
    p99: f64,
    early: usize,
}

pub fn run(plan: &Plan) {
    for size in plan.sizes(&[1_000], &[100]) {
        let rounds = plan.rounds(5, 2);
        on_each_host!(compare(size, rounds));
    }
}

/// Alternates samples of the scheduler and of the bare host, so that both see the same machine load.
fn compare<H: Host>(host: H, size: usize, rounds: usize) {
    println!(
        "\nlateness of {size} lone jobs, {} [{rounds} rounds]",
        H::NAME
    );
    let scheduler = started(host, Options::default());
    let mut ratios = Vec::new();
    let mut last = None;
    for _ in 0..rounds {
        let (raw, ours) = host.inside(alternate(host, scheduler.clone(), size));
        ratios.push(ours.p50 / raw.p50);
        last = Some((raw, ours));
    }
    let Some((raw, ours)) = last else { return };
    print("its own sleep", &raw);
    print("scheduler", &ours);
    println!(
        "  ratio of the medians {:.3}x  ({:.3} … {:.3})",
        percentile(&mut ratios, 0.5),
        percentile(&mut ratios, 0.0),
        percentile(&mut ratios, 1.0),
    );
}

fn print(name: &str, lateness: &Lateness) {
    println!(
        "  {name:<44} p50 {:>7.1} µs   p99 {:>7.1} µs   early {}",
        lateness.p50, lateness.p99, lateness.early
    );
}

async fn alternate<H: Host>(
    host: H,
    scheduler: Arc<dyn Scheduler>,
    size: usize,
) -> (Lateness, Lateness) {
    let (mut raw, mut ours) = (Vec::new(), Vec::new());
    for number in 0..size as u64 {
        let ahead = Duration::from_micros(300 + number.wrapping_mul(2_654_435_761) % 3_700);
        raw.push(sleep(host, ahead).await);
        ours.push(job(&scheduler, ahead).await);
    }
    (Lateness::of(raw), Lateness::of(ours))
}

/// Runs a task that sleeps, as a program without a scheduler does.
async fn sleep<H: Host>(host: H, ahead: Duration) -> f64 {
    let due = Instant::now() + ahead;
    let (latch, late) = (Latch::new(1), Arc::new(Mutex::new(0.0)));
    let (hit, note) = (latch.clone(), late.clone());
    H::detach(host.spawn(async move {
        host.sleep_until(due).await;
        *note.lock().expect("no panic") = since(due);
        hit.hit();
    }));
    latch.opened().await;
    let late = late.lock().expect("no panic");
    *late
}

async fn job(scheduler: &Arc<dyn Scheduler>, ahead: Duration) -> f64 {
    let due = Instant::now() + ahead;
    let (latch, late) = (Latch::new(1), Arc::new(Mutex::new(0.0)));
    let (hit, note) = (latch.clone(), late.clone());
    let job = Job::future(async move {
        *note.lock().expect("no panic") = since(due);
        hit.hit();
    });
    scheduler.post(job.after(ahead)).expect("it is taken");
    latch.opened().await;
    let late = late.lock().expect("no panic");
    *late
}

/// Returns the microseconds since `due`, negative before it.
fn since(due: Instant) -> f64 {
    let now = Instant::now();
    let late = now.saturating_duration_since(due).as_nanos() as f64;
    let early = due.saturating_duration_since(now).as_nanos() as f64;
    (late - early) / 1e3
}

impl Lateness {
    fn of(mut samples: Vec<f64>) -> Self {
        Self {
            p50: percentile(&mut samples, 0.5),
            p99: percentile(&mut samples, 0.99),
            early: samples.iter().filter(|&&late| late < 0.0).count(),
        }
    }
}
