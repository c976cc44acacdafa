//! Tests of error messages: the position, the kind, the value found and the values allowed.

mod values;

use super::*;

fn error(json: &str) -> TriggerError {
    let spec = json.parse::<TriggerSpec>();
    spec.and_then(|spec| spec.build()).expect_err(json)
}

/// Checks that each rule is refused at that position, with that kind of error and that text.
fn check(mistakes: &[(&str, &str, &str, &str)]) {
    for &(json, path, kind, words) in mistakes {
        let error = error(json);
        let told = (error.path(), error.kind(), error.reason().to_string());
        assert_eq!(told, (path, kind, words.to_owned()), "{json}");
        let by_serde = serde_json::from_str::<TriggerSpec>(json);
        let text = by_serde.map_or_else(
            |error| error.to_string(),
            |spec| spec.build().expect_err(json).to_string(),
        );
        assert!(
            text.contains(words) && text.contains(path),
            "{json}: {text}"
        );
    }
}

#[test]
fn a_mistake_deep_inside_says_where_it_is() {
    let cron = r#"minute: "61" at column 1 is out of range, expected 0-59"#;
    check(&[
        (
            r#"{"type":"any_of","triggers":[{"type":"cron","expr":"@daily"},{"type":"cron","expr":"61 * * * *"}]}"#,
            "triggers[1].expr",
            "cron",
            cron,
        ),
        (
            r#"{"type":"all_of","triggers":[{"type":"limited","count":1,"trigger":{"type":"cron","expr":"61 * * * *"}}]}"#,
            "triggers[0].trigger.expr",
            "cron",
            cron,
        ),
        (
            r#"{"type":"excluding","trigger":{"type":"cron","expr":"@daily"},"exclude":[{"type":"dates","dates":[]},{"type":"trigger","trigger":{"type":"cron","expr":"61 * * * *"}}]}"#,
            "exclude[1].trigger.expr",
            "cron",
            cron,
        ),
        (
            r#"{"type":"any_of","triggers":[{"type":"once","at":"2024-07-01","tz":"Europe/Berln"}]}"#,
            "triggers[0].tz",
            "zone",
            r#"unknown time zone "Europe/Berln", did you mean Europe/Berlin?"#,
        ),
        (
            r#"{"type":"any_of","triggers":[{"type":"interval","every":0}]}"#,
            "triggers[0].every",
            "duration",
            "an interval must be longer than zero",
        ),
        (
            r#"{"type":"any_of","triggers":[7]}"#,
            "triggers[0]",
            "trigger",
            r#"expected a trigger, which is an object with a "type", found 7"#,
        ),
        (
            r#"{"type":"excluding","trigger":{"type":"cron","expr":"@daily"},"exclude":[{"type":"dates","dates":["2024-12-25","2024-02-30"]}]}"#,
            "exclude[0].dates[1]",
            "time",
            r#""2024-02-30" is not a date, expected a day that exists, in the form 2024-12-25"#,
        ),
        (
            r#"{"type":"excluding","trigger":{"type":"cron","expr":"@daily"},"exclude":[{"type":"yearly","dates":["25 dec"]}]}"#,
            "exclude[0].dates[0]",
            "time",
            r#""25 dec" is not a day of the year, expected a month and a day such as 12-25"#,
        ),
        (
            r#"{"type":"excluding","trigger":{"type":"cron","expr":"@daily"},"exclude":[{"type":"weekdays","weekdays":["mo"]}]}"#,
            "exclude[0].weekdays[0]",
            "time",
            r#""mo" is not a day of the week, expected mon, tue, wed, thu, fri, sat, sun or a whole name"#,
        ),
    ]);
}

#[test]
fn unknown_names_are_refused_with_the_known_ones() {
    check(&[
        (
            r#"{"type":"cron","exrp":"@daily"}"#,
            "",
            "trigger",
            r#"unknown field "exrp", expected "expr", "fields", "tz", "start", "end", "gap", "fold", "dialect", "day_rule" or "seed", did you mean expr?"#,
        ),
        (
            r#"{"type":"any_of","triggers":[{"type":"interval","every":1,"begin":"2024-07-01"}]}"#,
            "triggers[0]",
            "trigger",
            r#"unknown field "begin", expected "every", "start", "end", "immediately", "skip_start" or "tz""#,
        ),
        (
            r#"{"type":"cron","fields":{"dya":"1"}}"#,
            "fields",
            "trigger",
            r#"unknown field "dya", expected "year", "month", "day", "week", "day_of_week", "hour", "minute" or "second", did you mean day?"#,
        ),
        (
            r#"{"type":"excluding","trigger":{"type":"cron","expr":"@daily"},"exclude":[{"type":"date","dates":[]}]}"#,
            "exclude[0]",
            "trigger",
            r#"unknown type of exclusion "date", expected "date_range", "dates", "time_of_day", "trigger", "weekdays" or "yearly", did you mean dates?"#,
        ),
        (
            r#"{"at":"2024-07-01"}"#,
            "",
            "trigger",
            r#"the field "type" is missing"#,
        ),
        (
            r#"{"type":null}"#,
            "",
            "trigger",
            r#"the field "type" is missing"#,
        ),
        (
            r#"{"type":"any_of"}"#,
            "",
            "trigger",
            r#"the field "triggers" is missing"#,
        ),
        (
            r#"{"type":"limited","trigger":{"type":"interval"},"count":1}"#,
            "trigger",
            "trigger",
            r#"the field "every" is missing"#,
        ),
        (
            r#"["once","2024-07-01"]"#,
            "",
            "trigger",
            r#"expected a trigger, which is an object with a "type", found a list"#,
        ),
        (
            r#"{"type":["once"]}"#,
            "type",
            "trigger",
            "expected text, found a list",
        ),
    ]);
}

#[test]
fn every_kind_refuses_unknown_fields() {
    for kind in KINDS {
        let json = format!(r#"{{"type":"{kind}","zzz":1}}"#);
        let message = error(&json).to_string();
        assert!(
            message.starts_with(r#"unknown field "zzz""#),
            "{json}: {message}"
        );
    }
}

#[test]
fn an_unknown_kind_is_refused_with_the_known_ones() {
    let (last, others) = KINDS.split_last().unwrap();
    let others = others.join(r#"", ""#);
    let message = error(r#"{"type":"corn"}"#).to_string();
    assert_eq!(
        message,
        format!(
            r#"unknown type of trigger "corn", expected "{others}" or "{last}", did you mean cron?"#
        )
    );
}

#[test]
fn a_field_that_is_there_twice_is_refused() {
    check(&[
        (
            r#"{"type":"once","at":"2024-07-01","at":"2024-07-02"}"#,
            "",
            "trigger",
            r#"duplicate field "at""#,
        ),
        (
            r#"{"type":"once","type":"once","at":"2024-07-01"}"#,
            "",
            "trigger",
            r#"duplicate field "type""#,
        ),
        (
            r#"{"type":"once","at":null,"at":"2024-07-02"}"#,
            "",
            "trigger",
            r#"duplicate field "at""#,
        ),
        (
            r#"{"type":"any_of","triggers":[{"type":"cron","fields":{"day":1,"day":2}}]}"#,
            "triggers[0].fields",
            "trigger",
            r#"duplicate field "day""#,
        ),
    ]);
}

#[test]
fn mistakes_are_named() {
    for (json, path, hint) in [
        (r#"{"type":"once","at":"2024-02-30"}"#, "at", "2024-02-30"),
        (
            r#"{"type":"once","at":"yesterday"}"#,
            "at",
            "such as 2024-07-01T12:00:00+02:00",
        ),
        (
            r#"{"type":"once","at":"2024-07-01T25:00:00Z"}"#,
            "at",
            "2024-07-01T25",
        ),
        (
            r#"{"type":"once","at":"2024-07-01T12Z"}"#,
            "at",
            "an offset such as Z or +02:00",
        ),
        (
            r#"{"type":"once","at":"2024-02-30T12:00:00Z"}"#,
            "at",
            "2024-02-30 is not a date of the calendar",
        ),
        (
            r#"{"type":"interval","every":"1 month"}"#,
            "every",
            "no fixed length",
        ),
        (r#"{"type":"once","at":"2024-07-01T12:00:60"}"#, "at", "59"),
        (r#"{"type":"cron"}"#, "", "fields"),
        (
            r#"{"type":"cron","expr":"@daily","fields":{}}"#,
            "",
            "fields",
        ),
        (r#"{"type":"cron","expr":"@every 0s"}"#, "expr", "zero"),
        (r#"{"type":"cron","expr":"@every soon"}"#, "expr", "soon"),
        (
            r#"{"type":"cron","expr":"@daily","gap":"jump"}"#,
            "gap",
            "jump",
        ),
        (
            r#"{"type":"cron","expr":"@daily","dialect":"vixen"}"#,
            "dialect",
            "vixen",
        ),
        (
            r#"{"type":"calendar_interval","start":"2024-01-01"}"#,
            "",
            "longer than zero",
        ),
        (
            r#"{"type":"calendar_interval","days":1,"time":"24:00:00"}"#,
            "time",
            "24:00:00",
        ),
        (
            r#"{"type":"calendar_interval","days":1,"start":"2024-01-02","end":"2024-01-01"}"#,
            "end",
            "before",
        ),
        (
            r#"{"type":"all_of","triggers":[]}"#,
            "triggers",
            "at least one",
        ),
    ] {
        let error = error(json);
        assert_eq!(error.path(), path, "{json}");
        assert!(error.to_string().contains(hint), "{json}: {error}");
    }
}

#[test]
fn invalid_json_has_its_own_error() {
    for json in [
        "",
        "{",
        "nonsense",
        r#"{"type":"once","at":"2024-07-01"} x"#,
        r#"{"type":1e400}"#,
    ] {
        assert_eq!(error(json).kind(), "json", "{json}");
    }
}

#[test]
fn messages_are_short_however_long_the_mistake_is() {
    let long = "é".repeat(100_000);
    for json in [
        format!(r#"{{"type":"{long}"}}"#),
        format!(r#"{{"type":"once","{long}":1}}"#),
        format!(r#"{{"type":"once","at":"{long}"}}"#),
        format!(r#"{{"type":"interval","every":"{long}"}}"#),
        format!(r#"{{"type":"interval","every":1,"immediately":"{long}"}}"#),
        format!(r#"{{"type":"cron","expr":"{long}"}}"#),
        format!(r#"{{"type":"cron","fields":{{"hour":"{long}"}}}}"#),
        format!(r#"{{"type":"cron","fields":{{"{long}":1}}}}"#),
        format!(r#"{{"type":"cron","expr":"@daily","tz":"{long}"}}"#),
        format!(r#"{{"type":"cron","expr":"@daily","gap":"{long}"}}"#),
        format!(r#"{{"type":"cron","expr":"TZ={long} 0 0 * * *"}}"#),
        format!(r#"{{"type":"calendar_interval","days":1,"time":"{long}"}}"#),
        format!(
            r#"{{"type":"excluding","trigger":{{"type":"cron","expr":"@daily"}},"exclude":[{{"type":"dates","dates":["{long}"]}}]}}"#
        ),
    ] {
        let message = error(&json).to_string();
        assert!(
            message.len() < 600,
            "{} bytes: {message:.900}",
            message.len()
        );
    }
}

#[test]
fn endless_nesting_is_refused() {
    for depth in [33, 64, 100_000] {
        let list = r#"{"type":"any_of","triggers":["#.repeat(depth) + &"]}".repeat(depth);
        assert_eq!(error(&list), TriggerError::TooDeep { deepest: 32 });
        let once = r#"{"type":"once","at":"2024-07-01"}"#;
        let object = r#"{"type":"bounded","trigger":"#.repeat(depth) + once + &"}".repeat(depth);
        assert_eq!(error(&object), TriggerError::TooDeep { deepest: 32 });
    }
}
