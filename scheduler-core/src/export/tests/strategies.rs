//! Strategies for schedules.

use crate::{
    Misfire, MisfirePolicy, Trigger, Which,
    job::Retry,
    trigger::{AnyOf, Cron, Interval, Jittered, Once},
};
use chrono::{DateTime, Utc};
use proptest::prelude::*;
use std::{sync::Arc, time::Duration};

pub(super) fn seconds(range: std::ops::Range<u64>) -> impl Strategy<Value = Duration> {
    range.prop_map(Duration::from_secs)
}

pub(super) fn instant() -> impl Strategy<Value = DateTime<Utc>> {
    (1_700_000_000_i64..1_900_000_000).prop_map(|at| DateTime::from_timestamp(at, 0).unwrap())
}

fn simple_trigger() -> impl Strategy<Value = Arc<dyn Trigger>> {
    let cron = prop::sample::select(vec![
        "*/5 * * * *",
        "0 9 * * MON-FRI",
        "@daily",
        "0 0 29 2 *",
    ]);
    let zone = prop::sample::select(vec!["UTC", "Europe/Berlin", "America/New_York", "+05:30"]);
    let cron = (cron, zone).prop_map(|(text, zone)| {
        let cron = Cron::parse(text).unwrap().in_zone(zone.parse().unwrap());
        Arc::new(cron) as Arc<dyn Trigger>
    });
    let every = (seconds(1..100_000), prop::option::of(instant())).prop_map(|(period, start)| {
        let every = Interval::every(period).unwrap();
        match start {
            Some(start) => Arc::new(every.starting_at(start)) as Arc<dyn Trigger>,
            None => Arc::new(every),
        }
    });
    let once = instant().prop_map(|at| Arc::new(Once::at(at)) as Arc<dyn Trigger>);
    prop_oneof![cron, every, once]
}

pub(super) fn trigger() -> impl Strategy<Value = Arc<dyn Trigger>> {
    let any = prop::collection::vec(simple_trigger(), 1..3);
    let any = any.prop_map(|all| Arc::new(AnyOf::new(all).unwrap()) as Arc<dyn Trigger>);
    let jittered = (simple_trigger(), seconds(1..600)).prop_map(|(inner, up_to)| {
        Arc::new(Jittered::new(inner, up_to, "seed")) as Arc<dyn Trigger>
    });
    prop_oneof![simple_trigger(), any, jittered]
}

pub(super) fn retry() -> impl Strategy<Value = Retry> {
    let kind = prop_oneof![
        seconds(0..100).prop_map(|delay| Retry::fixed(3, delay)),
        (
            seconds(0..100),
            1.0..9.0_f64,
            prop::option::of(seconds(1..900))
        )
            .prop_map(|(first, factor, most)| {
                let retry = Retry::exponential(5, first).factor(factor);
                most.into_iter().fold(retry, Retry::max_delay)
            }),
    ];
    (kind, 0.0..1.0_f64, any::<(u64, bool, bool)>()).prop_map(|(retry, jitter, more)| {
        let (seed, panics, timeouts) = more;
        let retry = retry.jitter(jitter).seed(seed);
        retry.on_panic(panics).on_timeout(timeouts)
    })
}

pub(super) fn misfire() -> impl Strategy<Value = Misfire> {
    let kinds = prop::sample::select(vec![
        MisfirePolicy::Skip,
        MisfirePolicy::FireOnce(Which::Earliest),
        MisfirePolicy::FireOnce(Which::Latest),
        MisfirePolicy::FireAll { max: 7 },
    ]);
    let window = prop::option::of(seconds(1..10_000));
    (kinds, seconds(0..600), window, seconds(0..60)).prop_map(|(kind, grace, window, pace)| {
        let misfire = Misfire::policy(kind).grace(grace).pace(pace);
        window.into_iter().fold(misfire, Misfire::window)
    })
}
