//! Values of another kind, and values out of range.

use super::*;

#[test]
fn data_of_another_kind_is_refused_with_what_was_found() {
    check(&[
        (
            r#"{"type":"once","at":5}"#,
            "at",
            "time",
            r#""5" is not a point in time: expected text such as "2024-07-01T12:00:00+02:00""#,
        ),
        (
            r#"{"type":"interval","every":true}"#,
            "every",
            "duration",
            r#""true" is not a length of time: expected text such as "1h30m", or a number of seconds"#,
        ),
        (
            r#"{"type":"interval","every":1,"immediately":"yes"}"#,
            "immediately",
            "trigger",
            r#"expected true or false, found "yes""#,
        ),
        (
            r#"{"type":"cron","expr":["*"]}"#,
            "expr",
            "trigger",
            "expected text, found a list",
        ),
        (
            r#"{"type":"cron","fields":"* * * * *"}"#,
            "fields",
            "trigger",
            r#"expected an object with fields such as "hour", found "* * * * *""#,
        ),
        (
            r#"{"type":"cron","fields":{"day":{}}}"#,
            "fields.day",
            "trigger",
            "expected text or a whole number, found an object",
        ),
        (
            r#"{"type":"cron","expr":"@daily","gap":1}"#,
            "gap",
            "trigger",
            r#"expected "at_gap_end", "shift_by_delta" or "skip", found 1"#,
        ),
        (
            r#"{"type":"any_of","triggers":{"type":"once"}}"#,
            "triggers",
            "trigger",
            "expected a list, found an object",
        ),
        (
            r#"{"type":"calendar_interval","months":"2"}"#,
            "months",
            "trigger",
            r#"expected a whole number, found "2""#,
        ),
        (
            r#"{"type":"calendar_interval","days":1,"time":36000}"#,
            "time",
            "time",
            r#""36000" is not a time of day, expected a form such as 10:00:00 or 10:00, up to 23:59:59"#,
        ),
    ]);
}

#[test]
fn numbers_out_of_range_are_refused_with_their_range() {
    let range = "is out of range, expected a whole number from 0 to 4294967295";
    let months = |number: &str| {
        error(&format!(
            r#"{{"type":"calendar_interval","months":{number}}}"#
        ))
    };
    for (number, shown) in [
        ("-1", "-1"),
        ("4294967296", "4294967296"),
        ("18446744073709551615", "18446744073709551615"),
        ("18446744073709551616", "1.8446744073709552e19"),
        ("-1.0", "-1.0"),
        ("1e300", "1e300"),
    ] {
        assert_eq!(
            months(number).to_string(),
            format!("months: {shown} {range}")
        );
    }
    assert_eq!(
        months("1.5").to_string(),
        "months: expected a whole number, found 1.5"
    );
    assert_eq!(
        read(r#"{"type":"calendar_interval","months":2.0}"#),
        read(r#"{"type":"calendar_interval","months":2}"#)
    );
    check(&[
        (
            r#"{"type":"interval","every":-1}"#,
            "every",
            "duration",
            r#""-1" is not a length of time: it is negative"#,
        ),
        (
            r#"{"type":"interval","every":-0.5}"#,
            "every",
            "duration",
            r#""-0.5" is not a length of time: it is negative"#,
        ),
        (
            r#"{"type":"interval","every":"-1s"}"#,
            "every",
            "duration",
            r#""-1s" is not a length of time: it is negative"#,
        ),
        (
            r#"{"type":"interval","every":1e30}"#,
            "every",
            "duration",
            r#""1e30" is not a length of time: it is out of range"#,
        ),
        (
            r#"{"type":"limited","count":0,"trigger":{"type":"cron","expr":"@daily"}}"#,
            "count",
            "trigger",
            "a limit of 1 to 1000000 instants is out of range: 0",
        ),
        (
            r#"{"type":"cron","fields":{"hour":-1}}"#,
            "fields",
            "cron",
            r#"hour: "-1" at column 1 cannot be read here, expected 0-23"#,
        ),
    ]);
    let too_large = error(r#"{"type":"interval","every":1e400}"#);
    assert!(
        matches!(too_large, TriggerError::Json { .. }),
        "{too_large}"
    );
}

#[test]
fn null_is_as_good_as_left_out() {
    let full = r#"{"type":"cron","expr":"@daily","fields":null,"tz":null,"start":null,"end":null,"gap":null,"fold":null,"dialect":null,"day_rule":null,"seed":null,"zzz":null}"#;
    assert_eq!(read(full), read(r#"{"type":"cron","expr":"@daily"}"#));
    let full = r#"{"type":"calendar_interval","years":null,"months":null,"weeks":null,"days":1,"time":null}"#;
    assert_eq!(read(full), read(r#"{"type":"calendar_interval","days":1}"#));
    let full = r#"{"type":"interval","every":1,"immediately":null,"start":null}"#;
    assert_eq!(read(full), read(r#"{"type":"interval","every":1}"#));
    check(&[
        (
            r#"{"type":"interval","every":null}"#,
            "",
            "trigger",
            r#"the field "every" is missing"#,
        ),
        (
            r#"{"type":"any_of","triggers":[null]}"#,
            "triggers[0]",
            "trigger",
            r#"expected a trigger, which is an object with a "type", found null"#,
        ),
    ]);
}
