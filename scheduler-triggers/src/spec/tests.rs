//! Tests that data becomes triggers, and triggers become the same data.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};

mod mistakes;

use super::*;
use crate::{upcoming, upcoming_from};

fn read(json: &str) -> TriggerSpec {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"))
}

fn refused(json: &str) -> String {
    match serde_json::from_str::<TriggerSpec>(json) {
        Err(error) => error.to_string(),
        Ok(spec) => spec.build().expect_err(json).to_string(),
    }
}

/// Returns the first instants at or after `from`, in the zone of the trigger.
fn times(json: &str, from: &str, count: usize) -> Vec<String> {
    let (trigger, zone) = read(json).build_in(&Zone::utc()).unwrap();
    let from: DateTime<Utc> = from.parse().unwrap();
    let trigger = trigger.anchored(from).unwrap_or(trigger);
    let times = upcoming_from(&*trigger, from).take(count);
    times
        .map(|at| {
            zone.to_local(at)
                .to_rfc3339_opts(SecondsFormat::AutoSi, false)
        })
        .collect()
}

/// Data in the form in which it is written, with each kind and nearly every field.
const FORMS: [&str; 15] = [
    r#"{"type":"once","at":"2024-07-01T12:00:00+02:00"}"#,
    r#"{"type":"once","at":"2024-07-01T12:00:00.250","tz":"Europe/Berlin"}"#,
    r#"{"type":"interval","every":"1h 30m","start":"2024-07-01T12:00:00Z","end":"2024-07-02"}"#,
    r#"{"type":"interval","every":"10s","immediately":true}"#,
    r#"{"type":"cron","expr":"0 9 * * MON-FRI","tz":"Europe/Berlin","start":"2024-01-01","gap":"at_gap_end","fold":"first","dialect":"vixie","day_rule":"or"}"#,
    r#"{"type":"cron","fields":{"day":"last fri","hour":"0-3"}}"#,
    r#"{"type":"cron","expr":"H H * * *","seed":"backup"}"#,
    r#"{"type":"on_calendar","expr":"Mon..Fri *-*-* 09:00:00","tz":"Europe/Berlin","start":"2024-01-31","end":"2030-01-01","gap":"skip","fold":"both"}"#,
    r#"{"type":"calendar_interval","months":2,"time":"10:00:00","tz":"Europe/Berlin","start":"2024-01-31","end":"2030-01-01","gap":"skip","fold":"both"}"#,
    r#"{"type":"any_of","triggers":[{"type":"once","at":"2024-07-01"},{"type":"cron","expr":"@daily"}]}"#,
    r#"{"type":"all_of","triggers":[{"type":"cron","expr":"@daily"}],"threshold":"1s"}"#,
    r#"{"type":"bounded","trigger":{"type":"cron","expr":"@daily"},"start":"2024-07-01","end":"2024-08-31"}"#,
    r#"{"type":"limited","trigger":{"type":"cron","expr":"@daily"},"count":3,"start":"2024-07-01"}"#,
    r#"{"type":"jittered","trigger":{"type":"cron","expr":"@daily"},"up_to":"10m","seed":"backup"}"#,
    r#"{"type":"excluding","trigger":{"type":"cron","expr":"@hourly"},"exclude":[{"type":"dates","dates":["2024-12-25"]},{"type":"yearly","dates":["12-25"]},{"type":"date_range","from":"2024-12-24","to":"2025-01-01"},{"type":"weekdays","weekdays":["Sat","Sun"],"tz":"Asia/Tokyo"},{"type":"time_of_day","from":"22:00:00","to":"06:00:00"},{"type":"trigger","trigger":{"type":"cron","expr":"@daily"}}]}"#,
];

#[test]
fn every_kind_is_read_and_written_back() {
    for json in FORMS {
        let spec = read(json);
        assert_eq!(serde_json::to_string(&spec).unwrap(), json);
        spec.build()
            .unwrap_or_else(|error| panic!("{json}: {error}"));
    }
    for kind in KINDS {
        let start = format!(r#"{{"type":"{kind}","#);
        assert!(
            FORMS.iter().any(|json| json.starts_with(&start)),
            "{kind} is missing in FORMS"
        );
    }
}

macro_rules! names {
    ($($name:literal $kind:ident $spec:ident;)*) => {
        [$(stringify!($kind)),*]
    };
}

#[test]
fn every_kind_is_on_the_front_page_of_the_crate() {
    let front_page = include_str!("../lib.rs");
    for name in kinds::each_kind!(names) {
        let link = format!("[`{name}`]");
        let mut rows = front_page.lines().filter(|line| line.starts_with("//! |"));
        assert!(
            rows.any(|row| row.contains(&link)),
            "{link} is missing in the table of lib.rs"
        );
    }
}

#[test]
fn every_kind_is_on_the_page_and_in_the_help() {
    let page = include_str!("../../../docs/guide/triggers.md");
    let help = include_str!("../../../scheduler-cli/src/next.rs");
    let is_in_help = |kind| {
        let mut words = help.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        words.any(|word| word == kind)
    };
    for kind in KINDS {
        let example = format!(r#"{{"type":"{kind}""#);
        assert!(
            page.contains(&example),
            "{kind} has no example in docs/guide/triggers.md"
        );
        assert!(
            is_in_help(kind),
            "{kind} is missing in the help of scheduler-cli/src/next.rs"
        );
    }
}

#[test]
fn lengths_are_text_or_seconds() {
    let every = |length: &str| match read(&format!(r#"{{"type":"interval","every":{length}}}"#)) {
        TriggerSpec::Interval(spec) => spec.every.0,
        other => panic!("{other:?}"),
    };
    for (length, millis) in [
        (r#""1h30m""#, 5_400_000),
        (r#""90s""#, 90_000),
        (r#""PT1H30M""#, 5_400_000),
        (r#""250ms""#, 250),
        ("90", 90_000),
        ("0.5", 500),
        (r#""1d""#, 86_400_000),
    ] {
        assert_eq!(every(length), Duration::from_millis(millis), "{length}");
    }
    assert_eq!(every("18446744073709551615"), Duration::from_secs(u64::MAX));
    for length in [
        "-1",
        "-0.5",
        "1e30",
        r#""-1s""#,
        r#""90""#,
        r#""1 month""#,
        r#""""#,
        "null",
        "true",
        "0",
        r#""0s""#,
    ] {
        refused(&format!(r#"{{"type":"interval","every":{length}}}"#));
    }
}

#[test]
fn readings_without_an_offset_are_in_the_zone() {
    let once = r#"{"type":"once","at":"2024-03-31T02:30:00","tz":"Europe/Berlin"}"#;
    assert_eq!(
        times(once, "2024-01-01T00:00:00Z", 2),
        ["2024-03-31T03:00:00+02:00"]
    );
    let inherited = r#"{"type":"any_of","tz":"Asia/Tokyo","triggers":[{"type":"once","at":"2024-07-01 09:00"}]}"#;
    assert_eq!(
        times(inherited, "2024-01-01T00:00:00Z", 2),
        ["2024-07-01T09:00:00+09:00"]
    );
    let day = r#"{"type":"cron","expr":"0 */12 * * *","tz":"Asia/Tokyo","start":"2024-07-01","end":"2024-07-01"}"#;
    let expected = ["2024-07-01T00:00:00+09:00", "2024-07-01T12:00:00+09:00"];
    assert_eq!(times(day, "2024-01-01T00:00:00Z", 9), expected);
}

#[test]
fn seconds_may_be_left_out() {
    for (text, same) in [
        ("2024-07-01T12:00Z", "2024-07-01T12:00:00Z"),
        ("2024-07-01 12:00+02:00", "2024-07-01T12:00:00+02:00"),
        ("2024-07-01T12:00", "2024-07-01T12:00:00"),
    ] {
        assert_eq!(text.parse::<Moment>(), same.parse(), "{text}");
    }
    for text in [
        "2024-07-01T12:0Z",
        "2024-07-01T12Z",
        "2024-07-01T12:00:Z",
        "2024-07-01T1é:00Z",
    ] {
        assert!(text.parse::<Moment>().is_err(), "{text}");
    }
}

#[test]
fn an_expression_may_be_an_interval() {
    let every = r#"{"type":"cron","expr":"@every 90m","start":"2024-07-01","tz":"Asia/Tokyo"}"#;
    let expected = ["2024-07-01T00:00:00+09:00", "2024-07-01T01:30:00+09:00"];
    assert_eq!(times(every, "2024-01-01T00:00:00Z", 2), expected);
    assert!(refused(r#"{"type":"cron","expr":"@every soon"}"#).contains("soon"));
}

#[test]
fn the_zone_is_the_first_one_named() {
    let (_, zone) = read(r#"{"type":"any_of","triggers":[{"type":"interval","every":60},{"type":"cron","expr":"TZ=Asia/Tokyo @daily"},{"type":"cron","expr":"@daily","tz":"UTC"}]}"#)
        .build_in(&Zone::fixed(3600).unwrap())
        .unwrap();
    assert_eq!(zone.to_string(), "Asia/Tokyo");
}

#[test]
fn a_calendar_interval_may_start_at_a_time() {
    let daily = r#"{"type":"calendar_interval","days":1,"tz":"Europe/Berlin","start":"2024-03-30T02:30:00"}"#;
    let expected = [
        "2024-03-30T02:30:00+01:00",
        "2024-03-31T03:00:00+02:00",
        "2024-04-01T02:30:00+02:00",
    ];
    assert_eq!(times(daily, "2024-01-01T00:00:00Z", 3), expected);
    let later = r#"{"type":"calendar_interval","days":2,"time":"10:00:00","start":"2024-03-30T12:00:00Z","end":"2024-04-03T09:59:59Z"}"#;
    assert_eq!(
        times(later, "2024-01-01T00:00:00Z", 3),
        ["2024-04-01T10:00:00+00:00"]
    );
    let relative = r#"{"type":"calendar_interval","months":1,"time":"10:00"}"#;
    let expected = ["2024-03-31T10:00:00+00:00", "2024-05-31T10:00:00+00:00"];
    assert_eq!(times(relative, "2024-01-31T12:00:00Z", 2), expected);
}

#[test]
fn a_limit_counts_from_the_start_of_the_rule() {
    let limited = r#"{"type":"limited","count":2,"trigger":{"type":"cron","expr":"@daily","start":"2024-07-01"}}"#;
    assert_eq!(
        times(limited, "2024-07-02T00:00:00Z", 9),
        ["2024-07-02T00:00:00+00:00"]
    );
    let live = r#"{"type":"limited","count":2,"trigger":{"type":"cron","expr":"@daily"}}"#;
    assert_eq!(times(live, "2024-07-02T00:00:00Z", 9).len(), 2);
}

#[test]
fn the_names_of_schedulers_are_presets() {
    let next = |dialect: &str, expression: &str| {
        let json = format!(
            r#"{{"type":"cron","expr":"{expression}","dialect":"{dialect}","tz":"America/New_York"}}"#
        );
        times(&json, "2023-03-12T05:00:00Z", 1).remove(0)
    };
    assert_eq!(next("vixie", "30 2 * * *"), "2023-03-12T03:00:00-04:00");
    for dialect in [
        "systemd",
        "temporal",
        "ocps_1_4",
        "apscheduler",
        "APScheduler-3",
    ] {
        assert_eq!(
            next(dialect, "30 2 * * *"),
            "2023-03-13T02:30:00-04:00",
            "{dialect}"
        );
    }
    assert_eq!(next("quartz", "0 30 2 ? * 2"), "2023-03-13T02:30:00-04:00");
    assert_eq!(next("ocps-1-0", "30 2 * * *"), "2023-03-12T03:00:00-04:00");
}

#[test]
fn rules_can_be_nested_but_not_without_end() {
    let nested = |depth: usize| {
        let opening = r#"{"type":"any_of","triggers":["#.repeat(depth);
        format!(
            r#"{opening}{{"type":"once","at":"2024-07-01"}}{}"#,
            "]}".repeat(depth)
        )
    };
    assert_eq!(times(&nested(32), "2024-01-01T00:00:00Z", 2).len(), 1);
    assert!(refused(&nested(33)).contains("32"));
    for depth in [64, 1_000, 100_000] {
        assert!(refused(&nested(depth)).contains("nested more than 32 levels deep"));
    }
}

#[test]
fn equal_data_builds_equal_rules() {
    let json = r#"{"type":"excluding","trigger":{"type":"interval","every":60,"start":"2024-07-01T00:00:00Z"},"exclude":[{"type":"weekdays","weekdays":["sun"]}]}"#;
    let (one, two) = (read(json).build().unwrap(), read(json).build().unwrap());
    assert_eq!(&*one, &*two);
    assert_eq!(
        upcoming(&*one, DateTime::UNIX_EPOCH).next(),
        upcoming(&*two, DateTime::UNIX_EPOCH).next()
    );
}

#[test]
fn a_start_and_an_end_on_a_day_that_a_zone_leaves_out_are_in_order() {
    let daily = |start: &str, end: &str| {
        format!(
            r#"{{"type":"calendar_interval","days":1,"start":"{start}","end":"{end}","tz":"Pacific/Kwajalein"}}"#
        )
    };
    let after = "1993-08-01T00:00:00Z";
    assert!(times(&daily("1993-08-21", "1993-08-21"), after, 2).is_empty());
    assert_eq!(times(&daily("1993-08-21", "1993-08-22"), after, 2).len(), 1);
    assert!(refused(&daily("1993-08-21", "1993-08-20")).contains("before the start"));
}
