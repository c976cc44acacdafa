//! Tests that exports and imports lose nothing, and that every problem is reported.

mod bounds;
mod hostile;
mod jumps;
mod options;
mod refused;
mod set_back;
mod shapes;
mod strategies;

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, NaiveTime, Utc};
use proptest::prelude::*;
use serde_json::{Value, json};

use self::strategies::{misfire, retry, seconds, trigger};
use super::{Exported, ImportError, NotData, ScheduleDocument, export};
use crate::{
    Conflict, Hours, JobContext, Misfire, MisfirePolicy, Options, Overlap, Schedule, ScheduleEnd,
    ScheduleInfo, Task, Trigger,
    base::unix_time::UnixTime,
    engine::rig::Rig,
    job::{JobPolicy, RateLimit, Retry, TaskLimit},
    registry::TaskRegistry,
    trigger::{Cron, Excluding, Exclusion, Interval, Limited, Zone},
};

fn registry() -> TaskRegistry {
    let mut registry = TaskRegistry::new();
    let add = |_: JobContext, _: (i64, String)| async {};
    registry.register("add", add).unwrap();
    registry
        .register("tick", |_: JobContext, (): ()| async {})
        .unwrap();
    registry
        .register_blocking("block", |_: JobContext, (): ()| ())
        .unwrap();
    registry
}

fn exported(rig: &Rig) -> Exported {
    export(&rig.engine.schedule_infos_at(&rig.now))
}

/// Writes a document as text, and reads it back.
fn reread(document: &ScheduleDocument) -> ScheduleDocument {
    let text = serde_json::to_string_pretty(document).unwrap();
    text.parse()
        .unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn build(document: &ScheduleDocument) -> Result<Vec<Schedule>, ImportError> {
    super::calls::build(document, &registry(), Conflict::Refuse, &Default::default())
}

/// Creates an engine with the schedules of a document, not started.
fn import(document: &ScheduleDocument) -> Rig {
    import_into(Rig::new(Options::default()), document)
}

fn import_into(mut rig: Rig, document: &ScheduleDocument) -> Rig {
    for schedule in build(document).unwrap() {
        rig.add(schedule).unwrap();
    }
    rig
}

/// Returns the metadata of schedules and of the jobs of their tasks.
fn labels(rig: &Rig) -> Vec<[String; 3]> {
    let infos = rig.engine.schedule_infos_at(&rig.now);
    let labels = infos.iter().map(|info| {
        let definition = info.definition.as_ref().expect("it is exposed");
        let policy = definition.task.policy.as_deref();
        let job = policy.map(|policy| (&policy.tags, &policy.metadata));
        let (tags, metadata) = (&info.tags, &info.metadata);
        [
            format!("{tags:?}"),
            format!("{metadata:?}"),
            format!("{job:?}"),
        ]
    });
    labels.collect()
}

fn next_times(rig: &Rig, id: &str) -> Vec<DateTime<Utc>> {
    let (question, armed) = rig.engine.preview(&id.into(), &rig.now).unwrap();
    let from = armed.or_else(|| crate::engine::plan(&question).next_nominal());
    let from = from.map(UnixTime::date);
    let step = |at: &DateTime<Utc>| question.trigger.next_after(*at);
    std::iter::successors(from, step).take(20).collect()
}

prop_compose! {
    fn policy()(
        retry in prop::option::of(retry()),
        priority in any::<i32>(),
        timeout in prop::option::of(seconds(1..1_000)),
        attempt in prop::option::of(seconds(1..1_000)),
        start in prop::option::of(seconds(0..1_000)),
        grace in seconds(0..20),
        rate in prop::option::of((1..9_u32, seconds(1..60), 1..5_u32)),
        besides in any::<bool>(),
        tag in "[a-z][a-z ü\"]{0,4}",
    ) -> JobPolicy {
        let mut policy = JobPolicy::default().tag(tag).metadata("key", "välue").priority(priority);
        policy.retry = retry;
        policy.timeout = timeout;
        policy.attempt_timeout = attempt;
        policy.start_within = start;
        policy.keep_result = start.map(|time| time + Duration::from_secs(1));
        policy.timeout_grace = grace;
        policy.rate_limit = rate.map(|(count, per, burst)| {
            RateLimit::new("api", count, per).burst(burst)
        });
        policy.task_limit = rate.map(|(_, _, jobs)| TaskLimit::new("tâsk", jobs as usize));
        policy.unlimited = besides;
        policy
    }
}

prop_compose! {
    fn schedule()(
        trigger in trigger(),
        policy in prop::option::of(policy()),
        misfire in misfire(),
        overlap in prop::sample::select(vec![
            Overlap::Skip, Overlap::BufferOne, Overlap::BufferAll,
            Overlap::CancelOther, Overlap::TerminateOther, Overlap::AllowAll,
        ]),
        limits in (1..5_usize, 1..2_000_usize, prop::option::of(1..9_usize), 0..9_usize),
        jitter in seconds(0..90),
        text in "[a-z][a-zA-Zäß .\"\\\\]{0,7}",
        group in prop::option::of("[a-z]{1,5}"),
        hours in prop::option::of((0..24_u32, 0..24_u32)),
        paused in prop::option::of("[a-z]{0,9}"),
        args in (any::<i64>(), "[a-z]{0,9}"),
    ) -> Schedule {
        let registry = registry();
        let mut task = registry.task("add", args).unwrap();
        if let Some(policy) = policy {
            task = task.policy(policy).name(&*text);
        }
        let mut schedule = Schedule::new(trigger, task)
            .id("s").name(&*text).tag(&*text).tag("b").metadata("key", &*text)
            .misfire(misfire).overlap(overlap).jitter(jitter)
            .max_instances(limits.0).buffer_limit(limits.1).history(limits.3);
        schedule.policies.failure_limit = limits.2;
        schedule.policies.group = group.as_deref().map(Arc::from);
        schedule.policies.hours = hours.map(|(from, until)| {
            let at = |hour| NaiveTime::from_hms_opt(hour, 30, 0).unwrap();
            Hours::new(at(from), at(until), "Europe/Berlin".parse().unwrap())
        });
        match paused {
            Some(reason) => schedule.paused(reason),
            None => schedule,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn what_goes_out_comes_in_again(schedule in schedule(), started in any::<bool>(), wait in 0..100_000_u64) {
        let mut rig = Rig::new(Options::default());
        rig.add(schedule).unwrap();
        if started {
            rig.start();
            rig.sleep_through(Duration::from_secs(wait));
        }
        let infos = rig.engine.schedule_infos_at(&rig.now);
        let out = export(&infos);
        prop_assert_eq!(&out.left_out, &[]);
        let read = reread(&out.document);
        prop_assert_eq!(&read, &out.document);
        let mut copy = import(&read);
        let again = exported(&copy);
        let mut wanted = out.document.clone();
        if !started && let (Some(old), Some(new)) = (wanted.schedules.first_mut(), again.document.schedules.first()) {
            // A pause of its own is kept with the instant it was made at.
            prop_assert_eq!(old.paused.is_some(), new.paused.is_some());
        }
        prop_assert_eq!(&again.document, &wanted);
        // One that has ended is listed for its last runs, and is not exported.
        let is_over = |info: &ScheduleInfo| matches!(info.ended, Some(ScheduleEnd::Exhausted | ScheduleEnd::Faulted));
        if !infos.iter().any(is_over) {
            prop_assert_eq!(labels(&copy), labels(&rig));
        }
        copy.now = rig.now;
        if let Some(info) = infos.first().filter(|info| info.next.is_some()) {
            prop_assert_eq!(next_times(&copy, "s"), next_times(&rig, "s"));
            copy.start();
            let found = copy.engine.schedule_info(&"s".into());
            let later = found.map(|found| found.next);
            prop_assert!(later.is_none_or(|next| next >= info.next), "it goes back");
        }
    }
}

fn minutely() -> Schedule {
    let every = Interval::every(Duration::from_secs(60)).unwrap();
    let task = registry().task("tick", ()).unwrap();
    Schedule::new(every, task).id("s")
}

#[test]
fn what_is_missed_between_the_two_goes_by_its_policy() {
    let mut rig = Rig::started(Options::default());
    let all = Misfire::policy(MisfirePolicy::FireAll { max: 100 });
    rig.add(minutely().misfire(all).overlap(Overlap::AllowAll))
        .unwrap();
    rig.advance(Duration::from_secs(90));
    let origin = rig.engine.schedule_info(&"s".into()).unwrap().next.unwrap();
    let document = exported(&rig).document;
    let mut successor = import(&reread(&document));
    successor.now = rig.now;
    successor.sleep_through(Duration::from_secs(600));
    successor.start();
    let runs: Vec<_> = successor.runs(origin).into_iter().take(3).collect();
    assert_eq!(runs, [0, 60, 120], "from where it stood");
}

#[test]
fn a_paused_one_stays_so_with_its_reason_and_since() {
    let mut rig = Rig::started(Options::default());
    rig.add(minutely().paused("broken")).unwrap();
    let before = rig.engine.schedule_info(&"s".into()).unwrap();
    let mut successor = import(&reread(&exported(&rig).document));
    successor.start();
    successor.advance(Duration::from_secs(600));
    let after = successor.engine.schedule_info(&"s".into()).unwrap();
    assert_eq!(after.paused, before.paused);
    assert_eq!((after.next, successor.claims.len()), (before.next, 0));
}

#[derive(Debug)]
struct Own;

impl Trigger for Own {
    fn next_after(&self, _: DateTime<Utc>) -> Option<DateTime<Utc>> {
        None
    }
}

#[test]
fn schedules_that_cannot_be_exported_are_named() {
    let mut rig = Rig::new(Options::default());
    let every = || Interval::every(Duration::from_secs(60)).unwrap();
    let tick = || registry().task("tick", ()).unwrap();
    let closure = Task::new(|_| async {}).name("mine");
    rig.add(Schedule::new(every(), closure).id("closure"))
        .unwrap();
    rig.add(Schedule::new(Own, tick()).id("own")).unwrap();
    let inside = Limited::new(Arc::new(Own), 3).unwrap();
    rig.add(Schedule::new(inside, tick()).id("inside")).unwrap();
    let own_retry = tick().retry(Retry::custom(|_, _| None));
    rig.add(Schedule::new(every(), own_retry).id("retry"))
        .unwrap();
    let picky = tick().retry(Retry::fixed(2, Duration::ZERO).only_if(|_| true));
    rig.add(Schedule::new(every(), picky).id("picky")).unwrap();
    rig.add(minutely().id("good")).unwrap();
    let exported = exported(&rig);
    assert_eq!(exported.document.schedules.len(), 1);
    let error = exported.complete().unwrap_err();
    let named: Vec<_> = error
        .left_out
        .iter()
        .map(|one| one.schedule.as_str())
        .collect();
    assert_eq!(named, ["closure", "inside", "own", "picky", "retry"]);
    assert_eq!(
        error.left_out[0].reason,
        NotData::Closure {
            task: Some("mine".into())
        }
    );
    let text = error.to_string();
    for part in [
        "\"closure\": the task \"mine\" is a closure",
        "\"own\": the trigger: Own",
    ] {
        assert!(text.contains(part), "{text}");
    }
}

/// Returns a document with one schedule, which is valid except for `change`.
fn changed(change: impl FnOnce(&mut Value)) -> Value {
    let mut document = json!({"version": 1, "schedules": [{
        "id": "s",
        "trigger": {"type": "interval", "every": "1m"},
        "task": {"name": "tick"},
    }]});
    change(&mut document);
    document
}

/// Returns the problems of a document, from reading it or from importing it.
fn problems(document: Value) -> Vec<String> {
    let read = ScheduleDocument::try_from(document);
    let error = read
        .and_then(|document| build(&document).map(drop))
        .unwrap_err();
    error.problems.iter().map(ToString::to_string).collect()
}

#[test]
fn what_is_left_out_is_as_by_default() {
    let document = ScheduleDocument::try_from(changed(|_| {})).unwrap();
    let rig = import(&document);
    let info = rig.engine.schedule_info(&"s".into()).unwrap();
    assert_eq!(
        (info.misfire(), info.overlap()),
        (Misfire::default(), Overlap::Skip)
    );
    assert_eq!((info.buffer_limit(), info.paused), (1_000, None));
}

#[test]
fn what_is_as_by_default_is_not_written() {
    let mut rig = Rig::new(Options::default());
    rig.add(minutely()).unwrap();
    let written = |rig: &Rig| serde_json::to_value(&exported(rig).document.schedules[0]).unwrap();
    assert_eq!(written(&rig).get("misfire"), None);
    let task = registry().task("block", ()).unwrap();
    let late = Misfire::policy(MisfirePolicy::Skip).grace(Duration::from_secs(7));
    let daily = Schedule::new(Cron::parse("@daily").unwrap(), task);
    rig.add(daily.id("a").misfire(late)).unwrap();
    let shown = json!({"grace": "7s", "policy": "skip"});
    assert_eq!(written(&rig).get("misfire"), Some(&shown));
}

#[test]
fn zones_and_exclusions_survive() {
    let zone: Zone = "Europe/Berlin".parse().unwrap();
    let cron = Cron::parse("0 9 * * *").unwrap().in_zone(zone.clone());
    let holiday = Exclusion::dates(["2026-12-25".parse().unwrap()], zone);
    let trigger = Excluding::new(Arc::new(cron)).except(holiday);
    let mut rig = Rig::new(Options::default());
    let task = registry().task("tick", ()).unwrap();
    rig.add(Schedule::new(trigger, task).id("s")).unwrap();
    let copy = import(&reread(&exported(&rig).document));
    assert_eq!(next_times(&copy, "s"), next_times(&rig, "s"));
}
