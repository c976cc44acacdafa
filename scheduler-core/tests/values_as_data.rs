//! The shape of returned values and of events as JSON, with at least one of each form. A change here is a change for every
//! program that reads it.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use scheduler_core::{
    Event, EventKind, JobId, JobOutcome, Options, ScheduleId, ScheduleInfo, ShutdownReport, State,
    backfill::{BackfillEnd, BackfillId, BackfillReport},
    event::{EventName, StateCause},
    job::{
        CancelReason, CancelStatus, JobError, JobInfo, JobPolicy, JobStatus, OutcomeKind, Progress,
        RateLimit, Retry,
    },
    lifecycle::State as Lifecycle,
    queue::{Queue, QueueInfo},
    schedule::{
        Count, Decision, Explanation, Pause, RunCause, RunFacts, RunReport, ScheduleEnd,
        SkipReason, Span, Verdict,
    },
    shutdown::{FailedJob, JobRef},
};
use serde::Serialize;
use serde_json::{Value, json};

fn nine() -> DateTime<Utc> {
    "2026-01-05T09:00:00Z".parse().expect("a date")
}

fn job() -> JobId {
    JobId::from_bits(7 << 32 | 1)
}

fn it() -> ScheduleId {
    ScheduleId::new("backup")
}

#[track_caller]
fn assert_shape(value: impl Serialize, shape: impl Into<Value>) {
    assert_eq!(serde_json::to_value(value).expect("data"), shape.into());
}

#[track_caller]
fn assert_words<T: Serialize>(words: impl IntoIterator<Item = (T, &'static str)>) {
    for (value, word) in words {
        assert_shape(value, json!(word));
    }
}

fn skipped_span() -> Span {
    Span::new(nine(), nine() + TimeDelta::hours(2), Count::AtLeast(3))
}

#[test]
fn ids_are_texts() {
    assert_shape(job(), json!("7.1"));
    assert_shape(it(), json!("backup"));
    assert_shape(
        BackfillId::from_number(3),
        json!(BackfillId::from_number(3).to_string()),
    );
}

#[test]
fn variants_without_data_are_words() {
    assert_words([
        (State::ShuttingDown, "shutting_down"),
        (Lifecycle::New, "new"),
    ]);
    assert_words([(StateCause::RuntimeGone, "runtime_gone")]);
    assert_words([
        (JobStatus::Delayed, "delayed"),
        (JobStatus::Handling, "handling"),
    ]);
    assert_words([(CancelReason::OutsideHours, "outside_hours")]);
    assert_words([(CancelStatus::TooLate, "too_late")]);
    assert_words([(OutcomeKind::TimedOut, "timed_out")]);
    assert_words([(ScheduleEnd::NeverDue, "never_due")]);
    assert_words([(SkipReason::CatchUpWindow, "catch_up_window")]);
    assert_words([(EventName::OccurrencesSkipped, "occurrences_skipped")]);
}

#[test]
fn records_of_the_ledger() {
    assert_shape(RunCause::Due, json!("due"));
    assert_shape(RunCause::ClockRepeat(2), json!({ "clock_repeat": 2 }));
    let outcome = OutcomeKind::Failed;
    let verdict = Verdict::Ran {
        job: job(),
        outcome,
    };
    let mut decision = Decision::new(Span::single(nine()), RunCause::CatchUp, nine(), verdict);
    decision.met = Some(JobId::from_bits(1));
    let mut run = RunReport::new(nine() + TimeDelta::milliseconds(1_500));
    (run.began, run.attempts) = (Some(nine()), 2);
    run.error = Some("no disk".into());
    decision.run = Some(run);
    let shape = json!({
        "span": {
            "from": "2026-01-05T09:00:00Z",
            "to": "2026-01-05T09:00:00Z",
            "count": { "exactly": 1 },
        },
        "cause": "catch_up",
        "at": "2026-01-05T09:00:00Z",
        "verdict": { "ran": { "job": "7.1", "outcome": "failed" } },
        "met": "0.1",
        "run": {
            "began": "2026-01-05T09:00:00Z",
            "ended": "2026-01-05T09:00:01.500Z",
            "attempts": 2,
            "error": "no disk",
        },
    });
    assert_shape(&decision, shape.clone());
    assert_shape(Explanation::Decided(decision), json!({ "decided": shape }));
    assert_shape(Explanation::NotYet, json!("not_yet"));
    let none = Explanation::NoSuchInstant { next: Some(nine()) };
    assert_shape(
        none,
        json!({ "no_such_instant": { "next": "2026-01-05T09:00:00Z" } }),
    );
}

#[test]
fn verdicts() {
    let reason = CancelReason::Requested;
    for (verdict, shape) in [
        (Verdict::Buffered, json!("buffered")),
        (Verdict::Started(job()), json!({ "started": "7.1" })),
        (
            Verdict::Cancelled { job: job(), reason },
            json!({ "cancelled": { "job": "7.1", "reason": "requested" } }),
        ),
        (
            Verdict::Coalesced { into: nine() },
            json!({ "coalesced": { "into": "2026-01-05T09:00:00Z" } }),
        ),
        (
            Verdict::Skipped(SkipReason::Overlap),
            json!({ "skipped": "overlap" }),
        ),
        (
            Verdict::Missed(SkipReason::Misfire),
            json!({ "missed": "misfire" }),
        ),
    ] {
        assert_shape(verdict, shape);
    }
}

#[test]
fn outcomes_and_errors() {
    assert_shape(JobOutcome::Succeeded(()), json!({ "succeeded": null }));
    assert_shape(JobOutcome::Succeeded(7), json!({ "succeeded": 7 }));
    let cancelled = JobOutcome::<()>::Cancelled(CancelReason::Shutdown);
    assert_shape(cancelled, json!({ "cancelled": "shutdown" }));
    let failed = JobOutcome::<()>::Failed(JobError::failed("no disk"));
    let shape = json!({ "failed": { "kind": "failed", "text": "no disk" } });
    assert_shape(failed, shape);
    let late = JobError::TimedOut {
        limit: Duration::from_secs(5),
        in_all: false,
    };
    let text = "the job took longer than 5s";
    assert_shape(late, json!({ "kind": "timed_out", "text": text }));
}

#[test]
fn jobs() {
    let mut info = JobInfo::new(job(), Some("copy".into()), JobStatus::Running, Some(it()));
    assert_eq!(
        serde_json::to_value(&info).expect("data")["policy"],
        Value::Null
    );
    let policy = JobPolicy::default()
        .tag("night")
        .metadata("tenant", "acme")
        .priority(5);
    let policy = policy
        .retry(Retry::custom(|_, _| None))
        .timeout(Duration::from_secs(90));
    let mut policy = policy.rate_limit(RateLimit::new("api", 100, Duration::from_secs(60)));
    policy.queue = Some("mail".into());
    (info.policy, info.attempt) = (Some(policy.into()), 1);
    info.progress = Some(Arc::new(Progress::new(0.25, "1 of 4")));
    info.spawned_at = Some(std::panic::Location::caller());
    let line = info
        .spawned_at
        .map(|at| format!("{}:{}", at.file(), at.line()));
    let shape = json!({
        "id": "7.1",
        "name": "copy",
        "status": "running",
        "schedule": "backup",
        "attempt": 1,
        "progress": { "fraction": 0.25, "text": "1 of 4" },
        "policy": {
            "tags": ["night"],
            "metadata": { "tenant": "acme" },
            "priority": 5,
            "timeout": "1m 30s",
            "rate_limit": { "group": "api", "count": 100, "per": "1m", "burst": 1 },
            "queue": "mail",
        },
        "spawned_at": line,
    });
    assert_shape(info, shape);
}

#[test]
fn schedules() {
    let mut info = ScheduleInfo::new(it(), Some("copy".into()), Some(nine()), 0);
    info.paused = Some(Pause::new("a visit".into(), nine()));
    info.ended = Some(ScheduleEnd::Exhausted);
    info.tags = vec!["night".into()];
    info.metadata.insert("tenant".into(), "acme".into());
    let shape = json!({
        "id": "backup",
        "name": null,
        "task": "copy",
        "next": "2026-01-05T09:00:00Z",
        "ended": "exhausted",
        "running": 0,
        "kept": 0,
        "paused": { "reason": "a visit", "since": "2026-01-05T09:00:00Z" },
        "tags": ["night"],
        "metadata": { "tenant": "acme" },
        "started": 0,
        "skipped": 0,
        "failures": 0,
        "last": null,
    });
    assert_shape(info, shape);
}

#[test]
fn queues_and_options() {
    let settings = Queue::named("mail")
        .concurrency(10)
        .rate(100, Duration::from_secs(60));
    let mut info = QueueInfo::new(&settings);
    info.paused = Some(Pause::new("a visit".into(), nine()));
    let shape = json!({
        "name": "mail",
        "concurrency": 10,
        "limit": null,
        "rate": { "group": "mail", "count": 100, "per": "1m", "burst": 1 },
        "paused": { "reason": "a visit", "since": "2026-01-05T09:00:00Z" },
        "queued": 0,
        "running": 0,
        "started": 0,
    });
    assert_shape(info, shape);
    let options = serde_json::to_value(Options::default()).expect("data");
    assert!(options.is_object(), "{options}");
}

#[test]
fn reports() {
    let mut report = ShutdownReport::new(StateCause::Requested);
    let copy = JobRef::new(job(), Some("copy".into()));
    report
        .failed
        .push(FailedJob::new(copy, JobError::failed("no disk")));
    let none = json!({ "total": 0, "named": [] });
    let failed = json!({
        "job": { "id": "7.1", "name": "copy" },
        "error": { "kind": "failed", "text": "no disk" },
    });
    let shape = json!({
        "cause": "requested",
        "drained": none,
        "failed": { "total": 1, "named": [failed] },
        "cancelled": none,
        "abandoned": none,
        "hung_handlers": none,
        "unstarted": 0,
        "never_started": none,
    });
    assert_shape(report, shape);
    let report = BackfillReport::default();
    let shape = json!({
        "end": null,
        "started": 0,
        "running": 0,
        "succeeded": 0,
        "failed": 0,
        "cancelled": 0,
        "skipped": 0,
        "failures": [],
        "left": null,
    });
    assert_shape(report, shape);
    let fault = BackfillEnd::Faulted("it panicked".into());
    assert_shape(fault, json!({ "faulted": "it panicked" }));
}

#[test]
fn events() {
    let (from, to) = (State::Running, State::ShuttingDown);
    let cause = StateCause::Dropped;
    let run = RunFacts::default();
    let reason = SkipReason::Paused;
    let outcome = JobOutcome::Succeeded(());
    for (kind, shape) in [
        (
            EventKind::StateChanged { from, to, cause },
            json!({ "state_changed": { "from": "running", "to": "shutting_down", "cause": "dropped" } }),
        ),
        (
            EventKind::ClockJumped {
                by: TimeDelta::seconds(-90),
            },
            json!({ "clock_jumped": { "by": "-1m 30s" } }),
        ),
        (
            EventKind::SleepsEndEarly {
                left: Duration::from_millis(20),
            },
            json!({ "sleeps_end_early": { "left": "20ms" } }),
        ),
        (
            EventKind::ScheduleAdded(it()),
            json!({ "schedule_added": "backup" }),
        ),
        (
            EventKind::OccurrencesSkipped {
                schedule: it(),
                span: skipped_span(),
                reason,
            },
            json!({ "occurrences_skipped": {
                "schedule": "backup",
                "span": {
                    "from": "2026-01-05T09:00:00Z",
                    "to": "2026-01-05T11:00:00Z",
                    "count": { "at_least": 3 },
                },
                "reason": "paused",
            } }),
        ),
        (
            EventKind::JobScheduled {
                job: job(),
                name: None,
                schedule: Some(it()),
                nominal: nine(),
                run: Some(run),
            },
            json!({ "job_scheduled": {
                "job": "7.1",
                "name": null,
                "schedule": "backup",
                "nominal": "2026-01-05T09:00:00Z",
                "run": { "cause": "due", "covers": null, "backfill": null },
            } }),
        ),
        (
            EventKind::JobStarted(job()),
            json!({ "job_started": "7.1" }),
        ),
        (
            EventKind::JobFinished {
                job: job(),
                outcome,
                schedule: None,
                nominal: nine(),
                began: None,
                ended: nine(),
                attempts: 0,
            },
            json!({ "job_finished": {
                "job": "7.1",
                "outcome": { "succeeded": null },
                "schedule": null,
                "nominal": "2026-01-05T09:00:00Z",
                "began": null,
                "ended": "2026-01-05T09:00:00Z",
                "attempts": 0,
            } }),
        ),
        (
            EventKind::Lagged { missed: 3 },
            json!({ "lagged": { "missed": 3 } }),
        ),
    ] {
        let event = Event::new(12, nine(), kind);
        assert_shape(
            event,
            json!({ "seq": 12, "at": "2026-01-05T09:00:00Z", "kind": shape }),
        );
    }
}
