//! Schedules, their runs and their records.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use scheduler_core::{
    Misfire, Options, Overlap, Schedule, SchedulerExt, Shutdown, Task,
    backfill::Backfill,
    registry::TaskRegistry,
    schedule::{Conflict, MisfirePolicy, ResumeFrom, ScheduleChange},
    trigger::{Cron, Interval, Limited},
};

use super::{FAR, Gate, SECOND, add, count_runs, every, idle, keep, occupied};
use crate::{bare::Bare, measure::gate_measured};

/// The number of counted calls or instants.
const FEW: usize = 20;

fn same(schedule: Schedule) -> Schedule {
    schedule
}

/// Advances the time second by second, so that each instant is on time.
fn seconds(bare: &Bare, count: usize) {
    (0..count).for_each(|_| bare.advance(SECOND));
}

fn limited(instants: usize) -> Limited {
    Limited::new(std::sync::Arc::new(every(SECOND)), instants).expect("not zero")
}

pub fn add_beside_schedules(size: usize) {
    let bare = Bare::started();
    add(&bare, size, every(FAR), same);
    gate_measured(|| add(&bare, 200, every(FAR), |schedule| schedule.id(unique())));
}

fn unique() -> String {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    format!("other {}", NUMBER.fetch_add(1, Ordering::Relaxed))
}

pub fn remove_beside_schedules(size: usize) {
    let bare = Bare::started();
    add(&bare, size + 200, every(FAR), same);
    gate_measured(|| {
        for number in 0..200 {
            keep(
                bare.scheduler()
                    .schedule(&number.to_string().into())
                    .remove(),
            );
        }
    });
}

pub fn update_beside_schedules(size: usize) {
    let bare = Bare::started();
    add(&bare, size, every(FAR), same);
    gate_measured(|| {
        for _ in 0..FEW {
            let change = ScheduleChange::new().max_instances(2);
            keep(bare.scheduler().schedule(&"0".into()).update(change));
        }
    });
}

pub fn run_now_beside_runs(size: usize) {
    let (bare, _gate) = waiting(size);
    seconds(&bare, size);
    add(&bare, 1, every(FAR), |schedule| schedule.id("other"));
    gate_measured(|| {
        for _ in 0..FEW {
            keep(bare.scheduler().schedule(&"other".into()).run_now());
        }
    });
}

pub fn explain_beside_records(size: usize) {
    let bare = with_history(size);
    let at = Utc::now();
    gate_measured(|| keep(bare.scheduler().schedule(&"0".into()).explain(at)));
}

pub fn shutdown_of_schedules(size: usize) {
    let bare = Bare::started();
    add(&bare, size, every(FAR), same);
    gate_measured(|| {
        keep(bare.scheduler().request_shutdown(Shutdown::graceful()));
        bare.advance(Duration::ZERO);
    });
}

pub fn added_together(size: usize) {
    let bare = Bare::started();
    let make = |number: usize| Schedule::new(every(FAR), idle()).id(number.to_string());
    let all: Vec<_> = (0..size).map(make).collect();
    gate_measured(|| keep(bare.scheduler().add_all(all).expect("added")));
}

pub fn listed_schedules(size: usize) {
    let bare = Bare::started();
    add(&bare, size, every(FAR), same);
    gate_measured(|| keep(bare.scheduler().schedules()));
}

pub fn due_schedules(size: usize) {
    let bare = Bare::started();
    add(&bare, size, every(SECOND), same);
    bare.advance(SECOND);
    count_runs(&bare, SECOND, size);
}

/// Adds a schedule whose first run waits for the gate, so that later runs are buffered.
fn buffering(trigger: Limited, seconds_ahead: usize) -> (Bare, Gate) {
    let (bare, gate) = (Bare::started(), Gate::default());
    let held = gate.clone();
    let task = Task::new(move |_| held.pass());
    let schedule = Schedule::new(trigger, task).overlap(Overlap::BufferAll);
    let schedule = schedule.buffer_limit(1_000_000);
    keep(bare.scheduler().add(schedule).expect("added"));
    seconds(&bare, seconds_ahead);
    (bare, gate)
}

pub fn buffered_arrival(size: usize) {
    let (bare, _gate) = buffering(limited(2 * size), size);
    gate_measured(|| seconds(&bare, FEW));
}

pub fn buffered_runs(size: usize) {
    let (bare, gate) = buffering(limited(size), size);
    gate.open();
    count_runs(&bare, Duration::ZERO, size);
}

pub fn removal_with_buffered_runs(size: usize) {
    let (bare, _gate) = buffering(limited(2 * size), size);
    gate_measured(|| {
        let removed = bare.scheduler().schedule(&"schedule-1".into()).remove();
        removed.expect("listed");
    });
}

/// Returns a schedule whose runs wait for the only permit.
fn waiting(size: usize) -> (Bare, Gate) {
    let (bare, gate) = occupied(Options::default());
    add(&bare, 1, limited(size), |schedule| {
        schedule.overlap(Overlap::AllowAll)
    });
    (bare, gate)
}

pub fn surplus_runs(size: usize) {
    let (bare, gate) = waiting(size + 1);
    seconds(&bare, size);
    let one = ScheduleChange::new()
        .overlap(Overlap::BufferAll)
        .max_instances(1);
    gate_measured(|| {
        keep(bare.scheduler().schedule(&"0".into()).update(one));
        gate.open();
        bare.advance(Duration::ZERO);
    });
    assert_eq!(bare.scheduler().metrics().succeeded, size as u64 + 1);
}

pub fn runs_beside_others(size: usize) {
    let (bare, _gate) = waiting(2 * size);
    seconds(&bare, size);
    gate_measured(|| seconds(&bare, FEW));
}

pub fn parked_runs(size: usize) {
    let (bare, gate) = waiting(size + 1);
    seconds(&bare, size);
    gate.open();
    gate_measured(|| {
        keep(bare.scheduler().schedule(&"0".into()).pause("held"));
        bare.advance(Duration::ZERO);
        keep(
            bare.scheduler()
                .schedule(&"0".into())
                .resume(ResumeFrom::Now),
        );
        bare.advance(Duration::ZERO);
    });
    assert_eq!(bare.scheduler().metrics().succeeded, size as u64 + 1);
}

/// Returns a schedule with this many late instants, all of which must run.
fn late(size: usize, change: impl Fn(Misfire) -> Misfire) -> Bare {
    let bare = Bare::started();
    let all = Misfire::policy(MisfirePolicy::FireAll { max: size }).grace(SECOND / 2);
    add(&bare, 1, limited(size), |schedule| {
        let schedule = schedule.buffer_limit(1_000_000);
        schedule.misfire(change(all)).overlap(Overlap::AllowAll)
    });
    bare.scheduler().pause().expect("paused");
    bare.advance(SECOND * u32::try_from(size + 1).expect("few instants"));
    bare.scheduler().resume().expect("resumed");
    bare
}

pub fn late_instants(size: usize) {
    let bare = late(size, |misfire| misfire);
    count_runs(&bare, Duration::ZERO, size);
}

pub fn paced_instants(size: usize) {
    let pace = Duration::from_millis(1);
    let bare = late(size, |misfire| misfire.pace(pace));
    gate_measured(|| (0..=size).for_each(|_| bare.advance(pace)));
    assert_eq!(bare.scheduler().metrics().succeeded, size as u64);
}

fn with_history(size: usize) -> Bare {
    let bare = Bare::started();
    add(&bare, 1, every(SECOND), |schedule| schedule.history(size));
    seconds(&bare, size);
    bare
}

pub fn records_kept(size: usize) {
    let bare = with_history(size);
    gate_measured(|| {
        keep(
            bare.scheduler()
                .schedule(&"0".into())
                .history()
                .expect("known"),
        )
    });
}

pub fn record_beside_others(size: usize) {
    let bare = with_history(size);
    gate_measured(|| seconds(&bare, FEW));
}

/// Backfills the latest `instants` of each of the first `schedules`.
fn backfill(bare: &Bare, schedules: usize, instants: usize) {
    // The clock of the executor stands where it was at the start.
    let now = Utc::now() - TimeDelta::seconds(1);
    let instants = i64::try_from(instants).expect("few instants");
    let range = now - TimeDelta::seconds(instants)..=now;
    for number in 0..schedules {
        let what = Backfill::new(range.clone());
        let begun = bare
            .scheduler()
            .schedule(&number.to_string().into())
            .backfill(what);
        keep(begun.expect("it begins"));
    }
    bare.advance(Duration::ZERO);
}

/// Returns a trigger with an instant each second since yesterday.
fn old() -> Interval {
    every(SECOND).starting_at(Utc::now() - TimeDelta::days(1))
}

pub fn backfilled_instants(size: usize) {
    let bare = Bare::started();
    add(&bare, 1, old(), |schedule| {
        schedule.paused("only the backfill")
    });
    gate_measured(|| backfill(&bare, 1, size));
    assert!(bare.scheduler().metrics().succeeded >= size as u64);
}

pub fn backfills_at_once(size: usize) {
    let bare = Bare::started();
    add(&bare, size, old(), |schedule| {
        schedule.paused("only the backfill")
    });
    gate_measured(|| backfill(&bare, size, 5));
    assert!(bare.scheduler().metrics().succeeded >= 5 * size as u64);
}

/// Returns a scheduler with this many schedules that can be written as data.
fn reports(size: usize) -> (Bare, TaskRegistry) {
    let (bare, mut tasks) = (Bare::started(), TaskRegistry::new());
    let registered = tasks.register("report", |_, ()| async {});
    registered.expect("a new name");
    for number in 0..size {
        let daily = Cron::parse("@daily").expect("a macro");
        let report = tasks.schedule(daily, "report", ()).expect("registered");
        keep(bare.scheduler().add(report.id(number.to_string())));
    }
    (bare, tasks)
}

pub fn exported_schedules(size: usize) {
    use scheduler_core::SchedulerExt;
    let (bare, _tasks) = reports(size);
    gate_measured(|| {
        let exported = bare.scheduler().export_schedules().expect("all are data");
        keep(serde_json::to_string(&exported));
    });
}

pub fn imported_schedules(size: usize) {
    use scheduler_core::SchedulerExt;
    let ((bare, tasks), other) = (reports(size), Bare::started());
    let exported = bare.scheduler().export_schedules().expect("all are data");
    let json = serde_json::to_string(&exported).expect("strings and numbers");
    gate_measured(|| {
        let document = json.parse().expect("its own output");
        let imported = other.scheduler();
        let imported = imported.import_schedules(&document, &tasks, Conflict::Refuse);
        keep(imported.expect("none is there yet"));
    });
}

pub fn next_times(size: usize) {
    let bare = Bare::started();
    let minutely = Cron::parse("* * * * *").expect("valid");
    add(&bare, 1, minutely, same);
    gate_measured(|| keep(bare.scheduler().schedule(&"0".into()).next_times(size)));
}
