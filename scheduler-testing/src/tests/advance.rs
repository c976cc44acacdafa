//! Tests of the calls that advance the time.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta};
use scheduler_core::Runtime;

use super::{super::VirtualRuntime, Log, ms, runtimes::Threads, spawn_napper, virtual_pool};

#[test]
fn timers_fire_in_order_at_their_own_instants() {
    let time = virtual_pool();
    let log = Log::new(&time);
    spawn_napper(&log, "slow", &[30, 1]);
    spawn_napper(&log, "quick", &[10, 10, 10, 10]);
    time.advance(ms(35));
    assert_eq!(
        log.take(),
        ["10 quick", "20 quick", "30 slow", "30 quick", "31 slow"]
    );
    assert_eq!(time.elapsed(), ms(35));
    time.advance(ms(5));
    assert_eq!(log.take(), ["40 quick"]);
    assert_eq!(time.participants(), 0);
}

#[test]
fn a_timer_at_the_very_target_fires() {
    let time = virtual_pool();
    let log = Log::new(&time);
    spawn_napper(&log, "nap", &[10, 10]);
    time.advance(ms(10));
    assert_eq!(log.take(), ["10 nap"]);
    time.advance(ms(9));
    assert!(log.take().is_empty());
    time.advance(ms(1));
    assert_eq!(log.take(), ["20 nap"]);
}

#[test]
fn what_a_timer_woke_runs_before_the_next_timer_of_that_instant_fires() {
    let time = virtual_pool();
    let log = Log::new(&time);
    spawn_napper(&log, "first", &[10, 0, 0]);
    spawn_napper(&log, "second", &[10]);
    assert_eq!(time.advance_to_next_timer(), Some(ms(10)));
    assert_eq!(log.take(), ["10 first", "10 first", "10 first"]);
    assert_eq!(time.advance_to_next_timer(), Some(Duration::ZERO));
    assert_eq!(log.take(), ["10 second"]);
    assert_eq!(time.advance_to_next_timer(), None);
    assert_eq!(time.timer_fires(), 2);
}

#[test]
fn time_stands_still_by_itself() {
    let time = virtual_pool();
    let log = Log::new(&time);
    spawn_napper(&log, "nap", &[1]);
    time.settle();
    time.settle();
    assert_eq!((time.elapsed(), time.pending_timers()), (Duration::ZERO, 1));
    assert!(log.take().is_empty());
}

#[test]
fn a_dropped_sleep_frees_its_timer() {
    let time = virtual_pool();
    let started = time.run(async {
        let mut sleep = time.sleep(ms(1_000));
        let done = std::future::poll_fn(|cx| std::task::Poll::Ready(sleep.as_mut().poll(cx))).await;
        (done.is_ready(), time.pending_timers())
    });
    assert_eq!(started, (false, 1));
    assert_eq!(time.pending_timers(), 0);
    assert_eq!(time.advance_to_next_timer(), None);
}

#[test]
fn a_sleep_into_the_past_is_over() {
    let time = virtual_pool();
    time.advance(ms(5));
    let past = time.now().mono() - ms(1);
    time.run(time.sleep_until(past));
    time.run(time.sleep(Duration::ZERO));
    assert_eq!((time.elapsed(), time.timer_fires()), (ms(5), 0));
}

#[test]
fn both_clocks_follow_virtual_time_and_the_wall_may_jump() {
    let start = DateTime::from_timestamp(1_000_000_000, 0).unwrap();
    let time = VirtualRuntime::new(Threads).starting_at(start);
    let before = time.now();
    assert_eq!(before.wall(), start);
    time.advance(ms(1_500));
    assert_eq!(time.now().mono() - before.mono(), ms(1_500));
    assert_eq!(time.now().wall() - start, TimeDelta::milliseconds(1_500));

    time.jump_wall(TimeDelta::hours(-2));
    time.advance(ms(500));
    assert_eq!(time.now().mono() - before.mono(), ms(2_000));
    let expected = TimeDelta::hours(-2) + TimeDelta::seconds(2);
    assert_eq!(time.now().wall() - start, expected);
}

#[test]
fn the_wall_clock_starts_in_2026_and_ends_with_the_calendar() {
    let time = virtual_pool();
    assert_eq!(time.now().wall().to_rfc3339(), "2026-01-01T00:00:00+00:00");
    time.jump_wall(TimeDelta::MAX);
    time.jump_wall(TimeDelta::MAX);
    assert_eq!(time.now().wall(), DateTime::<chrono::Utc>::MAX_UTC);
}

#[test]
fn jumping_wakes_nobody() {
    let time = virtual_pool();
    spawn_napper(&Log::new(&time), "nap", &[1_000]);
    time.settle();
    let polls = time.polls();
    time.jump_wall(TimeDelta::days(1));
    time.settle();
    assert_eq!((time.polls(), time.elapsed()), (polls, Duration::ZERO));
}

#[test]
#[should_panic(expected = "no instant lies that far ahead")]
fn time_has_an_end() {
    virtual_pool().advance(Duration::MAX);
}

#[test]
fn a_day_of_seconds_takes_no_time() {
    let time = virtual_pool();
    let ticks = Arc::new(std::sync::atomic::AtomicU32::new(0));
    let (clock, counter) = (time.clone(), ticks.clone());
    let tick = async move {
        loop {
            clock.sleep(ms(1_000)).await;
            counter.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        }
    };
    time.spawn(Box::pin(tick)).unwrap();
    time.advance(Duration::from_secs(86_400));
    assert_eq!(ticks.load(std::sync::atomic::Ordering::SeqCst), 86_400);
}
