//! Laws of rules that count from the instant at which they become live, and of local times that a clock change
//! skips or repeats: the way back is the way there.

use std::{iter::successors, sync::Arc, time::Duration};

use chrono::{DateTime, NaiveTime, TimeDelta, Utc, Weekday};
use scheduler_triggers::{
    AllOf, AnyOf, Bounded, CalendarInterval, Cron, Excluding, Exclusion, Interval, Jittered,
    Limited, Once, Period, Trigger, Zone,
    dst::{Fold, Gap},
};

type Rule = Arc<dyn Trigger>;

const MINUTE: Duration = Duration::from_secs(60);
const DAILY: Period = Period {
    years: 0,
    months: 0,
    weeks: 0,
    days: 1,
};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn days(count: i64) -> TimeDelta {
    TimeDelta::days(count)
}

/// Returns the instants from `first` to `last`, by asking for the next one each time.
fn there(rule: &dyn Trigger, first: DateTime<Utc>, last: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let next = |at: &DateTime<Utc>| rule.next_after(*at);
    let all = successors(next(&(first - TimeDelta::nanoseconds(1))), next);
    all.take_while(|at| *at <= last).collect()
}

/// Returns the same instants, by asking for the previous one each time.
fn back(rule: &dyn Trigger, first: DateTime<Utc>, last: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let previous = |at: &DateTime<Utc>| rule.prev_before(*at);
    let all = successors(previous(&(last + TimeDelta::nanoseconds(1))), previous);
    let mut all: Vec<_> = all.take_while(|at| *at >= first).collect();
    all.reverse();
    all
}

/// Asserts that the instants of a rule in a range do not depend on how it is asked for them. Returns their number.
fn assert_one_answer(rule: &dyn Trigger, first: DateTime<Utc>, last: DateTime<Utc>) -> usize {
    let found = there(rule, first, last);
    assert_eq!(back(rule, first, last), found, "the way back: {rule}");
    for at in &found {
        assert!(rule.matches(*at), "{rule}: {at}");
    }
    if let Some(at) = found.first() {
        assert_eq!(rule.first_from(first), Some(*at), "{rule}");
    }
    for pair in found.windows(2) {
        let between = pair[0] + (pair[1] - pair[0]) / 2;
        assert!(!rule.matches(between), "{rule}: {between}");
        assert_eq!(rule.next_after(between), Some(pair[1]), "{rule}");
        assert_eq!(rule.prev_before(between), Some(pair[0]), "{rule}");
    }
    found.len()
}

/// Returns rules without a start of their own.
fn relative() -> Vec<Rule> {
    let tens = Interval::every(10 * MINUTE).unwrap();
    let calendar = CalendarInterval::from_live(DAILY).unwrap();
    vec![
        Arc::new(tens.clone()),
        Arc::new(tens.clone().immediately()),
        Arc::new(tens.ending_at(at("2024-03-07T00:00:00Z"))),
        Arc::new(Once::after(10 * MINUTE)),
        Arc::new(calendar.at(NaiveTime::from_hms_opt(12, 0, 0).unwrap())),
        Arc::new(Limited::new(Arc::new(Cron::parse("*/7 * * * *").unwrap()), 50).unwrap()),
    ]
}

/// Returns rules with `part` in each place.
fn around(part: &Rule) -> Vec<Rule> {
    let start = at("2024-01-01T00:00:00Z");
    let minutely: Rule = Arc::new(Interval::every(MINUTE).unwrap().starting_at(start));
    let weekend = Exclusion::weekdays([Weekday::Sun], Zone::utc());
    let (one, other) = (|| part.clone(), || minutely.clone());
    vec![
        one(),
        Arc::new(AnyOf::new([one(), other()]).unwrap()),
        Arc::new(AnyOf::new([other(), one()]).unwrap()),
        Arc::new(AllOf::new([other(), one()]).unwrap()),
        Arc::new(Bounded::new(one())),
        Arc::new(Bounded::new(one()).ending_at(at("2024-03-06T12:00:00Z"))),
        Arc::new(Limited::new(one(), 20).unwrap()),
        Arc::new(Jittered::new(one(), MINUTE, "seed")),
        Arc::new(Excluding::new(one()).except(weekend.clone())),
        Arc::new(Excluding::new(one()).except(Exclusion::rule(one()))),
        Arc::new(Excluding::new(other()).except(Exclusion::rule(one()))),
        Arc::new(
            Excluding::new(other())
                .except(weekend)
                .except(Exclusion::rule(one())),
        ),
    ]
}

#[test]
fn a_rule_becomes_live_once_whichever_part_is_relative() {
    let live = at("2024-03-05T09:30:00Z");
    let mut instants = 0;
    for rule in relative().iter().flat_map(around) {
        let anchored = rule.anchored(live);
        let anchored = anchored.unwrap_or_else(|| panic!("{rule} has a relative part"));
        let again = anchored.anchored(live + days(1));
        assert!(again.is_none(), "{rule}: {anchored} has no relative part");
        instants += assert_one_answer(&*anchored, live, live + days(2));
    }
    assert!(instants > 10_000, "{instants}");
}

const CHANGES: [(&str, &str); 10] = [
    ("America/New_York", "2023-03-12T07:00:00Z"),
    ("America/New_York", "2023-11-05T06:00:00Z"),
    ("Europe/Dublin", "2024-10-27T01:00:00Z"),
    ("America/Santiago", "2019-09-08T04:00:00Z"),
    ("America/Havana", "2023-11-05T05:00:00Z"),
    ("Africa/Cairo", "2025-04-24T22:00:00Z"),
    ("Australia/Lord_Howe", "2019-10-05T15:30:00Z"),
    ("Australia/Lord_Howe", "2019-04-06T15:00:00Z"),
    ("Antarctica/Troll", "2024-10-27T01:00:00Z"),
    ("Pacific/Apia", "2011-12-30T10:00:00Z"),
];

/// Every quarter of an hour of a local day, under every policy.
#[test]
fn the_way_back_of_a_calendar_interval_is_the_way_there_at_every_clock_change() {
    let mut doubled = 0;
    for (zone, change) in CHANGES {
        let (zone, change) = (Zone::bundled(zone).unwrap(), at(change));
        let start = (change - days(4)).date_naive();
        for seconds in (0..86_400).step_by(900) {
            let time = NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0).unwrap();
            for gap in [Gap::AtGapEnd, Gap::ShiftByDelta, Gap::Skip] {
                for fold in [Fold::Both, Fold::First, Fold::Last] {
                    let daily = CalendarInterval::every(DAILY, start).unwrap();
                    let daily = daily.at(time).in_zone(zone.clone()).gap(gap).fold(fold);
                    let count = assert_one_answer(&daily, change - days(2), change + days(2));
                    doubled += usize::from(count == 5);
                }
            }
        }
    }
    assert!(doubled > 0, "some local times come twice");
}
