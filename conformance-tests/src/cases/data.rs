//! Cases of DT: registered tasks, and schedules that are exported and imported as data.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, TimeDelta};
use scheduler_core::{
    Error, ErrorKind, JobContext, Misfire, Overlap, Schedule, Scheduler, SchedulerExt, Task,
    Trigger,
    export::ScheduleDocument,
    registry::{TaskError, TaskRegistry},
    schedule::{Conflict, MisfirePolicy, RunCause},
    trigger::{AnyOf, Cron},
};
use serde_json::json;

use super::stage::{SECOND, Stage, every, it_id};
use crate::{Backend, World, world::kind};

/// The arguments of each call of the registered tasks, in order.
type Seen = Arc<Mutex<Vec<(String, i64)>>>;

fn seen(seen: &Seen) -> Vec<(String, i64)> {
    std::mem::take(&mut seen.lock().expect("not poisoned"))
}

/// Returns a registry with `note` and `note-blocking`, which store their arguments, and `run`,
/// which the stage records.
fn registry(stage: &Stage, notes: &Seen) -> TaskRegistry {
    let mut registry = TaskRegistry::new();
    let note = |notes: &Seen| {
        let notes = notes.clone();
        move |text: String, number: i64| notes.lock().expect("not poisoned").push((text, number))
    };
    let (first, second, record) = (note(notes), note(notes), stage.record.clone());
    let named = move |_: JobContext, (text, number): (String, i64)| {
        first(text, number);
        async {}
    };
    registry.register("note", named).expect("registered");
    let named = move |_: JobContext, (text, number): (String, i64)| second(text, number);
    registry
        .register_blocking("note-blocking", named)
        .expect("registered");
    let named = move |job: JobContext, (): ()| {
        record.note(&job);
        async {}
    };
    registry.register("run", named).expect("registered");
    registry
}

fn task(stage: &Stage, name: &str, args: impl serde::Serialize) -> Task {
    let registry = registry(stage, &Seen::default());
    registry.task(name, args).expect("valid")
}

/// Two stages whose clocks begin at the same instant.
fn stages(backend: &dyn Backend) -> (Stage, Stage) {
    let begin = DateTime::from_timestamp(1_800_000_000, 0).expect("a date");
    let stage = || Stage::on(World::beginning(backend, begin));
    (stage(), stage())
}

/// Exports the schedules of a scheduler as JSON.
fn written(it: &dyn Scheduler) -> String {
    let document = it.export_schedules().expect("every schedule is data");
    serde_json::to_string(&document).expect("the document is JSON")
}

/// Imports an exported document into the scheduler of `stage`.
fn read(stage: &Stage, json: &str, conflict: Conflict) -> scheduler_core::Result<usize> {
    let registry = registry(stage, &Seen::default());
    let document: ScheduleDocument = json.parse()?;
    let import = |it: &dyn Scheduler| it.import_schedules(&document, &registry, conflict);
    let imported = stage.world.call(import)?;
    Ok(imported.added.len() + imported.replaced.len())
}

pub(super) fn a_named_task_runs_with_its_arguments(backend: &dyn Backend) {
    let (stage, notes) = (Stage::new(backend), Seen::default());
    let registry = registry(&stage, &notes);
    let schedule = registry.schedule(every(SECOND), "note", json!(["tick", 1]));
    stage.add(schedule.expect("the arguments match the task").id("it"));
    stage.world.advance(2 * SECOND);
    assert_eq!(
        seen(&notes),
        [("tick".to_owned(), 1), ("tick".to_owned(), 1)]
    );
    let removed = stage.world.call(|it| it.schedule(&it_id()).remove());
    removed.expect("removed");
    for name in ["note", "note-blocking"] {
        let job = registry
            .job(name, (name, 2))
            .expect("the arguments match the task");
        let job = stage.world.call(|it| it.try_submit(job)).expect("accepted");
        assert_eq!(job.name().as_deref(), Some(name));
        super::bodies::assert_succeeds(&stage.world, &job);
        assert_eq!(seen(&notes), [(name.to_owned(), 2)]);
    }
}

pub(super) fn invalid_arguments_are_refused_with_their_path(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    let registry = registry(&stage, &Seen::default());
    for (args, place) in [
        (json!(["a", "b"]), "[1]"),
        (json!([1, 2]), "[0]"),
        (json!(["a"]), ""),
        (json!({"text": "a"}), ""),
    ] {
        let refused = registry
            .task("note", &args)
            .expect_err("the arguments do not match the task");
        assert_eq!(refused.kind(), ErrorKind::InvalidArguments);
        match refused {
            Error::Task(TaskError::Arguments { task, path, .. }) => {
                assert_eq!((&*task, &*path), ("note", place), "{args}");
            }
            other => panic!("{other:?}"),
        }
    }
    let unknown = registry.task("noted", ()).expect_err("the task is unknown");
    assert_eq!(unknown.kind(), ErrorKind::NotFound);
    assert!(
        unknown.to_string().contains("did you mean note?"),
        "{unknown}"
    );
}

fn everything(stage: &Stage) -> Schedule {
    let daily = Cron::parse("30 2 * * *").expect("valid");
    let zone = "America/New_York".parse().expect("valid");
    Schedule::new(daily.in_zone(zone), task(stage, "note", ("a", 7)))
        .id("daily")
        .name("the daily note")
        .tag("night")
        .metadata("owner", "ops")
        .overlap(Overlap::BufferAll)
        .misfire(Misfire::policy(MisfirePolicy::FireAll { max: 3 }).pace(SECOND))
        .jitter(10 * SECOND)
        .max_instances(2)
        .group("notes")
}

pub(super) fn an_export_and_import_change_nothing(backend: &dyn Backend) {
    let (first, second) = stages(backend);
    first.add(everything(&first));
    first.add(Schedule::new(every(7 * SECOND), task(&first, "run", ())).id("it"));
    first.world.advance(10 * SECOND);
    let json = first.world.call(written);
    assert_eq!(read(&second, &json, Conflict::Refuse).expect("imported"), 2);
    second.world.settle();
    assert_eq!(second.world.call(written), json);
    for id in ["daily", "it"] {
        let times = |stage: &Stage| {
            stage
                .world
                .call(|it| it.schedule(&id.into()).next_times(10))
        };
        let (old, new) = (times(&first), times(&second));
        assert_eq!(new.expect("exists"), old.expect("exists"));
    }
}

pub(super) fn an_imported_schedule_continues_at_its_cursor(backend: &dyn Backend) {
    let (first, second) = stages(backend);
    let all = Misfire::policy(MisfirePolicy::FireAll { max: 100 });
    let schedule = Schedule::new(every(10 * SECOND), task(&first, "run", ()));
    first.add(schedule.id("it").misfire(all).overlap(Overlap::AllowAll));
    first.world.advance(15 * SECOND);
    let json = first.world.call(written);
    // The second scheduler imports the document 45 s later.
    second.world.advance(45 * SECOND);
    read(&second, &json, Conflict::Refuse).expect("imported");
    second.world.settle();
    assert!(
        second.ran().starts_with(&[20, 30, 40]),
        "{:?}",
        second.ran()
    );
}

/// The clock is set, and a second scheduler takes over at that instant. Neither changes which
/// instants run.
pub(super) fn a_handover_after_a_clock_jump_changes_nothing(backend: &dyn Backend) {
    for by in [5 * 3_600, 65, -65, -5 * 3_600] {
        let (first, second) = stages(backend);
        let all = Misfire::policy(MisfirePolicy::FireAll { max: 9 }).grace(SECOND);
        let schedule = Schedule::new(every(10 * SECOND), task(&first, "run", ())).id("it");
        first.add(schedule.misfire(all).overlap(Overlap::AllowAll));
        first.world.advance(35 * SECOND);
        second.world.advance(35 * SECOND);
        first.world.time.jump_wall(TimeDelta::seconds(by));
        second.world.time.jump_wall(TimeDelta::seconds(by));
        let json = first.world.call(written);
        read(&second, &json, Conflict::Refuse).expect("imported");
        assert_eq!(second.world.call(written), json, "set by {by} s");
        first.world.advance(60 * SECOND);
        second.world.advance(60 * SECOND);
        let wanted = [40, 50, 60, 70, 80, 90];
        assert_eq!(first.ran()[3..], wanted, "set by {by} s");
        assert_eq!(second.ran(), wanted, "set by {by} s");
    }
}

/// A pattern and a fixed time. The clock is set back, and another scheduler continues: at once, before the
/// driver has compared the clocks, or later.
pub(super) fn repeated_instants_are_known_after_a_handover(backend: &dyn Backend) {
    for later in [0, 7] {
        let (first, second) = stages(backend);
        let pattern = Arc::new(Cron::parse("*/10 * * * * *").expect("it is one"));
        let fixed = Arc::new(Cron::parse("25 0 8 * * *").expect("it is one"));
        let rule = AnyOf::new([pattern as Arc<dyn Trigger>, fixed]).expect("it is one");
        let schedule = Schedule::new(rule, task(&first, "run", ())).id("it");
        first.add(schedule.overlap(Overlap::AllowAll));
        for stage in [&first, &second] {
            stage.world.advance(45 * SECOND);
            stage.world.time.jump_wall(TimeDelta::seconds(-40));
            stage.world.advance(later * SECOND);
        }
        let before = first.ran().len();
        assert_eq!(first.ran()[..5], [0, 10, 20, 25, 30]);
        let json = first.world.call(written);
        read(&second, &json, Conflict::Refuse).expect("it is read");
        first.world.advance((50 - later) * SECOND);
        second.world.advance((50 - later) * SECOND);
        let again = |at| (at, RunCause::ClockRepeat(1));
        let mut wanted: Vec<_> = [10, 20, 30, 40].map(again).into();
        wanted.push((50, RunCause::Due));
        wanted.drain(..before - 6);
        for (stage, before) in [(&first, before), (&second, 0)] {
            let runs = stage.ran().into_iter().zip(stage.causes());
            let runs: Vec<_> = runs.skip(before).collect();
            assert_eq!(runs, wanted, "{later} s later");
        }
    }
}

pub(super) fn a_pause_survives_export_and_import(backend: &dyn Backend) {
    let (first, second) = stages(backend);
    first.add(Schedule::new(every(SECOND), task(&first, "run", ())).id("it"));
    first.pause("broken");
    let json = first.world.call(written);
    read(&second, &json, Conflict::Refuse).expect("imported");
    second.world.advance(10 * SECOND);
    assert_eq!(
        (second.ran(), second.info().paused),
        (vec![], first.info().paused)
    );
    assert_eq!(second.info().next, first.info().next);
    // The same for an import that replaces a schedule under the same id.
    second.resume(scheduler_core::schedule::ResumeFrom::Now);
    second.world.advance(SECOND);
    read(&second, &json, Conflict::Replace).expect("imported");
    second.world.settle();
    assert_eq!(second.info().paused, first.info().paused);
    assert_eq!(second.world.call(written), json);
}

pub(super) fn schedules_that_cannot_be_exported_are_named(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    stage.add(Schedule::new(every(SECOND), stage.record.task()).id("closure"));
    stage.add(Schedule::new(every(SECOND), task(&stage, "run", ())).id("it"));
    let refused = stage.world.call(|it| it.export_schedules());
    match refused.expect_err("one trigger is not data") {
        Error::Export(error) => {
            let named = error.left_out.iter().map(|one| one.schedule.as_str());
            assert_eq!(named.collect::<Vec<_>>(), ["closure"]);
        }
        other => panic!("{other:?}"),
    }
    let partly = stage.world.call(|it| it.export_what_can_be());
    let written = partly.document.schedules.iter().map(|one| &*one.id);
    assert_eq!(written.collect::<Vec<_>>(), ["it"]);
    assert_eq!(partly.left_out.len(), 1);
}

pub(super) fn an_import_adds_all_or_nothing(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    stage.add(Schedule::new(every(SECOND), task(&stage, "run", ())).id("it"));
    let one = |id: &str, name: &str| {
        let trigger = json!({"type": "interval", "every": "1h"});
        json!({"id": id, "trigger": trigger, "task": {"name": name}})
    };
    let schedules = [one("new", "run"), one("it", "run"), one("other", "rnu")];
    let json = json!({"version": 1, "schedules": schedules}).to_string();
    match read(&stage, &json, Conflict::Refuse).expect_err("the document is invalid") {
        Error::Import(error) => {
            let places = error.problems.iter().map(|problem| &*problem.path);
            let wanted = ["schedules[1].id", "schedules[2].task.name"];
            assert_eq!(places.collect::<Vec<_>>(), wanted, "{error}");
        }
        other => panic!("{other:?}"),
    }
    let ids = |it: &dyn Scheduler| it.schedules().len();
    assert_eq!(stage.world.call(ids), 1);
    let json = json!({"version": 1, "schedules": schedules[..2]}).to_string();
    assert_eq!(read(&stage, &json, Conflict::Keep).expect("imported"), 1);
    stage.world.advance(SECOND);
    assert_eq!(
        stage.ran(),
        [1],
        "`Conflict::Keep` keeps the old definition"
    );
    assert_eq!(read(&stage, &json, Conflict::Replace).expect("imported"), 2);
    stage.world.advance(2 * SECOND);
    assert_eq!(stage.ran(), [1], "the imported definition is hourly");
}

pub(super) fn add_all_adds_all_or_none(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    stage.add(stage.secondly());
    let hourly = |id: &str| {
        let every = every(Duration::from_secs(3_600));
        Schedule::new(every, stage.record.task()).id(id)
    };
    let all = ["a", "it", "b"].map(hourly).into();
    let refused = stage.world.call(|it| it.add_all(all));
    assert_eq!(kind(refused), Some(ErrorKind::DuplicateId));
    assert_eq!(stage.world.call(|it| it.schedules().len()), 1);
    let all = ["b", "a"].map(hourly).into();
    let added = stage.world.call(|it| it.add_all(all)).expect("registered");
    let ids: Vec<_> = added.iter().map(|one| one.id().as_str()).collect();
    assert_eq!(ids, ["b", "a"]);
    assert!(stage.world.call(|it| it.schedule(&it_id()).info()).is_ok());
}
