//! Tests of rules with long searches, and of rules without an instant.

use super::*;

#[test]
fn a_rule_that_never_matches_says_so() {
    for never in [
        "0 0 31 2 *",
        "0 0 30 2 *",
        "0 0 31 2,4,6,9,11 *",
        "WEEK=53 0 0 * 12 SUN",
        "WEEK=1 0 0 * 2-11 *",
        "0 0 0 1 1 ? 1970",
    ] {
        let now = at("2024-01-01T00:00:00Z");
        assert_eq!(cron(never).next_after(now), None, "{never}");
    }
    let new_york = Zone::bundled("America/New_York").unwrap();
    let in_gap = Cron::builder("30 2 * 3 SUN#2")
        .zone(new_york)
        .gap(Gap::Skip);
    assert_eq!(
        in_gap
            .build()
            .unwrap()
            .next_after(at("2024-01-01T00:00:00Z")),
        None
    );
}

#[test]
fn a_time_that_is_always_skipped_was_not_always() {
    let new_york = Zone::bundled("America/New_York").unwrap();
    let cron = cron("GAP=skip 30 2 * 3 SUN#2").in_zone(new_york);
    // Until 2006 the clocks were advanced in April.
    let last = Some(at("2006-03-12T07:30:00Z"));
    for before in [
        "2007-01-01T00:00:00Z",
        "2150-01-01T00:00:00Z",
        "9999-01-01T00:00:00Z",
    ] {
        assert_eq!(cron.prev_before(at(before)), last, "{before}");
    }
    assert_eq!(cron.next_after(at("2006-01-01T00:00:00Z")), last);
    assert_eq!(cron.next_after(at("2006-03-12T07:30:00Z")), None);
    assert_eq!(cron.next_after(at("9000-01-01T00:00:00Z")), None);
}

#[test]
fn a_rule_limited_to_years_is_searched_to_their_end() {
    for (expression, expected) in [
        ("0 0 0 29 2 ? 2001-9999/4", None),
        ("0 0 0 30 2 ? 2001-9999/4", None),
        ("0 0 0 29 2 ? 9001-9999", Some("9004-02-29T00:00:00Z")),
        (
            "0 0 0 29 2 ? 2022,2023,2099,9996",
            Some("9996-02-29T00:00:00Z"),
        ),
    ] {
        let found = cron(expression).next_after(at("2024-03-01T00:00:00Z"));
        assert_eq!(found, expected.map(at), "{expression}");
    }
    let past = cron("0 0 0 29 2 ? 1972,9999").prev_before(at("9999-12-31T00:00:00Z"));
    assert_eq!(past, Some(at("1972-02-29T00:00:00Z")));
}

#[test]
fn a_leap_day_is_found_across_the_century() {
    let found = cron("0 0 29 2 *").next_after(at("2096-03-01T00:00:00Z"));
    assert_eq!(found, Some(at("2104-02-29T00:00:00Z")));
    let before = cron("0 0 29 2 *").prev_before(at("2104-02-28T00:00:00Z"));
    assert_eq!(before, Some(at("2096-02-29T00:00:00Z")));
}

#[test]
fn what_a_long_search_has_found_is_not_what_the_next_one_looks_for() {
    let new_york = Zone::bundled("America/New_York").unwrap();
    let fresh = || cron("GAP=skip 30 2 * 3 SUN#2").in_zone(new_york.clone());
    let asked = fresh();
    let instants = [
        2300, 1969, 2026, 2006, 1999, 2007, 1971, 9999, 2100, 1990, 2026,
    ];
    for year in instants {
        for day in ["03-07", "03-12", "12-31"] {
            let now = at(&format!("{year}-{day}T07:30:00Z"));
            assert_eq!(
                asked.next_after(now),
                fresh().next_after(now),
                "after {now}"
            );
            assert_eq!(
                asked.prev_before(now),
                fresh().prev_before(now),
                "before {now}"
            );
        }
    }
    // In another zone the same rule is due every year.
    let berlin = asked.in_zone(Zone::bundled("Europe/Berlin").unwrap());
    let now = at("2026-01-01T00:00:00Z");
    assert_eq!(berlin.next_after(now), Some(at("2026-03-08T01:30:00Z")));
}
