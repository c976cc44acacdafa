//! Cases of SC: next instants that are set by hand, schedules that are live since the past, and the
//! removal of all.

use std::sync::{Arc, Mutex, PoisonError};

use scheduler_core::{
    Misfire, Overlap, Schedule, Scheduler, SchedulerExt, Task,
    schedule::{
        MisfirePolicy, ResumeFrom, ScheduleChange, ScheduleEnd, SkipReason, Verdict, Which,
    },
    trigger::{Once, Trigger},
};

use super::stage::{SECOND, Stage, every, it_id};
use crate::{Backend, World};

const LATEST: MisfirePolicy = MisfirePolicy::FireOnce(Which::Latest);

fn set_next(stage: &Stage, second: i64) {
    stage.update(ScheduleChange::new().waiting_for(stage.at(second)));
}

/// Returns a stage whose schedule is due every ten seconds.
fn every_ten(backend: &dyn Backend) -> Stage {
    let stage = Stage::new(backend);
    stage.add(Schedule::new(every(10 * SECOND), stage.record.task()).id("it"));
    stage.world.settle();
    stage
}

pub(super) fn an_instant_set_by_hand_runs_and_the_rule_continues(backend: &dyn Backend) {
    let stage = every_ten(backend);
    set_next(&stage, 7);
    assert_eq!(stage.info().next, Some(stage.at(7)));
    stage.world.advance(20 * SECOND);
    assert_eq!(stage.ran(), [7, 10, 20]);
    set_next(&stage, 45);
    stage.world.advance(30 * SECOND);
    assert_eq!(stage.ran(), [7, 10, 20, 45, 50], "none before it");
    stage.pause("not now");
    set_next(&stage, 54);
    stage.world.advance(9 * SECOND);
    assert_eq!(stage.ran().len(), 5);
    stage.resume(ResumeFrom::WhereItStood);
    stage.world.advance(SECOND);
    assert_eq!(stage.ran()[5..], [54, 60]);
}

/// The scheduler is paused, so the instants are due and not decided.
pub(super) fn instants_before_one_set_by_hand_are_recorded(backend: &dyn Backend) {
    let stage = every_ten(backend);
    stage.world.call(|it| it.pause().expect("paused"));
    stage.world.advance(25 * SECOND);
    set_next(&stage, 27);
    stage.world.call(|it| it.resume().expect("resumed"));
    stage.world.advance(10 * SECOND);
    assert_eq!(stage.ran(), [27, 30]);
    let history = stage.history();
    let left = Verdict::Skipped(SkipReason::ScheduleChanged);
    assert!(
        history.iter().any(|known| known.verdict == left),
        "{history:?}"
    );
}

pub(super) fn an_instant_set_by_hand_in_the_past_is_late(backend: &dyn Backend) {
    for (policy, expected) in [(MisfirePolicy::Skip, 0), (LATEST, 1)] {
        let stage = every_ten(backend);
        stage.world.advance(5 * SECOND);
        let strict = Misfire::policy(policy).grace(SECOND);
        stage.update(ScheduleChange::new().misfire(strict));
        set_next(&stage, 2);
        assert_eq!(stage.ran().len(), expected, "{policy:?}");
        stage.world.advance(5 * SECOND);
        assert_eq!(stage.ran().last(), Some(&10));
    }
}

/// A schedule that has not started, and one whose rule was never due.
pub(super) fn an_instant_set_by_hand_needs_no_other(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    let past = every(SECOND)
        .starting_at(stage.at(-20))
        .ending_at(stage.at(-10));
    stage.add(Schedule::new(past, stage.record.task()).id("it"));
    stage.world.settle();
    assert_eq!(stage.info().ended, Some(ScheduleEnd::NeverDue));
    set_next(&stage, 3);
    assert_eq!(
        (stage.info().ended, stage.info().next),
        (None, Some(stage.at(3)))
    );
    stage.world.advance(5 * SECOND);
    assert_eq!(stage.ran(), [3]);
    let world = World::new(backend);
    let record = super::record::Record::new(&world.time);
    let early = Schedule::new(every(10 * SECOND), record.task()).id("it");
    world.call(|it| {
        let added = it.add(early).expect("added");
        let third = added.update(ScheduleChange::new().waiting_for(stage.at(3)));
        third.expect("changed");
    });
    let world = world.started();
    world.advance(13 * SECOND);
    let seconds = |at: &chrono::DateTime<chrono::Utc>| stage.second(*at);
    assert_eq!(
        record.nominals().iter().map(seconds).collect::<Vec<_>>(),
        [3, 13]
    );
}

/// Returns the nominal times of the runs of a rule that is live since 35 s ago, in seconds from now.
fn since_the_past(
    backend: &dyn Backend,
    rule: fn(&Stage) -> Arc<dyn Trigger>,
    policy: MisfirePolicy,
) -> Vec<i64> {
    let stage = Stage::new(backend);
    let misfire = Misfire::policy(policy).grace(SECOND);
    let schedule = Schedule::new(rule(&stage), stage.record.task()).id("it");
    let schedule = schedule.misfire(misfire).overlap(Overlap::AllowAll);
    let schedule = schedule.live_since(stage.at(-35));
    let added = stage.world.call(|it| it.add_all(vec![schedule]));
    added.expect("added");
    stage.world.advance(5 * SECOND);
    stage.ran()
}

pub(super) fn a_schedule_that_is_live_since_the_past_catches_up(backend: &dyn Backend) {
    let ran = |rule, policy| since_the_past(backend, rule, policy);
    let interval = |_: &Stage| -> Arc<dyn Trigger> { Arc::new(every(10 * SECOND)) };
    assert_eq!(ran(interval, MisfirePolicy::Skip), [5]);
    assert_eq!(ran(interval, LATEST), [-5, 5]);
    let all = MisfirePolicy::FireAll { max: 9 };
    assert_eq!(ran(interval, all), [-25, -15, -5, 5]);
    let once = |stage: &Stage| -> Arc<dyn Trigger> { Arc::new(Once::at(stage.at(-20))) };
    assert_eq!(ran(once, LATEST), [-20]);
    assert_eq!(ran(once, MisfirePolicy::Skip), [0_i64; 0]);
}

/// A destructor of a removed task runs after the step, and lists the schedules that are left.
struct Lists {
    on: std::sync::Weak<dyn Scheduler>,
    left: Arc<Mutex<Vec<usize>>>,
}

impl Drop for Lists {
    fn drop(&mut self) {
        if let Some(on) = self.on.upgrade() {
            let left = on.schedules().len();
            self.left
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(left);
        }
    }
}

pub(super) fn all_schedules_are_removed_in_one_step(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    let left = Arc::new(Mutex::new(Vec::new()));
    for id in ["a", "b", "c"] {
        let lists = Lists {
            on: Arc::downgrade(&stage.world.scheduler),
            left: left.clone(),
        };
        let record = stage.record.clone();
        let task = Task::new(move |job| {
            let _ = &lists;
            record.note(&job);
            async {}
        });
        stage.add(Schedule::new(every(SECOND), task).id(id));
    }
    stage.world.advance(SECOND);
    let removed = stage.world.call(|it| it.remove_all().expect("they exist"));
    assert_eq!(removed, ["a".into(), "b".into(), "c".into()]);
    stage.world.advance(3 * SECOND);
    assert_eq!(stage.ran(), [1, 1, 1]);
    assert_eq!(
        *left.lock().unwrap_or_else(PoisonError::into_inner),
        [0, 0, 0]
    );
    assert!(
        stage
            .world
            .call(|it| it.remove_all().expect("nothing is left"))
            .is_empty()
    );
    assert!(stage.world.call(|it| it.schedule(&it_id()).info().is_err()));
}
