//! Clock changes, by dated examples: what is due under the default rule, and under each override.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use chrono::{DateTime, TimeDelta, Utc};
use scheduler_core::trigger::{Cron, Preset, Trigger, Zone, upcoming};

/// Zone, expression, start, instants due after it. The zone's rules are the compiled-in ones.
type Vector = (
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
);

#[test]
fn v01_to_v04_new_york_spring() {
    check(&[
        (
            "America/New_York",
            "30 2 * * *",
            "2023-03-12T05:00Z",
            &["03-12T07:00Z", "03-13T06:30Z"],
        ),
        (
            "America/New_York",
            "0,30 2 * * *",
            "2023-03-12T05:00Z",
            &["03-12T07:00Z", "03-13T06:00Z", "03-13T06:30Z"],
        ),
        (
            "America/New_York",
            "*/30 * * * *",
            "2023-03-12T06:10Z",
            &["03-12T06:30Z", "03-12T07:00Z", "03-12T07:30Z"],
        ),
        (
            "America/New_York",
            "0 1-3 * * *",
            "2023-03-12T05:00Z",
            &["03-12T06:00Z", "03-12T07:00Z", "03-13T05:00Z"],
        ),
    ]);
}

#[test]
fn v05_to_v09_new_york_autumn() {
    check(&[
        (
            "America/New_York",
            "30 1 * * *",
            "2023-11-05T04:00Z",
            &["11-05T05:30Z", "11-06T06:30Z"],
        ),
        (
            "America/New_York",
            "0,30 1 * * *",
            "2023-11-05T04:00Z",
            &["11-05T05:00Z", "11-05T05:30Z", "11-06T06:00Z"],
        ),
        (
            "America/New_York",
            "0 * * * *",
            "2023-11-05T04:30Z",
            &["11-05T05:00Z", "11-05T06:00Z", "11-05T07:00Z"],
        ),
        (
            "America/New_York",
            "*/30 * * * *",
            "2023-11-05T04:50Z",
            &[
                "11-05T05:00Z",
                "11-05T05:30Z",
                "11-05T06:00Z",
                "11-05T06:30Z",
                "11-05T07:00Z",
            ],
        ),
        (
            "America/New_York",
            "0 0-3 * * *",
            "2023-11-05T03:30Z",
            &[
                "11-05T04:00Z",
                "11-05T05:00Z",
                "11-05T06:00Z",
                "11-05T07:00Z",
                "11-05T08:00Z",
            ],
        ),
    ]);
}

#[test]
fn v10_to_v12_changes_at_midnight() {
    check(&[
        (
            "America/Santiago",
            "30 0 * * *",
            "2019-09-08T02:00Z",
            &["09-08T04:00Z", "09-09T03:30Z"],
        ),
        (
            "Africa/Cairo",
            "0 0 * * *",
            "2025-04-24T12:00Z",
            &["04-24T22:00Z", "04-25T21:00Z"],
        ),
        (
            "America/Havana",
            "30 0 * * *",
            "2023-11-05T02:00Z",
            &["11-05T04:30Z", "11-06T05:30Z"],
        ),
    ]);
}

#[test]
fn v13_to_v15_half_an_hour_on_lord_howe() {
    check(&[
        (
            "Australia/Lord_Howe",
            "15 2 * * *",
            "2019-10-05T13:00Z",
            &["10-05T15:30Z", "10-06T15:15Z"],
        ),
        (
            "Australia/Lord_Howe",
            "45 1 * * *",
            "2019-04-06T13:30Z",
            &["04-06T14:45Z", "04-07T15:15Z"],
        ),
        (
            "Australia/Lord_Howe",
            "*/15 * * * *",
            "2019-04-06T14:20Z",
            &[
                "04-06T14:30Z",
                "04-06T14:45Z",
                "04-06T15:00Z",
                "04-06T15:15Z",
                "04-06T15:30Z",
            ],
        ),
    ]);
}

#[test]
fn v16_a_day_that_never_was() {
    check(&[(
        "Pacific/Apia",
        "0 12 * * *",
        "2011-12-29T12:00Z",
        &["12-29T22:00Z", "12-30T22:00Z"],
    )]);
}

#[test]
fn v17_london_spring() {
    check(&[(
        "Europe/London",
        "30 1 * * *",
        "2024-03-31T00:00Z",
        &["03-31T01:00Z", "04-01T00:30Z"],
    )]);
}

#[test]
fn v18_never_is_found_out_in_every_zone() {
    for zone in [
        "UTC",
        "America/New_York",
        "Pacific/Apia",
        "Australia/Lord_Howe",
    ] {
        let never = Cron::parse("0 0 31 2 *")
            .unwrap()
            .in_zone(Zone::bundled(zone).unwrap());
        assert_eq!(never.next_after(at("2024-01-01T00:00Z")), None, "{zone}");
        assert_eq!(never.prev_before(at("2024-01-01T00:00Z")), None, "{zone}");
    }
}

#[test]
fn a_skipped_time_can_be_moved_or_left_out() {
    check(&[
        (
            "America/New_York",
            "GAP=shift-by-delta 30 2 * * *",
            "2023-03-12T05:00Z",
            &["03-12T07:30Z", "03-13T06:30Z"],
        ),
        (
            "America/New_York",
            "GAP=skip 30 2 * * *",
            "2023-03-12T05:00Z",
            &["03-13T06:30Z"],
        ),
        (
            "America/New_York",
            "GAP=shift-by-delta 15,45 2,3 * * *",
            "2023-03-12T05:00Z",
            &["03-12T07:15Z", "03-12T07:45Z", "03-13T06:15Z"],
        ),
        (
            "Pacific/Apia",
            "GAP=shift-by-delta 0 12 * * *",
            "2011-12-29T12:00Z",
            &["12-29T22:00Z", "12-30T22:00Z", "12-31T22:00Z"],
        ),
        (
            "America/New_York",
            "GAP=at-gap-end 0 */2 * * *",
            "2023-03-12T05:00Z",
            &["03-12T07:00Z", "03-12T08:00Z"],
        ),
    ]);
}

#[test]
fn a_repeated_time_can_run_first_last_or_twice() {
    let start = "2023-11-05T04:00Z";
    check(&[
        (
            "America/New_York",
            "OVERLAP=last 30 1 * * *",
            start,
            &["11-05T06:30Z", "11-06T06:30Z"],
        ),
        (
            "America/New_York",
            "OVERLAP=both 30 1 * * *",
            start,
            &["11-05T05:30Z", "11-05T06:30Z"],
        ),
        (
            "America/New_York",
            "OVERLAP=first 0 * * * *",
            start,
            &["11-05T05:00Z", "11-05T07:00Z", "11-05T08:00Z"],
        ),
        (
            "America/New_York",
            "OVERLAP=last 0 * * * *",
            start,
            &["11-05T06:00Z", "11-05T07:00Z"],
        ),
    ]);
}

/// What each scheduler does with a fixed time in the gap, one in the overlap, and with every hour
/// of the overlap: the instants in between, all in New York in 2023.
const PRESETS: [(Preset, [&[&str]; 3]); 6] = [
    (Preset::Apscheduler, [SKIPPED, BOTH_PASSES, EVERY_HOUR]),
    (Preset::Ocps14, [SKIPPED, FIRST_PASS, ONE_HOUR_LOST]),
    (Preset::Quartz, [SKIPPED, SECOND_PASS, &["06:00", "07:00"]]),
    (Preset::Systemd, [SKIPPED, FIRST_PASS, ONE_HOUR_LOST]),
    (Preset::Temporal, [SKIPPED, BOTH_PASSES, EVERY_HOUR]),
    (Preset::Vixie, [&["07:00"], FIRST_PASS, EVERY_HOUR]),
];
const SKIPPED: &[&str] = &[];
const FIRST_PASS: &[&str] = &["05:30"];
const SECOND_PASS: &[&str] = &["06:30"];
const BOTH_PASSES: &[&str] = &["05:30", "06:30"];
const EVERY_HOUR: &[&str] = &["05:00", "06:00", "07:00"];
const ONE_HOUR_LOST: &[&str] = &["05:00", "07:00"];

#[test]
fn each_preset_does_as_its_scheduler() {
    for (preset, [in_gap, in_overlap, hourly]) in PRESETS {
        let due = |fields: &str, from: &str, to: &str| {
            // Quartz wants seconds and a question mark.
            let text = match preset {
                Preset::Quartz => format!("0 {fields} ? * *"),
                _ => format!("{fields} * * *"),
            };
            let cron = Cron::builder(&text).preset(preset);
            let cron = cron.zone(Zone::bundled("America/New_York").unwrap());
            let cron = cron.build().unwrap();
            let instants = upcoming(&cron, at(from)).take_while(|next| *next <= at(to));
            let times = instants.map(|next| next.format("%H:%M").to_string());
            times.collect::<Vec<_>>()
        };
        let gap = due("30 2", "2023-03-12T05:00Z", "2023-03-13T05:00Z");
        assert_eq!(gap, in_gap, "{preset}");
        let overlap = due("30 1", "2023-11-05T04:00Z", "2023-11-06T04:00Z");
        assert_eq!(overlap, in_overlap, "{preset}");
        let hours = due("0 *", "2023-11-05T04:30Z", "2023-11-05T07:30Z");
        assert_eq!(hours, hourly, "{preset}");
    }
}

#[test]
fn vixie_and_the_default_differ_in_ranges_and_steps() {
    let expression = "0 1-3 * * *";
    let new_york = || Zone::bundled("America/New_York").unwrap();
    let due = |cron: Cron, after: &str| {
        let next: Vec<_> = upcoming(&cron, at(after)).take(3).collect();
        next.iter()
            .map(|next| next.format("%d %H").to_string())
            .collect::<Vec<_>>()
    };
    let default = || Cron::builder(expression).zone(new_york()).build().unwrap();
    let vixie = || {
        Cron::builder(expression)
            .preset(Preset::Vixie)
            .zone(new_york())
            .build()
            .unwrap()
    };
    // 02:00 is made up for at 03:00, which is due anyway: once.
    assert_eq!(
        due(default(), "2023-03-12T05:00Z"),
        ["12 06", "12 07", "13 05"]
    );
    assert_eq!(
        due(vixie(), "2023-03-12T05:00Z"),
        ["12 06", "12 07", "13 05"]
    );
    // A range follows the clock; for Vixie it is a fixed time.
    assert_eq!(
        due(default(), "2023-11-05T04:30Z"),
        ["05 05", "05 06", "05 07"]
    );
    assert_eq!(
        due(vixie(), "2023-11-05T04:30Z"),
        ["05 05", "05 07", "05 08"]
    );
}

#[test]
fn midnight_changes_and_changes_of_the_base_offset() {
    check(&[
        // Beirut advances its clocks at midnight.
        (
            "Asia/Beirut",
            "0 0 * * *",
            "2024-03-30T12:00Z",
            &["03-30T22:00Z", "03-31T21:00Z"],
        ),
        (
            "Asia/Beirut",
            "GAP=skip 0 0 * * *",
            "2024-03-30T12:00Z",
            &["03-31T21:00Z"],
        ),
        // São Paulo set them back to 23:00 of the day before.
        (
            "America/Sao_Paulo",
            "30 23 * * *",
            "2018-02-17T12:00Z",
            &["02-18T01:30Z", "02-19T02:30Z"],
        ),
        (
            "America/Sao_Paulo",
            "OVERLAP=both 30 23 * * *",
            "2018-02-17T12:00Z",
            &["02-18T01:30Z", "02-18T02:30Z", "02-19T02:30Z"],
        ),
        // Pyongyang moved to another offset for good, by half an hour.
        (
            "Asia/Pyongyang",
            "45 23 * * *",
            "2018-05-04T12:00Z",
            &["05-04T15:00Z", "05-05T14:45Z"],
        ),
        // Kathmandu is ahead by three quarters of an hour, and a fixed offset may be as odd.
        (
            "Asia/Kathmandu",
            "0 0 * * *",
            "2024-01-01T00:00Z",
            &["01-01T18:15Z", "01-02T18:15Z"],
        ),
    ]);
    // Samoa left out a Friday: that is a correction of the calendar, and nothing is made up for.
    let fridays = Cron::parse("0 12 * * FRI")
        .unwrap()
        .in_zone(Zone::bundled("Pacific/Apia").unwrap());
    let next = fridays.next_after(at("2011-12-24T12:00Z"));
    assert_eq!(next, Some(at("2012-01-05T22:00Z")));
    let odd = Cron::parse("TZ=-03:27 0 0 * * *").unwrap();
    assert_eq!(
        odd.next_after(at("2024-01-01T00:00Z")),
        Some(at("2024-01-01T03:27Z"))
    );
}

#[test]
fn clocks_change_as_long_as_there_are_years() {
    let new_york = |text: &str| {
        Cron::parse(text)
            .unwrap()
            .in_zone(Zone::bundled("America/New_York").unwrap())
    };
    for (after, due) in [
        ("2038-03-14T05:00Z", "2038-03-14T07:00Z"),
        ("2120-03-10T05:00Z", "2120-03-10T07:00Z"),
        ("9999-03-14T05:00Z", "9999-03-14T07:00Z"),
    ] {
        assert_eq!(new_york("30 2 * * *").next_after(at(after)), Some(at(due)));
    }
    let last = new_york("59 23 31 12 *");
    assert_eq!(
        last.next_after(at("9999-02-01T00:00Z")),
        DateTime::from_timestamp(253_402_318_740, 0)
    );
    assert_eq!(
        new_york("0 0 1 1 *").next_after(at("9999-01-02T00:00Z")),
        None
    );
}

#[test]
fn a_part_of_a_second_does_not_move_the_answer() {
    let cron = Cron::parse("30 2 * * *")
        .unwrap()
        .in_zone(Zone::bundled("America/New_York").unwrap());
    let due = at("2023-03-12T07:00Z");
    for nanos in [1, 500_000_000, 999_999_999] {
        let part = TimeDelta::nanoseconds(nanos);
        assert_eq!(cron.next_after(due - part), Some(due), "{nanos}");
        assert_eq!(cron.prev_before(due + part), Some(due), "{nanos}");
        assert_eq!(
            cron.next_after(due + part),
            Some(at("2023-03-13T06:30Z")),
            "{nanos}"
        );
        assert!(
            !cron.matches(due + part) && !cron.matches(due - part),
            "{nanos}"
        );
    }
    assert_eq!(cron.first_from(due), Some(due));
}

/// The vectors forward, and each of them back again.
fn check(vectors: &[Vector]) {
    for (zone, expression, start, expected) in vectors {
        let zone_rules = Zone::bundled(zone).unwrap();
        let cron = Cron::parse(expression).unwrap().in_zone(zone_rules);
        let mut now = at(start);
        for due in *expected {
            let due = at(&format!("{}{due}", &start[..5]));
            assert_eq!(
                cron.next_after(now),
                Some(due),
                "{zone} {expression} after {now}"
            );
            assert!(cron.matches(due), "{zone} {expression} at {due}");
            assert!(cron.prev_before(due).is_none_or(|previous| previous <= now));
            now = due;
        }
        for due in expected.iter().rev().skip(1) {
            let due = at(&format!("{}{due}", &start[..5]));
            assert_eq!(
                cron.prev_before(now),
                Some(due),
                "{zone} {expression} before {now}"
            );
            now = due;
        }
    }
}

fn at(text: &str) -> DateTime<Utc> {
    text.replace('Z', ":00Z").parse().unwrap()
}
