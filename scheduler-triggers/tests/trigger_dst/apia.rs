//! Tests of the longest gaps: the day that Samoa skipped, and three hours at Casey.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use scheduler_triggers::{
    CalendarInterval, Cron, Interval, OnCalendar, Period, Trigger, TriggerSpec, Zone, dst::Gap,
    upcoming,
};

const APIA: &str = "Pacific/Apia";

fn zone(name: &str) -> Zone {
    Zone::bundled(name).unwrap()
}

/// Returns the next instants, in the zone.
fn local(trigger: &dyn Trigger, name: &str, start: &str, count: usize) -> Vec<String> {
    let start: DateTime<Utc> = start.parse().unwrap();
    let times = upcoming(trigger, start).take(count);
    times
        .map(|at| zone(name).to_local(at).format("%dT%H:%M%:z").to_string())
        .collect()
}

/// Returns the rule "every day at noon" as each type of trigger, with a policy for a skipped noon.
fn noons(gap: Gap) -> [Arc<dyn Trigger>; 3] {
    let cron = Cron::builder("0 12 * * *").zone(zone(APIA)).gap(gap);
    let period = Period {
        days: 1,
        ..Period::default()
    };
    let start = NaiveDate::from_ymd_opt(2011, 12, 1).unwrap();
    let interval = CalendarInterval::every(period, start).unwrap();
    let noon = NaiveTime::from_hms_opt(12, 0, 0).unwrap();
    let event = OnCalendar::parse_in("*-*-* 12:00", zone(APIA)).unwrap();
    [
        Arc::new(cron.build().unwrap()),
        Arc::new(interval.at(noon).in_zone(zone(APIA)).gap(gap)),
        Arc::new(event.gap(gap)),
    ]
}

#[test]
fn a_rule_of_every_day_leaves_out_the_day_that_there_was_not() {
    for gap in [Gap::AtGapEnd, Gap::Skip] {
        for noon in noons(gap) {
            let found = local(&*noon, APIA, "2011-12-29T00:00:00Z", 3);
            let expected = ["29T12:00-10:00", "31T12:00+14:00", "01T12:00+14:00"];
            assert_eq!(found, expected, "{noon} {gap}");
            let last = noon.prev_before("2011-12-30T22:00:00Z".parse().unwrap());
            assert_eq!(
                last,
                Some("2011-12-29T22:00:00Z".parse().unwrap()),
                "{noon} {gap}"
            );
        }
    }
}

#[test]
fn a_shifted_day_falls_on_the_next_one_and_is_due_once() {
    for noon in noons(Gap::ShiftByDelta) {
        let found = local(&*noon, APIA, "2011-12-29T00:00:00Z", 3);
        assert_eq!(
            found,
            ["29T12:00-10:00", "31T12:00+14:00", "01T12:00+14:00"],
            "{noon}"
        );
    }
    let event = OnCalendar::parse_in("2011-12-30 12:00", zone(APIA)).unwrap();
    let shifted = event.clone().gap(Gap::ShiftByDelta);
    assert_eq!(
        local(&shifted, APIA, "2011-12-01T00:00:00Z", 2),
        ["31T12:00+14:00"]
    );
    assert_eq!(local(&event, APIA, "2011-12-01T00:00:00Z", 2), [""; 0]);
}

#[test]
fn a_rule_for_the_missing_day_alone_waits_for_the_next_year() {
    let cron = Cron::parse("0 12 30 12 *").unwrap().in_zone(zone(APIA));
    let next = cron.next_after("2011-12-01T00:00:00Z".parse().unwrap());
    assert_eq!(next, Some("2012-12-29T22:00:00Z".parse().unwrap()));
}

#[test]
fn what_follows_the_clock_goes_on_at_real_instants() {
    let expected = ["29T23:00-10:00", "31T00:00+14:00", "31T01:00+14:00"];
    let cron = Cron::parse("0 * * * *").unwrap().in_zone(zone(APIA));
    assert_eq!(local(&cron, APIA, "2011-12-30T08:30:00Z", 3), expected);
    let event = OnCalendar::parse_in("hourly", zone(APIA)).unwrap();
    assert_eq!(local(&event, APIA, "2011-12-30T08:30:00Z", 3), expected);
    let every = Interval::every(Duration::from_secs(86_400)).unwrap();
    let every = every.starting_at("2011-12-28T22:00:00Z".parse().unwrap());
    let expected = ["29T12:00-10:00", "31T12:00+14:00", "01T12:00+14:00"];
    assert_eq!(local(&every, APIA, "2011-12-29T00:00:00Z", 3), expected);
}

#[test]
fn a_point_in_time_that_is_written_down_is_the_end_of_the_gap() {
    let json = r#"{"type":"once","at":"2011-12-30T12:00:00","tz":"Pacific/Apia"}"#;
    let once = json.parse::<TriggerSpec>().unwrap().build().unwrap();
    assert_eq!(
        local(&*once, APIA, "2011-12-01T00:00:00Z", 2),
        ["31T00:00+14:00"]
    );
}

#[test]
fn a_gap_of_three_hours_is_made_up_for() {
    const CASEY: &str = "Antarctica/Casey";
    // At 02:00 on 18 October 2009 the clocks were advanced to 05:00.
    for time in ["02:00", "03:30", "04:59"] {
        let (hour, minute) = time.split_once(':').unwrap();
        let cron = Cron::parse(&format!("{minute} {hour} * * *")).unwrap();
        let found = local(&cron.in_zone(zone(CASEY)), CASEY, "2009-10-17T00:00:00Z", 1);
        assert_eq!(found, ["18T05:00+11:00"], "{time}");
        let event = OnCalendar::parse_in(time, zone(CASEY)).unwrap();
        let found = local(&event, CASEY, "2009-10-17T00:00:00Z", 1);
        assert_eq!(found, ["18T05:00+11:00"], "{time}");
    }
}
