//! Tests of the meaning of expressions, and of the errors for invalid ones.

mod descriptions;
mod dialects;
mod fields;
mod long_searches;
mod newer_forms;
mod notes;

use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn cron(expression: &str) -> Cron {
    Cron::parse(expression).unwrap()
}

fn days_after(expression: &str, start: &str, count: usize) -> Vec<String> {
    let cron = cron(expression);
    let next = |at: &DateTime<Utc>| cron.next_after(*at);
    let fires = std::iter::successors(cron.next_after(at(start)), next);
    fires
        .take(count)
        .map(|at| at.format("%m-%d").to_string())
        .collect()
}

fn refusal(expression: &str) -> String {
    Cron::parse(expression).unwrap_err().to_string()
}

#[test]
fn either_day_field_is_enough_if_both_restrict() {
    let both = days_after("0 0 13 * FRI", "2024-09-01T00:00:00Z", 4);
    assert_eq!(both, ["09-06", "09-13", "09-20", "09-27"]);
    let and = days_after("DAYS=and 0 0 13 * FRI", "2024-09-01T00:00:00Z", 2);
    assert_eq!(and, ["09-13", "12-13"]);
}

#[test]
fn a_leading_star_does_not_restrict_the_days() {
    let odd_mondays = days_after("0 0 */2 * MON", "2024-07-01T00:00:00Z", 3);
    assert_eq!(odd_mondays, ["07-15", "07-29", "08-05"]);
    assert_eq!(cron("0 0 ? * MON"), cron("0 0 * * MON"));
}

#[test]
fn special_days_are_found() {
    for (expression, expected) in [
        ("0 0 L * *", ["01-31", "02-29", "03-31"]),
        ("0 0 last * *", ["01-31", "02-29", "03-31"]),
        ("0 0 L-3 * *", ["01-28", "02-26", "03-28"]),
        ("0 0 LW * *", ["01-31", "02-29", "03-29"]),
        ("0 0 15W * *", ["01-15", "02-15", "03-15"]),
        ("0 0 1w,l-30 * *", ["01-01", "02-01", "03-01"]),
        ("0 0 * * FRI#2", ["01-12", "02-09", "03-08"]),
        ("0 0 * * fril", ["01-26", "02-23", "03-29"]),
        ("0 0 * * 5#L", ["01-26", "02-23", "03-29"]),
        ("0 0 * * MON#5", ["01-29", "04-29", "07-29"]),
        ("0 0 29 2 *", ["02-29", "02-29", "02-29"]),
    ] {
        assert_eq!(
            days_after(expression, "2023-12-31T12:00:00Z", 3),
            expected,
            "{expression}"
        );
    }
}

#[test]
fn ranges_wrap_around() {
    for (wrapped, plain) in [
        ("0 22-2 * * *", "0 0-2,22,23 * * *"),
        ("0 22-4/2 * * *", "0 0-4/2,22 * * *"),
        ("0 0 28-2 * *", "0 0 1,2,28-31 * *"),
        ("0 0 1 NOV-FEB *", "0 0 1 1,2,11,12 *"),
        ("0 0 * * FRI-MON", "0 0 * * 0,1,5,6"),
        ("0 0 * * 5-7", "0 0 * * 0,5,6"),
        ("0 0 * * 7-2", "0 0 * * 0-2"),
        ("0 0 * * 6-0", "0 0 * * 0,6"),
        ("0 0 * * 0-7", "0 0 * * 0-6"),
        ("0 0 * * 7", "0 0 * * SUN"),
    ] {
        assert_eq!(cron(wrapped), cron(plain), "{wrapped}");
    }
}

#[test]
fn steps_begin_where_their_range_does() {
    assert_eq!(cron("5/20 * * * *"), cron("5,25-45/20 * * * *"));
    assert_eq!(cron("10-30/7 * * * *"), cron("10-24/7 * * * *"));
    assert_eq!(cron("0 0 * * 1/2"), cron("0 0 * * 1,3,5"));
    assert_eq!(cron("0 0 * * 1-7/2"), cron("0 0 * * 0,1,3,5"));
}

#[test]
fn quartz_numbers_its_days_from_sunday_on() {
    let quartz = |text: &str| Cron::builder(text).dialect(Dialect::Quartz).build();
    assert_eq!(quartz("0 0 12 ? * 2-6").unwrap(), cron("0 12 * * MON-FRI"));
    assert_eq!(quartz("0 0 12 ? * 6L").unwrap(), cron("0 12 * * FRIL"));
    assert_eq!(quartz("0 0 12 ? * L").unwrap(), cron("0 12 * * SAT"));
    assert_eq!(quartz("0 0 12 ? * 7-2").unwrap(), cron("0 12 * * SAT-MON"));
    assert!(quartz("0 0 12 ? * 0").is_err());
    assert!(quartz("0 0 12 ? * 8").is_err());
}

#[test]
fn six_fields_have_seconds_and_seven_a_year() {
    let start = at("2024-01-01T00:00:00Z");
    assert_eq!(
        cron("*/20 * * * * *").next_after(start),
        Some(at("2024-01-01T00:00:20Z"))
    );
    let year = cron("0 0 0 1 1 ? 2030-2040/5,2031");
    let fires: Vec<_> = std::iter::successors(year.next_after(start), |at| year.next_after(*at))
        .map(|at| at.format("%Y").to_string())
        .collect();
    assert_eq!(fires, ["2030", "2031", "2035", "2040"]);
}

#[test]
fn below_a_second_the_answer_is_strict() {
    let minutely = cron("* * * * *");
    assert_eq!(
        minutely.next_after(at("2024-01-01T00:00:59.999999999Z")),
        Some(at("2024-01-01T00:01:00Z"))
    );
    assert_eq!(
        minutely.next_after(at("2024-01-01T00:01:00Z")),
        Some(at("2024-01-01T00:02:00Z"))
    );
    assert_eq!(
        minutely.first_from(at("2024-01-01T00:01:00Z")),
        Some(at("2024-01-01T00:01:00Z"))
    );
    assert_eq!(
        minutely.prev_before(at("2024-01-01T00:01:00Z")),
        Some(at("2024-01-01T00:00:00Z"))
    );
    assert_eq!(
        minutely.prev_before(at("2024-01-01T00:01:00.5Z")),
        Some(at("2024-01-01T00:01:00Z"))
    );
    assert!(minutely.matches(at("2024-01-01T00:01:00Z")));
    assert!(!minutely.matches(at("2024-01-01T00:01:00.000000001Z")));
}

#[test]
fn the_ends_of_time_do_not_panic() {
    for expression in [
        "* * * * * *",
        "0 0 31 2 *",
        "0 0 1 1 *",
        "0 0 0 29 2 ? 9996",
    ] {
        for zone in [
            "UTC",
            "Pacific/Kiritimati",
            "America/Los_Angeles",
            "Europe/Berlin",
        ] {
            let cron = cron(expression).in_zone(Zone::bundled(zone).unwrap());
            assert_eq!(cron.next_after(DateTime::<Utc>::MAX_UTC), None);
            assert_eq!(cron.prev_before(DateTime::<Utc>::MIN_UTC), None);
            cron.next_after(DateTime::<Utc>::MIN_UTC);
            assert!(cron.prev_before(DateTime::<Utc>::MAX_UTC) < Some(DateTime::<Utc>::MAX_UTC));
        }
    }
    assert_eq!(
        cron("* * * * * *").next_after(DateTime::<Utc>::MIN_UTC),
        Some(DateTime::UNIX_EPOCH)
    );
}

#[test]
fn mistakes_are_located_and_explained() {
    for (expression, expected) in MISTAKES {
        assert_eq!(refusal(expression), expected, "{expression}");
    }
    assert!(refusal(&"*".repeat(5000)).contains("too long"));
    assert!(refusal(&format!("{} * * * *", "é".repeat(100))).contains("é…"));
}

const MISTAKES: [(&str, &str); 22] = [
    (
        "",
        "the cron expression is empty, expected at least 5 fields: minute hour day-of-month month day-of-week",
    ),
    (
        "* * *",
        "found 3 fields, expected 5 fields (minute hour day-of-month month day-of-week), \
             6 (seconds first) or 7 (year last)",
    ),
    (
        "0 25 * * *",
        r#"hour: "25" at column 3 is out of range, expected 0-23"#,
    ),
    (
        "0  9 * 13 *",
        r#"month: "13" at column 8 is out of range, expected 1-12 or JAN-DEC"#,
    ),
    (
        "5,60 * * * *",
        r#"minute: "60" at column 3 is out of range, expected 0-59"#,
    ),
    (
        "5, * * * *",
        r#"minute: "" at column 3 cannot be read here, expected 0-59"#,
    ),
    (
        "+5 * * * *",
        r#"minute: "+5" at column 1 cannot be read here, expected 0-59"#,
    ),
    (
        "*/0 * * * *",
        r#"minute: "*/0" at column 1 has an invalid step, expected 1 to 59"#,
    ),
    (
        "0-20/0 * * * *",
        r#"minute: "0-20/0" at column 1 has an invalid step, expected 1 to 20"#,
    ),
    (
        "0 0 * * Mond",
        "day of week: \"Mond\" at column 9 cannot be read here, \
             expected 0-7 (0 and 7 are Sunday), SUN-SAT, FRI#2 or FRIL",
    ),
    (
        "0 22, 10 * * *",
        r#"a stray space at column 6 splits "22, 10", write "22,10" instead"#,
    ),
    (
        "0 0 9 - 17 * * MON",
        r#"a stray space at column 6 splits "9 - 17", write "9-17" instead"#,
    ),
    (
        "0 0 * * FRI#6",
        "day of week: \"FRI#6\" at column 9 is out of range, expected #1 to #5, or #L for the last",
    ),
    (
        "0 0 L-31 * *",
        r#"day of month: "L-31" at column 5 is out of range, expected L-0 to L-30"#,
    ),
    (
        "0 0 0 1 1 ? 2030-2020",
        r#"year: "2030-2020" at column 13 ends before it starts, expected 1970-9999"#,
    ),
    (
        "? * * * *",
        r#"minute: "?" at column 1 cannot be read here, expected 0-59"#,
    ),
    (
        "@fortnightly",
        "\"@fortnightly\" at column 1 cannot be read here, expected @yearly, @annually, @monthly, \
             @weekly, @daily, @midnight or @hourly",
    ),
    (
        "@daily 0",
        r#""0" at column 8 cannot be read here, expected nothing behind the name"#,
    ),
    (
        "@reboot",
        r#""@reboot" at column 1 is not a time: submit the job when the scheduler starts"#,
    ),
    (
        "@every 5m",
        "\"@every\" at column 1 is an interval, not a cron expression: \
             use Interval::every, or parse_expression, which reads both",
    ),
    (
        "TZ=Europe/Berln 0 0 * * *",
        "unknown time zone \"Europe/Berln\", did you mean Europe/Berlin? (column 4)",
    ),
    (
        "GAP=none 0 0 * * *",
        "\"GAP=none\" at column 1 is not a setting, expected GAP=at-gap-end, GAP=shift-by-delta or GAP=skip",
    ),
];

#[test]
fn the_canonical_text_is_short_and_parses_back() {
    for (expression, expected) in [
        ("0 9 * * 1-5", "0 9 * * MON-FRI"),
        ("*/5,0-59 * ? * ?", "* * * * *"),
        ("0 0 9 1,2,3,20 jan-mar *", "0 9 1-3,20 1-3 *"),
        ("0,30 9 * * *", "0,30 9 * * *"),
        ("0-59/30 9 * * *", "0-0,30 9 * * *"),
        ("5-5 9 * * *", "5-5 9 * * *"),
        ("*/7,*/5 * * * *", "*/5,7,14,21,28,42,49,56 * * * *"),
        ("*/20 * * * * *", "*/20 * * * * *"),
        ("0 0 0 1 1 ? 2030/2", "0 0 0 1 1 * 2030-9998/2"),
        (
            "0 0 l,15w,lw,l-3 * 5#2,fril",
            "0 0 L,L-3,15W,LW * FRI#2,FRIL",
        ),
        ("0 0 */2 * 1-5", "0 0 */2 * MON-FRI"),
        ("@weekly", "0 0 * * SUN"),
        (
            "cron_tz=europe/berlin gap=SKIP fold=both days=and 30 2 13 * fri",
            "TZ=Europe/Berlin GAP=skip FOLD=both DAYS=and 30 2 13 * FRI",
        ),
        ("GAP=at-gap-end FOLD=first 30 2 * * *", "30 2 * * *"),
        ("TZ=+05:30 0 * * * *", "TZ=+05:30 0 * * * *"),
    ] {
        assert_eq!(cron(expression).to_string(), expected);
        assert_eq!(cron(expected), cron(expression), "{expression}");
    }
}

#[test]
fn long_lists_of_years_keep_their_form() {
    for (years, expected) in [
        ("2040/2,9999", "2040/2,9999"),
        ("*/2,*/3", "*/2,*/3"),
        ("1970-9998/2,1971-2100/3", "*/2,1971-2100/3"),
        ("1999/2,2000-2100", "1999/2,2000-2100"),
    ] {
        let text = cron(&format!("0 0 0 1 1 ? {years}")).to_string();
        assert_eq!(text, format!("0 0 0 1 1 * {expected}"));
        assert_eq!(cron(&text).to_string(), text);
    }
    let too_many = vec!["2030"; 500].join(",");
    assert!(refusal(&format!("0 0 0 1 1 ? {too_many}")).contains("at most 2048"));
}

#[test]
fn presets_read_expressions_as_others_do() {
    let text = |preset, expression| {
        Cron::builder(expression)
            .preset(preset)
            .build()
            .unwrap()
            .to_string()
    };
    assert_eq!(
        text(Preset::Quartz, "0 0 2 ? * 1"),
        "GAP=skip FOLD=last 0 2 * * SUN"
    );
    assert_eq!(
        text(Preset::Vixie, "0 1-3 * * *"),
        "GAP=at-gap-end FOLD=first 0 1-3 * * *"
    );
    assert_eq!(text(Preset::Vixie, "0 2 13 * 5"), "0 2 13 * FRI");
    assert_eq!(text(Preset::Systemd, "0 * * * *"), "FOLD=first 0 * * * *");
    assert_eq!(
        text(Preset::Temporal, "0 2 13 * 5"),
        "GAP=skip FOLD=both DAYS=and 0 2 13 * FRI"
    );
    assert_eq!(text(Preset::Ocps14, "0 2 13 * 5"), "GAP=skip 0 2 13 * FRI");
    assert_eq!(text(Preset::Apscheduler, "0 * * * 5"), "0 * * * FRI");
}
