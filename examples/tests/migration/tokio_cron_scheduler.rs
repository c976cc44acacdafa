//! The lines of "From tokio-cron-scheduler".

use scheduler::{
    ErrorKind, EventFilter, Job, JobOutcome, Options, Overlap, Schedule, Scheduler, SchedulerExt,
    Shutdown, Task,
    chrono::{DateTime, Utc},
    failure::JobFailure,
    job::Retry,
    tokio::{TokioRuntime, TokioScheduler},
    trigger::{Cron, DayRule, Interval, Trigger, Zone},
};

use crate::{
    Line,
    world::{Calls, SECOND, World, kind},
};

pub(crate) const LINES: &[Line] = &[
    ("`JobScheduler::new().await?`", new),
    ("`sched.add(job).await?`", add),
    (
        "`Job::new_async(\"0 */5 * * * *\", |id, s| Box::pin(async …))`",
        asynchronous,
    ),
    ("`Job::new(…)`, whose function must not block", blocking),
    ("`Job::new_async_tz(expression, zone, …)`", zone),
    ("both day fields restricted: both must match", days),
    ("an expression in English", described),
    ("`Job::new_one_shot(duration, …)`", one_shot),
    ("`Job::new_repeated(duration, …)`", repeated),
    ("the `Uuid` of a job", ids),
    ("`remove(&id).await?`", remove),
    ("`next_tick_for_job(id).await?`", next_tick),
    ("`on_start_notification_add`, `on_done_…`", notifications),
    (
        "a job that still runs when it is due again runs twice",
        overlaps,
    ),
    ("the job logs its own errors", errors),
    ("`shutdown().await?`", shutdown),
    ("`shutdown_on_ctrl_c()`", on_signal),
    ("stores for PostgreSQL and Nats", stores),
];

fn minutely() -> Interval {
    Interval::every(60 * SECOND).expect("not zero")
}

fn tidy() -> Schedule {
    Schedule::new(minutely(), Task::new(|_| async {})).id("tidy")
}

fn next(rule: &impl Trigger, from: &str) -> String {
    let from: DateTime<Utc> = from.parse().expect("a time");
    rule.next_after(from).expect("it continues").to_string()
}

fn new() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(async {
        let options = Options::default();
        let scheduler = TokioScheduler::with_options(TokioRuntime::ambient(), options);
        let scheduler = scheduler.expect("the options are valid");
        scheduler.start().await.expect("it starts");
        scheduler
            .shutdown(Shutdown::graceful())
            .await
            .expect("it ends");
    });
}

fn add() {
    let world = World::new(Options::default());
    let it = world.scheduler.clone();
    let added = std::thread::spawn(move || it.add(tidy()).map(drop));
    added.join().expect("no panic").expect("a fresh id");
    assert_eq!(world.scheduler.schedules().len(), 1);
}

fn asynchronous() {
    let from = "2024-01-01T00:01:00Z";
    for expression in ["0 */5 * * * *", "*/5 * * * *"] {
        let rule = Cron::parse(expression).expect("it parses");
        assert_eq!(next(&rule, from), "2024-01-01 00:05:00 UTC");
    }
}

fn blocking() {
    let world = World::plain();
    let task = Task::blocking(|job| assert!(job.schedule().is_some()));
    let blocking = world.call(|it| it.add(Schedule::new(minutely(), task)));
    world.time.advance(60 * SECOND);
    world.run(world.scheduler.wait_idle()).expect("started");
    assert_eq!(
        (
            world.scheduler.metrics().succeeded,
            blocking.info().expect("it exists").started
        ),
        (1, 1)
    );
}

fn zone() {
    let rule = Cron::parse("0 9 * * *").expect("it parses");
    let rule = rule.in_zone(Zone::named("Asia/Tokyo").expect("it exists"));
    assert_eq!(
        next(&rule, "2024-01-01T00:01:00Z"),
        "2024-01-02 00:00:00 UTC"
    );
}

fn days() {
    let from = "2024-01-10T00:00:00Z";
    let both = Cron::builder("0 0 13 * FRI").day_rule(DayRule::And).build();
    assert_eq!(
        next(&both.expect("it parses"), from),
        "2024-09-13 00:00:00 UTC"
    );
    let either = Cron::parse("0 0 13 * FRI").expect("it parses");
    assert_eq!(next(&either, from), "2024-01-12 00:00:00 UTC");
}

fn described() {
    let text = Cron::parse("30 9 * * *").expect("it parses").describe();
    assert!(
        text.to_string().contains("9:30") || text.to_string().contains("09:30"),
        "{text}"
    );
}

fn one_shot() {
    let world = World::plain();
    let (calls, begin) = (Calls::default(), world.now());
    let job = Job::from(calls.task(&world, SECOND)).after(5 * SECOND);
    let job = world.call(|it| it.try_submit(job));
    world.run(job.wait()).expect("it ends");
    assert_eq!(calls.seconds_from(begin), [5]);
}

fn repeated() {
    let world = World::plain();
    let (calls, begin) = (Calls::default(), world.now());
    let task = calls.task(&world, SECOND);
    world.call(|it| it.add(Schedule::new(minutely(), task)));
    world.time.advance(120 * SECOND);
    assert_eq!(calls.seconds_from(begin), [60, 120]);
}

fn ids() {
    let world = World::plain();
    assert_eq!(world.call(|it| it.add(tidy())).id().as_str(), "tidy");
}

fn remove() {
    let world = World::plain();
    let tidy = world.call(|it| it.add(tidy()));
    world.call(|it| it.schedule(tidy.id()).remove());
    assert!(world.scheduler.schedules().is_empty());
}

fn next_tick() {
    let world = World::plain();
    let tidy = world.call(|it| it.add(tidy()));
    assert_eq!(world.call(|_| tidy.next_times(1)), [world.at(60)]);
}

fn notifications() {
    let world = World::plain();
    let mut events = world
        .scheduler
        .subscribe(EventFilter::all().of_schedule("tidy"));
    world.call(|it| it.add(tidy()));
    world.time.advance(60 * SECOND);
    let names: Vec<_> = std::iter::from_fn(|| events.try_next())
        .map(|event| format!("{:?}", event.kind.name()))
        .collect();
    let has = |name: &str| names.iter().any(|known| known == name);
    assert!(has("JobStarted") && has("JobFinished"), "{names:?}");
}

fn overlaps() {
    let runs = |overlap| {
        let world = World::plain();
        let calls = Calls::default();
        let slow = calls.task(&world, 90 * SECOND);
        world.call(|it| it.add(Schedule::new(minutely(), slow).overlap(overlap)));
        world.time.advance(120 * SECOND);
        (calls.count(), calls.peak())
    };
    assert_eq!(runs(Overlap::AllowAll), (2, 2));
    assert_eq!(runs(Overlap::default()), (1, 1));
    assert_eq!(runs(Overlap::Skip), (1, 1));
}

fn errors() {
    let calls = Calls::default();
    let (told, tells) = std::sync::mpsc::channel();
    let told = std::sync::Mutex::new(told);
    let world = World::started(Options::default().on_error(move |failure: &JobFailure| {
        let _ = told.lock().expect("no panic").send(failure.attempt);
    }));
    let failing = Task::new(|_| async { Err::<(), _>("no disk") });
    let failing = failing.retry(Retry::fixed(2, SECOND));
    let schedule = Schedule::new(minutely(), failing).pause_after_failures(2);
    let failing = world.call(|it| it.add(schedule));
    world.time.advance(300 * SECOND);
    assert_eq!(tells.try_iter().collect::<Vec<_>>(), [2, 2], "once a run");
    assert!(failing.info().expect("it exists").is_paused());
    assert_eq!(calls.count(), 0);
}

fn shutdown() {
    let end = |limit| {
        let world = World::plain();
        let calls = Calls::default();
        let slow = calls.task(&world, 30 * SECOND);
        let job = world.call(|it| it.try_submit(slow.into()));
        world.time.settle();
        world
            .run(world.scheduler.shutdown(Shutdown::drain_within(limit)))
            .expect("it ends");
        job.outcome().expect("it has ended")
    };
    assert!(matches!(end(60 * SECOND), JobOutcome::Succeeded(())));
    assert!(matches!(end(10 * SECOND), JobOutcome::Cancelled(_)));
}

fn on_signal() {
    let world = World::plain();
    let it = world.scheduler.clone();
    let handler = std::thread::spawn(move || it.request_shutdown(Shutdown::graceful()));
    handler.join().expect("no panic").expect("it runs");
    world.run(world.scheduler.stopped()).expect("it ends");
    let late = world.run(async { world.scheduler.post(Job::future(async {})) });
    assert_eq!(kind(late), Some(ErrorKind::ShutDown));
}

fn stores() {
    let world = World::plain();
    world.call(|it| it.add(tidy()));
    assert!(
        World::plain().scheduler.schedules().is_empty(),
        "nothing is kept"
    );
}
