//! Schedules that continue at a cursor, and several schedules that are added at once.

use std::time::Duration;

use chrono::TimeDelta;

use crate::{
    Conflict, ErrorKind, Misfire, MisfirePolicy, Options, Schedule, Task, Trigger,
    engine::rig::Rig,
    trigger::{Cron, Interval},
};

fn minutely() -> Schedule {
    let every = Interval::every(Duration::from_secs(60)).unwrap();
    Schedule::new(every, Task::new(|_| async {})).id("s")
}

#[test]
fn all_are_added_or_none() {
    let mut rig = Rig::new(Options::default());
    rig.add(minutely().id("b")).unwrap();
    let all = ["a", "b", "c"].map(|id| minutely().id(id)).into();
    let refused = rig.engine.add_all(all, &rig.now).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::DuplicateId);
    assert_eq!(rig.engine.schedule_infos_at(&rig.now).len(), 1);
    let twice = vec![minutely().id("c"), minutely().id("c")];
    assert!(rig.engine.add_all(twice, &rig.now).is_err());
    let senseless = vec![minutely().id("c"), minutely().id("d").max_instances(0)];
    assert!(rig.engine.add_all(senseless, &rig.now).is_err());
    let all = ["a", "b", "c"]
        .map(|id| minutely().id(id).on_conflict(Conflict::Keep))
        .into();
    assert_eq!(rig.engine.add_all(all, &rig.now).unwrap().len(), 3);
    assert_eq!(rig.engine.schedule_infos_at(&rig.now).len(), 3);
}

#[test]
fn replacing_takes_the_imported_cursor() {
    let mut rig = Rig::started(Options::default());
    let daily = || Cron::parse("@daily").unwrap();
    let task = || Task::new(|_| async {});
    rig.add(Schedule::new(daily(), task()).id("s")).unwrap();
    let next = rig.engine.schedule_info(&"s".into()).unwrap().next.unwrap();
    let stood = next - TimeDelta::days(3);
    let again = Schedule::new(daily(), task()).id("s").waiting_for(stood);
    rig.add(again.paused("held").on_conflict(Conflict::Replace))
        .unwrap();
    let info = rig.engine.schedule_info(&"s".into()).unwrap();
    assert_eq!((info.next, info.is_paused()), (Some(stood), true));
}

#[test]
fn a_schedule_that_waits_may_be_changed_before_the_start() {
    use crate::ResumeFrom::{Now, WhereItStood};
    for (from, back) in [(Now, 0), (WhereItStood, 3)] {
        let mut rig = Rig::new(Options::default());
        let task = Task::new(|_| async {});
        let daily = Cron::parse("@daily").unwrap();
        let next = daily.next_after(rig.now.wall()).unwrap();
        let stood = next - TimeDelta::days(3);
        let schedule = Schedule::new(daily, task).id("s").waiting_for(stood);
        rig.add(
            schedule
                .paused("held")
                .misfire(Misfire::policy(MisfirePolicy::Skip)),
        )
        .unwrap();
        rig.engine
            .resume_schedule(&"s".into(), from, &rig.now)
            .unwrap();
        rig.settle();
        let waits_for = rig.engine.schedule_info(&"s".into()).unwrap().next;
        assert_eq!(waits_for, Some(next - TimeDelta::days(back)));
        rig.start();
        let waits_for = rig.engine.schedule_info(&"s".into()).unwrap().next;
        assert_eq!(waits_for, Some(next));
        assert_eq!(rig.engine.schedules.on_wall(), 1);
    }
}
