//! The life of backfills: every field of their reports.

use chrono::{DateTime, TimeDelta, Utc};
use scheduler_core::{
    Options, Schedule, Shutdown, Task, Trigger,
    backfill::{Backfill, Rerun},
    job::CancelMode,
    trigger::Cron,
};

use super::script::{SECOND, Script};
use crate::{Backend, gate::Gate};

const WANTED: &str = include_str!("backfills.txt");

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

/// Returns a task that fails for the second and third instant of the day. For the third, it first
/// waits for the gate.
fn task(gate: &Gate) -> Task {
    let gate = gate.clone();
    Task::new(move |job| {
        let (hour, gate) = (job.nominal().format("%H").to_string(), gate.clone());
        async move {
            match hour.as_str() {
                "01" => return Err("disk on fire"),
                "02" => {
                    gate.pass().await;
                    return Err("no route");
                }
                "03" => job.cancelled().await,
                _ => {}
            }
            Ok(())
        }
    })
}

pub(in crate::cases) fn all_values_of_backfills_follow_the_calls(backend: &dyn Backend) {
    let mut script = Script::new(backend, Options::default()).started();
    let gate = Gate::default();
    let hourly = Cron::parse("0 * * * *").expect("valid");
    let it = Schedule::new(hourly, task(&gate)).id("it").history(100);
    let it = script.add("add", it);
    let from = at("2025-12-30T00:00:00Z");
    let what = Backfill::new(from..=at("2025-12-30T05:00:00Z"));
    let first = script.backfill("backfill", &it, what.clone());
    script.step("open the gate");
    script.world.time.outside(|| gate.open());
    script.tell();
    script.call("stop it", |_| first.stop());
    script.call("cancel it", |_| first.cancel(CancelMode::Immediate));
    let unsuccessful = what.rerun(Rerun::Unsuccessful).limit(1);
    drop(script.backfill("run what failed", &it, unsuccessful));
    let nothing = Backfill::new(from..=from).rerun(Rerun::Nothing);
    drop(script.backfill("run nothing again", &it, nothing));
    let paced = Backfill::new(at("2025-12-29T04:00:00Z")..=at("2025-12-29T08:00:00Z"));
    drop(script.backfill("backfill slowly", &it, paced.pace(10 * SECOND)));
    script.advance(15 * SECOND);
    let held = at("2025-12-28T03:00:00Z");
    drop(script.backfill("backfill another day", &it, Backfill::new(held..=held)));
    faulty(&mut script);
    script.shut_down(Shutdown::immediate());
    script.step("history");
    script.history(&it);
    script.compare("backfills.txt", WANTED);
}

/// A trigger that panics if the given instant is in an earlier year.
#[derive(Debug)]
struct Forgetful;

impl Trigger for Forgetful {
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        assert!(after >= at("2000-01-01T00:00:00Z"), "the calendar is gone");
        Some(after + TimeDelta::days(1))
    }
}

fn faulty(script: &mut Script) {
    let daily = Schedule::new(Forgetful, Task::new(|_| async {})).id("forgetful");
    let daily = script.add("add one whose trigger panics", daily);
    let past = at("1999-01-01T00:00:00Z")..=at("1999-12-31T00:00:00Z");
    drop(script.backfill("backfill it", &daily, Backfill::new(past)));
}
