//! The lines of "From APScheduler 3". The numbers of late runs are those that APScheduler 3.11 showed.

use std::sync::mpsc;

use scheduler::{
    Blocking, ErrorKind, EventFilter, EventKind, Misfire, Options, Schedule, ScheduleHandle,
    Scheduler, SchedulerExt, Shutdown, State, Task,
    event::{Event, EventName},
    failure::JobFailure,
    job::Job,
    registry::TaskRegistry,
    schedule::{Conflict, Explanation, MisfirePolicy, ResumeFrom, ScheduleChange, SkipReason},
    thread::{ThreadRuntime, ThreadScheduler},
    tokio::{TokioRuntime, TokioScheduler},
    trigger::{Once, Trigger},
};

use crate::{
    Line,
    late::{self, every},
    rules,
    world::{Calls, SECOND, World, kind},
};

pub(crate) const LINES: &[Line] = &[
    ("`AsyncIOScheduler()`, `BackgroundScheduler()`, …", kinds),
    ("`job_defaults={…}`", job_defaults),
    ("`add_job(f, \"interval\", minutes=5)`", interval),
    ("`add_job(f, \"cron\", hour=3, minute=30)`", rules::cron),
    (
        "`CronTrigger.from_crontab(\"0 9 * * 0-4\")`, 0 being Monday",
        rules::crontab,
    ),
    ("`add_job(f, \"date\", run_date=…)`", date),
    ("`timezone=\"Europe/Berlin\"`", rules::zone),
    ("`id=…, replace_existing=True`", replacing),
    ("`args=[…]`, `kwargs={…}`", arguments),
    ("`misfire_grace_time=30`", late::grace),
    (
        "`misfire_grace_time=30, coalesce=False`",
        late::grace_for_each,
    ),
    ("`misfire_grace_time=None`", late::no_grace),
    (
        "`misfire_grace_time=None, coalesce=False`",
        late::no_grace_for_each,
    ),
    ("`max_instances=2`", late::max_instances),
    ("`jitter=20`", late::jitter),
    ("`modify_job(id, …)`", modify),
    ("`reschedule_job(id, trigger=…)`", reschedule),
    ("`pause_job(id)`, `resume_job(id)`", pause_one),
    ("`modify_job(id, next_run_time=now)`", run_now),
    ("`modify_job(id, next_run_time=t)`", set_next),
    ("`remove_all_jobs()`, `print_jobs()`", all),
    ("`remove_job(id)`, `get_job(id)`, `get_jobs()`", lists),
    ("`job.next_run_time`", next_run_time),
    ("`add_listener(f, EVENT_JOB_ERROR)`", error_listener),
    ("`EVENT_JOB_MISSED`, `EVENT_JOB_MAX_INSTANCES`", missed),
    ("`pause()`, `resume()`, `start(paused=True)`", pause_all),
    ("`shutdown(wait=True)`", shutdown),
    ("`shutdown()` and `start()` again", restart),
    ("`export_jobs`, `import_jobs`", export),
    ("job stores", stores),
];

fn tidy() -> Task {
    Task::new(|_| async {})
}

fn added(world: &World) -> ScheduleHandle {
    world.call(|it| it.add(Schedule::new(every(60), tidy()).id("tidy")))
}

fn kinds() {
    let thread = Blocking::new(ThreadScheduler::new(ThreadRuntime::new()));
    thread.start().expect("it starts");
    let seven = thread.spawn_value(async { 7 }).expect("accepted");
    assert_eq!(seven.join_blocking().expect("a value"), 7);
    thread.shutdown(Shutdown::graceful()).expect("it ends");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(async {
        let scheduler = TokioScheduler::new(TokioRuntime::ambient());
        scheduler.start().await.expect("it starts");
        let seven = scheduler.spawn_value(async { 7 }).expect("accepted");
        assert_eq!(seven.await.expect("a value"), 7);
        scheduler
            .shutdown(Shutdown::graceful())
            .await
            .expect("it ends");
    });
}

fn job_defaults() {
    fn ours(trigger: impl Trigger, task: Task) -> Schedule {
        Schedule::new(trigger, task)
            .misfire(Misfire::policy(MisfirePolicy::Skip))
            .max_instances(3)
    }
    let world = World::plain();
    let info = world.call(|it| it.add(ours(every(60), tidy()))?.info());
    assert_eq!(
        (info.misfire().policy, info.max_instances()),
        (MisfirePolicy::Skip, 3)
    );
}

fn interval() {
    let world = World::plain();
    let (calls, begin) = (Calls::default(), world.now());
    let seen = calls.task(&world, SECOND);
    world.call(|it| it.add(Schedule::new(every(300), seen)));
    world.time.advance(900 * SECOND);
    assert_eq!(calls.seconds_from(begin), [300, 600, 900]);
}

fn date() {
    let world = World::plain();
    let (calls, begin) = (Calls::default(), world.now());
    let (one, two) = (calls.task(&world, SECOND), calls.task(&world, SECOND));
    world.call(|it| it.add(Schedule::new(Once::at(world.at(5)), one)));
    world.call(|it| it.post(Job::from(two).at(world.at(7))));
    world.time.advance(20 * SECOND);
    assert_eq!(calls.seconds_from(begin), [5, 7]);
}

fn replacing() {
    let world = World::plain();
    let first = || Schedule::new(every(60), tidy()).id("tidy");
    world.call(|it| it.add(first().name("one")));
    let refused = world.run(async { world.scheduler.add(first()) });
    assert_eq!(kind(refused), Some(ErrorKind::DuplicateId));
    world.call(|it| it.add(first().name("two").on_conflict(Conflict::Replace)));
    let names: Vec<_> = world
        .scheduler
        .schedules()
        .into_iter()
        .map(|it| it.name)
        .collect();
    assert_eq!(names, [Some("two".into())]);
}

fn arguments() {
    let (told, tells) = mpsc::channel();
    let mut tasks = TaskRegistry::new();
    let registered = tasks.register("mail", move |_, to: String| {
        let told = told.clone();
        async move {
            let _ = told.send(to);
        }
    });
    registered.expect("a fresh name");
    assert!(
        tasks.schedule(every(60), "mail", 5).is_err(),
        "checked at once"
    );
    let world = World::plain();
    let mail = tasks.schedule(every(60), "mail", "ops").expect("a text");
    world.call(|it| it.add(mail));
    world.time.advance(60 * SECOND);
    assert_eq!(tells.try_recv().as_deref(), Ok("ops"));
}

fn modify() {
    let world = World::plain();
    let tidy = added(&world);
    let change = ScheduleChange::new().name("every minute").max_instances(2);
    world.call(|it| it.schedule(&"tidy".into()).update(change));
    let info = tidy.info().expect("it exists");
    assert_eq!(
        (info.name.as_deref(), info.max_instances()),
        (Some("every minute"), 2)
    );
}

fn reschedule() {
    let world = World::plain();
    let tidy = added(&world);
    world.time.advance(30 * SECOND);
    world.call(|_| tidy.reschedule(every(5)));
    assert_eq!(tidy.info().expect("it exists").next, Some(world.at(5)));
}

fn pause_one() {
    let world = World::plain();
    let tidy = added(&world);
    world.call(|_| tidy.pause("the disk is full"));
    world.time.advance(150 * SECOND);
    assert_eq!(tidy.info().expect("it exists").started, 0);
    world.call(|_| tidy.resume(ResumeFrom::Now));
    world.time.advance(30 * SECOND);
    assert_eq!(tidy.info().expect("it exists").started, 1);
}

fn run_now() {
    let world = World::plain();
    let (tidy, next) = (added(&world), world.at(60));
    let job = world.call(|_| tidy.run_now());
    assert!(world.run(job.wait()).expect("it ends").ok().is_some());
    assert_eq!(
        tidy.info().expect("it exists").next,
        Some(next),
        "the next one stays"
    );
}

fn set_next() {
    let world = World::plain();
    let (calls, begin) = (Calls::default(), world.now());
    let task = calls.task(&world, SECOND);
    let tidy = world.call(|it| it.add(Schedule::new(every(60), task)));
    let change = ScheduleChange::new().waiting_for(world.at(17));
    world.call(|_| tidy.update(change));
    world.time.advance(60 * SECOND);
    assert_eq!(calls.seconds_from(begin), [17, 60]);
}

fn all() {
    let world = World::plain();
    added(&world);
    assert!(world.scheduler.overview().to_string().contains("tidy"));
    assert_eq!(world.call(|it| it.remove_all()), ["tidy".into()]);
    assert!(world.scheduler.schedules().is_empty());
}

fn lists() {
    let world = World::plain();
    let tidy = added(&world);
    assert_eq!(world.scheduler.schedules().len(), 1);
    assert_eq!(tidy.info().expect("it exists").id.as_str(), "tidy");
    world.call(|_| tidy.remove());
    assert!(world.scheduler.schedules().is_empty());
    assert_eq!(kind(tidy.info()), Some(ErrorKind::NotFound));
    assert_eq!(kind(tidy.remove()), Some(ErrorKind::NotFound));
}

fn next_run_time() {
    let world = World::plain();
    let tidy = added(&world);
    assert_eq!(tidy.info().expect("it exists").next, Some(world.at(60)));
    let next = world.call(|_| tidy.next_times(2));
    assert_eq!(next, [world.at(60), world.at(120)]);
}

fn error_listener() {
    let (told, tells) = mpsc::channel();
    let told = std::sync::Mutex::new(told);
    let world = World::started(Options::default().on_error(move |failure: &JobFailure| {
        let told = told.lock().expect("no panic");
        let _ = told.send(failure.error.to_string());
    }));
    let mut events = world.scheduler.subscribe(EventFilter::all());
    let (heard, hears) = mpsc::channel();
    let heard = std::sync::Mutex::new(heard);
    let listener = move |event: &Event| {
        let _ = heard.lock().expect("no panic").send(event.kind.name());
    };
    let only = EventFilter::only([EventName::JobFinished]);
    world
        .scheduler
        .add_listener(only, std::sync::Arc::new(listener));
    world.call(|it| it.post(Job::future(async { Err::<(), _>("no disk") })));
    world.run(world.scheduler.wait_idle()).expect("started");
    assert_eq!(tells.try_recv().as_deref(), Ok("no disk"));
    world.time.settle();
    assert_eq!(hears.try_recv(), Ok(EventName::JobFinished));
    assert!(events.try_next().is_some());
}

fn missed() {
    let world = World::plain();
    let mut events = world
        .scheduler
        .subscribe(EventFilter::only([EventName::OccurrencesSkipped]));
    let from = world.at(-600);
    let late = Schedule::new(every(3_600).starting_at(from), tidy()).waiting_for(from);
    let late = late
        .misfire(Misfire::policy(MisfirePolicy::Skip))
        .id("late");
    let late = world.call(|it| it.add(late));
    let slow = Calls::default().task(&world, 15 * SECOND);
    world.call(|it| it.add(Schedule::new(every(10), slow).id("slow")));
    world.time.advance(20 * SECOND);
    let reasons: Vec<_> = std::iter::from_fn(|| events.try_next())
        .filter_map(|event| match event.kind {
            EventKind::OccurrencesSkipped {
                schedule, reason, ..
            } => Some((schedule.as_str().to_owned(), reason)),
            _ => None,
        })
        .collect();
    let expected = [("late", SkipReason::Misfire), ("slow", SkipReason::Overlap)];
    assert_eq!(
        reasons,
        expected.map(|(id, reason)| (id.to_owned(), reason))
    );
    assert_eq!(world.call(|_| late.history()).len(), 1);
    let why = world.call(|_| late.explain(from));
    assert!(matches!(why, Explanation::Decided(_)), "{why}");
}

fn pause_all() {
    let world = World::new(Options::default());
    let calls = Calls::default();
    world
        .run(world.scheduler.start_paused())
        .expect("it starts");
    let counted = calls.task(&world, SECOND);
    world.call(|it| it.add(Schedule::new(every(10), counted)));
    world.time.advance(15 * SECOND);
    assert_eq!((calls.count(), world.scheduler.state()), (0, State::Paused));
    world.call(|it| it.resume());
    world.time.advance(SECOND);
    assert_eq!(calls.count(), 1);
    world.call(|it| it.pause());
    world.time.advance(30 * SECOND);
    assert_eq!(calls.count(), 1);
}

fn shutdown() {
    let world = World::plain();
    let calls = Calls::default();
    let slow = world.call(|it| it.try_submit(calls.task(&world, 30 * SECOND).into()));
    world.time.settle();
    world
        .run(world.scheduler.shutdown(Shutdown::graceful()))
        .expect("it ends");
    assert!(slow.outcome().is_some_and(|outcome| outcome.ok().is_some()));
    assert_eq!(world.time.elapsed(), 30 * SECOND);
}

fn restart() {
    let world = World::plain();
    world
        .run(world.scheduler.shutdown(Shutdown::graceful()))
        .expect("it ends");
    let again = world.run(world.scheduler.start());
    assert_eq!(kind(again), Some(ErrorKind::ShutDown));
}

fn registry() -> TaskRegistry {
    let mut tasks = TaskRegistry::new();
    tasks
        .register("mail", |_, _: String| async {})
        .expect("a fresh name");
    tasks
}

fn export() {
    let world = World::plain();
    let mail = registry()
        .schedule(every(60), "mail", "ops")
        .expect("a text");
    world.call(|it| it.add(mail.id("mail")));
    let document = world.call(|it| it.export_schedules());
    let other = World::plain();
    let imported = other.call(|it| it.import_schedules(&document, &registry(), Conflict::Refuse));
    assert_eq!(imported.added, ["mail".into()]);
    added(&world);
    let refused = world.run(async { world.scheduler.export_schedules() });
    assert_eq!(kind(refused), Some(ErrorKind::NotData));
}

fn stores() {
    let world = World::plain();
    added(&world);
    assert!(
        World::plain().scheduler.schedules().is_empty(),
        "nothing is kept"
    );
}
