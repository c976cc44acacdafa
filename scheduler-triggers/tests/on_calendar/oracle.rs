//! Agreement with the slow evaluator, which shares no code with the real one.

use std::iter::successors;

use chrono::{DateTime, TimeDelta, Utc};
use jiff::tz::TimeZoneDatabase;
use proptest::{prelude::*, sample::select};
use scheduler_triggers::{
    OnCalendar, Trigger, Zone,
    dst::{Fold, Gap},
};

use crate::{
    config,
    grammar::{Event, event},
    trigger_oracle::Policies,
};

/// Zones with an unusual clock change, and an instant near it.
pub(crate) const CHANGES: [(&str, &str); 12] = [
    ("UTC", "2024-02-29T00:00:00Z"),
    ("America/New_York", "2023-03-12T07:00:00Z"),
    ("America/New_York", "2023-11-05T06:00:00Z"),
    ("America/New_York", "2120-03-10T07:00:00Z"),
    ("Europe/Berlin", "2024-03-31T01:00:00Z"),
    ("Europe/Berlin", "2024-10-27T01:00:00Z"),
    ("America/Havana", "2023-11-05T05:00:00Z"),
    ("Australia/Lord_Howe", "2019-10-05T15:30:00Z"),
    ("Australia/Lord_Howe", "2019-04-06T15:00:00Z"),
    ("Antarctica/Troll", "2024-03-31T01:00:00Z"),
    ("Asia/Kathmandu", "1985-12-31T18:30:00Z"),
    ("Pacific/Apia", "2011-12-30T10:00:00Z"),
];

fn policies() -> impl Strategy<Value = Policies> {
    use {Fold::*, Gap::*};
    let gap = select(vec![None, Some(AtGapEnd), Some(ShiftByDelta), Some(Skip)]);
    let fold = select(vec![None, Some(Both), Some(First), Some(Last)]);
    (gap, fold).prop_map(|(gap, fold)| Policies { gap, fold })
}

fn build(event: &Event, zone: &str, policies: Policies) -> OnCalendar {
    let zone = Zone::bundled(zone).unwrap();
    let mut built = OnCalendar::parse_in(&event.text, zone).unwrap();
    if let Some(gap) = policies.gap {
        built = built.gap(gap);
    }
    match policies.fold {
        Some(fold) => built.fold(fold),
        None => built,
    }
}

fn forward(event: &OnCalendar, start: DateTime<Utc>, end: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let found = successors(event.next_after(start), |at| event.next_after(*at));
    found.take_while(|at| *at <= end).collect()
}

fn backward(event: &OnCalendar, start: DateTime<Utc>, end: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let just_after = end + TimeDelta::nanoseconds(1);
    let found = successors(event.prev_before(just_after), |at| event.prev_before(*at));
    let mut found: Vec<_> = found.take_while(|at| *at > start).collect();
    found.reverse();
    found
}

proptest! {
    #![proptest_config(config(80))]

    /// Compares events around clock changes, in both directions, under every policy.
    #[test]
    fn it_agrees_with_the_slow_evaluator(
        event in event(),
        change in select(&CHANGES[..]),
        policies in policies(),
        before in 0..40_i64,
    ) {
        let (zone, near) = (change.0, change.1.parse::<DateTime<Utc>>().unwrap());
        // Checks every second of an hour or two, or every minute of several days.
        let is_whole = event.meaning.second.values.len() == 1 && event.meaning.second.values.contains(&0);
        let (start, end) = if is_whole {
            (near - TimeDelta::hours(before), near + TimeDelta::hours(30))
        } else {
            (near - TimeDelta::minutes(before), near + TimeDelta::minutes(50))
        };
        let rules = TimeZoneDatabase::bundled().get(zone).unwrap();
        let expected = event.meaning.instants(&rules, policies, (start, end));
        let expected: Vec<_> = expected.into_iter().collect();
        let built = build(&event, zone, policies);
        prop_assert_eq!(forward(&built, start, end), expected.clone(), "{}", built);
        prop_assert_eq!(backward(&built, start, end), expected, "{}", built);
    }
}

proptest! {
    #![proptest_config(config(60))]

    /// Compares events over years, one day at a time.
    #[test]
    fn it_picks_the_days_a_calendar_does(event in event(), from in 0..40_000_i64) {
        let text = event.text.rsplit_once(' ').unwrap().0;
        let start = DateTime::from_timestamp(from * 86_400, 0).unwrap();
        let end = start + TimeDelta::days(1500);
        let days = (1..=1500).map(|days| start + TimeDelta::days(days));
        let expected: Vec<_> = days.filter(|day| event.meaning.matches_day(day.date_naive())).collect();
        let built = OnCalendar::parse(text).unwrap();
        prop_assert!(forward(&built, start, end) == expected, "{}", built);
        prop_assert!(backward(&built, start, end) == expected, "{}", built);
    }

    /// Adds up microseconds within one minute.
    #[test]
    fn it_picks_the_fractions_that_a_sum_does(
        (start, stop) in (0..60_000_000_u32, prop::option::of(0..60_000_000_u32)),
        repeat in 20_000..70_000_000_u32,
    ) {
        let seconds = |micros: u32| format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
        let stop = stop.filter(|stop| *stop >= start);
        let range = stop.map_or_else(String::new, |stop| format!("..{}", seconds(stop)));
        let text = format!("*:*:{}{range}/{}", seconds(start), seconds(repeat));
        let last = stop.unwrap_or(59_999_999);
        let mut expected = vec![start];
        while expected[expected.len() - 1] + repeat <= last {
            expected.push(expected[expected.len() - 1] + repeat);
        }
        let built = OnCalendar::parse(&text);
        if stop.is_none() && expected.len() == 1 {
            prop_assert!(built.is_err(), "{}", text);
            return Ok(());
        }
        let minute = DateTime::from_timestamp(1_711_846_800, 0).unwrap();
        let before = minute - TimeDelta::microseconds(1);
        let found = forward(&built.unwrap(), before, minute + TimeDelta::microseconds(59_999_999));
        let expected: Vec<_> = expected
            .into_iter()
            .map(|micros| minute + TimeDelta::microseconds(micros.into()))
            .collect();
        prop_assert_eq!(found, expected, "{}", text);
    }
}
