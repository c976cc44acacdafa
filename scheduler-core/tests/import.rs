//! The result of an import is reported for each schedule.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod never;

use scheduler_core::{
    JobContext, ScheduleId, SchedulerExt,
    export::{Imported, ScheduleDocument},
    registry::TaskRegistry,
    schedule::Conflict,
};
use serde_json::json;

use self::never::scheduler;

fn registry() -> TaskRegistry {
    let mut registry = TaskRegistry::new();
    registry
        .register("tick", |_: JobContext, (): ()| async {})
        .unwrap();
    registry
}

fn document(ids: &[&str]) -> ScheduleDocument {
    let daily = json!({"type": "cron", "expr": "@daily"});
    let one = |id| json!({"id": id, "trigger": daily, "task": {"name": "tick"}});
    let schedules: Vec<_> = ids.iter().map(one).collect();
    let document = json!({"version": 1, "schedules": schedules});
    document.to_string().parse().unwrap()
}

fn told(imported: Imported) -> [Vec<ScheduleId>; 3] {
    [imported.added, imported.replaced, imported.kept]
}

#[test]
fn what_is_new_what_was_replaced_and_what_was_kept_is_told() {
    let [a, b, c] = ["a", "b", "c"].map(ScheduleId::new);
    let scheduler = scheduler();
    let import = |ids: &[&str], conflict| {
        told(
            scheduler
                .import_schedules(&document(ids), &registry(), conflict)
                .unwrap(),
        )
    };
    let [added, replaced, kept] = import(&["a"], Conflict::Refuse);
    assert_eq!((added, replaced, kept), (vec![a.clone()], vec![], vec![]));
    let [added, replaced, kept] = import(&["a", "b"], Conflict::Keep);
    assert_eq!(
        (added, replaced, kept),
        (vec![b.clone()], vec![], vec![a.clone()])
    );
    let [added, replaced, kept] = import(&["c", "b", "a"], Conflict::Replace);
    assert_eq!((added, replaced, kept), (vec![c], vec![b, a], vec![]));
}
