//! Tests of `IntervalTrigger`, `CalendarIntervalTrigger`, `DateTrigger`, `AndTrigger` and
//! `OrTrigger`, from their JSON.

use std::sync::Arc;

use scheduler_triggers::{Trigger, TriggerSpec};
use serde_json::{Map, Value, json};

use crate::{case::Case, verdict::check};

#[test]
fn intervals() {
    check(&["interval"], |case| build(case, interval(&whole(case))));
}

#[test]
fn calendar_intervals() {
    check(&["calendarinterval"], |case| {
        build(case, calendar(&whole(case)))
    });
}

#[test]
fn dates() {
    check(&["date"], |case| {
        let at = case.instant(case.start.as_ref().unwrap(), case.now_fold);
        build(case, json!({"type": "once", "at": at.to_rfc3339()}))
    });
}

#[test]
fn conjunctions() {
    check(&["and"], |case| {
        let threshold = case.params.get("threshold");
        let threshold = threshold.cloned().unwrap_or_else(|| json!(1));
        build(
            case,
            json!({"type": "all_of", "triggers": members(case), "threshold": threshold}),
        )
    });
}

#[test]
fn disjunctions() {
    check(&["or"], |case| {
        build(case, json!({"type": "any_of", "triggers": members(case)}))
    });
}

fn build(case: &Case, json: Value) -> Option<Arc<dyn Trigger>> {
    let spec: TriggerSpec = serde_json::from_value(json).ok()?;
    spec.build_in(&case.zone()).ok().map(|(trigger, _)| trigger)
}

/// Returns a case with the fields of a member.
fn whole(case: &Case) -> Value {
    json!({"kind": case.kind, "params": case.params, "start": case.start, "end": case.end})
}

fn members(case: &Case) -> Vec<Value> {
    let members = case.params["triggers"].as_array().unwrap();
    members.iter().map(member).collect()
}

fn member(member: &Value) -> Value {
    match member["kind"].as_str().unwrap() {
        "cron" => json!({
            "type": "cron", "fields": member["params"], "gap": "skip", "fold": "both",
            "start": member["start"], "end": member["end"],
        }),
        "date" => json!({"type": "once", "at": member["start"]}),
        "interval" => interval(member),
        other => panic!("{other}"),
    }
}

fn interval(member: &Value) -> Value {
    let units = [
        ("weeks", 604_800.0),
        ("days", 86_400.0),
        ("hours", 3600.0),
        ("minutes", 60.0),
        ("seconds", 1.0),
    ];
    let params = member["params"].as_object().unwrap();
    let known = |name: &String| units.iter().any(|(unit, _)| unit == name);
    assert!(params.keys().all(known), "{params:?}");
    let seconds = units.map(|(unit, length)| number(params, unit) * length);
    json!({
        "type": "interval", "every": seconds.iter().sum::<f64>(),
        "start": member["start"], "end": member["end"],
    })
}

fn calendar(member: &Value) -> Value {
    let params = member["params"].as_object().unwrap();
    let mut json = Map::new();
    for unit in ["years", "months", "weeks", "days"] {
        json.extend(
            params
                .get(unit)
                .map(|count| (unit.to_owned(), count.clone())),
        );
    }
    let [hour, minute, second] = ["hour", "minute", "second"].map(|unit| number(params, unit));
    json.insert("type".into(), json!("calendar_interval"));
    json.insert(
        "time".into(),
        json!(format!("{hour:02}:{minute:02}:{second:02}")),
    );
    json.insert("start".into(), member["start"].clone());
    json.insert("end".into(), member["end"].clone());
    json.insert("gap".into(), json!("skip"));
    Value::Object(json)
}

fn number(params: &Map<String, Value>, name: &str) -> f64 {
    params
        .get(name)
        .map_or(0.0, |number| number.as_f64().unwrap())
}
