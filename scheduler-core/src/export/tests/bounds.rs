//! Bounds of the work that a document can cause.

use serde_json::{Value, json};

use super::build;
use crate::{
    export::{ImportError, ScheduleDocument},
    trigger::work::{self, DOCUMENT},
};

fn document(schedules: impl IntoIterator<Item = Value>) -> ScheduleDocument {
    let schedules: Vec<_> = schedules.into_iter().collect();
    let document = json!({"version": 1, "schedules": schedules});
    document.to_string().parse().unwrap()
}

fn limited(id: usize, count: u32) -> Value {
    let rule = json!({"type": "cron", "expr": "* * * * *"});
    let trigger =
        json!({"type": "limited", "trigger": rule, "count": count, "start": "2026-01-01"});
    json!({"id": format!("{id}"), "trigger": trigger, "task": {"name": "tick"}})
}

fn told(error: &ImportError) -> Vec<String> {
    error.problems.iter().map(ToString::to_string).collect()
}

#[test]
fn all_limits_of_a_document_are_counted_within_one_budget() {
    let (built, spent) = work::within(u32::MAX, || {
        build(&document((0..4).map(|id| limited(id, 400_000))))
    });
    let told = told(&built.err().unwrap());
    let problem = "the trigger cannot count its instants: it took more than 1000000 calls of its members, \
                   use fewer or simpler members";
    let expected = [2, 3].map(|at| format!("schedules[{at}].trigger.count: {problem}"));
    assert_eq!(told, expected);
    assert!((DOCUMENT..DOCUMENT + 10).contains(&spent.questions));
    assert!(build(&document((0..2).map(|id| limited(id, 400_000)))).is_ok());
}

#[test]
fn members_and_exclusions_are_so_many_at_most() {
    let never = json!({"type": "once", "at": "2026-01-01T00:00:00Z"});
    for kind in ["any_of", "all_of", "excluding"] {
        let build = |count| {
            let many = vec![never.clone(); count];
            let exclusion = json!({"type": "trigger", "trigger": never});
            let trigger = match kind {
                "excluding" => {
                    json!({"type": kind, "trigger": never, "exclude": vec![exclusion; count]})
                }
                _ => json!({"type": kind, "triggers": many}),
            };
            let one = json!({"id": "s", "trigger": trigger, "task": {"name": "tick"}});
            build(&document([one]))
        };
        assert!(build(1_000).is_ok());
        let field = if kind == "excluding" {
            "exclude"
        } else {
            "triggers"
        };
        let problem = "1001 members or exclusions are too many, expected at most 1000: combine fewer triggers";
        let expected = format!("schedules[0].trigger.{field}: {problem}");
        assert_eq!(told(&build(1_001).err().unwrap()), [expected]);
    }
}
