//! Schedules that are added, replaced, changed, paused, resumed and removed.

use std::time::Duration;

use crate::{
    Conflict, ErrorKind, EventKind, EventName, Misfire, MisfirePolicy, Options, Overlap,
    ResumeFrom, RunCause, Schedule, ScheduleChange, SkipReason, Task,
    engine::rig::Rig,
    trigger::{Interval, Once},
};

const TEN: Duration = Duration::from_secs(10);

fn every(period: Duration) -> Schedule {
    let every = Interval::every(period).unwrap();
    let schedule = Schedule::new(every, Task::new(|_| async {}).name("old"));
    schedule.id("s").overlap(Overlap::AllowAll)
}

fn all() -> Misfire {
    Misfire::policy(MisfirePolicy::FireAll { max: 100 })
}

fn names(rig: &mut Rig) -> Vec<EventName> {
    rig.events().iter().map(EventKind::name).collect()
}

#[test]
fn a_conflict_is_refused_kept_or_replaced() {
    let mut rig = Rig::started(Options::default());
    rig.add(every(TEN).tag("first")).unwrap();
    let error = rig.add(every(TEN)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DuplicateId);
    let kept = rig
        .add(every(TEN).tag("second").on_conflict(Conflict::Keep))
        .unwrap();
    assert!(rig.engine.schedule_info(&kept).unwrap().has_tag("first"));
    rig.add(every(2 * TEN).tag("third").on_conflict(Conflict::Replace))
        .unwrap();
    let info = rig.engine.schedule_info(&kept).unwrap();
    assert!(info.has_tag("third") && !info.has_tag("first"));
    assert_eq!(rig.engine.schedule_infos_at(&rig.now).len(), 1);
    let start = rig.now.wall();
    rig.advance(2 * TEN);
    assert_eq!(rig.runs(start), [20]);
}

#[test]
fn replacing_keeps_the_pause_and_the_history() {
    let mut rig = Rig::started(Options::default());
    let id = rig.add(every(TEN)).unwrap();
    rig.advance(TEN);
    rig.engine
        .pause_schedule(&id, "maintenance", &rig.now)
        .unwrap();
    rig.add(every(TEN).on_conflict(Conflict::Replace)).unwrap();
    rig.advance(5 * TEN);
    assert_eq!(rig.claims.len(), 1);
    let info = rig.engine.schedule_info(&id).unwrap();
    assert_eq!(&*info.paused.unwrap().reason, "maintenance");
    assert_eq!(rig.engine.history(&id).unwrap().len(), 1);
}

#[test]
fn settings_that_make_no_sense_are_refused_and_change_nothing() {
    let mut rig = Rig::started(Options::default());
    let refused = rig.add(every(TEN).max_instances(0)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidConfig);
    let id = rig.add(every(TEN)).unwrap();
    let change = ScheduleChange::new().name("new").buffer_limit(0);
    let refused = rig.engine.update(&id, change, &rig.now).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidConfig);
    let info = rig.engine.schedule_info(&id).unwrap();
    assert_eq!((info.max_instances(), info.name), (1, None));
    let none = MisfirePolicy::FireAll { max: 0 };
    let refused = rig
        .add(every(TEN).id("t").misfire(Misfire::policy(none)))
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidConfig);
}

#[test]
fn an_update_changes_what_it_names_and_leaves_the_next_instant() {
    let mut rig = Rig::started(Options::default());
    let start = rig.now.wall();
    let id = rig
        .add(every(TEN).tag("a").metadata("owner", "ops"))
        .unwrap();
    rig.advance(TEN / 2);
    let change = ScheduleChange::new()
        .name("renamed")
        .tags(["b", "b"])
        .metadata("ticket", "42")
        .metadata::<&str>("owner", None)
        .task(Task::new(|_| async {}).name("new"));
    rig.engine.update(&id, change, &rig.now).unwrap();
    rig.settle();
    let info = rig.engine.schedule_info(&id).unwrap();
    assert_eq!(info.name.as_deref(), Some("renamed"));
    assert_eq!(info.task.as_deref(), Some("new"));
    assert_eq!(info.tags.len(), 1);
    assert_eq!(
        info.metadata.get("ticket").map(|value| &**value),
        Some("42")
    );
    assert!(!info.metadata.contains_key("owner"));
    rig.advance(TEN / 2);
    assert_eq!(rig.runs(start), [10]);
    assert!(names(&mut rig).contains(&EventName::ScheduleUpdated));
}

#[test]
fn a_new_trigger_counts_from_now() {
    let mut rig = Rig::started(Options::default());
    let start = rig.now.wall();
    let id = rig.add(every(TEN).misfire(all())).unwrap();
    rig.advance(TEN / 2);
    let change = ScheduleChange::new().trigger(Interval::every(3 * TEN).unwrap());
    rig.engine.update(&id, change, &rig.now).unwrap();
    rig.settle();
    rig.advance(4 * TEN);
    assert_eq!(rig.runs(start), [35]);
}

#[test]
fn time_in_a_pause_is_not_missed() {
    let mut rig = Rig::started(Options::default());
    let start = rig.now.wall();
    let id = rig.add(every(TEN).misfire(all())).unwrap();
    rig.engine.pause_schedule(&id, "deploy", &rig.now).unwrap();
    rig.advance(3 * TEN + TEN / 2);
    assert!(rig.claims.is_empty());
    let paused = rig.engine.schedule_info(&id).unwrap().paused.unwrap();
    assert_eq!((&*paused.reason, paused.since), ("deploy", start));
    rig.engine
        .resume_schedule(&id, ResumeFrom::Now, &rig.now)
        .unwrap();
    rig.settle();
    rig.advance(TEN);
    assert_eq!(rig.runs(start), [40]);
    let passed = |kind: &EventKind| match kind {
        EventKind::OccurrencesSkipped { span, reason, .. } => {
            *reason == SkipReason::Paused && span.count.known() == 3
        }
        _ => false,
    };
    assert_eq!(rig.events().iter().filter(|kind| passed(kind)).count(), 1);
}

#[test]
fn a_pause_can_be_made_up_for() {
    let mut rig = Rig::started(Options::default());
    let start = rig.now.wall();
    let id = rig.add(every(TEN).misfire(all())).unwrap();
    rig.engine.pause_schedule(&id, "", &rig.now).unwrap();
    rig.advance(35 * TEN / 10);
    rig.engine
        .resume_schedule(&id, ResumeFrom::WhereItStood, &rig.now)
        .unwrap();
    rig.settle();
    assert_eq!(rig.runs(start), [10, 20, 30]);
}

#[test]
fn a_pause_can_be_made_up_for_in_part() {
    let mut rig = Rig::started(Options::default());
    let start = rig.now.wall();
    let id = rig.add(every(TEN).misfire(all())).unwrap();
    rig.engine.pause_schedule(&id, "", &rig.now).unwrap();
    rig.advance(35 * TEN / 10);
    let from = ResumeFrom::At(start + 2 * TEN);
    rig.engine.resume_schedule(&id, from, &rig.now).unwrap();
    rig.settle();
    assert_eq!(rig.runs(start), [20, 30]);
}

#[test]
fn a_schedule_whose_only_instant_fell_into_its_pause_is_exhausted() {
    let mut rig = Rig::started(Options::default());
    let once = Schedule::new(Once::after(TEN), Task::new(|_| async {})).id("s");
    let id = rig.add(once.paused("later")).unwrap();
    rig.advance(2 * TEN);
    assert!(rig.engine.schedule_info(&id).unwrap().is_paused());
    rig.engine
        .resume_schedule(&id, ResumeFrom::Now, &rig.now)
        .unwrap();
    rig.settle();
    assert!(rig.claims.is_empty());
    assert!(rig.engine.schedule_info(&id).is_none());
    assert!(names(&mut rig).contains(&EventName::ScheduleExhausted));
}

#[test]
fn pausing_before_the_start_holds_after_it() {
    let mut rig = Rig::new(Options::default());
    let id = rig.add(every(TEN)).unwrap();
    rig.engine.pause_schedule(&id, "not yet", &rig.now).unwrap();
    rig.start();
    rig.advance(3 * TEN + TEN / 2);
    assert!(rig.claims.is_empty());
    rig.engine
        .resume_schedule(&id, ResumeFrom::Now, &rig.now)
        .unwrap();
    rig.advance(TEN);
    assert_eq!(rig.claims.len(), 1);
}

#[test]
fn a_paused_schedule_wakes_nobody() {
    let mut rig = Rig::started(Options::default());
    let id = rig.add(every(TEN)).unwrap();
    rig.engine.pause_schedule(&id, "", &rig.now).unwrap();
    rig.engine.pause_schedule(&id, "twice", &rig.now).unwrap();
    rig.settle();
    assert_eq!(rig.engine.schedules.on_wall(), 0);
    rig.engine
        .resume_schedule(&id, ResumeFrom::Now, &rig.now)
        .unwrap();
    rig.engine
        .resume_schedule(&id, ResumeFrom::Now, &rig.now)
        .unwrap();
    rig.settle();
    rig.advance(TEN);
    assert_eq!(rig.claims.len(), 1);
    rig.engine.remove(&id, &rig.now).unwrap();
    let gone = rig.engine.pause_schedule(&id, "", &rig.now).unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound);
}

#[test]
fn a_run_on_request_is_its_own() {
    let mut rig = Rig::started(Options::default());
    let id = rig.add(every(TEN).overlap(Overlap::Skip)).unwrap();
    let host = std::sync::Weak::<crate::shell::Shared>::new();
    let cell = rig.engine.run_now(&id, host, &rig.now).unwrap();
    rig.settle();
    assert_eq!(cell.run().unwrap().cause, RunCause::RunNow);
    rig.advance(TEN);
    assert_eq!(rig.claims.len(), 2, "it holds up no instant");
    rig.end_oldest();
    let history = rig.engine.history(&id).unwrap();
    assert_eq!(history[0].cause, RunCause::RunNow);
    assert!(matches!(history[0].verdict, crate::Verdict::Ran { .. }));
}
