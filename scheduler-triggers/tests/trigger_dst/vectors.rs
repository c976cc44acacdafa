//! Eighteen clock changes, with the due instants under the default rule.

use scheduler_triggers::{Cron, Trigger, Zone};

use crate::{at, check};

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
