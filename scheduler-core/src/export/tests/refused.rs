//! Documents that are refused, and defaults.

use super::super::ScheduleDocument;
use super::{changed, problems};
use serde_json::json;

#[test]
fn all_that_is_wrong_is_told_at_once_and_where() {
    let found = problems(changed(|document| {
        let first = document["schedules"][0].clone();
        document["schedules"] = json!([
            {"id": 7, "tigger": {}, "trigger": {"type": "cron", "exp": "* * * * *"},
             "task": {"name": "tick", "args": null, "retries": 3}, "overlap": "skipp",
             "misfire": {"grace": "soon"}, "jitter": -1},
            first,
            "nothing",
        ]);
        document["verson"] = json!(1);
    }));
    let starts = [
        "verson: unknown field, did you mean version?",
        "schedules[0].id: invalid type: integer `7`, expected a string",
        "schedules[0].trigger",
        "schedules[0].task.retries: unknown field `retries`",
        "schedules[0].misfire.grace: ",
        "schedules[0].overlap: unknown variant `skipp`, expected one of `skip`",
        "schedules[0].jitter: ",
        "schedules[0].tigger: unknown field, did you mean trigger?",
        "schedules[2]: expected an object",
    ];
    assert_eq!(found.len(), starts.len(), "{found:#?}");
    for (found, start) in found.iter().zip(starts) {
        assert!(found.starts_with(start), "{found}, not {start}");
    }
}

#[test]
fn what_can_be_read_may_still_make_no_sense() {
    for (path, value, start) in [
        (
            "/schedules/0/task/name",
            json!("tik"),
            "schedules[0].task.name: the task \"tik\" is not registered",
        ),
        (
            "/schedules/0/task",
            json!({"name": "add", "args": [1, 2]}),
            "schedules[0].task.args[1]: invalid type",
        ),
        (
            "/schedules/0/task",
            json!({"name": "tick", "policy": {"timeout": 0}}),
            "schedules[0].task.policy.timeout: must not be zero",
        ),
        (
            "/schedules/0/trigger",
            json!({"type": "interval", "every": 0}),
            "schedules[0].trigger.every: ",
        ),
    ] {
        let found = problems(changed(|document| {
            *document.pointer_mut(path).unwrap() = value;
        }));
        assert!(found.len() == 1 && found[0].starts_with(start), "{found:?}");
    }
    for (field, value, start) in [
        (
            "max_instances",
            json!(0),
            "schedules[0].max_instances: must not be zero",
        ),
        (
            "misfire",
            json!({"policy": {"fire_all": {"max": 0}}}),
            "schedules[0].misfire.policy.max: ",
        ),
        (
            "late_hours",
            json!({"from": "22:00:00", "until": "06:00:00", "zone": "Europe/Berln"}),
            "schedules[0].late_hours.zone: ",
        ),
        (
            "pause_after_failures",
            json!(0),
            "schedules[0].pause_after_failures: ",
        ),
    ] {
        let found = problems(changed(|document| document["schedules"][0][field] = value));
        assert!(found.len() == 1 && found[0].starts_with(start), "{found:?}");
    }
}

#[test]
fn an_instant_that_its_trigger_does_not_have_is_refused() {
    let found = problems(changed(|document| {
        let daily = json!({"type": "cron", "expr": "@daily"});
        document["schedules"][0]["trigger"] = daily;
        document["schedules"][0]["next"] = json!("2026-01-01T00:00:01Z");
    }));
    assert_eq!(
        found,
        ["schedules[0].next: 2026-01-01 00:00:01 UTC is not an instant of the trigger"]
    );
}

#[test]
fn other_versions_and_other_things_are_refused() {
    for (document, start) in [
        (
            json!({"version": 2, "schedules": []}),
            "version: unknown version 2, expected 1",
        ),
        (
            json!({"version": "1", "schedules": []}),
            "version: unknown version \"1\"",
        ),
        (json!({"schedules": []}), "version: it is missing"),
        (json!({"version": 1}), "schedules: it is missing"),
        (
            json!({"version": 1, "schedules": {}}),
            "schedules: invalid type: map",
        ),
        (json!([]), "expected an object"),
    ] {
        let found = problems(document);
        assert!(found.len() == 1 && found[0].starts_with(start), "{found:?}");
    }
    let error = "{".parse::<ScheduleDocument>().unwrap_err();
    assert!(
        error.to_string().contains(": the text is not JSON: "),
        "{error}"
    );
    let twice = problems(changed(|document| {
        let first = document["schedules"][0].clone();
        document["schedules"].as_array_mut().unwrap().push(first);
    }));
    assert_eq!(
        twice,
        ["schedules[1].id: the id \"s\" is that of an earlier schedule"]
    );
}
