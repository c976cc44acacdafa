//! Calls that start nothing.

use std::time::Duration;

use scheduler_core::{
    Job, Schedule, SchedulerExt, Shutdown, Task,
    job::CancelMode,
    registry::TaskRegistry,
    schedule::Conflict,
    trigger::{Cron, Interval},
};

use super::keep;
use crate::{bare::Bare, measure::gate_measured};

const FAR: Duration = Duration::from_secs(3_600);

fn far() -> Job {
    Job::future(async {}).after(FAR)
}

pub fn add_one_shot(jobs: usize) {
    let bare = Bare::started();
    gate_measured(|| {
        for _ in 0..jobs {
            keep(bare.scheduler().post(far()));
        }
    });
}

pub fn cancel_pending(jobs: usize) {
    let bare = Bare::started();
    let post = |_| bare.scheduler().post(far()).expect("it is accepted");
    let ids: Vec<_> = (0..jobs).map(post).collect();
    gate_measured(|| {
        for id in ids {
            keep(bare.scheduler().cancel(id, CancelMode::Immediate));
        }
    });
}

fn schedules(count: usize) -> Vec<Schedule> {
    let make = |number| {
        let every = Interval::every(FAR).expect("an hour");
        Schedule::new(every, Task::new(|_| async {})).id(format!("schedule {number}"))
    };
    (0..count).map(make).collect()
}

pub fn add_schedule(count: usize) {
    let bare = Bare::started();
    let schedules = schedules(count);
    gate_measured(|| {
        for schedule in schedules {
            keep(bare.scheduler().add(schedule));
        }
    });
}

pub fn remove_schedule(count: usize) {
    let bare = Bare::started();
    let add = |schedule| bare.scheduler().add(schedule).expect("it is accepted");
    let added: Vec<_> = schedules(count).into_iter().map(add).collect();
    gate_measured(|| {
        for schedule in added {
            keep(schedule.remove());
        }
    });
}

pub fn shutdown_pending(jobs: usize) {
    let bare = Bare::started();
    for _ in 0..jobs {
        keep(bare.scheduler().post(far()));
    }
    gate_measured(|| {
        keep(bare.scheduler().request_shutdown(Shutdown::graceful()));
        bare.advance(Duration::ZERO);
    });
    assert!(bare.scheduler().jobs().is_empty(), "all have ended");
}

pub fn metrics_read(calls: usize) {
    let bare = Bare::started();
    for _ in 0..100 {
        keep(bare.scheduler().post(far()));
    }
    gate_measured(|| {
        for _ in 0..calls {
            keep(bare.scheduler().metrics());
        }
    });
}

fn registry() -> TaskRegistry {
    let mut tasks = TaskRegistry::new();
    tasks
        .register("report", |_, ()| async {})
        .expect("a new name");
    tasks
}

/// Returns a scheduler with `count` daily reports, each with its own name.
fn with_reports(bare: &Bare, count: usize) -> TaskRegistry {
    let tasks = registry();
    for number in 0..count {
        let daily = Cron::parse("@daily").expect("a macro");
        let report = tasks
            .schedule(daily, "report", ())
            .expect("a registered task");
        keep(bare.scheduler().add(report.id(format!("report {number}"))));
    }
    tasks
}

pub fn export_schedule(count: usize) {
    let bare = Bare::started();
    with_reports(&bare, count);
    gate_measured(|| {
        let exported = bare.scheduler().export_schedules().expect("all are data");
        keep(serde_json::to_string(&exported));
    });
}

pub fn import_schedule(count: usize) {
    let (bare, other) = (Bare::started(), Bare::started());
    let tasks = with_reports(&bare, count);
    let exported = bare.scheduler().export_schedules().expect("all are data");
    let json = serde_json::to_string(&exported).expect("strings and numbers");
    gate_measured(|| {
        let document = json.parse().expect("its own output");
        let imported = other
            .scheduler()
            .import_schedules(&document, &tasks, Conflict::Refuse);
        keep(imported.expect("none is there yet"));
    });
}
