//! Tests of the notes on legal but probably wrong expressions.

use chrono::Month;

use super::*;

fn texts(cron: &Cron) -> Vec<String> {
    cron.notes().iter().map(ToString::to_string).collect()
}

fn in_zone(expression: &str, zone: &str) -> Cron {
    cron(expression).in_zone(Zone::bundled(zone).unwrap())
}

#[test]
fn usual_rules_have_no_notes() {
    for expression in [
        "0 9 * * MON-FRI",
        "*/5 * * * *",
        "*/59 * * * *",
        "0-30/30 * * * *",
        "0 0 L * *",
        "0 0 28 2 *",
        "0 0 31 1,3 *",
        "0 0 */2 * *",
        "0 0 * * FRI#5",
        "DAYS=and 0 0 13 * FRI",
        "@yearly",
        "@hourly",
    ] {
        assert_eq!(texts(&cron(expression)), [""; 0], "{expression}");
    }
    let often = in_zone("*/15 * * * *", "Europe/Berlin");
    assert_eq!(texts(&often), [""; 0]);
}

#[test]
fn steps_larger_than_their_range_are_noted_where_they_are() {
    for (expression, expected) in [
        (
            "22 12-23/24 * * *",
            &[
                r#"hour: "12-23/24" at column 4 has a step larger than its range, which leaves 12 alone"#,
            ][..],
        ),
        (
            "WEEK=5-7/9 0,5/55,*/60 22-1/4 * * *",
            &[
                r#"week: "5-7/9" at column 6 has a step larger than its range, which leaves 5 alone"#,
                r#"minute: "5/55" at column 14 has a step larger than its range, which leaves 5 alone"#,
                r#"minute: "*/60" at column 19 has a step larger than its range, which leaves 0 alone"#,
                r#"hour: "22-1/4" at column 24 has a step larger than its range, which leaves 22 alone"#,
            ],
        ),
        (
            "0 0 0 1 1 ? 2030-2040/11",
            &[
                r#"year: "2030-2040/11" at column 13 has a step larger than its range, which leaves 2030 alone"#,
            ],
        ),
    ] {
        assert_eq!(texts(&cron(expression)), expected, "{expression}");
    }
    let by_name = Cron::fields([(CronField::Hour, "3-5/4")]).dialect(Dialect::Standard);
    assert_eq!(by_name.build().unwrap().notes().len(), 1);
}

#[test]
fn notes_are_not_part_of_what_a_rule_says() {
    let noted = cron("0 12-23/24 * * *");
    let again = cron(&noted.to_string());
    assert_eq!(noted, again);
    assert_eq!((noted.notes().len(), again.notes().len()), (1, 0));
    assert_eq!(noted.clone().in_zone(Zone::utc()).notes(), noted.notes());
}

#[test]
fn either_day_is_noted_if_both_restrict() {
    assert_eq!(cron("0 0 13 * FRI").notes(), [Note::EitherDay]);
    assert_eq!(cron("DAYS=and 0 0 13 * FRI").notes(), []);
}

#[test]
fn a_star_that_makes_a_day_match_both_fields_is_noted() {
    for expression in [
        "0 0 */2 * MON",
        "0 0 13 * */2",
        "0 0 */2 * */2",
        "0 0 */2 * FRI#1",
    ] {
        assert_eq!(
            cron(expression).notes(),
            [Note::StarredDays],
            "{expression}"
        );
        assert_eq!(cron(&format!("DAYS=and {expression}")).notes(), []);
    }
    for expression in ["0 0 * * MON", "0 0 */2 * *", "0 0 */1 * MON", "0 0 13 * *"] {
        assert_eq!(cron(expression).notes(), [], "{expression}");
    }
    assert_eq!(cron("0 0 1-31/2 * MON").notes(), [Note::EitherDay]);
    let by_name = [
        (CronField::DayOfMonth, "*/2"),
        (CronField::DayOfWeek, "MON"),
    ];
    assert_eq!(Cron::fields(by_name).build().unwrap().notes(), []);
    let expected = "a day has to match day of month and day of week, as one begins with a star: \
                    a range in its place makes either enough, and DAYS=and in front confirms both";
    assert_eq!(texts(&cron("0 0 */2 * MON")), [expected]);
}

#[test]
fn a_fixed_time_in_a_gap_is_noted_with_what_happens() {
    let skipped = "the clocks of Europe/Berlin skip 2026-03-29 02:30:00: the rule is ";
    for (expression, end) in [
        ("30 2 * * *", "due at 2026-03-29T03:00:00+02:00 instead"),
        (
            "GAP=shift-by-delta 30 2 * * *",
            "due at 2026-03-29T03:30:00+02:00 instead",
        ),
        ("GAP=skip 30 2 * * *", "not due then"),
    ] {
        let cron = in_zone(expression, "Europe/Berlin");
        assert_eq!(texts(&cron), [format!("{skipped}{end}")], "{expression}");
        assert_eq!(texts(&cron.in_zone(Zone::utc())), [""; 0], "{expression}");
    }
    assert_eq!(texts(&in_zone("30 3 * * *", "Europe/Berlin")), [""; 0]);
    // The last Sunday of March is the 31st in some years only.
    let rarely = in_zone("30 2 31 3 *", "Europe/Berlin").notes();
    let [Note::SkippedTime { reading, .. }] = &rarely[..] else {
        panic!("{rarely:?}")
    };
    assert_eq!(reading.to_string(), "2030-03-31 02:30:00");
}

#[test]
fn months_without_the_day_are_noted() {
    use Month::{April, February, June, November, September};
    let months = |expression| match &cron(expression).notes()[..] {
        [Note::SkippedMonths { months, .. }] => months.clone(),
        other => panic!("{expression}: {other:?}"),
    };
    let short = vec![February, April, June, September, November];
    assert_eq!(months("0 0 31 * *"), short);
    assert_eq!(months("0 0 31W * *"), short);
    assert_eq!(months("0 0 L-30 * *"), short);
    assert_eq!(months("0 0 30,31 * *"), [February]);
    assert_eq!(months("0 0 31 1,6 *"), [June]);
    assert_eq!(cron("0 0 29 * *").notes(), [Note::LeapYearsOnly]);
    assert_eq!(cron("0 0 29 2 *").notes(), [Note::LeapYearsOnly]);
    assert_eq!(cron("0 0 30 2 *").notes(), [Note::NeverDue]);
    let expected = "February, April, June, September and November have no such day: \
                    L is the last day of every month";
    assert_eq!(texts(&cron("0 0 31 * *")), [expected]);
}

/// The suggested replacement keeps the weekday, and causes no note itself.
#[test]
fn a_day_that_months_lack_is_noted_with_what_they_have() {
    let start = "June has no such day: ";
    for (day, instead) in [
        ("31", "L is the last day of every month"),
        ("L-30", "L is the last day of every month"),
        ("31W", "31WL is the last weekday of a shorter month"),
        ("L-30W", "LW is the last weekday of every month"),
    ] {
        let noted = cron(&format!("0 0 {day} 1,6 *"));
        assert_eq!(texts(&noted), [format!("{start}{instead}")], "{day}");
        let advice = instead.split(' ').next().unwrap();
        assert_eq!(cron(&format!("0 0 {advice} 1,6 *")).notes(), []);
    }
}

#[test]
fn a_rule_without_any_instant_is_noted() {
    assert_eq!(cron("0 0 31 2,4 *").notes(), [Note::NeverDue]);
    let gone = in_zone("GAP=skip 0 0 12 30 12 ? 2011", "Pacific/Apia");
    assert_eq!(gone.notes(), [Note::NeverDue]);
    assert_eq!(cron("0 0 0 1 1 ? 1970").notes(), []);
}
