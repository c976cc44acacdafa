//! Tests of rules from named fields.

use super::{super::*, at, cron};

fn fields(given: &[(&str, &str)]) -> Result<Cron, CronError> {
    build(given, Dialect::Apscheduler)
}

fn build(given: &[(&str, &str)], dialect: Dialect) -> Result<Cron, CronError> {
    let given = given
        .iter()
        .map(|(name, text)| (name.parse().unwrap(), *text));
    Cron::fields(given).dialect(dialect).build()
}

#[test]
fn what_is_left_out_depends_on_what_is_finer() {
    for (given, expected) in [
        (&[][..], "0 0 1 1 *"),
        (&[("year", "2030")], "0 0 0 1 1 * 2030"),
        (&[("month", "3")], "0 0 1 3 *"),
        (&[("day", "5")], "0 0 5 * *"),
        (&[("day_of_week", "mon")], "0 0 * * MON"),
        (&[("week", "10")], "WEEK=10 0 0 * * *"),
        (&[("hour", "5")], "0 5 * * *"),
        (&[("minute", "*")], "* * * * *"),
        (&[("second", "15")], "15 * * * * *"),
        (&[("day", "1"), ("minute", "20")], "20 * 1 * *"),
        (&[("month", "*"), ("day", "15")], "0 0 15 * *"),
    ] {
        assert_eq!(fields(given).unwrap().to_string(), expected, "{given:?}");
    }
    let every_second = build(&[], Dialect::Apscheduler3).unwrap();
    assert_eq!(every_second.to_string(), "* * * * * *");
}

#[test]
fn days_have_words() {
    for (day, expected) in [
        ("last", "0 0 L * *"),
        ("last, 1", "0 0 1,L * *"),
        ("LAST Fri", "0 0 FRIL * *"),
        ("2nd mon , last   fri,13", "0 0 13,MON#2,FRIL * *"),
        (" 1st sun ", "0 0 SUN#1 * *"),
        ("5th tue", "0 0 TUE#5 * *"),
    ] {
        let found = fields(&[("day", day)]).unwrap();
        assert_eq!(found.to_string(), expected, "{day}");
        assert_eq!(cron(expected), found, "{day}");
    }
}

#[test]
fn every_field_must_match() {
    let friday_13th = fields(&[("day", "13"), ("day_of_week", "fri")]).unwrap();
    assert_eq!(friday_13th.to_string(), "DAYS=and 0 0 13 * FRI");
    let second_friday = fields(&[("day", "2nd fri"), ("week", "2-3"), ("day_of_week", "fri")]);
    let second_friday = second_friday.unwrap();
    assert_eq!(
        second_friday.next_after(at("2024-01-01T00:00:00Z")),
        Some(at("2024-01-12T00:00:00Z"))
    );
    assert_eq!(
        second_friday.next_after(at("2024-01-12T00:00:00Z")),
        Some(at("2025-01-10T00:00:00Z"))
    );
}

#[test]
fn weeks_are_those_of_iso_8601() {
    let first_of_year = fields(&[("week", "1"), ("day_of_week", "mon")]).unwrap();
    let found: Vec<_> =
        std::iter::successors(first_of_year.next_after(at("2024-01-10T00:00:00Z")), |at| {
            first_of_year.next_after(*at)
        })
        .take(3)
        .map(|at| at.format("%F").to_string())
        .collect();
    assert_eq!(found, ["2024-12-30", "2025-12-29", "2027-01-04"]);
    let last = fields(&[("week", "53")]).unwrap();
    assert_eq!(
        last.next_after(at("2021-01-03T12:00:00Z")),
        Some(at("2026-12-28T00:00:00Z"))
    );
    assert_eq!(
        last.prev_before(at("2026-01-01T00:00:00Z")),
        Some(at("2021-01-03T00:00:00Z"))
    );
}

#[test]
fn weekdays_are_numbered_as_in_either_version() {
    for (given, in_4, in_3) in [
        ("0", "SUN", Some("MON")),
        ("6", "SAT", Some("SUN")),
        ("7", "SUN", None),
        ("1-5", "MON-FRI", Some("TUE-SAT")),
        ("6-7", "SUN,SAT", None),
        ("5-6", "FRI,SAT", Some("SUN,SAT")),
        ("fri-mon", "SUN,MON,FRI,SAT", None),
        ("5-0", "SUN,FRI,SAT", None),
        ("*/2", "SUN,MON,WED,FRI", Some("SUN,MON,WED,FRI")),
    ] {
        let weekday = |dialect| {
            let cron = build(&[("day_of_week", given)], dialect).ok()?;
            Some(cron.to_string().replace("0 0 * * ", ""))
        };
        assert_eq!(
            weekday(Dialect::Apscheduler).as_deref(),
            Some(in_4),
            "{given}"
        );
        assert_eq!(weekday(Dialect::Apscheduler3).as_deref(), in_3, "{given}");
    }
}

#[test]
fn mistakes_are_located_and_explained() {
    for (name, text, expected) in [
        (
            "day",
            "1, 6th mon",
            "day of month: \"6th mon\" at column 4 cannot be read here, \
             expected 1-31, last, last fri or 2nd mon",
        ),
        (
            "day",
            "2nd 1",
            "day of month: \"2nd 1\" at column 1 cannot be read here, \
             expected 1-31, last, last fri or 2nd mon",
        ),
        (
            "week",
            "54",
            "week: \"54\" at column 1 is out of range, expected 1-53",
        ),
        (
            "hour",
            "22-2",
            "hour: \"22-2\" at column 1 ends before it starts, expected 0-23",
        ),
        (
            "hour",
            "23/1",
            "hour: \"23/1\" at column 1 cannot be read here, expected 0-23",
        ),
        (
            "minute",
            "-1",
            "minute: \"-1\" at column 1 cannot be read here, expected 0-59",
        ),
        (
            "month",
            "1-jan",
            "month: \"1-jan\" at column 1 cannot be read here, expected 1-12 or JAN-DEC",
        ),
    ] {
        let error = fields(&[(name, text)]).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert_eq!(error.field(), Some(name.parse().unwrap()));
    }
    let error = "weekday".parse::<CronField>().unwrap_err().to_string();
    let expected = "unknown field \"weekday\", \
                    expected year, month, day, week, day_of_week, hour, minute or second";
    assert_eq!(error, expected);
}

#[test]
fn another_dialect_brings_its_own_forms() {
    let given = [("day", "LW"), ("hour", "22-2"), ("day_of_week", "FRI#2")];
    assert!(fields(&given).is_err());
    let found = build(&given, Dialect::Standard).unwrap();
    assert_eq!(found.to_string(), "DAYS=and 0 0-2,22,23 LW * FRI#2");
}

#[test]
fn from_sunday_to_sunday_is_the_whole_week() {
    for days in ["0-7", "sun-sat", "1-7", "*"] {
        let weekly = fields(&[("day_of_week", days)]).unwrap();
        let fires = crate::upcoming(&weekly, DateTime::UNIX_EPOCH).take(8);
        let fires: Vec<_> = fires.map(|at| at.timestamp() / 86_400).collect();
        assert_eq!(fires, [1, 2, 3, 4, 5, 6, 7, 8], "{days}");
    }
}
