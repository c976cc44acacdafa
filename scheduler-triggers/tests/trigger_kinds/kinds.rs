//! The kinds of triggers: each is data by itself, and none is missing in the lists of these tests.

use std::{collections::BTreeSet, fmt, sync::Arc, time::Duration};

use chrono::{DateTime, Weekday};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use scheduler_triggers::{
    AllOf, AnyOf, Bounded, CalendarInterval, Cron, Excluding, Exclusion, Expression, Interval,
    Jittered, Limited, OnCalendar, Once, Period, Preset, Trigger, TriggerError, TriggerSpec, Zone,
    dst::Gap,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    bounds, laws, model,
    round_trip::{self, daily, json},
};

/// Kinds without a model, each with the reason.
const NOT_MODELLED: [(&str, &str); 2] = [
    ("jittered", "its instants are no whole minutes"),
    ("on_calendar", "tests/on_calendar has an oracle of its own"),
];

/// Returns every `type` of triggers and of exclusions.
pub(crate) fn types() -> Vec<&'static str> {
    let no_exclusion = r#"{"type":"excluding","trigger":{"type":"once"},"exclude":[{"type":"?"}]}"#;
    let known = [kinds(), known_types(no_exclusion)];
    known.concat()
}

/// Returns every `type` of triggers.
fn kinds() -> &'static [&'static str] {
    known_types(r#"{"type":"?"}"#)
}

/// Returns the valid names that the error for an unknown `type` lists.
fn known_types(json: &str) -> &'static [&'static str] {
    let error = json.parse::<TriggerSpec>().unwrap_err();
    match error.reason() {
        TriggerError::UnknownType { known, .. } => known,
        other => panic!("{json}: {other}"),
    }
}

/// Returns the names of all fields in the data, and the values of all fields `type`.
pub(crate) fn names_in(data: &Value) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut fields, mut types) = (BTreeSet::new(), BTreeSet::new());
    let mut rest = vec![data];
    while let Some(value) = rest.pop() {
        match value {
            Value::Array(values) => rest.extend(values),
            Value::Object(object) => {
                fields.extend(object.keys().cloned());
                rest.extend(object.values());
                types.extend(
                    object
                        .get("type")
                        .and_then(Value::as_str)
                        .map(str::to_owned),
                );
            }
            _ => {}
        }
    }
    (fields, types)
}

/// Returns the values of all fields `type` in the data of a rule.
fn types_in(rule: &dyn Trigger) -> BTreeSet<String> {
    names_in(&serde_json::to_value(rule).unwrap()).1
}

/// Returns every `type` in a thousand values of a strategy. The values are the same in each run.
fn sampled<T>(
    strategy: impl Strategy<Value = T>,
    rule: impl Fn(&T) -> Arc<dyn Trigger>,
) -> BTreeSet<String> {
    let mut runner = TestRunner::deterministic();
    let mut found = BTreeSet::new();
    for _ in 0..1_000 {
        let value = strategy.new_tree(&mut runner).unwrap().current();
        found.extend(types_in(&*rule(&value)));
    }
    found
}

/// Asserts that the test `place` covers every kind.
fn assert_none_is_missing(place: &str, is_covered: impl Fn(&str) -> bool) {
    let missing: Vec<_> = kinds().iter().filter(|kind| !is_covered(kind)).collect();
    assert!(missing.is_empty(), "{place} lacks {missing:?}");
}

#[test]
fn every_kind_is_drawn_as_a_rule_that_is_read_back() {
    let found = sampled(round_trip::rule(3), Arc::clone);
    assert_none_is_missing("round_trip::rule", |kind| found.contains(kind));
}

#[test]
fn every_kind_has_a_model() {
    let found = sampled((model::rule(), model::place()), |(rule, place)| {
        laws::build(rule, *place)
    });
    let has_reason = |kind: &str| NOT_MODELLED.iter().any(|(known, _)| *known == kind);
    assert_none_is_missing("model::Rule", |kind| {
        found.contains(kind) != has_reason(kind)
    });
}

#[test]
fn every_kind_with_rules_inside_has_bounded_searches() {
    let found = sampled(bounds::tree(), bounds::Tree::uncounted);
    let has_inner = |kind: &str| {
        let (fields, _) = names_in(&crate::data::seed_of(kind));
        fields.contains("trigger") || fields.contains("triggers")
    };
    assert_none_is_missing("bounds::Tree", |kind| {
        found.contains(kind) || !has_inner(kind)
    });
}

/// Asserts that a value becomes data and the same value again. Returns the data.
fn stays<T: Serialize + DeserializeOwned + PartialEq + fmt::Debug>(value: &T) -> Value {
    let json = serde_json::to_string(value).unwrap();
    assert_eq!(serde_json::from_str::<T>(&json).unwrap(), *value, "{json}");
    serde_json::from_str(&json).unwrap()
}

#[test]
fn every_kind_is_data_by_itself() {
    let zone = Zone::named("Europe/Berlin").unwrap();
    let start = DateTime::UNIX_EPOCH;
    let period = Period {
        days: 1,
        ..Period::default()
    };
    let weekend = Exclusion::weekdays([Weekday::Sat], zone.clone());
    let triggers = [
        stays(&Once::after(Duration::from_secs(5))),
        stays(&Interval::every(Duration::from_secs(10)).unwrap()),
        stays(&Cron::parse("TZ=Asia/Tokyo GAP=skip 0 9 * * *").unwrap()),
        stays(&OnCalendar::parse("GAP=skip Mon..Fri *-*-* 02:30 Asia/Tokyo").unwrap()),
        stays(&CalendarInterval::from_live(period).unwrap()),
        stays(&AnyOf::new([daily()]).unwrap()),
        stays(&AllOf::new([daily()]).unwrap()),
        stays(&Bounded::new(daily())),
        stays(&Bounded::new(daily()).starting_at(start)),
        stays(&Limited::new(daily(), 3).unwrap()),
        stays(&Excluding::new(daily()).except(weekend.clone())),
        stays(&Jittered::new(daily(), Duration::from_secs(5), "backup")),
    ];
    let is_tried = |kind: &str| triggers.iter().any(|data| data["type"] == kind);
    assert_none_is_missing("every_kind_is_data_by_itself", is_tried);
    stays(&Expression::parse("@every 5m", zone.clone()).unwrap());
    stays(&Expression::parse("@hourly", zone.clone()).unwrap());
    stays(&weekend);
    stays(&zone);
    stays(&Gap::AtGapEnd);
    stays(&Preset::Ocps14);
    let boxed: Box<dyn Trigger> = serde_json::from_str(&json(&daily())).unwrap();
    assert_eq!(&*boxed, &*daily());
}
