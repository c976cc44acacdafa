//! Schedules that share a group, and lists of running jobs.

use std::time::Duration;

use chrono::TimeDelta;
use scheduler_core::{Overlap, Schedule, SchedulerExt, Task, trigger::Once};

use super::{FAR, Gate, SECOND, add, count_runs, every, keep, post};
use crate::{bare::Bare, measure::gate_measured};

/// The number of calls that are counted beside the elements.
const FEW: usize = 20;

fn in_group(schedule: Schedule) -> Schedule {
    schedule.group("all").overlap(Overlap::BufferAll)
}

/// All are due together and run one after the other.
pub fn schedules_of_a_group(size: usize) {
    let bare = Bare::started();
    add(&bare, size, every(SECOND), in_group);
    count_runs(&bare, SECOND, size);
}

/// Each ends with its only run.
pub fn one_shots_of_a_group(size: usize) {
    let bare = Bare::started();
    let soon = chrono::Utc::now() + TimeDelta::seconds(5);
    add(&bare, size, Once::at(soon), in_group);
    count_runs(&bare, 10 * SECOND, size);
}

/// A group whose first run waits for the gate, with a run of each other schedule behind.
fn occupied_group(size: usize) -> (Bare, Gate) {
    let (bare, gate) = (Bare::started(), Gate::default());
    let held = gate.clone();
    let task = Task::new(move |_| held.pass());
    for number in 0..size {
        let schedule = Schedule::new(every(FAR), task.clone()).id(number.to_string());
        keep(bare.scheduler().add(in_group(schedule)).expect("added"));
    }
    bare.advance(FAR);
    (bare, gate)
}

pub fn listed_group(size: usize) {
    let (bare, _gate) = occupied_group(size);
    gate_measured(|| keep(bare.scheduler().schedules()));
}

pub fn removals_from_a_group(size: usize) {
    let (bare, _gate) = occupied_group(size);
    gate_measured(|| {
        for number in 0..size {
            let id = number.to_string().into();
            bare.scheduler().schedule(&id).remove().expect("listed");
        }
    });
}

/// A scheduler with this many running jobs of one schedule.
fn running(size: usize) -> (Bare, Gate) {
    let (bare, gate) = (Bare::started(), Gate::default());
    let held = gate.clone();
    let task = Task::new(move |_| held.pass());
    let schedule = Schedule::new(every(SECOND), task).id("busy");
    let schedule = schedule.overlap(Overlap::AllowAll);
    keep(bare.scheduler().add(schedule).expect("added"));
    (0..size).for_each(|_| bare.advance(SECOND));
    (bare, gate)
}

pub fn running_jobs_listed(size: usize) {
    let (bare, _gate) = running(size);
    gate_measured(|| keep(bare.scheduler().jobs()));
}

pub fn look_beside_runs(size: usize) {
    let (bare, _gate) = running(size);
    gate_measured(|| {
        for _ in 0..FEW {
            keep(bare.scheduler().schedule(&"busy".into()).info());
        }
    });
}

pub fn removal_with_runs(size: usize) {
    let (bare, gate) = running(size);
    gate_measured(|| {
        bare.scheduler()
            .schedule(&"busy".into())
            .remove()
            .expect("listed");
        gate.open();
        bare.advance(Duration::ZERO);
    });
    assert!(bare.scheduler().jobs().is_empty(), "all have ended");
}

/// Each schedule follows the wall clock.
pub fn schedules_set_back(size: usize) {
    let bare = Bare::started();
    let hourly = scheduler_core::trigger::Cron::parse("@hourly").expect("a macro");
    add(&bare, size, hourly, |schedule| schedule);
    bare.advance(2 * FAR);
    bare.set_back(FAR);
    // The clocks are compared at least once a minute.
    gate_measured(|| bare.advance(60 * SECOND));
    post(&bare, 1, || scheduler_core::Job::future(async {}));
}
