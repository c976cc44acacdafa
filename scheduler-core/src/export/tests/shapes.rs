//! Parts of the wrong type, keys with unusual characters, settings without effect.

use serde_json::{Value, json};

use super::problems;

fn document(change: impl FnOnce(&mut Value)) -> Value {
    let daily = json!({"type": "cron", "expr": "@daily"});
    let mut one = json!({"id": "s", "trigger": daily, "task": {"name": "tick"}});
    change(&mut one);
    json!({"version": 1, "schedules": [one]})
}

/// Returns the error of a document in which a part is `value`.
fn with(path: &[&str], value: Value) -> Vec<String> {
    let place = |one: &mut Value| {
        let at = path.iter().fold(one, |part, key| &mut part[*key]);
        *at = value;
    };
    problems(document(place))
}

#[test]
fn a_part_that_is_an_object_is_no_list() {
    let hours = json!(["22:00:00", "06:00:00", "UTC"]);
    for (path, list) in [
        (&["misfire"][..], json!(["1s", "skip"])),
        (&["late_hours"], hours),
        (&["paused"], json!(["no", null])),
        (&["decided"], json!([null, []])),
        (&["task"], json!(["tick"])),
        (&["task", "policy"], json!([])),
        (&["task", "policy", "retry"], json!([3, "1s"])),
        (&["task", "policy", "rate_limit"], json!(["mail", 1, "1s"])),
    ] {
        let place = format!("schedules[0].{}", path.join("."));
        let wanted = format!("{place}: invalid type: sequence, expected an object");
        assert_eq!(with(path, list), [wanted]);
    }
}

#[test]
fn what_is_told_of_keys_and_values_is_one_visible_line() {
    let key = "k\u{1b}[2J\u{202e}\n";
    let shown = "k\\u{1b}[2J\\u{202e}\\n";
    for path in [
        &[key][..],
        &["misfire", key],
        &["late_hours", key],
        &["decided", key],
        &["task", key],
        &["task", "policy", key],
        &["task", "policy", "retry", key],
        &["metadata", key],
        &["trigger", key],
    ] {
        let told = with(path, json!(7));
        assert!(!told.is_empty());
        for problem in told {
            assert_eq!(crate::base::text::visible(&problem).to_string(), problem);
            assert!(problem.contains(shown), "{problem}");
        }
    }
    let twice = format!(r#"{{"version":1,"schedules":[],{0}:1,{0}:2}}"#, json!(key));
    let error = twice.parse::<crate::export::ScheduleDocument>();
    let error = error.unwrap_err().to_string();
    assert!(error.contains(&format!("{shown}: duplicate field")));
    assert_eq!(crate::base::text::visible(&error).to_string(), error);
}

#[test]
fn a_label_is_refused_where_it_stands() {
    let told = with(&["task", "label"], json!("\u{1b}[2J"));
    let wanted = "schedules[0].task.label: must not hold control characters, found \\u{1b} at \
                  byte 0 of \"\\u{1b}[2J\": remove it";
    assert_eq!(told, [wanted]);
}

#[test]
fn a_limit_to_a_delay_that_does_not_grow_is_refused() {
    let mut retry = json!({"attempts": 3, "delay": "1s", "max_delay": "9s"});
    let told = with(&["task", "policy"], json!({"retry": retry}));
    let wanted = "schedules[0].task.policy.retry.max_delay: a fixed delay does not grow: \
                  add \"factor\", or leave it out";
    assert_eq!(told, [wanted]);
    retry["factor"] = json!(2.0);
    let grows = document(|one| one["task"]["policy"] = json!({"retry": retry}));
    let document = super::ScheduleDocument::try_from(grows).unwrap();
    assert!(super::build(&document).is_ok());
}
