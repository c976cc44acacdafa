//! Cases of R10, R11, TM-003: when sleeps and jobs end, in real time.
//!
//! A *wave* of sleeps is compared with the sleeps of a plain thread at the same time. On a loaded
//! machine both are late, so a wave that is not as required is repeated: a runtime that is late is so
//! in every wave. A wave in which the plain thread was too late proves nothing and is not counted.

use std::{
    panic::panic_any,
    sync::{Arc, mpsc},
    task::{Context, Waker},
    thread,
    time::{Duration, Instant},
};

use scheduler_core::{Job, Runtime, Scheduler};

use crate::{Backend, case::Inconclusive, limits::patience, world::Live};

/// The time from the start of a wave to its first deadline.
const LEAD_IN: Duration = Duration::from_millis(10);

/// The end of one sleep or job: its distance, and by how much it was late. Negative if it was early.
type End = (Duration, i64);

struct Wave {
    ends: Vec<End>,
    /// Lateness of a plain thread at the same deadlines.
    system: Duration,
}

/// Returns the bound of lateness: `least`, which every machine achieves if nothing delays its
/// threads, and several times the delay of the plain thread.
fn bound(system: Duration, least: Duration) -> i64 {
    i64::try_from((least + 4 * system).as_nanos()).unwrap_or(i64::MAX)
}

/// Sleeps on a plain thread to each of the ascending distances from `start`. Returns the largest
/// lateness.
fn system_lateness(start: Instant, distances: &[Duration]) -> Duration {
    let late = distances.iter().map(|distance| {
        let deadline = start + *distance;
        thread::sleep(deadline.saturating_duration_since(Instant::now()));
        Instant::now().saturating_duration_since(deadline)
    });
    late.max().unwrap_or_default()
}

fn lateness(now: Instant, deadline: Instant) -> i64 {
    let nanos = |span: Duration| i64::try_from(span.as_nanos()).unwrap_or(i64::MAX);
    nanos(now.saturating_duration_since(deadline)) - nanos(deadline.saturating_duration_since(now))
}

/// Receives `count` ends while a plain thread sleeps to the same distances.
fn collect(ends: &mpsc::Receiver<End>, count: usize, distances: &[Duration]) -> Wave {
    let start = Instant::now() + LEAD_IN;
    let distances = distances.to_vec();
    let system = thread::spawn(move || system_lateness(start, &distances));
    let ended = |_| ends.recv_timeout(patience()).expect("every sleep ends");
    Wave {
        ends: (0..count).map(ended).collect(),
        system: system.join().expect("no panic"),
    }
}

/// Starts tasks that sleep to each distance, several for each.
fn wave_of_sleeps(runtime: &Arc<dyn Runtime>, distances: &[Duration]) -> Wave {
    const OF_EACH: usize = 4;
    let (done, ends) = mpsc::channel();
    let start = runtime.now().mono() + LEAD_IN;
    for distance in distances.iter().cycle().take(distances.len() * OF_EACH) {
        let (done, on, distance) = (done.clone(), runtime.clone(), *distance);
        let task = async move {
            let deadline = start + distance;
            on.sleep_until(deadline).await;
            let late = lateness(on.now().mono(), deadline);
            done.send((distance, late)).unwrap_or_default();
        };
        runtime.spawn(Box::pin(task)).expect("spawned");
    }
    collect(&ends, distances.len() * OF_EACH, distances)
}

/// Result of a wave: `None` if it proves nothing, otherwise whether it is as required.
type Finding = Option<Result<(), String>>;

/// Repeats `wave` until one is as required. Both functions receive a factor for all distances,
/// which grows while the machine is too slow for a wave to prove anything.
fn until_good(mut wave: impl FnMut(u32) -> Wave, judge: impl Fn(&Wave, u32) -> Finding) {
    /// Number of waves that must be wrong before the runtime counts as wrong.
    const ENOUGH: u32 = 3;
    const LONGEST: u32 = 32;
    let begun = Instant::now();
    let (mut wrong, mut factor) = (0, 1);
    loop {
        let wave = wave(factor);
        match judge(&wave, factor) {
            Some(Ok(())) => return,
            Some(Err(seen)) => {
                wrong += 1;
                assert!(wrong < ENOUGH || begun.elapsed() < patience(), "{seen}");
            }
            None if begun.elapsed() > 3 * patience() => {
                let why = format!("this machine delays its own threads by {:?}", wave.system);
                panic_any(Inconclusive::Unknown(why));
            }
            None => factor = LONGEST.min(2 * factor),
        }
    }
}

fn millis(distances: &[u32], factor: u32) -> Vec<Duration> {
    let millis = |count: &u32| factor * Duration::from_millis((*count).into());
    distances.iter().map(millis).collect()
}

/// Judges the lateness of a wave. Returns `None` if the bound exceeds `most`, because a wave of
/// late sleeps could then pass.
fn in_time(wave: &Wave, least: Duration, most: Duration) -> Finding {
    let bound = bound(wave.system, least);
    let latest = wave.ends.iter().max_by_key(|(_, late)| *late)?;
    let seen = || {
        let (distance, late) = (
            latest.0,
            Duration::from_nanos(latest.1.max(0).cast_unsigned()),
        );
        format!(
            "what was due in {distance:?} came {late:?} late, and a thread of the system {:?}",
            wave.system
        )
    };
    let is_proof = least + 4 * wave.system <= most;
    is_proof.then(|| {
        if latest.1 <= bound {
            Ok(())
        } else {
            Err(seen())
        }
    })
}

/// Detects a constant lateness of 0.2 s, and sleeps that last twice as long.
pub(super) fn sleeps_end_soon_after_their_deadline(backend: &dyn Backend) {
    const LEAST: Duration = Duration::from_millis(100);
    const MOST: Duration = Duration::from_millis(200);
    let harness = backend.harness();
    until_good(
        |factor| wave_of_sleeps(&harness.runtime, &millis(&[0, 1, 10, 50, 250], factor)),
        |wave, factor| in_time(wave, LEAST, factor * MOST),
    );
}

/// Returns whether sleeps of a minute end at their first poll. A wave on a loaded machine may hide that, because its
/// tasks look at the clock too late.
fn end_a_minute_early(runtime: &Arc<dyn Runtime>) -> bool {
    const MINUTE: Duration = Duration::from_secs(60);
    let (done, early) = mpsc::channel();
    let on = runtime.clone();
    let task = async move {
        let mut nobody = Context::from_waker(Waker::noop());
        let mut ends_early = || {
            let mut minute = on.sleep_until(on.now().mono() + MINUTE);
            minute.as_mut().poll(&mut nobody).is_ready()
        };
        // One of them may.
        done.send(ends_early() && ends_early()).unwrap_or_default();
    };
    runtime.spawn(Box::pin(task)).expect("spawned");
    early.recv_timeout(patience()).expect("the task ends")
}

/// A sleep may end early, but not most of them, in any wave.
pub(super) fn sleeps_follow_the_clock_of_their_runtime(backend: &dyn Backend) {
    /// Earliness that is allowed, in nanoseconds, because timers may count in whole milliseconds.
    const EARLY: i64 = -2_000_000;
    let harness = backend.harness();
    let early = end_a_minute_early(&harness.runtime);
    assert!(!early, "sleeps of a minute end at once");
    let distances = millis(&[5, 20, 40], 1);
    let judge = |wave: &Wave, _| {
        let are_early = |distance: &&Duration| {
            let ends = wave.ends.iter().filter(|(of, _)| of == *distance);
            let early = ends.clone().filter(|(_, late)| *late < EARLY);
            2 * early.count() > ends.count()
        };
        let early = distances.iter().find(are_early);
        Some(early.map_or(Ok(()), |distance| {
            Err(format!(
                "most sleeps of {distance:?} end before their deadline"
            ))
        }))
    };
    until_good(|_| wave_of_sleeps(&harness.runtime, &distances), judge);
}

pub(super) fn a_job_is_not_late(backend: &dyn Backend) {
    const LEAST: Duration = Duration::from_secs(1);
    const MOST: Duration = Duration::from_secs(4);
    const OF_EACH: usize = 4;
    let live = Live::new(backend).started();
    let wave = |factor| {
        let distances = millis(&[0, 10, 60], factor);
        let (done, ends) = mpsc::channel();
        let start = live.runtime.now().mono() + LEAD_IN;
        for distance in distances.iter().cycle().take(distances.len() * OF_EACH) {
            let (done, on, distance) = (done.clone(), live.runtime.clone(), *distance);
            let job = Job::new(move |_| {
                let end = (distance, lateness(on.now().mono(), start + distance));
                done.send(end).unwrap_or_default();
                async {}
            });
            live.scheduler
                .post(job.after(LEAD_IN + distance))
                .expect("accepted");
        }
        collect(&ends, distances.len() * OF_EACH, &distances)
    };
    until_good(wave, |wave, factor| in_time(wave, LEAST, factor * MOST));
}
