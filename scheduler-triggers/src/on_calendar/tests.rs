//! Tests of the meaning of calendar events, and of the errors for invalid ones.

use super::*;
use crate::upcoming;

fn event(text: &str) -> OnCalendar {
    OnCalendar::parse(text).unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Returns the next instants, in the zone of the event.
fn local(event: &OnCalendar, start: &str, count: usize) -> Vec<String> {
    let times = upcoming(event, at(start)).take(count);
    let shown = times.map(|at| event.zone().to_local(at).format("%m-%d %H:%M:%S%.f%:z"));
    shown.map(|time| time.to_string()).collect()
}

#[test]
fn a_fixed_time_runs_once_when_clocks_change() {
    let nightly = event("*-*-* 02:30 Europe/Berlin");
    let spring = local(&nightly, "2024-03-30T12:00:00Z", 2);
    assert_eq!(spring, ["03-31 03:00:00+02:00", "04-01 02:30:00+02:00"]);
    let autumn = local(&nightly, "2024-10-26T12:00:00Z", 2);
    assert_eq!(autumn, ["10-27 02:30:00+02:00", "10-28 02:30:00+01:00"]);
    let fraction = local(
        &event("2:30:15.25 Europe/Berlin"),
        "2024-03-30T12:00:00Z",
        2,
    );
    assert_eq!(
        fraction,
        ["03-31 03:00:00+02:00", "04-01 02:30:15.250+02:00"]
    );
}

#[test]
fn events_that_follow_the_clock_are_due_at_every_match() {
    let half_hourly = event("*:0/30 Europe/Berlin");
    let autumn = local(&half_hourly, "2024-10-27T00:00:00Z", 4);
    let expected = [
        "10-27 02:30:00+02:00",
        "10-27 02:00:00+01:00",
        "10-27 02:30:00+01:00",
        "10-27 03:00:00+01:00",
    ];
    assert_eq!(autumn, expected);
    let at_night = local(&event("1..3:15 Europe/Berlin"), "2024-03-30T23:30:00Z", 2);
    assert_eq!(at_night, ["03-31 01:15:00+01:00", "03-31 03:15:00+02:00"]);
}

#[test]
fn policies_are_chosen_and_kept_in_the_text() {
    let systemd = event("hourly Europe/Berlin")
        .gap(Gap::Skip)
        .fold(Fold::First);
    let autumn = local(&systemd, "2024-10-26T23:30:00Z", 2);
    assert_eq!(autumn, ["10-27 02:00:00+02:00", "10-27 03:00:00+01:00"]);
    let text = systemd.to_string();
    assert_eq!(text, "FOLD=first *-*-* *:00:00 Europe/Berlin");
    assert_eq!(event(&text), systemd);
    let shifted = event("gap=shift_by_delta fold=last 2:30 Europe/Berlin");
    let text = "GAP=shift-by-delta FOLD=last *-*-* 02:30:00 Europe/Berlin";
    assert_eq!(shifted.to_string(), text);
    let spring = local(&shifted, "2024-03-30T12:00:00Z", 1);
    assert_eq!(spring, ["03-31 03:30:00+02:00"]);
}

#[test]
fn a_missing_day_is_not_made_up_for() {
    let noon = local(
        &event("*-*-* 12:00 Pacific/Apia"),
        "2011-12-28T23:00:00Z",
        2,
    );
    assert_eq!(noon, ["12-29 12:00:00-10:00", "12-31 12:00:00+14:00"]);
    let gone = event("2011-12-30 12:00 Pacific/Apia");
    assert_eq!(gone.next_after(DateTime::<Utc>::MIN_UTC), None);
    assert_eq!(
        gone.describe(),
        "at 12:00, on the 30th of December, in 2011, which never comes, Pacific/Apia time"
    );
}

#[test]
fn the_zone_is_shown_unless_it_is_utc_and_was_not_named() {
    assert_eq!(event("daily").to_string(), "*-*-* 00:00:00");
    assert_eq!(event("daily utc").to_string(), "*-*-* 00:00:00 UTC");
    assert_eq!(event("daily"), event("daily UTC"));
    let named = event("daily Asia/Tokyo");
    assert_eq!(named.to_string(), "*-*-* 00:00:00 Asia/Tokyo");
    assert_eq!(named.in_zone(Zone::utc()).to_string(), "*-*-* 00:00:00 UTC");
    let zone = Zone::named("Asia/Tokyo").unwrap();
    let other = OnCalendar::parse_in("daily -03:30", zone.clone()).unwrap();
    assert_eq!(other.zone().to_string(), "-03:30");
    assert_eq!(
        OnCalendar::parse_in("daily", zone.clone()).unwrap().zone(),
        &zone
    );
    assert_eq!(
        OnCalendar::parse_in("@0", zone).unwrap().to_string(),
        "1970-01-01 00:00:00 UTC"
    );
}

#[test]
fn between_microseconds_the_answer_is_strict() {
    let halves = event("*:*:0/0.5");
    let half = at("2024-01-01T00:00:00.5Z");
    let nano = TimeDelta::nanoseconds(1);
    assert_eq!(halves.next_after(half - nano), Some(half));
    assert_eq!(halves.next_after(half), Some(at("2024-01-01T00:00:01Z")));
    assert_eq!(halves.prev_before(half + nano), Some(half));
    assert_eq!(halves.prev_before(half), Some(at("2024-01-01T00:00:00Z")));
    assert!(halves.matches(half) && !halves.matches(half + nano));
    let leap_second = DateTime::from_timestamp(1_704_067_199, 1_600_000_000).unwrap();
    assert_eq!(
        halves.next_after(leap_second),
        Some(at("2024-01-01T00:00:00Z"))
    );
}

#[test]
fn years_end_with_2199() {
    let daily = event("daily");
    assert_eq!(daily.next_after(at("2199-12-31T00:00:00Z")), None);
    assert_eq!(
        daily.prev_before(DateTime::<Utc>::MAX_UTC),
        Some(at("2199-12-31T00:00:00Z"))
    );
    assert_eq!(
        daily.next_after(DateTime::<Utc>::MIN_UTC),
        Some(DateTime::UNIX_EPOCH)
    );
    for never in ["*-02-30", "2023-02-29", "Mon 2024-01-02"] {
        let never = event(never);
        assert_eq!(never.next_after(DateTime::<Utc>::MIN_UTC), None);
        assert_eq!(never.prev_before(DateTime::<Utc>::MAX_UTC), None);
    }
}

#[test]
fn events_are_told_in_plain_english() {
    for (text, expected) in [
        ("minutely", "every minute"),
        ("hourly", "every hour"),
        ("daily", "at 00:00, every day"),
        ("weekly", "at 00:00, on Monday"),
        ("monthly", "at 00:00, on the 1st"),
        (
            "quarterly",
            "at 00:00, on the 1st of every 3rd month from January on",
        ),
        ("semiannually", "at 00:00, on the 1st of January and July"),
        ("*:*:*", "every second"),
        ("*:0/15", "every 15 minutes"),
        (
            "Mon..Fri 9:00 Europe/Berlin",
            "at 09:00, from Monday to Friday, Europe/Berlin time",
        ),
        (
            "*-02~03",
            "at 00:00, on the 2nd day before the last of the month, in February",
        ),
        (
            "Fri *-*-13 18:00",
            "at 18:00, on the 13th if that is Friday",
        ),
        (
            "2025..2027-1-1",
            "at 00:00, on the 1st of January, from 2025 to 2027",
        ),
        ("9:00:30", "at 09:00:30, every day"),
        ("*:*:0/0.5", "every minute, at the seconds 00/0.500000"),
        (
            "*-02-30",
            "at 00:00, on the 30th of February, which never comes",
        ),
    ] {
        assert_eq!(event(text).describe(), expected, "{text}");
    }
}

#[test]
fn mistakes_are_located_and_explained() {
    for (text, expected) in MISTAKES {
        assert_eq!(
            OnCalendar::parse(text).unwrap_err().to_string(),
            expected,
            "{text}"
        );
    }
}

const MISTAKES: [(&str, &str); 14] = [
    (
        " ",
        "the calendar event is empty, expected a form such as \"Mon..Fri *-*-* 09:00:00\"",
    ),
    (
        "Mon..Fir 9:00",
        "weekday: \"Fir\" at column 6 cannot be read, \
         expected Mon to Sun, short or in full, such as Mon..Fri or Sat,Sun",
    ),
    (
        "Sat..Mon",
        "weekday: \"Sat..Mon\" at column 1 ends before it starts, write two ranges",
    ),
    (
        "*-*-32",
        "day: \"32\" at column 5 is out of range, \
         expected *, or 1 to 31, such as 1,15 or 1..7 or 1/2",
    ),
    (
        "*-*~29",
        "day from the end of the month: \"29\" at column 5 is out of range, \
         expected *, or 1 to 28, where 1 is the last day, such as 1 or 7/1",
    ),
    (
        "é 9:00",
        "weekday: \"é\" at column 1 cannot be read, \
         expected Mon to Sun, short or in full, such as Mon..Fri or Sat,Sun",
    ),
    (
        "*-*-* */5:00",
        "hour: \"*\" at column 7 cannot be read, expected *, or 0 to 23, such as 9,17 or 9..17 or 0/2",
    ),
    (
        "*:0/60",
        "minute: the repetition of \"0/60\" at column 3 leads to no second value, \
         write a smaller one, or the first value alone",
    ),
    (
        "17..9:00",
        "hour: \"17..9\" at column 1 ends before it starts, write two ranges",
    ),
    (
        "*-*-* 9",
        "\"9\" at column 7 cannot be read here, expected a weekday such as Mon, a date such as *-*-01, \
         a time such as 09:00, or minutely, hourly, daily, weekly, monthly, quarterly, semiannually or yearly",
    ),
    (
        "1:2:3:4",
        "\"1:2:3:4\" at column 1 cannot be read here, expected a time such as 09:00 or 09:00:30",
    ),
    (
        "daily Europe/Berln",
        "unknown time zone \"Europe/Berln\", did you mean Europe/Berlin? (column 7)",
    ),
    (
        "@never",
        "\"@never\" at column 1 cannot be read here, \
         expected the seconds since 1970, until 2199, such as @1395716396",
    ),
    (
        "GAP=none daily",
        "\"GAP=none\" at column 1 is not a setting, \
         expected GAP=at-gap-end, GAP=shift-by-delta or GAP=skip",
    ),
];
