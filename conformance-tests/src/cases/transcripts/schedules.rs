//! The life of schedules: every event, every field, and the record of each instant.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use scheduler_core::{
    Misfire, Options, Overlap, Schedule, ScheduleHandle, Shutdown, Task, Trigger,
    job::CancelMode,
    schedule::{Conflict, Explanation, MisfirePolicy, ResumeFrom, ScheduleChange, Which},
    trigger::{Cron, Interval, Once},
};

use super::script::{SECOND, Script};
use crate::{Backend, gate::Gate};

const WANTED: &str = include_str!("schedules.txt");

pub(in crate::cases) fn all_values_of_schedules_follow_the_calls(backend: &dyn Backend) {
    let mut script = Script::new(backend, Options::default());
    let gate = Gate::default();
    let it = overlapping(&mut script, &gate);
    paused(&mut script, &it);
    late(&mut script, &it);
    changed(&mut script, &it);
    ended(&mut script);
    script.shut_down(Shutdown::graceful());
    script.step("history");
    script.history(&it);
    script.compare("schedules.txt", WANTED);
}

fn every(period: std::time::Duration) -> Interval {
    Interval::every(period).expect("not zero")
}

fn nothing() -> Task {
    Task::new(|_| async {})
}

/// Adds a schedule for every tenth second, whose first run blocks until the gate opens.
fn overlapping(script: &mut Script, gate: &Gate) -> ScheduleHandle {
    let opened = gate.clone();
    let task = Task::new(move |_| {
        let gate = opened.clone();
        async move { gate.pass().await }
    });
    let it = Schedule::new(every(10 * SECOND), task.name("report")).id("it");
    let it = it.name("Report").tag("nightly").tag("mail");
    let it = it.metadata("owner", "billing").overlap(Overlap::BufferOne);
    let it = script.add("add before the start", it);
    script.step("start");
    script
        .world
        .run(script.world.scheduler.start())
        .expect("it starts");
    script.tell();
    for _ in 0..3 {
        script.advance(10 * SECOND);
    }
    script.step("history");
    script.history(&it);
    script.step("open the gate");
    script.world.time.outside(|| gate.open());
    script.tell();
    script.step("history");
    script.history(&it);
    it
}

fn paused(script: &mut Script, it: &ScheduleHandle) {
    script.call("pause", |_| it.pause("maintenance").expect("known"));
    script.call("pause again", |_| it.pause("more of it").expect("known"));
    script.advance(20 * SECOND);
    script.call("resume", |_| it.resume(ResumeFrom::Now).expect("known"));
    script.call("run now", |_| it.run_now().expect("known").name());
    script.call("pause the queue", |it| {
        it.queue("default").pause("disk full").expect("known");
    });
    script.call("pause it again", |it| {
        it.queue("default").pause("disk away").expect("known");
    });
    script.call("resume the queue", |it| {
        it.queue("default").resume().expect("known");
    });
    script.step("history");
    script.history(it);
}

/// Pauses the scheduler while instants become due.
fn late(script: &mut Script, it: &ScheduleHandle) {
    let misfire = Misfire::policy(MisfirePolicy::FireAll { max: 1 }).grace(SECOND);
    let change = ScheduleChange::new()
        .misfire(misfire)
        .overlap(Overlap::Skip);
    script.call("update", |_| it.update(change).expect("known"));
    script.call("pause the scheduler", |it| it.pause().expect("running"));
    script.advance(30 * SECOND);
    script.call("resume the scheduler", |it| it.resume().expect("running"));
    script.step("history");
    script.history(it);
    coalesced(script, it);
    script.step("jump");
    script.world.time.jump_wall(TimeDelta::seconds(3));
    script.advance(60 * SECOND);
    script.step("explain");
    let now = script.world.wall();
    for seconds in [-1_000, 1, 1_000] {
        let explained = it.explain(now + TimeDelta::seconds(seconds));
        script.write(format!("{seconds}: {explained:?}"));
    }
}

/// Lets one run replace several instants, and cancels it before its body begins.
fn coalesced(script: &mut Script, it: &ScheduleHandle) {
    let latest = MisfirePolicy::FireOnce(Which::Latest);
    let change = ScheduleChange::new().misfire(Misfire::policy(latest).grace(SECOND));
    script.call("update", |_| it.update(change).expect("known"));
    script.call("pause the scheduler", |it| it.pause().expect("running"));
    script.advance(25 * SECOND);
    let run = script.call("run now", |_| it.run_now().expect("known"));
    script.call("cancel it", |_| run.cancel(CancelMode::Immediate));
    script.call("resume the scheduler", |it| it.resume().expect("running"));
    script.step("history");
    script.history(it);
}

fn changed(script: &mut Script, it: &ScheduleHandle) {
    let change = ScheduleChange::new().name("Renamed").tags(["weekly"]);
    script.call("rename", |_| it.update(change).expect("known"));
    let hourly = Cron::parse("0 * * * *").expect("valid");
    script.call("reschedule", |_| it.reschedule(hourly).expect("known"));
    let between = script.world.wall() + TimeDelta::seconds(1);
    let explained = it.explain(between).expect("known");
    assert!(matches!(
        explained,
        Explanation::NoSuchInstant { next: Some(_) }
    ));
    script.write(format!("{explained:?}"));
    let again = Schedule::new(every(20 * SECOND), nothing()).id("it");
    script.add("replace", again.on_conflict(Conflict::Replace));
    script.advance(20 * SECOND);
    script.call("remove", |_| it.remove().expect("known"));
    script.step("history");
    script.history(it);
}

/// A trigger without instants.
#[derive(Debug)]
struct Never;

impl Trigger for Never {
    fn next_after(&self, _: DateTime<Utc>) -> Option<DateTime<Utc>> {
        None
    }
}

/// A trigger that panics when it is called for the second time.
#[derive(Debug)]
struct Faulty(DateTime<Utc>);

impl Trigger for Faulty {
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        assert!(after < self.0, "the calendar is gone");
        Some(self.0)
    }
}

fn ended(script: &mut Script) {
    let never = Schedule::new(Never, nothing()).id("never");
    let never = script.add("add one that is never due", never);
    script.call("remove it", |_| never.remove().expect("known"));
    let once = Schedule::new(Once::after(SECOND), nothing()).id("once");
    let once = script.add("add one that is due once", once);
    let never_again = once.explain(script.world.wall() + TimeDelta::seconds(5));
    script.write(format!("{never_again:?}"));
    let at = script.world.wall() + TimeDelta::seconds(2);
    let faulty = Schedule::new(Faulty(at), nothing()).id("faulty");
    script.add("add one whose trigger panics", faulty);
    script.advance(SECOND);
    script.advance(SECOND);
    let fails = Task::new(|_| async { Err::<(), _>("disk on fire") });
    let failing = Schedule::new(every(SECOND), fails).id("failing");
    script.add("add one that fails", failing.pause_after_failures(2));
    script.advance(SECOND);
    script.advance(SECOND);
    let reason: Arc<str> = "from the start".into();
    let held = Schedule::new(every(SECOND), nothing())
        .id("held")
        .paused(reason);
    script.add("add a paused one", held);
}
