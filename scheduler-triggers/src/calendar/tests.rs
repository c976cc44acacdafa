//! Tests that the time of day stays the same across clock changes.

use super::*;
use crate::upcoming;

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn every(period: Period, start: &str) -> CalendarInterval {
    CalendarInterval::every(period, date(start)).unwrap()
}

fn dates(interval: &CalendarInterval, count: usize) -> Vec<String> {
    let instants = upcoming(interval, DateTime::<Utc>::UNIX_EPOCH).take(count);
    let local = instants.map(|at| interval.zone.to_local(at));
    local
        .map(|at| at.format("%F %H:%M%:z").to_string())
        .collect()
}

fn days_only(interval: &CalendarInterval, count: usize) -> Vec<String> {
    dates(interval, count)
        .into_iter()
        .map(|text| text[..10].to_owned())
        .collect()
}

const DAILY: Period = Period {
    years: 0,
    months: 0,
    weeks: 0,
    days: 1,
};
const MONTHLY: Period = Period {
    years: 0,
    months: 1,
    weeks: 0,
    days: 0,
};
const YEARLY: Period = Period {
    years: 1,
    months: 0,
    weeks: 0,
    days: 0,
};

#[test]
fn a_month_without_that_day_is_skipped() {
    let expected = [
        "2016-03-31",
        "2016-05-31",
        "2016-07-31",
        "2016-08-31",
        "2016-10-31",
    ];
    assert_eq!(days_only(&every(MONTHLY, "2016-03-31"), 5), expected);
    let leap_days = ["2024-02-29", "2028-02-29", "2032-02-29"];
    assert_eq!(days_only(&every(YEARLY, "2024-02-29"), 3), leap_days);
}

#[test]
fn all_units_are_added_in_their_order() {
    let mixed = Period {
        years: 1,
        months: 5,
        weeks: 6,
        days: 8,
    };
    let expected = ["2016-03-05", "2017-09-24", "2019-04-15", "2020-11-04"];
    assert_eq!(days_only(&every(mixed, "2016-03-05"), 4), expected);
}

#[test]
fn the_time_of_day_stays_when_clocks_change() {
    let berlin = Zone::bundled("Europe/Berlin").unwrap();
    let daily = every(DAILY, "2024-03-30").in_zone(berlin);
    let half_past_two = NaiveTime::from_hms_opt(2, 30, 0).unwrap();
    let spring = daily.clone().at(half_past_two);
    let expected = [
        "2024-03-30 02:30+01:00",
        "2024-03-31 03:00+02:00",
        "2024-04-01 02:30+02:00",
    ];
    assert_eq!(dates(&spring, 3), expected);
    let skipping = spring.gap(Gap::Skip);
    assert_eq!(days_only(&skipping, 2), ["2024-03-30", "2024-04-01"]);
    let autumn = every(DAILY, "2024-10-27")
        .in_zone(daily.zone.clone())
        .at(half_past_two);
    assert_eq!(
        dates(&autumn, 2),
        ["2024-10-27 02:30+02:00", "2024-10-28 02:30+01:00"]
    );
}

#[test]
fn a_gap_up_to_midnight_loses_no_day() {
    let nuuk = Zone::bundled("America/Nuuk").unwrap();
    let late = NaiveTime::from_hms_opt(23, 30, 0).unwrap();
    let daily = every(DAILY, "2024-03-29").in_zone(nuuk).at(late);
    let expected = [
        "2024-03-29 23:30-02:00",
        "2024-03-31 00:00-01:00",
        "2024-03-31 23:30-01:00",
    ];
    assert_eq!(dates(&daily, 3), expected);
    let skipping = daily.gap(Gap::Skip);
    assert_eq!(days_only(&skipping, 2), ["2024-03-29", "2024-03-31"]);
}

#[test]
fn a_day_that_never_was_is_skipped() {
    let apia = Zone::bundled("Pacific/Apia").unwrap();
    let daily = every(DAILY, "2011-12-29").in_zone(apia);
    assert_eq!(days_only(&daily, 2), ["2011-12-29", "2011-12-31"]);
}

#[test]
fn a_repeated_time_follows_the_policy() {
    let berlin = Zone::bundled("Europe/Berlin").unwrap();
    let daily = every(DAILY, "2024-10-27").in_zone(berlin);
    let autumn = daily.at(NaiveTime::from_hms_opt(2, 30, 0).unwrap());
    let last = autumn.clone().fold(Fold::Last);
    let both = autumn.fold(Fold::Both);
    let passes = ["2024-10-27 02:30+02:00", "2024-10-27 02:30+01:00"];
    assert_eq!(dates(&both, 2), passes);
    assert_eq!(dates(&last, 1), passes[1..]);
}

#[test]
fn the_way_back_is_the_way_there() {
    let nuuk = Zone::bundled("America/Nuuk").unwrap();
    let late = NaiveTime::from_hms_opt(23, 30, 0).unwrap();
    let daily = every(DAILY, "2024-03-01").in_zone(nuuk).at(late);
    let there: Vec<_> = upcoming(&daily, DateTime::UNIX_EPOCH).take(60).collect();
    for pair in there.windows(2) {
        assert_eq!(daily.prev_before(pair[1]), Some(pair[0]));
        assert!(daily.matches(pair[1]));
    }
    assert_eq!(daily.prev_before(there[0]), None);
}

#[test]
fn a_rule_without_a_start_counts_from_the_date_it_becomes_live() {
    let tokyo = Zone::bundled("Asia/Tokyo").unwrap();
    let relative = CalendarInterval::from_live(MONTHLY).unwrap().in_zone(tokyo);
    let live: DateTime<Utc> = "2024-01-31T16:00:00Z".parse().unwrap();
    let first = relative.anchored(live).unwrap().first_from(live);
    assert_eq!(first, Some("2024-02-29T15:00:00Z".parse().unwrap()));
    assert_eq!(relative.next_after(live), first);
    assert_eq!(relative.prev_before(live), None);
    assert!(!relative.matches(live));
}

#[test]
fn it_is_printed_in_words() {
    let mixed = Period {
        years: 1,
        months: 0,
        weeks: 0,
        days: 2,
    };
    let mixed = every(mixed, "2024-01-31").ending_on(date("2030-12-31"));
    let words = "every 1 year 2 days at 00:00:00 in UTC from 2024-01-31 until 2030-12-31";
    assert_eq!(mixed.to_string(), words);
}

#[test]
fn the_end_is_inclusive() {
    let three = every(DAILY, "2024-01-01").ending_on(date("2024-01-03"));
    assert_eq!(dates(&three, 9).len(), 3);
}

#[test]
fn far_dates_are_found_at_once_and_the_last_ones_end_it() {
    let daily = every(DAILY, "1970-01-01");
    let far = DateTime::from_timestamp(253_402_000_000, 0).unwrap();
    assert!(daily.next_after(far).is_some());
    for period in [DAILY, MONTHLY, YEARLY] {
        assert_eq!(
            every(period, "2024-02-29").next_after(DateTime::<Utc>::MAX_UTC),
            None
        );
        let first = every(period, "2024-02-29").next_after(DateTime::<Utc>::MIN_UTC);
        assert_eq!(first.map(|at| at.date_naive()), Some(date("2024-02-29")));
    }
    let endless = Period {
        years: u32::MAX,
        months: u32::MAX,
        weeks: u32::MAX,
        days: u32::MAX,
    };
    assert_eq!(days_only(&every(endless, "2024-02-29"), 9), ["2024-02-29"]);
    assert!(
        CalendarInterval::every(DAILY, NaiveDate::MAX)
            .unwrap()
            .next_after(far)
            .is_none()
    );
}

/// With months and days, each date depends on the dates before it.
#[test]
fn a_walk_is_the_same_whatever_was_asked_before() {
    let mixed = Period {
        months: 1,
        days: 3,
        ..Period::default()
    };
    let fresh = || every(mixed, "1970-01-31");
    let there: Vec<_> = upcoming(&fresh(), DateTime::UNIX_EPOCH).take(200).collect();
    let asked = fresh();
    assert!(asked.next_after(DateTime::<Utc>::MAX_UTC).is_none());
    for pair in there.windows(2) {
        assert_eq!(fresh().next_after(pair[0]), Some(pair[1]));
        assert_eq!(asked.next_after(pair[0]), Some(pair[1]));
        assert_eq!(fresh().prev_before(pair[1]), Some(pair[0]));
        assert_eq!(asked.prev_before(pair[1]), Some(pair[0]));
    }
    assert_eq!(asked, fresh());
    assert_eq!(asked.prev_before(DateTime::UNIX_EPOCH), None);
}

/// A thousand searches in the last centuries; without the cache this took minutes.
#[test]
fn a_walk_is_not_begun_again_for_each_question() {
    let mixed = Period {
        months: 1,
        days: 3,
        ..Period::default()
    };
    let mixed = every(mixed, "0001-01-31");
    let late = "9500-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(upcoming(&mixed, late).take(5_000).count(), 5_000);
}
