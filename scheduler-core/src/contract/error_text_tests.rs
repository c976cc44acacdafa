//! Checks that every error message is one line, follows the style of the project, and contains each
//! part once.

use std::{collections::BTreeSet, error::Error as StdError, io, sync::Arc, time::Duration};

use crate::{
    Error, LifecycleError, Options, ScheduleId, ShutdownReport, SpawnError, WaitingCall,
    export::{ExportError, ImportError, ImportProblem, LeftOut, NotData},
    job::{CancelReason, JobError, JobId, JobPolicy, RateLimit, ResultError},
    registry::TaskError,
    store::{Refusal, StoreError, StoreTime, StoredId},
    trigger::{Cron, OnCalendar, TriggerError, TriggerSpec, Zone},
};

type Sample = Box<dyn StdError>;

/// Lists a sample of each variant. A variant without a sample does not compile.
macro_rules! every {
    ($type:ty: $($pattern:pat => $sample:expr),+ $(,)?) => {{
        let _complete = |error: &$type| match error { $($pattern => (),)+ };
        let samples: Vec<$type> = vec![$($sample),+];
        samples
    }};
}

fn boxed<E: StdError + 'static>(errors: Vec<E>) -> Vec<Sample> {
    errors
        .into_iter()
        .map(|error| Box::new(error).into())
        .collect()
}

/// An error whose message does not contain that of its source.
#[derive(Debug, thiserror::Error)]
#[error("the pool is exhausted")]
struct Exhausted(#[source] io::Error);

fn exhausted() -> Exhausted {
    Exhausted(io::Error::other("no thread is left"))
}

fn lifecycle() -> Vec<LifecycleError> {
    every!(LifecycleError:
        LifecycleError::AlreadyRunning => LifecycleError::AlreadyRunning,
        LifecycleError::NotRunning => LifecycleError::NotRunning,
        LifecycleError::ShutDown => LifecycleError::ShutDown,
        LifecycleError::WouldDeadlock => LifecycleError::WouldDeadlock,
    )
}

fn waiting() -> Vec<Error> {
    use WaitingCall as W;
    let calls = every!(WaitingCall:
        W::Shutdown => W::Shutdown,
        W::WaitAndClose => W::WaitAndClose,
        W::Stopped => W::Stopped,
        W::WaitIdle => W::WaitIdle,
        W::Submit => W::Submit,
        W::Circle => W::Circle,
        W::Permit => W::Permit,
        W::Backfill => W::Backfill,
        W::Blocking => W::Blocking,
    );
    calls.into_iter().map(Error::WouldDeadlock).collect()
}

fn spawns() -> Vec<SpawnError> {
    every!(SpawnError:
        SpawnError::NoRuntime { .. } => SpawnError::no_runtime("enter one first"),
        SpawnError::Failed { .. } => SpawnError::failed(exhausted()),
    )
}

fn jobs() -> Vec<JobError> {
    let limit = Duration::from_secs(1);
    let mut jobs = every!(JobError:
        JobError::Failed(_) => JobError::failed(exhausted()),
        JobError::Panicked(_) => JobError::Panicked("boom".into()),
        JobError::TimedOut { .. } => JobError::TimedOut { limit, in_all: true },
        JobError::Cancelled(_) => JobError::Cancelled(CancelReason::Requested),
        JobError::Lost(_) => JobError::Lost("the runtime dropped it".into()),
    );
    jobs.extend(CancelReason::ALL.map(JobError::Cancelled));
    jobs
}

fn report() -> Arc<ShutdownReport> {
    let job = crate::JobRef::new(JobId::from_bits(1), None);
    Arc::new(ShutdownReport {
        abandoned: [job].into_iter().collect(),
        ..ShutdownReport::new(crate::StateCause::Requested)
    })
}

fn stores() -> Vec<StoreError> {
    let mut errors = every!(StoreError:
        StoreError::Unreachable(_) => StoreError::Unreachable(Arc::new(io::Error::other("connection refused"))),
        StoreError::TimedOut { .. } => StoreError::TimedOut { limit: Duration::from_secs(5) },
        StoreError::Locked => StoreError::Locked,
        StoreError::ReadOnly(_) => StoreError::ReadOnly("\"jobs.db\" is on a read-only file system".into()),
        StoreError::Full(_) => StoreError::Full("no space is left for \"jobs.db\"".into()),
        StoreError::NewerSchema { .. } => StoreError::NewerSchema { found: 2, known: 1 },
        StoreError::OlderSchema { .. } => StoreError::OlderSchema { found: 1, known: 2 },
        StoreError::Unsuitable(_) => StoreError::Unsuitable("\"jobs.db\" is on a network file system: move it to a local disk".into()),
        StoreError::Refused(_) => Refusal::TooLarge { what: "arguments", found: 9, limit: 8 }.into(),
        StoreError::Broken(_) => StoreError::Broken(Arc::new(io::Error::other("the file is damaged"))),
    );
    let at = StoreTime::from_micros(0);
    let refusals = every!(Refusal:
        Refusal::Recorded { .. } => Refusal::Recorded { schedule: "daily".into(), nominal: at },
        Refusal::Behind { .. } => Refusal::Behind { schedule: "daily".into(), last: at, next: at },
        Refusal::TooLarge { .. } => Refusal::TooLarge { what: "result", found: 9, limit: 8 },
        Refusal::State { .. } => Refusal::State { what: "the schedule is paused: resume it".into() },
    );
    errors.extend(refusals.into_iter().map(StoreError::from));
    errors
}

fn calls() -> Vec<Error> {
    let id = || ScheduleId::from("daily");
    let task = TaskError::Duplicate {
        name: "mail".into(),
    };
    let spawn = |source| Error::Spawn {
        backend: "tokio".into(),
        source,
    };
    let mut calls = every!(Error:
        Error::Lifecycle(_) => LifecycleError::NotRunning.into(),
        Error::WouldDeadlock(_) => Error::WouldDeadlock(WaitingCall::Submit),
        Error::Spawn { .. } => spawn(SpawnError::failed(exhausted())),
        Error::QueueFull { .. } => Error::QueueFull { queue: "mail".into(), limit: 1 },
        Error::UnknownQueue(_) => Error::UnknownQueue("mail".into()),
        Error::DuplicateId(_) => Error::DuplicateId(id()),
        Error::UnknownSchedule(_) => Error::UnknownSchedule(id()),
        Error::UnknownJob(_) => Error::UnknownJob(JobId::from_bits(1)),
        Error::Job(_) => JobError::failed(exhausted()).into(),
        Error::ValueTaken(_) => Error::ValueTaken(JobId::from_bits(1)),
        Error::Result(_) => ResultError::NotKept(JobId::from_bits(1)).into(),
        Error::InvalidConfig { .. } => Options::default().queue_limit(0).validate().expect_err("zero"),
        Error::InvalidTrigger(_) => TriggerError::NoMembers.into(),
        Error::Task(_) => task.into(),
        Error::Store(_) => StoreError::Locked.into(),
        Error::MaybeStored { .. } => Error::MaybeStored {
            job: Some(StoredId::from_bytes([7; 16])),
            source: Arc::new(StoreError::TimedOut { limit: Duration::from_secs(5) }),
        },
        Error::UnknownStoredJob(_) => Error::UnknownStoredJob(StoredId::from_bytes([7; 16])),
        Error::Export(_) => exports().remove(0).into(),
        Error::Import(_) => import().into(),
        Error::Timeout(_) => Error::Timeout(Duration::from_secs(5)),
        Error::Abandoned(_) => Error::Abandoned(report()),
    );
    calls.extend(waiting());
    calls.extend(stores().into_iter().map(Error::from));
    calls.extend(spawns().into_iter().map(spawn));
    calls
}

fn exports() -> Vec<ExportError> {
    let reasons = every!(NotData:
        NotData::Closure { .. } => NotData::Closure { task: Some("tick".into()) },
        NotData::Retry => NotData::Retry,
        NotData::Trigger(_) => NotData::Trigger(TriggerError::NotData { rule: "\"Tides\"".into() }),
        NotData::Untold => NotData::Untold,
        NotData::Zone { .. } => NotData::Zone { zone: "/etc/localtime".into() },
    );
    let left_out = |reason| LeftOut {
        schedule: "daily".into(),
        reason,
    };
    let error = |reason| ExportError {
        left_out: vec![left_out(reason)],
    };
    reasons.into_iter().map(error).collect()
}

fn import() -> ImportError {
    ImportError {
        problems: vec![ImportProblem {
            path: "schedules[0].task".into(),
            problem: "found 7, expected an object".into(),
        }],
        more: 0,
    }
}

fn tasks() -> Vec<TaskError> {
    every!(TaskError:
        TaskError::Arguments { .. } => TaskError::Arguments {
            task: "mail".into(),
            path: "to".into(),
            problem: "found 7, expected text".into(),
        },
        TaskError::Duplicate { .. } => TaskError::Duplicate { name: "mail".into() },
        TaskError::Unknown { .. } => TaskError::Unknown {
            name: "mial".into(),
            nearest: vec!["mail".into()],
        },
        TaskError::Unwritable { .. } => TaskError::Unwritable {
            task: "mail".into(),
            problem: "a key is no text".into(),
        },
    )
}

fn results() -> Vec<Error> {
    let job = JobId::from_bits(1 << 32 | 1);
    let other = |found| ResultError::OtherType {
        job,
        wanted: "u8",
        found,
    };
    [
        ResultError::Unfinished(job),
        ResultError::NotKept(job),
        ResultError::Expired(job),
        ResultError::Displaced(job),
        other(None),
        other(Some("u64")),
    ]
    .map(Error::from)
    .into()
}

fn settings() -> Vec<Error> {
    let second = Duration::from_secs(1);
    let options = [
        Options::default().max_concurrent_jobs(0),
        Options::default().event_capacity(0),
    ];
    let policies = [
        JobPolicy::default().timeout(Duration::ZERO),
        JobPolicy::default().rate_limit(RateLimit::new("mail", 0, second)),
        JobPolicy::default().rate_limit(RateLimit::new("mail", 1, Duration::ZERO)),
    ];
    let options = options.map(|options| options.validate());
    let policies = policies.map(|policy| policy.validate());
    options
        .into_iter()
        .chain(policies)
        .filter_map(Result::err)
        .collect()
}

/// Returns errors of typical mistakes.
fn triggers() -> Vec<Sample> {
    let crons = [
        "",
        "*",
        "60 * * * *",
        "@never",
        "@reboot",
        "@every 5m",
        "30-10 * * * *",
        "*/0 * * * *",
        "x * * * *",
        "0 9 * * FOO",
        "0 0 30 2 31 *",
        "TZ=CEST 0 9 * * *",
        "TZ=Europe/Berln 0 9 * * *",
        "WEEK=1 0 9 * * *",
        "0 22, 10 * * *",
    ];
    let events = [
        "",
        "25:00",
        "*-13-*",
        "Mon..Fri *-*-* 09:00 CEST",
        "10/0:00",
        "Fre",
        "23..1:00",
    ];
    let specs = [
        "",
        "{}",
        "[]",
        "7",
        r#"{"type":"crom"}"#,
        r#"{"type":"cron"}"#,
        r#"{"type":"cron","expr":"* * *"}"#,
        r#"{"type":"cron","expr":"* * * * *","fields":{}}"#,
        r#"{"type":"interval","every":"5 parsecs"}"#,
        r#"{"type":"interval","every":0}"#,
        r#"{"type":"once","at":"soon"}"#,
        r#"{"type":"once"}"#,
        r#"{"type":"any_of","triggers":[]}"#,
        r#"{"type":"any_of","triggers":[{"type":"cron","expr":"61 * * * *"}]}"#,
        r#"{"type":"interval","every":1,"every":2}"#,
        r#"{"type":"interval","evry":1}"#,
    ];
    let crons = crons.iter().filter_map(|text| Cron::parse(text).err());
    let events = events
        .iter()
        .filter_map(|text| OnCalendar::parse(text).err());
    let read = |text: &&str| match text.parse::<TriggerSpec>() {
        Ok(spec) => spec.build().err(),
        Err(error) => Some(error),
    };
    let zones = ["CEST", "Europe/Berln", "Nowhere", "+25:00"];
    let zones = zones.iter().filter_map(|text| text.parse::<Zone>().err());
    let mut all = boxed(crons.collect());
    all.extend(boxed(events.collect()));
    all.extend(boxed(specs.iter().filter_map(read).collect()));
    all.extend(boxed(zones.collect()));
    all
}

fn all() -> Vec<Sample> {
    let mut all = boxed(lifecycle());
    all.extend(boxed(calls()));
    all.extend(boxed(spawns()));
    all.extend(boxed(jobs()));
    all.extend(boxed(exports()));
    all.extend(boxed(vec![import()]));
    all.extend(boxed(tasks()));
    all.extend(boxed(results()));
    all.extend(boxed(settings()));
    all.extend(triggers());
    all
}

/// Returns how an error message violates the style of the project, if it does.
fn complaint(error: &dyn StdError) -> Option<&'static str> {
    let text = error.to_string();
    let first = text.chars().next()?;
    let words: Vec<_> = std::iter::once("")
        .chain(text.split([' ', ':', ',', ';', '(']))
        .collect();
    let is_plural = |noun: &str| noun.len() > 2 && noun.ends_with('s');
    let is_odd = |three: &[&str]| three[0] != "column" && three[1] == "1" && is_plural(three[2]);
    if text.chars().any(char::is_control) {
        Some("it is more than one line")
    } else if first.is_uppercase() {
        Some("it begins with a capital letter")
    } else if text.ends_with(['.', '!', ' ', ':']) {
        Some("it ends like a sentence")
    } else if text.contains("(s)") || words.windows(3).any(is_odd) {
        Some("it does not count as people do")
    } else if sources(error).iter().any(|source| text.contains(source)) {
        Some("its source would be printed twice")
    } else {
        None
    }
}

fn sources(error: &dyn StdError) -> BTreeSet<String> {
    let sources = std::iter::successors(error.source(), |source| (*source).source());
    sources.map(ToString::to_string).collect()
}

#[test]
fn every_error_is_one_line_in_one_style_and_says_nothing_twice() {
    let complaints = |error: &Sample| Some(format!("{}: {error}", complaint(&**error)?));
    let complaints: Vec<_> = all().iter().filter_map(complaints).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// Returns whether an error or one of its sources contains the text.
#[test]
fn no_reason_is_lost() {
    let spawn = Error::Spawn {
        backend: "tokio".into(),
        source: SpawnError::failed(exhausted()),
    };
    let job = Error::from(JobError::failed(exhausted()));
    for error in [spawn, job] {
        let mut text = error.to_string();
        text.extend(sources(&error));
        assert!(text.contains("the pool is exhausted"), "{text}");
        assert!(text.contains("no thread is left"), "{text}");
    }
}

#[test]
fn what_is_wrong_with_a_text_is_noticed() {
    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Says(&'static str, #[source] Option<io::Error>);

    let says = |text| complaint(&Says(text, None));
    assert_eq!(says("1 job is waiting"), None);
    for text in [
        "1 jobs are waiting",
        "2 job(s)",
        "No zone",
        "no zone.",
        "no\nzone",
    ] {
        assert!(says(text).is_some(), "{text:?}");
    }
    let twice = Says(
        "backend tokio: it is gone",
        Some(io::Error::other("it is gone")),
    );
    assert!(complaint(&twice).is_some());
}
