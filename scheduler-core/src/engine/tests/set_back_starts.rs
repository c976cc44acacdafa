//! The wall clock is set back: where schedules begin that were added, began or ended in the wrong time.

use std::sync::Arc;

use chrono::TimeDelta;

use super::{
    jumps::{SECOND, schedule},
    set_back::{HOUR, cron, midnight, next, pass, rig},
};
use crate::{
    Schedule, ScheduleEnd, Trigger,
    engine::rig::Rig,
    trigger::{Bounded, CalendarInterval, Limited, Period},
};

#[test]
fn a_rule_that_began_in_the_wrong_time_begins_anew() {
    let two_days = Period {
        days: 2,
        ..Period::default()
    };
    let calendar = CalendarInterval::from_live(two_days).unwrap();
    let limited = Limited::new(Arc::new(cron("@daily")), 2).unwrap();
    for rule in [
        Arc::new(calendar) as Arc<dyn Trigger>,
        Arc::new(limited),
        Arc::new(Bounded::new(Arc::new(cron("@hourly")))),
    ] {
        let mut rig = rig();
        let task = crate::Task::new(|_| async {});
        pass(&mut rig, 10);
        rig.add(Schedule::new(rule, task).id("s")).unwrap();
        let wait = |rig: &Rig| {
            let info = rig.engine.schedule_info(&"s".into()).unwrap();
            (info.next.unwrap() - rig.now.wall()).num_seconds()
        };
        let ahead = wait(&rig);
        rig.jump(-10 * 365 * 24 * HOUR);
        pass(&mut rig, 1);
        assert_eq!(wait(&rig), ahead - 60);
    }
}

#[test]
fn what_is_never_due_is_asked_again() {
    let mut rig = rig();
    let since = midnight(&rig);
    let end = since + TimeDelta::minutes(30);
    pass(&mut rig, 60);
    let over = Bounded::new(Arc::new(cron("*/10 * * * *"))).ending_at(end);
    rig.add(schedule(over)).unwrap();
    rig.add(schedule(cron("* * * * *")).id("other")).unwrap();
    let ended = |rig: &Rig| rig.engine.schedule_info(&"s".into()).unwrap().ended;
    assert_eq!(ended(&rig), Some(ScheduleEnd::NeverDue));
    rig.jump(-50 * 60);
    pass(&mut rig, 1);
    assert_eq!((ended(&rig), next(&rig, since)), (None, Some(20)));
}

#[test]
fn a_schedule_that_starts_after_the_step_begins_there() {
    let now = crate::Now::system();
    let mut rig = Rig::at(crate::Options::default(), now);
    rig.now.pass(50 * SECOND);
    rig.now.shift_wall(TimeDelta::seconds(50 - 15 * 60));
    rig.add(schedule(cron("*/5 * * * * *"))).unwrap();
    let started = rig.now.wall();
    rig.start();
    pass(&mut rig, 1);
    let runs = rig.runs(started);
    assert!(runs.iter().all(|at| *at >= 0), "{runs:?}");
    assert!(runs.len() >= 12, "{runs:?}");
}

#[test]
fn a_schedule_that_is_added_after_the_step_begins_there() {
    for replaces in [false, true] {
        let mut rig = rig();
        pass(&mut rig, 20);
        if replaces {
            rig.add(schedule(cron("@yearly"))).unwrap();
            rig.settle();
        }
        // The driver has not looked at the clock for that long.
        rig.now.pass(50 * SECOND);
        rig.now.shift_wall(TimeDelta::seconds(50));
        rig.jump(-15 * 60);
        let added = rig.now.wall();
        let often = cron("*/5 * * * * *");
        if replaces {
            let change = crate::ScheduleChange::new().trigger(often);
            rig.update(&"s".into(), change).unwrap();
        } else {
            rig.add(schedule(often)).unwrap();
        }
        pass(&mut rig, 1);
        let runs = rig.runs(added);
        assert_eq!(
            runs,
            (0..=12).map(|at| at * 5).collect::<Vec<_>>(),
            "{replaces}"
        );
    }
}
