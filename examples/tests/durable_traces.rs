//! In virtual time, one program with durable jobs and schedules leaves the same trace on every backend and store.

use std::{fmt::Write, sync::Arc, time::Duration};

use backend_async_std::AsyncStdRuntime;
use backend_smol::SmolRuntime;
use backend_thread::ThreadRuntime;
use backend_tokio::TokioRuntime;
use scheduler_core::{
    EventFilter, JobContext, Options, Overlap, Runtime, RuntimeScheduler, Scheduler, Shutdown,
    job::{JobPolicy, Retry},
    registry::TaskRegistry,
    schedule::ResumeFrom,
    store::{JobFilter, MemoryStore, Store, Stored},
    trigger::Interval,
};
use scheduler_testing::VirtualRuntime;
use store_sqlite::{SqliteStore, Synchronous};
use tokio::runtime::Builder;

fn tasks() -> TaskRegistry {
    let mut tasks = TaskRegistry::new();
    tasks
        .register_stored("sleep", |job: JobContext, millis: u64| async move {
            job.sleep(Duration::from_millis(millis)).await;
            Ok::<_, String>(millis * 2)
        })
        .expect("a new name");
    tasks
        .register("flaky", |job: JobContext, good: u32| async move {
            let attempt = job.lease().map_or(0, |lease| lease.attempt);
            if attempt < good {
                Err(format!("attempt {attempt}"))
            } else {
                Ok(())
            }
        })
        .expect("a new name");
    tasks
}

fn node(time: &VirtualRuntime, store: &Arc<dyn Store>) -> RuntimeScheduler<VirtualRuntime> {
    let stored = Stored::shared(store.clone(), Arc::new(tasks())).simulated_time();
    let options = Options::default().max_concurrent_jobs(4).store(stored);
    RuntimeScheduler::with_options(time.clone(), options).expect("valid options")
}

/// Runs the program on two nodes, one after the other, and returns its trace: jobs with values, delays, keys, retries and
/// cancellations, schedules with overlap policies and pauses, a restart, instants that came meanwhile.
fn story(runtime: Arc<dyn Runtime>, store: &Arc<dyn Store>) -> String {
    let time = VirtualRuntime::new(runtime);
    let mut trace = String::new();
    let first = node(&time, store);
    let mut events = first.subscribe(EventFilter::all());
    time.run(async {
        first.start().await.expect("it starts");
        let durable = first.durable().expect("it has a store");
        for (id, millis, overlap) in [
            ("skip", 900, Overlap::Skip),
            ("buffer", 900, Overlap::BufferOne),
            ("all", 900, Overlap::AllowAll),
            ("short", 10, Overlap::Skip),
        ] {
            let every = Interval::every(Duration::from_millis(700)).expect("not zero");
            let schedule = durable
                .schedule(every, "sleep", millis)
                .expect("a task")
                .id(id)
                .overlap(overlap);
            durable.put(schedule).await.expect("it is stored");
        }
        let retried = JobPolicy::default().retry(Retry::fixed(3, Duration::from_millis(250)));
        let jobs = [
            durable.job("sleep", 100),
            durable
                .job("sleep", 200)
                .map(|job| job.after(Duration::from_secs(1))),
            durable.job("flaky", 3).map(|job| job.policy(&retried)),
            durable.job("flaky", 9).map(|job| job.policy(&retried)),
            durable.job("sleep", 60_000).map(|job| job.key("one")),
            durable.job("sleep", 60_000).map(|job| job.key("one")),
        ];
        for job in jobs {
            let job = durable
                .submit(job.expect("a task"))
                .await
                .expect("it is stored");
            writeln!(trace, "{:?}", job.placed()).expect("a string");
        }
    });
    time.advance(Duration::from_secs(3));
    time.run(async {
        let durable = first.durable().expect("it has a store");
        durable
            .pause(&"all".into(), "for a while")
            .await
            .expect("it pauses");
    });
    time.advance(Duration::from_secs(2));
    time.run(first.shutdown(Shutdown::immediate()))
        .expect("it ends");
    while let Some(event) = events.try_next() {
        writeln!(trace, "{} {} {:?}", event.seq, event.at, event.kind).expect("a string");
    }
    time.advance(Duration::from_secs(7));

    let second = node(&time, store);
    time.run(second.start()).expect("it starts");
    time.run(async {
        let durable = second.durable().expect("it has a store");
        durable
            .resume(&"all".into(), ResumeFrom::Now)
            .await
            .expect("it resumes");
    });
    time.advance(Duration::from_secs(2));
    time.run(async {
        let durable = second.durable().expect("it has a store");
        for id in ["skip", "buffer", "all", "short"] {
            let from = chrono::DateTime::UNIX_EPOCH;
            let records = durable
                .history(&id.into(), from, chrono::DateTime::<chrono::Utc>::MAX_UTC)
                .await;
            for record in records.expect("a page") {
                let times = (record.run.nominal.to_string(), record.until, record.count);
                writeln!(trace, "{id} {times:?} {} {:?}", record.verdict, record.into)
                    .expect("a string");
            }
        }
        let mut ends = durable.ends(JobFilter::default()).await.expect("a page");
        ends.sort_by_key(|end| (end.job.since, end.job.row.args.clone(), end.ended));
        for end in ends {
            let job = (
                &end.job.row.task,
                &end.job.row.args,
                end.job.attempt,
                end.job.lost,
                end.job.token,
            );
            writeln!(trace, "{job:?} {} {:?}", end.ended, end.end).expect("a string");
        }
    });
    time.run(second.shutdown(Shutdown::immediate()))
        .expect("it ends");
    trace
}

/// Runs the program on every store.
fn on_every_store(backend: &str, runtime: impl Fn() -> Arc<dyn Runtime>) -> Vec<(String, String)> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = SqliteStore::new(folder.path().join("jobs.db")).synchronous(Synchronous::Normal);
    let stores: [(&str, Arc<dyn Store>); 2] = [
        ("memory", Arc::new(MemoryStore::new())),
        ("sqlite", Arc::new(file)),
    ];
    let story = |(name, store): (&str, Arc<dyn Store>)| {
        (format!("{backend} and {name}"), story(runtime(), &store))
    };
    stores.into_iter().map(story).collect()
}

#[test]
fn the_same_program_leaves_the_same_trace_on_every_backend_and_store() {
    let tokio = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let handle = tokio.handle().clone();
    let mut traces = on_every_store("threads", || Arc::new(ThreadRuntime::new()));
    traces.extend(on_every_store("tokio", || {
        Arc::new(TokioRuntime::new(handle.clone()))
    }));
    traces.extend(on_every_store("smol", || Arc::new(SmolRuntime::global())));
    traces.extend(on_every_store("async-std", || {
        Arc::new(AsyncStdRuntime::new())
    }));
    let (first, expected) = &traces[0];
    for needed in [
        "KeyTaken",
        "coalesced",
        "skipped:overlap",
        "buffered",
        "skipped:paused",
        "attempt 3",
        "JobFinished",
    ] {
        assert!(
            expected.contains(needed),
            "{needed} is missing:\n{expected}"
        );
    }
    for (name, trace) in &traces[1..] {
        let differs = expected
            .lines()
            .zip(trace.lines())
            .find(|(one, other)| one != other);
        assert_eq!(differs, None, "{first} and {name}");
        assert_eq!(
            expected.lines().count(),
            trace.lines().count(),
            "{first} and {name}"
        );
    }
}
