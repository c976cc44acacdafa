//! The lines of "From APScheduler 4". The numbers are those that APScheduler 4.0 (alpha 6) showed.

use std::{sync::mpsc, time::Duration};

use scheduler::{
    ErrorKind, EventFilter, EventKind, Job, JobOutcome, Misfire, Options, Overlap, Schedule,
    Scheduler, SchedulerExt, Shutdown, State, Task,
    chrono::{DateTime, TimeDelta, Utc},
    event::EventName,
    job::{JobPolicy, TaskLimit},
    registry::TaskRegistry,
    schedule::{Conflict, MisfirePolicy, ResumeFrom, Which},
    trigger::{AllOf, AnyOf, Cron, Once, Preset, Trigger},
};

use crate::{
    Line,
    late::{every, late_runs},
    world::{Calls, SECOND, World, kind},
};

pub(crate) const LINES: &[Line] = &[
    ("`async with AsyncScheduler() as s:`", scope),
    ("`start_in_background()`, `run_until_stopped()`", start),
    ("`stop()`", stop),
    ("`add_schedule(f, trigger, id=…)`", add),
    (
        "`conflict_policy=ConflictPolicy.do_nothing`, the default",
        conflict,
    ),
    ("`misfire_grace_time=30`", grace),
    (
        "`coalesce=CoalescePolicy.latest`, `earliest`, `all`",
        coalesce,
    ),
    ("`max_jitter`", jitter),
    (
        "`max_running_jobs=1`, which queues without a bound",
        max_running_jobs,
    ),
    ("`add_job(f)`", add_job),
    ("`await run_job(f)`", run_job),
    ("`get_job_result(id)`, `result_expiration_time=…`", result),
    ("`pause_schedule(id)`, `unpause_schedule(id)`", pause),
    ("`unpause_schedule(id, resume_from=\"now\")`", resume_from),
    ("`subscribe(f, {JobReleased})`", subscribe),
    ("`metadata={…}`", metadata),
    ("`current_job`, `current_async_scheduler`", context),
    ("`IntervalTrigger(hours=1)`, due at once", immediately),
    (
        "`IntervalTrigger(hours=1, start_time=yesterday)`, which catches up",
        start_in_the_past,
    ),
    ("`CronTrigger.from_crontab(\"0 9 * * 1-5\")`", crontab),
    ("`AndTrigger`, `OrTrigger`", combined),
    ("`@task`, `configure_task`", tasks),
    ("data stores, event brokers, roles", stores),
];

fn scope() {
    let world = World::new(Options::default());
    let scoped = world
        .scheduler
        .run_scoped(SECOND, async { world.scheduler.state() });
    let (state, _) = world.run(scoped).expect("it starts and ends");
    assert_eq!(
        (state, world.scheduler.state()),
        (State::Running, State::ShutDown)
    );
}

fn start() {
    let world = World::new(Options::default());
    world.run(async {
        world.scheduler.start().await.expect("it starts");
        let stopped = world.scheduler.stopped();
        world
            .scheduler
            .request_shutdown(Shutdown::graceful())
            .expect("it runs");
        stopped.await.expect("it ends");
    });
    assert_eq!(world.scheduler.state(), State::ShutDown);
}

fn stop() {
    let world = World::plain();
    let job = world.call(|it| it.spawn(std::future::pending::<()>()));
    world.call(|it| it.request_shutdown(Shutdown::immediate()));
    world.run(world.scheduler.stopped()).expect("it ends");
    assert!(matches!(job.outcome(), Some(JobOutcome::Cancelled(_))));
}

fn add() {
    let world = World::plain();
    let added = Schedule::new(every(60), Task::new(|_| async {})).id("tidy");
    assert_eq!(world.call(|it| it.add(added)).id().as_str(), "tidy");
}

fn conflict() {
    let world = World::plain();
    let tidy = || Schedule::new(every(60), Task::new(|_| async {})).id("tidy");
    world.call(|it| it.add(tidy().name("one")));
    world.call(|it| it.add(tidy().name("two").on_conflict(Conflict::Keep)));
    assert_eq!(world.scheduler.schedules()[0].name.as_deref(), Some("one"));
    let refused = world.run(async { world.scheduler.add(tidy()) });
    assert_eq!(kind(refused), Some(ErrorKind::DuplicateId));
}

fn grace() {
    let skip = Misfire::policy(MisfirePolicy::Skip).grace(30 * SECOND);
    assert_eq!(late_runs(3_600, 600, skip, Overlap::Skip).0, [0_i64; 0]);
    assert_eq!(late_runs(3_600, 30, skip, Overlap::Skip).0, [-30]);
}

fn coalesce() {
    let runs = |policy| {
        let misfire = Misfire::policy(policy).grace(Duration::ZERO);
        late_runs(60, 185, misfire, Overlap::BufferAll).0
    };
    assert_eq!(runs(MisfirePolicy::FireOnce(Which::Latest)), [-5]);
    assert_eq!(runs(MisfirePolicy::FireOnce(Which::Earliest)), [-185]);
    let all = MisfirePolicy::FireAll { max: 100 };
    assert_eq!(runs(all), [-185, -125, -65, -5]);
}

fn jitter() {
    let world = World::plain();
    let shaken = Schedule::new(every(60), Task::new(|_| async {})).jitter(5 * SECOND);
    let info = world.call(|it| it.add(shaken)?.info());
    assert_eq!((info.jitter(), info.next), (5 * SECOND, Some(world.at(60))));
}

fn max_running_jobs() {
    let world = World::plain();
    let calls = Calls::default();
    let tidy = calls
        .task(&world, 10 * SECOND)
        .task_limit(TaskLimit::new("tidy", 1));
    for _ in 0..2 {
        let schedule = Schedule::new(Once::after(SECOND), tidy.clone());
        world.call(|it| it.add(schedule));
    }
    for _ in 0..3 {
        world.call(|it| it.post(tidy.clone().into()));
    }
    world.time.advance(60 * SECOND);
    assert_eq!((calls.count(), calls.peak()), (5, 1));
}

fn add_job() {
    let world = World::plain();
    let spawned = world.call(|it| it.spawn(async {}));
    let submitted = world.call(|it| it.try_submit(Job::new(|_| async {})));
    world.run(world.scheduler.wait_idle()).expect("started");
    for job in [spawned, submitted] {
        assert!(job.outcome().is_some_and(|outcome| outcome.ok().is_some()));
    }
}

fn run_job() {
    let world = World::plain();
    let value = world.run(async { world.scheduler.spawn_value(async { 3 })?.await });
    assert_eq!(value.expect("a value"), 3);
    let failed = world.run(async {
        world
            .scheduler
            .spawn(async { Err::<(), _>("no disk") })?
            .await
    });
    assert_eq!(kind(failed), Some(ErrorKind::JobFailed));
}

fn result() {
    let world = World::plain();
    let job = world.call(|it| it.spawn_value(async { 3 }));
    world.time.advance(3_600 * SECOND);
    for _ in 0..2 {
        assert_eq!(world.run(job.wait()).expect("ended").ok(), Some(3));
    }
    let three = Task::valued(|_| async { Ok::<_, String>(3_u32) });
    let kept = Job::from(three.keep_result(60 * SECOND));
    let id = world.call(|it| it.post(kept));
    world.time.advance(59 * SECOND);
    let value = world.scheduler.result(id).and_then(|it| it.value::<u32>());
    assert_eq!(*value.expect("kept"), 3);
    world.time.advance(SECOND);
    let expired = world.scheduler.result(id).map_err(|error| error.kind());
    assert_eq!(expired.err(), Some(ErrorKind::NoLongerKept));
}

/// Returns the nominal times of the runs of a schedule that is due every 10 s, paused at 15 s, and
/// resumed at 45 s.
fn after_a_pause(from: ResumeFrom) -> Vec<i64> {
    let world = World::plain();
    let (calls, begin) = (Calls::default(), world.now());
    let task = calls.task(&world, SECOND);
    let tidy = world.call(|it| it.add(Schedule::new(every(10), task)));
    world.time.advance(15 * SECOND);
    world.call(|_| tidy.pause("no"));
    world.time.advance(30 * SECOND);
    world.call(|_| tidy.resume(from));
    world.time.advance(10 * SECOND);
    calls.seconds_from(begin)
}

fn pause() {
    assert_eq!(after_a_pause(ResumeFrom::WhereItStood), [10, 40, 50]);
}

fn resume_from() {
    assert_eq!(after_a_pause(ResumeFrom::Now), [10, 50]);
    let begin = World::plain().now();
    let at = begin + TimeDelta::seconds(40);
    assert_eq!(after_a_pause(ResumeFrom::At(at)), [10, 40, 50]);
}

fn subscribe() {
    let world = World::plain();
    let mut ends = world
        .scheduler
        .subscribe(EventFilter::only([EventName::JobFinished]));
    let job = world.call(|it| it.spawn(async {}));
    let event = world.run(ends.next()).expect("the scheduler exists");
    let ended = matches!(event.kind, EventKind::JobFinished { job: id, .. } if id == job.id());
    assert!(ended, "{event:?}");
}

fn metadata() {
    let (told, tells) = mpsc::channel();
    let world = World::plain();
    let policy = JobPolicy::default().metadata("owner", "ops");
    let task = Task::new(move |job| {
        let owner = job.metadata("owner").map(str::to_owned);
        let _ = told.send(owner);
        async {}
    });
    let schedule = Schedule::new(every(10), task.policy(policy)).metadata("room", "5");
    let info = world.call(|it| it.add(schedule)?.info());
    assert_eq!(&*info.metadata["room"], "5");
    world.time.advance(10 * SECOND);
    assert_eq!(tells.try_recv(), Ok(Some("ops".to_owned())));
}

fn context() {
    let (told, tells) = mpsc::channel();
    let world = World::plain();
    let job = world.call(|it| {
        it.try_submit(Job::new(move |job| {
            let found = job
                .scheduler()
                .is_some_and(|it| it.state() == State::Running);
            let _ = told.send((job.id(), found));
            async {}
        }))
    });
    world.run(job.wait()).expect("it ends");
    assert_eq!(tells.try_recv(), Ok((job.id(), true)));
}

fn immediately() {
    let world = World::plain();
    let (calls, begin) = (Calls::default(), world.now());
    let task = calls.task(&world, SECOND);
    world.call(|it| it.add(Schedule::new(every(3_600).immediately(), task)));
    world.time.advance(3_600 * SECOND);
    assert_eq!(calls.seconds_from(begin), [0, 3_600]);
}

fn start_in_the_past() {
    let world = World::plain();
    let (calls, begin) = (Calls::default(), world.now());
    let (task, yesterday) = (calls.task(&world, SECOND), world.at(-86_400));
    let hourly = Schedule::new(every(3_600).starting_at(yesterday), task);
    world.call(|it| it.add(hourly.live_since(yesterday)));
    world.time.advance(3_600 * SECOND);
    assert_eq!(calls.seconds_from(begin), [0, 3_600]);
}

fn crontab() {
    let rule = Cron::builder("0 9 * * 1-5")
        .preset(Preset::Apscheduler)
        .build();
    let rule = rule.expect("it parses");
    let mut at = "2024-01-12T10:00:00Z".parse().expect("a Friday");
    let mut days = Vec::new();
    for _ in 0..6 {
        at = rule.next_after(at).expect("it continues");
        days.push(at.format("%a").to_string());
    }
    assert_eq!(days, ["Mon", "Tue", "Wed", "Thu", "Fri", "Mon"]);
}

fn combined() {
    let from: DateTime<Utc> = "2024-01-01T00:00:00Z".parse().expect("a time");
    let all = |seconds| -> std::sync::Arc<dyn Trigger> {
        std::sync::Arc::new(every(seconds).starting_at(from))
    };
    let first = |rule: &dyn Trigger| {
        let mut at = from;
        std::iter::from_fn(|| {
            at = rule.next_after(at)?;
            Some((at - from).num_seconds())
        })
        .take(4)
        .collect::<Vec<_>>()
    };
    let exact = AllOf::new([all(4), all(6)])
        .expect("two")
        .threshold(Duration::ZERO);
    assert_eq!(first(&exact), [12, 24, 36, 48]);
    assert_eq!(
        first(&AnyOf::new([all(4), all(6)]).expect("two")),
        [4, 6, 8, 12]
    );
}

fn tasks() {
    let mut tasks = TaskRegistry::new();
    tasks
        .register("tidy", |_, (): ()| async {})
        .expect("a fresh name");
    let policy = JobPolicy::default().tag("night");
    tasks.policy("tidy", policy).expect("it is registered");
    let world = World::plain();
    world.run(world.scheduler.wait_idle()).expect("started");
    let tidy = tasks
        .schedule(Once::after(SECOND), "tidy", ())
        .expect("no arguments");
    let mut events = world
        .scheduler
        .subscribe(EventFilter::jobs().tagged("night"));
    world.call(|it| it.add(tidy));
    world.time.advance(SECOND);
    assert!(
        events.try_next().is_some(),
        "the job has the policy of its task"
    );
    let task = Task::new(|_| async {}).name("tidy");
    for _ in 0..2 {
        world.call(|it| it.add(Schedule::new(every(60), task.clone())));
    }
    let named = world
        .scheduler
        .schedules_where(|it| it.task.as_deref() == Some("tidy"));
    assert_eq!(named.len(), 2);
}

fn stores() {
    let (one, two) = (World::plain(), World::plain());
    let mut events = two.scheduler.subscribe(EventFilter::all());
    one.call(|it| it.add(Schedule::new(every(60), Task::new(|_| async {}))));
    assert!(
        two.scheduler.schedules().is_empty(),
        "schedules live in memory"
    );
    assert!(events.try_next().is_none(), "events stay in the process");
}
