//! Malicious and careless documents.

use serde_json::{Value, json};

use super::{Rig, exported, problems, registry};
use crate::{
    Error, ErrorKind, Options, Schedule, Task, Trigger,
    export::{ImportError, ScheduleDocument},
    registry::TaskRegistry,
    trigger::Interval,
};

fn refused(text: &str) -> ImportError {
    text.parse::<ScheduleDocument>().unwrap_err()
}

fn one(id: &str) -> Value {
    let daily = json!({"type": "cron", "expr": "@daily"});
    json!({"id": id, "trigger": daily, "task": {"name": "tick"}})
}

fn document(schedules: impl IntoIterator<Item = Value>) -> Value {
    json!({"version": 1, "schedules": schedules.into_iter().collect::<Vec<_>>()})
}

#[test]
fn a_key_that_is_there_twice_is_refused_wherever_it_is() {
    let text = r#"{"version":1,"version":1,"schedules":[{"id":"a","id":"b",
        "trigger":{"type":"interval","every":"1s","every":"2s"},
        "task":{"name":"tick","args":[{"x":1,"x":2}],"name":"tock"}}],"schedules":[]}"#;
    let places = [
        "version",
        "schedules[0].id",
        "schedules[0].trigger.every",
        "schedules[0].task.args[0].x",
        "schedules[0].task.name",
        "schedules",
    ];
    let expected = places.map(|place| format!("{place}: duplicate field"));
    let error = refused(text);
    let told: Vec<_> = error.problems.iter().map(ToString::to_string).collect();
    assert_eq!(told, expected);
    let read = serde_json::from_str::<ScheduleDocument>(text).unwrap_err();
    assert!(
        read.to_string()
            .contains("schedules[0].id: duplicate field")
    );
}

#[test]
fn a_document_is_read_as_its_value_is() {
    let text = r#"{"version":1,"schedules":[{"id":"a","trigger":{"type":"interval","every":1.5},
        "task":{"name":"tick","args":[null,true,-1,18446744073709551615,0.25,"x",{}]}}]}"#;
    let value: Value = serde_json::from_str(text).unwrap();
    let read: ScheduleDocument = text.parse().unwrap();
    assert_eq!(
        read.schedules[0].task.args,
        value["schedules"][0]["task"]["args"]
    );
    assert_eq!(ScheduleDocument::try_from(value).unwrap(), read);
}

#[test]
fn errors_are_bounded_in_number_and_length() {
    let long = "n".repeat(2_000);
    let mut schedule = one(&long);
    schedule["task"]["name"] = json!(long);
    schedule[&long] = json!(1);
    schedule["overlap"] = json!(long);
    let error = refused(&document(vec![schedule; 500]).to_string());
    assert_eq!((error.problems.len(), error.more), (100, 900));
    assert!(error.to_string().len() < 40_000);
    assert!(error.to_string().ends_with("and 980 more"), "{error}");
    let lengths = error.problems.iter().map(|one| one.to_string().len());
    assert!(lengths.max() < Some(2_000));
    // The names are wrong only for who imports it.
    let found = problems(document((0..3).map(|_| {
        let mut one = one(&long);
        one["task"]["name"] = json!(long);
        one
    })));
    assert!(
        found.iter().all(|problem| problem.len() < 1_000),
        "{found:?}"
    );
}

#[test]
fn an_id_is_not_empty_and_names_hold_no_control_characters() {
    let change = |field: &str, value: Value| {
        let mut one = one("s");
        one[field] = value;
        problems(document([one]))
    };
    let control = |field: &str| {
        format!(
            "schedules[0].{field}: must not hold control characters, found \\u{{1b}} at byte 1 of \
             \"a\\u{{1b}}[2J\": remove it"
        )
    };
    let escape = "a\u{1b}[2J";
    let empty = |field: &str| format!("schedules[0].{field}: must not be empty: give it a name");
    assert_eq!(change("id", json!("")), [empty("id")]);
    assert_eq!(change("tags", json!(["a", ""])), [empty("tags")]);
    assert_eq!(change("group", json!("")), [empty("group")]);
    for field in ["id", "name", "group"] {
        assert_eq!(change(field, json!(escape)), [control(field)]);
    }
    assert_eq!(change("tags", json!([escape])), [control("tags")]);
    let mut rig = Rig::started(Options::default());
    let every = || Interval::every(std::time::Duration::from_secs(1)).unwrap();
    let schedule = || Schedule::new(every(), Task::new(|_| async {}));
    for refused in [
        schedule().id(""),
        schedule().id("a\n"),
        schedule().tag("\0"),
        schedule().name("\u{7f}"),
        schedule().metadata("", "x"),
    ] {
        let error = rig.add(refused.clone()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{refused:?}");
        let all = rig.engine.add_all(vec![refused], &rig.now);
        assert!(matches!(all, Err(Error::InvalidConfig { .. })));
    }
    let mut registry = TaskRegistry::new();
    let named = registry.register("a\r", |_: crate::JobContext, (): ()| async {});
    assert_eq!(named.unwrap_err().kind(), ErrorKind::InvalidConfig);
}

#[derive(Clone, Copy)]
struct Unprintable(usize);

impl std::fmt::Debug for Unprintable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        assert!(self.0 > 0, "it cannot be printed");
        f.write_str(&"x".repeat(self.0))
    }
}

impl Trigger for Unprintable {
    fn next_after(
        &self,
        _: chrono::DateTime<chrono::Utc>,
    ) -> Option<chrono::DateTime<chrono::Utc>> {
        None
    }
}

#[test]
fn a_trigger_that_cannot_be_printed_is_left_out_alone() {
    let mut rig = Rig::new(Options::default());
    let tick = || registry().task("tick", ()).unwrap();
    let every = Interval::every(std::time::Duration::from_secs(1)).unwrap();
    for (id, size) in [("panics", 0), ("long", 1_000_000)] {
        rig.add(Schedule::new(Unprintable(size), tick()).id(id))
            .unwrap();
    }
    rig.add(Schedule::new(every, tick()).id("good")).unwrap();
    let exported = exported(&rig);
    assert_eq!(exported.document.schedules.len(), 1);
    let left_out: Vec<_> = exported.left_out.iter().map(ToString::to_string).collect();
    let expected = "\"panics\": the trigger: a trigger that panicked (it cannot be printed) cannot be \
                    written as data: use a trigger that has a `spec`, or build it in code";
    assert_eq!(left_out[1], expected);
    assert!(left_out[0].len() < 1_000, "{}", left_out[0].len());
}
