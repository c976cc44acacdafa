use std::time::Duration;

use chrono::{NaiveDate, NaiveTime, TimeDelta};

use super::*;
use crate::{
    AllOf, AnyOf, Bounded, CalendarInterval, Cron, Excluding, Exclusion, Interval, Jittered,
    Limited, OnCalendar, Period,
    dst::{Fold, Gap},
};

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn year() -> RangeInclusive<DateTime<Utc>> {
    instant("2026-01-01T00:00:00Z")..=instant("2026-12-31T00:00:00Z")
}

fn berlin() -> Zone {
    Zone::bundled("Europe/Berlin").unwrap()
}

fn cron(text: &str) -> Arc<dyn Trigger> {
    Arc::new(Cron::parse(text).unwrap().in_zone(berlin()))
}

/// Returns the effects of 2026 as `Moved 29T02:30 29T01:00`.
fn effects(trigger: &dyn Trigger) -> Vec<String> {
    let shown = |effect: ClockEffect| {
        let mut text = format!(
            "{:?} {}",
            effect.kind(),
            effect.reading().format("%dT%H:%M%.f")
        );
        for at in effect.instants() {
            text.push_str(&at.format(" %dT%H:%M%.f").to_string());
        }
        text
    };
    trigger.clock_effects(year()).map(shown).collect()
}

#[test]
fn the_policies_decide_about_a_fixed_time() {
    for (policies, expected) in [
        ("", ["Moved 29T02:30 29T01:00", "Once 25T02:30 25T00:30"]),
        (
            "GAP=shift-by-delta FOLD=last ",
            ["Moved 29T02:30 29T01:30", "Once 25T02:30 25T01:30"],
        ),
        (
            "GAP=skip FOLD=both ",
            ["Skipped 29T02:30", "Repeated 25T02:30 25T00:30 25T01:30"],
        ),
    ] {
        assert_eq!(effects(&*cron(&format!("{policies}30 2 * * *"))), expected);
    }
}

#[test]
fn several_times_of_one_gap_share_its_end() {
    let found = effects(&*cron("0,30 2 * 1-6 *"));
    assert_eq!(
        found,
        ["Moved 29T02:00 29T01:00", "Moved 29T02:30 29T01:00"]
    );
}

#[test]
fn times_beside_a_change_are_unaffected() {
    assert!(effects(&*cron("59 1 * * *")).is_empty());
    assert!(effects(&*cron("0 3 * * *")).is_empty());
    assert!(effects(&*cron("30 2 28 3 *")).is_empty());
    let utc = Cron::parse("30 2 * * *").unwrap();
    assert!(effects(&utc).is_empty());
    assert!(effects(&Interval::every(Duration::from_secs(60)).unwrap()).is_empty());
}

#[test]
fn a_calendar_event_is_exact_to_the_microsecond() {
    let event = OnCalendar::parse("02:30:00.5 Europe/Berlin");
    let event = event.unwrap().gap(Gap::ShiftByDelta);
    let expected = [
        "Moved 29T02:30.500 29T01:30.500",
        "Once 25T02:30.500 25T00:30.500",
    ];
    assert_eq!(effects(&event), expected);
}

#[test]
fn a_period_of_days_has_effects_on_its_own_dates() {
    let of = |first: u32| {
        let start = NaiveDate::from_ymd_opt(2026, 3, first).unwrap();
        let two = Period {
            days: 2,
            ..Period::default()
        };
        let every = CalendarInterval::every(two, start).unwrap();
        every
            .at(NaiveTime::from_hms_opt(2, 30, 0).unwrap())
            .in_zone(berlin())
    };
    let expected = ["Moved 29T02:30 29T01:00", "Once 25T02:30 25T00:30"];
    assert_eq!(effects(&of(1)), expected);
    assert!(effects(&of(2)).is_empty());
    assert_eq!(
        effects(&of(1).fold(Fold::Last))[1],
        "Once 25T02:30 25T01:30"
    );
    let last = NaiveDate::from_ymd_opt(2026, 10, 24).unwrap();
    assert_eq!(effects(&of(1).ending_on(last)), expected[..1]);

    let live = CalendarInterval::from_live(Period {
        days: 1,
        ..Period::default()
    })
    .unwrap();
    let live = live
        .at(NaiveTime::from_hms_opt(2, 30, 0).unwrap())
        .in_zone(berlin());
    assert!(effects(&live).is_empty());
    let anchored = live.anchored(instant("2026-03-01T00:00:00Z")).unwrap();
    assert_eq!(effects(&*anchored), expected);
}

#[test]
fn a_skipped_day_has_effects_on_all_of_its_times() {
    let apia = Zone::bundled("Pacific/Apia").unwrap();
    let noon = Cron::parse("0 6,12 * * *").unwrap().in_zone(apia);
    let range = instant("2011-12-01T00:00:00Z")..=instant("2012-01-31T00:00:00Z");
    let times: Vec<_> = noon
        .clock_effects(range)
        .map(|effect| effect.to_string())
        .collect();
    let of = |time| {
        format!("the clocks of Pacific/Apia skip 2011-12-30 {time}:00:00: the rule is not due then")
    };
    assert_eq!(times, [of("06"), of("12")]);
}

#[test]
fn the_effects_of_any_of_several_are_merged() {
    let any = AnyOf::new([cron("30 2 * * *"), cron("15 2 * * *"), cron("30 2 * * *")]).unwrap();
    let expected = [
        "Moved 29T02:15 29T01:00",
        "Moved 29T02:30 29T01:00",
        "Once 25T02:15 25T00:15",
        "Once 25T02:30 25T00:30",
    ];
    assert_eq!(effects(&any), expected);
}

#[test]
fn all_of_several_have_to_be_affected_or_due() {
    let all = |other| AllOf::new([cron("GAP=skip 30 2 * * *"), cron(other)]).unwrap();
    let both = ["Skipped 29T02:30", "Once 25T02:30 25T00:30"];
    assert_eq!(effects(&all("GAP=skip 30 2 * * SUN")), both);
    assert!(effects(&all("GAP=skip 30 2 * * MON")).is_empty());
    let hourly = AllOf::new([
        cron("GAP=skip 30 2 * * *"),
        Arc::new(Cron::parse("30 * * * *").unwrap()) as _,
    ]);
    assert_eq!(effects(&hourly.unwrap()), both);
}

#[test]
fn exclusions_and_bounds_remove_effects() {
    let spring = NaiveDate::from_ymd_opt(2026, 3, 29).unwrap();
    for text in ["30 2 * * *", "GAP=skip 30 2 * * *"] {
        let except = Excluding::new(cron(text)).except(Exclusion::dates([spring], berlin()));
        assert_eq!(effects(&except), ["Once 25T02:30 25T00:30"], "{text}");
        let bounded = Bounded::new(cron(text)).starting_at(instant("2026-03-29T02:00:00Z"));
        assert_eq!(effects(&bounded), ["Once 25T02:30 25T00:30"], "{text}");
    }
    let first = Exclusion::rule(Arc::new(crate::Once::at(instant("2026-10-25T00:30:00Z"))));
    let second_pass = Excluding::new(cron("FOLD=both 30 2 25 10 *")).except(first);
    assert_eq!(effects(&second_pass), ["Once 25T02:30 25T01:30"]);
}

#[test]
fn a_limit_ends_the_effects_with_its_last_instant() {
    let limited = Limited::new(cron("30 2 * * *"), 30).unwrap();
    assert_eq!(effects(&limited).len(), 2);
    let counted = limited.counting_from(instant("2026-03-01T00:00:00Z"));
    assert_eq!(effects(&counted), ["Moved 29T02:30 29T01:00"]);
}

#[test]
fn jitter_delays_the_instants_of_an_effect() {
    let jittered = Jittered::new(cron("30 2 * * *"), Duration::from_secs(600), "seed");
    let effects: Vec<_> = jittered.clock_effects(year()).collect();
    assert_eq!(effects.len(), 2);
    for effect in effects {
        let [at] = effect.instants() else {
            panic!("one instant of {effect}")
        };
        assert!(jittered.matches(*at));
        assert!(effect.kind() == ClockEffectKind::Once || *at > effect.change().at());
    }
}

#[test]
fn a_pattern_of_microseconds_is_computed_on_demand() {
    let event = OnCalendar::parse("*:*:0/0.000001 Europe/Berlin").unwrap();
    assert_eq!(
        event
            .clock_effects(DateTime::<Utc>::MIN_UTC..=DateTime::<Utc>::MAX_UTC)
            .take(1_000)
            .count(),
        1_000
    );
}

#[test]
fn a_repeated_time_is_printed_with_its_offsets() {
    let twice = cron("FOLD=both 30 2 25 10 *")
        .clock_effects(year())
        .next()
        .map(|it| it.to_string());
    let expected = "the clocks of Europe/Berlin repeat 2026-10-25 02:30:00: the rule is due twice, \
                    at 2026-10-25T02:30:00+02:00 and at 2026-10-25T02:30:00+01:00";
    assert_eq!(twice.as_deref(), Some(expected));
}

#[cfg(feature = "serde")]
#[test]
fn the_serialized_form_is_stable() {
    let nightly = cron("30 2 * * *");
    let moved = nightly.clock_effects(year()).next().unwrap();
    let expected = r#"{"kind":"moved","zone":"Europe/Berlin","change":{"at":"2026-03-29T01:00:00Z","before":3600,"after":7200,"abbreviation":"CEST"},"reading":"2026-03-29T02:30:00","instants":["2026-03-29T01:00:00Z"]}"#;
    assert_eq!(serde_json::to_string(&moved).unwrap(), expected);
}

#[test]
fn the_unchanged_instant_is_the_one_of_the_old_offset() {
    let moved = cron("30 2 * * *").clock_effects(year()).next().unwrap();
    assert_eq!(
        moved.unchanged(),
        moved.change().at() + TimeDelta::minutes(30)
    );
}
