//! Instants of schedules that both crons document.

use crate::program::{output, sched};

/// Returns the next instants after one, in UTC.
fn next(schedule: &str, after: &str, count: usize) -> Vec<String> {
    let count = count.to_string();
    let call = [
        "next", schedule, "--tz", "UTC", "--after", after, "--count", &count,
    ];
    let (_, out, _) = output(sched().args(call));
    let short = |line: &str| line.trim_end_matches("+00:00").to_owned();
    out.lines().map(short).collect()
}

fn assert_next(cases: &[(&str, &str, &str)]) {
    for (schedule, after, right) in cases {
        let found = next(schedule, &format!("{after}Z"), 1);
        assert_eq!(found, [*right], "{schedule:?} after {after}");
    }
}

#[test]
fn seconds_and_minutes_end_with_their_hour_day_month_and_year() {
    assert_next(&[
        (
            "* * * * * * *",
            "2023-03-04T05:06:07",
            "2023-03-04T05:06:08",
        ),
        (
            "* * * * * * *",
            "2023-03-04T05:59:59",
            "2023-03-04T06:00:00",
        ),
        (
            "*/7 * * * * * *",
            "2023-03-04T05:06:56",
            "2023-03-04T05:07:00",
        ),
        ("* * * * *", "2023-02-28T23:59:00", "2023-03-01T00:00:00"),
        ("* * * * *", "2024-02-28T23:59:59", "2024-02-29T00:00:00"),
        ("* * * * *", "2023-12-31T23:59:00", "2024-01-01T00:00:00"),
        (
            "12-50/9 * * * *",
            "2023-03-04T05:30:00",
            "2023-03-04T05:39:00",
        ),
        (
            "12-50/9 * * * *",
            "2023-03-04T05:48:00",
            "2023-03-04T06:12:00",
        ),
        (
            "10-20/3,50 * * * *",
            "2023-03-04T05:19:00",
            "2023-03-04T05:50:00",
        ),
        (
            "10-20/3,50 * * * *",
            "2023-12-31T23:50:00",
            "2024-01-01T00:10:00",
        ),
        // A step is that of its field: a new hour or day begins it again.
        ("*/35 * * * *", "2023-03-04T05:35:00", "2023-03-04T06:00:00"),
        ("0 */23 * * *", "2023-03-04T23:00:00", "2023-03-05T00:00:00"),
    ]);
}

#[test]
fn days_are_named_counted_and_the_last_of_their_month() {
    assert_next(&[
        ("0 0 * * TUE", "2023-03-04T00:00:00", "2023-03-07T00:00:00"),
        (
            "0 0 * * thursday",
            "2023-12-29T00:30:00",
            "2024-01-04T00:00:00",
        ),
        ("0 0 * * 6,7", "2023-03-04T00:00:00", "2023-03-05T00:00:00"),
        (
            "0 0 * jan-mar *",
            "2023-03-31T00:00:00",
            "2024-01-01T00:00:00",
        ),
        ("0 0 * * 5#5", "2023-07-01T00:00:00", "2023-09-29T00:00:00"),
        ("0 0 * * 5L", "2023-07-28T00:00:00", "2023-08-25T00:00:00"),
        ("0 0 15W * *", "2023-07-01T00:00:00", "2023-07-14T00:00:00"),
        ("0 0 31W * *", "2023-12-01T00:00:00", "2023-12-29T00:00:00"),
        ("0 0 L * *", "2024-02-01T00:00:00", "2024-02-29T00:00:00"),
        ("0 0 LW * *", "2023-09-01T00:00:00", "2023-09-29T00:00:00"),
        (
            "0 0 0 27 02 * *",
            "2023-03-01T00:00:00",
            "2024-02-27T00:00:00",
        ),
        // Both days are restricted, so that one of them is enough.
        (
            "30 4 1,15 * 5",
            "2023-03-03T05:00:00",
            "2023-03-10T04:30:00",
        ),
        (
            "30 4 1,15 * 5",
            "2023-03-10T05:00:00",
            "2023-03-15T04:30:00",
        ),
        ("0 0 * * 6-7", "2023-03-04T00:00:00", "2023-03-05T00:00:00"),
    ]);
    assert_eq!(
        next("0 0 * * 5#5", "2023-07-01T00:00:00Z", 3),
        [
            "2023-09-29T00:00:00",
            "2023-12-29T00:00:00",
            "2024-03-29T00:00:00"
        ]
    );
}

#[test]
fn nicknames_are_the_fields_that_they_stand_for() {
    for (name, fields) in [
        ("@yearly", "0 0 1 1 *"),
        ("@annually", "0 0 1 1 *"),
        ("@monthly", "0 0 1 * *"),
        ("@weekly", "0 0 * * 0"),
        ("@daily", "0 0 * * *"),
        ("@midnight", "0 0 * * *"),
        ("@hourly", "0 * * * *"),
    ] {
        let after = "2023-03-04T05:06:07Z";
        assert_eq!(next(name, after, 3), next(fields, after, 3), "{name}");
    }
}

#[test]
fn a_year_that_is_over_and_a_day_that_no_month_has_are_never_due() {
    for schedule in ["0 * * * * * 1980", "11 1 31 2 *"] {
        assert!(
            next(schedule, "2023-03-04T00:00:00Z", 1).is_empty(),
            "{schedule}"
        );
    }
    assert_next(&[(
        "0 * * * * * 2050",
        "2023-03-04T00:00:00",
        "2050-01-01T00:00:00",
    )]);
}

#[test]
fn a_random_minute_is_in_its_range_and_stays() {
    for (schedule, range) in [
        ("6~15 * * * *", 6..=15),
        ("~ * * * *", 0..=59),
        ("50~ * * * *", 50..=59),
    ] {
        let found = next(schedule, "2023-03-04T00:00:00Z", 2);
        let minute: u32 = found[0][14..16].parse().expect("a minute");
        assert!(range.contains(&minute), "{schedule}: {found:?}");
        assert_eq!(found[0][14..16], found[1][14..16], "{schedule}");
    }
}

#[test]
fn what_neither_cron_means_is_refused() {
    for schedule in [
        "* * * * * * * 1",
        "61 * * * *",
        "* 24 * * *",
        "*/0 * * * *",
        "1,,2 * * * *",
        "0 0 0 * *",
        "oops",
    ] {
        let (code, out, err) = output(sched().args(["next", schedule]));
        assert_eq!((code, &*out), (Some(2), ""), "{schedule}: {err}");
    }
}
