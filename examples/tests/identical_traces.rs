//! In virtual time, one program leaves the same trace of events on every backend.

use std::{fmt::Write, sync::Arc, time::Duration};

use backend_async_std::AsyncStdRuntime;
use backend_smol::SmolRuntime;
use backend_thread::ThreadRuntime;
use backend_tokio::TokioRuntime;
use scheduler_core::{
    EventFilter, Job, Misfire, Options, Overlap, Runtime, RuntimeScheduler, Schedule, Scheduler,
    SchedulerExt, Shutdown, Task,
    job::CancelMode,
    schedule::{MisfirePolicy, ResumeFrom, ScheduleChange},
    trigger::{Cron, Interval},
};
use scheduler_testing::VirtualRuntime;
use tokio::runtime::{Builder, Runtime as Tokio};

/// Runs the program and returns its trace: schedules with every overlap policy, in a group, with
/// shifted starts, paused, changed and run on request; jobs that fail, panic, sleep, block and spawn
/// others; a pause, a clock step, a cancellation, a shutdown with work left.
fn story(runtime: Arc<dyn Runtime>) -> String {
    let time = VirtualRuntime::new(runtime);
    let options = Options::default().max_concurrent_jobs(4);
    let scheduler = RuntimeScheduler::with_options(time.clone(), options).expect("valid options");
    let mut events = scheduler.subscribe(EventFilter::all());
    add_schedules(&scheduler);

    time.run(async { scheduler.start().await.expect("it starts") });
    time.advance(Duration::from_secs(3));
    time.outside(|| submit_jobs(&scheduler));
    time.outside(|| pause_some(&scheduler));
    time.advance(Duration::from_secs(2));
    time.outside(|| change_some(&scheduler));
    time.outside(|| scheduler.pause().expect("it pauses"));
    time.advance(Duration::from_secs(30));
    time.outside(|| scheduler.resume().expect("it resumes"));
    time.advance(Duration::from_secs(1));
    time.jump_wall(chrono::TimeDelta::hours(2));
    time.advance(Duration::from_secs(90));
    let how = Shutdown::drain_within(Duration::from_secs(1)).cancel_grace(Duration::from_secs(1));
    let report = time.run(async { scheduler.shutdown(how).await.expect("it ends") });

    let mut trace = String::new();
    while let Some(event) = events.try_next() {
        writeln!(trace, "{} {} {:?}", event.seq, event.at, event.kind).expect("a string");
    }
    writeln!(trace, "{report}").expect("a string");
    assert_eq!(time.foreign_wakes(), 0);
    trace
}

fn add_schedules(scheduler: &impl Scheduler) {
    let overlaps = [
        Overlap::Skip,
        Overlap::BufferOne,
        Overlap::BufferAll,
        Overlap::CancelOther,
        Overlap::TerminateOther,
        Overlap::AllowAll,
    ];
    for (number, overlap) in overlaps.into_iter().enumerate() {
        let every = Interval::every(Duration::from_millis(700)).expect("not zero");
        let task = Task::new(|job| async move { job.sleep(Duration::from_millis(900)).await });
        let schedule = Schedule::new(every, task)
            .id(format!("overlap-{number}"))
            .overlap(overlap);
        scheduler.add(schedule).expect("it is added");
    }
    let minutely = Cron::parse("* * * * *").expect("it parses");
    let all = Misfire::policy(MisfirePolicy::FireAll { max: 5 });
    let task = Task::new(|_| async { Err::<(), _>("this always fails") });
    let schedule = Schedule::new(minutely, task).id("cron").misfire(all);
    scheduler.add(schedule).expect("it is added");
    add_group(scheduler);
}

/// Adds two schedules that overlap with each other, one with shifted starts, and one that catches up
/// at a pace.
fn add_group(scheduler: &impl Scheduler) {
    let task = Task::new(|job| async move { job.sleep(Duration::from_millis(300)).await });
    let every = |millis| Interval::every(Duration::from_millis(millis)).expect("not zero");
    let all = Misfire::policy(MisfirePolicy::FireAll { max: 9 });
    let paced = all.grace(Duration::ZERO).pace(Duration::from_secs(2));
    for schedule in [
        Schedule::new(every(400), task.clone()).id("group-a"),
        Schedule::new(every(500), task.clone())
            .id("group-b")
            .overlap(Overlap::BufferAll)
            .buffer_limit(3)
            .jitter(Duration::from_millis(200)),
    ] {
        scheduler.add(schedule.group("group")).expect("it is added");
    }
    let schedule = Schedule::new(every(3_000), task).id("paced").misfire(paced);
    scheduler.add(schedule).expect("it is added");
}

fn pause_some(scheduler: &impl Scheduler) {
    for id in ["overlap-2", "group-b", "paced"] {
        let paused = scheduler.schedule(&id.into()).pause("for a while");
        paused.expect("it is there");
    }
    let now = scheduler.schedule(&"group-a".into()).run_now();
    drop(now.expect("it runs"));
}

fn change_some(scheduler: &impl Scheduler) {
    for (id, from) in [
        ("overlap-2", ResumeFrom::Now),
        ("group-b", ResumeFrom::WhereItStood),
        ("paced", ResumeFrom::WhereItStood),
    ] {
        let resumed = scheduler.schedule(&id.into()).resume(from);
        resumed.expect("it is there");
    }
    let change = ScheduleChange::new().overlap(Overlap::BufferOne);
    let changed = scheduler
        .schedule(&"group-a".into())
        .update(change.name("changed"));
    changed.expect("it is there");
}

fn submit_jobs(scheduler: &impl Scheduler) {
    for number in 0..20_u64 {
        let job = Job::new(move |job| async move {
            job.sleep(Duration::from_millis(number * 37)).await;
            assert!(number % 7 != 3, "job {number} panics");
            let inner = Job::new(|_| async {}).name("inner");
            if let Some(scheduler) = job.scheduler() {
                scheduler.post(inner)?;
            }
            Ok::<_, scheduler_core::Error>(())
        });
        scheduler
            .post(job.name(format!("job-{number}")))
            .expect("it is accepted");
    }
    let sleepy =
        Job::blocking(|job| scheduler_core::implement::block_on(job.sleep(Duration::from_secs(1))));
    scheduler
        .post(sleepy.name("blocking"))
        .expect("it is accepted");
    let endless = Job::new(|_| std::future::pending::<()>()).after(Duration::from_millis(250));
    let endless = scheduler
        .try_submit(endless.name("endless"))
        .expect("it is accepted");
    let cancelled = scheduler.try_submit(Job::new(|_| async {}).after(Duration::from_secs(60)));
    cancelled
        .expect("it is accepted")
        .cancel(CancelMode::Immediate);
    drop(endless);
}

fn tokio(mut builder: Builder) -> Tokio {
    builder.enable_time().build().expect("a tokio runtime")
}

#[test]
fn every_backend_tells_the_same_story() {
    let expected = story(Arc::new(ThreadRuntime::new()));
    assert!(expected.lines().count() > 200, "{expected}");
    let multi = tokio(Builder::new_multi_thread());
    let backends: [(&str, Arc<dyn Runtime>); 4] = [
        ("thread again", Arc::new(ThreadRuntime::new())),
        ("smol", Arc::new(SmolRuntime::global())),
        ("async-std", Arc::new(AsyncStdRuntime::new())),
        ("tokio", Arc::new(TokioRuntime::new(multi.handle().clone()))),
    ];
    for (name, runtime) in backends {
        assert_same(name, &story(runtime), &expected);
    }
}

#[test]
fn a_current_thread_runtime_tells_it_too() {
    let expected = story(Arc::new(ThreadRuntime::new()));
    let single = tokio(Builder::new_current_thread());
    let handle = single.handle().clone();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let driving = std::thread::spawn(move || single.block_on(stopped));
    assert_same(
        "tokio, one thread",
        &story(Arc::new(TokioRuntime::new(handle))),
        &expected,
    );
    drop(stop);
    assert!(driving.join().expect("it was driven").is_err());
}

fn assert_same(name: &str, trace: &str, expected: &str) {
    for (line, wanted) in trace.lines().zip(expected.lines()) {
        assert_eq!(line, wanted, "{name} differs");
    }
    assert_eq!(
        trace.lines().count(),
        expected.lines().count(),
        "{name} differs in length"
    );
}
