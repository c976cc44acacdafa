//! Registered tasks, from registration to their runs.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test has threads of its own, and may fail"
)]

mod threads;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use scheduler_core::{
    Error, ErrorKind, Job, JobContext, RuntimeScheduler, Scheduler, SchedulerExt,
    job::{JobPolicy, OutcomeKind, Retry},
    registry::{TaskError, TaskRegistry},
    trigger::Interval,
};
use scheduler_testing::VirtualRuntime;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::threads::Threads;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Report {
    #[serde(default)]
    pages: u8,
    #[serde(default = "daily")]
    name: String,
}

fn daily() -> String {
    "daily".into()
}

fn registry() -> TaskRegistry {
    let mut registry = TaskRegistry::new();
    let report = |_: JobContext, _: Report| async {};
    registry.register("report", report).unwrap();
    registry
        .register("tick", |_: JobContext, (): ()| async {})
        .unwrap();
    registry
        .register_blocking("send-mail", |_: JobContext, _: Vec<String>| {})
        .unwrap();
    registry
}

fn refused<T: std::fmt::Debug>(answer: scheduler_core::Result<T>) -> TaskError {
    match answer.unwrap_err() {
        Error::Task(error) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_name_is_given_once() {
    let mut registry = registry();
    let again = registry.register("tick", |_: JobContext, (): ()| async {});
    assert_eq!(again.as_ref().unwrap_err().kind(), ErrorKind::DuplicateId);
    assert_eq!(
        refused(again),
        TaskError::Duplicate {
            name: "tick".into()
        }
    );
    assert_eq!(
        registry.names().collect::<Vec<_>>(),
        ["report", "send-mail", "tick"]
    );
    assert!(registry.contains("tick") && !registry.contains("tock"));
}

#[test]
fn an_unknown_name_is_told_with_those_near_it() {
    let registry = registry();
    for (name, near) in [
        ("sendmail", vec!["send-mail"]),
        ("Reports", vec!["report"]),
        ("tikc", vec!["tick"]),
        ("something else", vec![]),
        ("", vec![]),
    ] {
        let error = registry.task(name, ()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        let TaskError::Unknown { nearest, .. } = refused(registry.task(name, ())) else {
            panic!("{error}");
        };
        assert_eq!(nearest, near, "{error}");
    }
    let error = registry.job("tik", ()).unwrap_err().to_string();
    assert_eq!(
        error,
        "the task \"tik\" is not registered, did you mean tick?"
    );
}

#[test]
fn wrong_arguments_are_refused_where_the_task_is_made() {
    let registry = registry();
    for (name, args, path) in [
        ("report", json!({"pages": "many"}), "pages"),
        ("report", json!({"pages": 256}), "pages"),
        ("report", json!({"pgs": 1}), "pgs"),
        ("report", json!(true), ""),
        ("send-mail", json!(["a", null]), "[1]"),
        ("send-mail", json!(null), ""),
        ("tick", json!({"loud": true}), ""),
    ] {
        let every = Interval::every(Duration::from_secs(1)).unwrap();
        let answer = registry.schedule(every, name, &args);
        assert_eq!(
            answer.as_ref().unwrap_err().kind(),
            ErrorKind::InvalidArguments
        );
        let TaskError::Arguments {
            task,
            path: found,
            problem,
        } = refused(answer)
        else {
            panic!("{name} {args}");
        };
        assert_eq!((&*task, &*found), (name, path), "{problem}");
    }
    let keys = std::collections::BTreeMap::from([(vec![1], 2)]);
    let unwritable = refused(registry.task("report", keys));
    assert!(
        matches!(unwritable, TaskError::Unwritable { .. }),
        "{unwritable}"
    );
}

#[test]
fn no_arguments_stand_for_defaults() {
    let registry = registry();
    let task = registry.task("report", ()).unwrap();
    assert_eq!(task.registered_as(), Some("report"));
    assert_eq!(task.arguments(), Some(&Value::Null));
    assert_eq!(
        registry.task("report", json!({})).unwrap().get_name(),
        Some("report")
    );
    registry.task("tick", ()).unwrap();
    let closure = scheduler_core::Task::new(|_| async {});
    assert_eq!((closure.registered_as(), closure.arguments()), (None, None));
}

#[test]
fn a_policy_is_everybodys_default() {
    let mut registry = registry();
    let policy = JobPolicy::default()
        .tag("mail")
        .retry(Retry::fixed(3, Duration::ZERO));
    registry.policy("send-mail", policy).unwrap();
    let job: Job = registry.job("send-mail", ["a"]).unwrap();
    assert!(format!("{job:?}").contains("send-mail"));
    let refused = registry
        .policy("send-post", JobPolicy::default())
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotFound);
    let senseless = JobPolicy::default().timeout(Duration::ZERO);
    let refused = registry.policy("tick", senseless).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidConfig);
}

#[test]
fn each_run_is_given_the_arguments() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let mut registry = TaskRegistry::new();
    let noted = seen.clone();
    let note = move |job: JobContext, report: Report| {
        noted.lock().unwrap().push((job.name(), report));
        async {}
    };
    registry.register("report", note).unwrap();
    let blocking = seen.clone();
    let note = move |job: JobContext, report: Report| {
        blocking.lock().unwrap().push((job.name(), report));
    };
    registry.register_blocking("copy", note).unwrap();
    let time = VirtualRuntime::new(Threads);
    let scheduler = RuntimeScheduler::new(time.clone());
    time.run(scheduler.start()).unwrap();
    let every = Interval::every(Duration::from_secs(60)).unwrap();
    let schedule = registry
        .schedule(every, "report", json!({"pages": 3}))
        .unwrap();
    scheduler.add(schedule).unwrap();
    time.advance(Duration::from_secs(120));
    let copy = registry
        .job(
            "copy",
            Report {
                pages: 1,
                name: "a".into(),
            },
        )
        .unwrap();
    let copied = time.run(async { scheduler.try_submit(copy) }).unwrap();
    let outcome = time.run(copied.wait()).unwrap();
    assert_eq!(outcome.kind(), OutcomeKind::Succeeded);
    let seen: Vec<_> = seen.lock().unwrap().drain(..).collect();
    let report = Report {
        pages: 3,
        name: "daily".into(),
    };
    let copy = Report {
        pages: 1,
        name: "a".into(),
    };
    let name = |name: &str| Some(Arc::from(name));
    assert_eq!(
        seen,
        [
            (name("report"), report.clone()),
            (name("report"), report),
            (name("copy"), copy)
        ]
    );
}
