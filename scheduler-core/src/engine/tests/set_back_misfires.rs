//! The wall clock is set back and then far forward: one misfire policy decides all instants that the step passes, also
//! those that come again.

use std::collections::BTreeSet;

use super::{
    jumps::{SECOND, schedule},
    set_back::{HOUR, cron, midnight, pass, rig},
};
use crate::{
    Decision, Misfire, MisfirePolicy, RunCause, SkipReason, Verdict, Which, engine::rig::Rig,
};

/// Sets the clock back by ten hours, then forward by twelve. Returns the runs that the step forward begins, in minutes
/// since the first midnight, and the records.
fn step(policy: MisfirePolicy, cycles: usize) -> (Vec<i64>, Vec<Decision>) {
    let mut rig = rig();
    let since = midnight(&rig);
    let misfire = Misfire::policy(policy).grace(SECOND);
    let every_minute = schedule(cron("* * * * *")).misfire(misfire);
    rig.add(every_minute.history(100_000)).unwrap();
    pass(&mut rig, 20);
    let mut runs = Vec::new();
    for _ in 0..cycles {
        rig.jump(-10 * HOUR);
        pass(&mut rig, 5);
        rig.end_all();
        rig.jump(12 * HOUR);
        pass(&mut rig, 0);
        runs = minutes(&mut rig, since);
    }
    (runs, rig.engine.history(&"s".into()).unwrap())
}

fn minutes(rig: &mut Rig, since: chrono::DateTime<chrono::Utc>) -> Vec<i64> {
    let seconds = rig.runs(since);
    rig.end_all();
    seconds.into_iter().map(|second| second / 60).collect()
}

fn fire_once(which: Which) -> MisfirePolicy {
    MisfirePolicy::FireOnce(which)
}

/// Asserts that no instant has two records of one cause, and that every instant from the first to the last has one.
fn one_record_each(records: &[Decision]) {
    let mut seen = BTreeSet::new();
    for record in records {
        let mut at = record.span.from;
        while at <= record.span.to {
            let cause = format!("{:?}", record.cause);
            let of_clock = cause
                .strip_prefix("ClockRepeat")
                .unwrap_or("first")
                .to_owned();
            assert!(
                seen.insert((at, of_clock.clone())),
                "{at} has two records of {of_clock}"
            );
            at += chrono::TimeDelta::minutes(1);
        }
    }
    let instants: BTreeSet<_> = seen.into_iter().map(|(at, _)| at).collect();
    let (first, last) = (*instants.first().unwrap(), *instants.last().unwrap());
    assert_eq!(
        (last - first).num_minutes() + 1,
        instants.len() as i64,
        "no hole"
    );
}

#[test]
fn one_run_stands_for_all_instants() {
    let (runs, records) = step(fire_once(Which::Latest), 1);
    assert_eq!(runs, [145], "one run, of the last instant");
    one_record_each(&records);
    let coalesced =
        |record: &&Decision| matches!(record.verdict, Verdict::Skipped(SkipReason::Coalesced));
    let causes: Vec<_> = records
        .iter()
        .filter(coalesced)
        .map(|record| record.cause)
        .collect();
    assert!(
        causes.contains(&RunCause::ClockRepeat(1)),
        "instants that came again: {causes:?}"
    );
    let (runs, _) = step(fire_once(Which::Earliest), 1);
    assert_eq!(runs.len(), 1, "{runs:?}");
}

#[test]
fn the_number_of_runs_does_not_grow_with_the_steps() {
    for cycles in 2..9 {
        for which in [Which::Latest, Which::Earliest] {
            let (runs, _) = step(fire_once(which), cycles);
            assert_eq!(runs.len(), 1, "{which:?} after {cycles} cycles: {runs:?}");
        }
    }
}

#[test]
fn the_limit_of_runs_counts_all_instants() {
    for cycles in 1..5 {
        let (runs, _) = step(MisfirePolicy::FireAll { max: 9 }, cycles);
        assert_eq!(runs.len(), 9, "after {cycles} cycles: {runs:?}");
        let (all, _) = step(MisfirePolicy::FireAll { max: 200 }, cycles);
        assert_eq!(all.len(), 200, "after {cycles} cycles");
        assert!(all.is_sorted(), "in order");
        let (skipped, _) = step(MisfirePolicy::Skip, cycles);
        assert!(skipped.is_empty(), "{skipped:?}");
    }
}
