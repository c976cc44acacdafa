//! Schedules whose trigger has no instant when they start.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    Conflict, EventName, Options, ResumeFrom, Schedule, ScheduleChange, ScheduleEnd, ScheduleId,
    Task,
    engine::rig::Rig,
    trigger::{Cron, Interval, Once, Trigger},
};

const SECOND: Duration = Duration::from_secs(1);

/// A trigger without an instant.
#[derive(Debug)]
struct Never;

impl Trigger for Never {
    fn next_after(&self, _: DateTime<Utc>) -> Option<DateTime<Utc>> {
        None
    }
}

fn schedule(trigger: impl Trigger) -> Schedule {
    Schedule::new(trigger, Task::new(|_| async {})).id("s")
}

fn id() -> ScheduleId {
    "s".into()
}

fn ended(rig: &Rig) -> Option<ScheduleEnd> {
    rig.engine.schedule_info(&id()).expect("listed").ended
}

fn told(rig: &mut Rig) -> Vec<EventName> {
    let of_interest = [EventName::ScheduleNeverDue, EventName::ScheduleExhausted];
    let names = rig.events().into_iter().map(|kind| kind.name());
    names.filter(|name| of_interest.contains(name)).collect()
}

#[test]
fn a_rule_without_an_instant_stays_listed_and_is_told_once() {
    let over = Cron::parse("0 0 0 1 1 * 1999").unwrap();
    let past = Interval::every(10 * SECOND)
        .unwrap()
        .starting_at(DateTime::UNIX_EPOCH)
        .ending_at(DateTime::UNIX_EPOCH + TimeDelta::days(1));
    for make in [&|| schedule(Never), &|| schedule(over.clone()), &|| {
        schedule(past.clone())
    }] as [&dyn Fn() -> Schedule; 3]
    {
        for early in [true, false] {
            let mut rig = Rig::new(Options::default());
            if early {
                rig.add(make()).unwrap();
                assert_eq!(ended(&rig), None, "not asked yet");
                rig.start();
            } else {
                rig.start();
                rig.add(make()).unwrap();
            }
            assert_eq!(ended(&rig), Some(ScheduleEnd::NeverDue));
            rig.advance(3_600 * SECOND);
            assert_eq!(told(&mut rig), [EventName::ScheduleNeverDue]);
            assert_eq!(rig.engine.metrics().schedules, 1);
            assert!(rig.engine.schedule_info(&id()).unwrap().next.is_none());
            rig.engine.remove(&id(), &rig.now).unwrap();
            rig.settle();
            assert!(rig.engine.schedule_info(&id()).is_none());
        }
    }
}

#[test]
fn another_trigger_makes_it_live_and_back() {
    let mut rig = Rig::started(Options::default());
    rig.add(schedule(Never)).unwrap();
    let every = Interval::every(10 * SECOND).unwrap();
    let change = ScheduleChange::new().trigger(every);
    rig.engine.update(&id(), change, &rig.now).unwrap();
    rig.settle();
    assert_eq!(ended(&rig), None);
    rig.advance(10 * SECOND);
    assert_eq!(rig.claims.len(), 1);
    rig.add(schedule(Never).on_conflict(Conflict::Replace))
        .unwrap();
    assert_eq!(ended(&rig), Some(ScheduleEnd::NeverDue));
    assert_eq!(told(&mut rig), [EventName::ScheduleNeverDue; 2]);
}

#[test]
fn a_paused_one_stays_as_it_is_and_an_end_after_an_instant_is_another() {
    let mut rig = Rig::started(Options::default());
    rig.add(schedule(Never).paused("wait")).unwrap();
    let from = ResumeFrom::WhereItStood;
    rig.engine.resume_schedule(&id(), from, &rig.now).unwrap();
    rig.settle();
    assert_eq!(ended(&rig), Some(ScheduleEnd::NeverDue));
    assert_eq!(told(&mut rig), [EventName::ScheduleNeverDue]);
    rig.add(schedule(Once::after(SECOND)).id("once")).unwrap();
    rig.advance(SECOND);
    rig.end_all();
    assert_eq!(told(&mut rig), [EventName::ScheduleExhausted]);
}
