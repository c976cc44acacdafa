//! Changes of unusual kinds, far in the future, and parts of a second.

use chrono::{DateTime, TimeDelta};
use scheduler_triggers::{Cron, Trigger, Zone};

use crate::{at, check};

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
            "FOLD=both 30 23 * * *",
            "2018-02-17T12:00Z",
            &["02-18T01:30Z", "02-18T02:30Z", "02-19T02:30Z"],
        ),
        // Pyongyang changed its offset permanently, by half an hour.
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
    // Samoa skipped a Friday. That was a correction of the calendar, so no run replaces it.
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
