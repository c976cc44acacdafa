//! Growth of work with the amount of data, measured by counts and not by time.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};

use crate::{
    Decision, EventFilter, EventName, EventStream, Job, JobId, Misfire, MisfirePolicy, Options,
    Overlap, Result, RunCause, Schedule, Task, Verdict,
    engine::{
        key_of,
        rig::Rig,
        schedules::ledger::{Ledger, Record},
    },
    job::{CancelMode, CancelReason, CancelStatus, JobCell, JobControl, JobPolicy, Retry},
    trigger::Interval,
};

const HOUR: Duration = Duration::from_secs(3600);

fn nothing() -> Job {
    Job::new(|_| async {})
}

fn cancel(rig: &mut Rig, job: JobId) {
    let (mode, why) = (CancelMode::Immediate, CancelReason::Requested);
    let status = rig.engine.cancel(key_of(job), mode, why, &rig.now);
    assert_eq!(status, CancelStatus::Prevented);
    rig.settle();
}

#[test]
fn delayed_jobs_that_are_cancelled_before_the_start_leave_no_trace() {
    let mut rig = Rig::new(Options::default());
    let stays = rig.submit(nothing().after(HOUR));
    for _ in 0..10_000 {
        let job = rig.submit(nothing().after(HOUR));
        cancel(&mut rig, job.id());
    }
    assert!(rig.engine.jobs.unarmed_len() <= 100);
    rig.start();
    rig.advance(HOUR);
    assert_eq!(rig.running(), [stays.id()]);
}

#[test]
fn queued_jobs_that_are_cancelled_before_the_start_leave_no_trace() {
    let mut rig = Rig::new(Options::default());
    let within = || JobPolicy::default().start_within(HOUR);
    for _ in 0..10_000 {
        let job = rig.submit(nothing().policy(within()));
        cancel(&mut rig, job.id());
    }
    assert!(rig.engine.jobs.unlimited_len() <= 100);
}

/// Returns how many jobs were examined until `count` running jobs wait for the jobs that `targets`
/// selects.
fn looks(count: usize, targets: impl Fn(&[Arc<JobCell>], usize) -> JobId) -> (usize, usize) {
    let mut rig = Rig::started(Options::default().max_concurrent_jobs(count));
    let jobs: Vec<_> = (0..2 * count).map(|_| rig.submit(nothing())).collect();
    let mut wait = |waiter: usize| -> Result<()> {
        let target = key_of(targets(&jobs, waiter));
        rig.engine.begin_wait(key_of(jobs[waiter].id()), target)
    };
    let refused = (0..count).rev().filter(|&n| wait(n).is_err()).count();
    (rig.engine.jobs.looks_at_waits(), refused)
}

#[test]
fn waits_at_the_limit_cost_what_they_are() {
    for count in [10, 100, 1_000] {
        // Each for a job that needs a permit: the last of them would end it all.
        let (looks, refused) = looks(count, |jobs, waiter| jobs[count + waiter].id());
        assert_eq!(refused, 1);
        assert!(looks <= 5 * count, "{looks} for {count}");
    }
}

#[test]
fn a_chain_of_waits_costs_what_it_is() {
    for count in [10, 100, 1_000] {
        let (looks, refused) = looks(count, |jobs, waiter| jobs[(waiter + 1).min(count)].id());
        assert_eq!(refused, 1, "the last one, as the first waits for a permit");
        assert!(looks <= 5 * count, "{looks} for {count}");
    }
}

/// A job between two attempts: no job runs, and the scheduler is not idle.
#[test]
fn who_waits_for_the_end_of_all_is_not_woken_by_whatever_is_called() {
    let mut rig = Rig::started(Options::default());
    let retried = Job::from(Task::new(|_| async {}))
        .policy(JobPolicy::default().retry(Retry::fixed(3, HOUR)));
    let job = rig.submit(retried);
    rig.fail(&job);
    rig.settle();
    assert!(!rig.engine.check_idle(&rig.now));
    let posts = |rig: &mut Rig, count: usize| {
        let post = |_| {
            let posted = rig
                .engine
                .submit(nothing().after(2 * HOUR), None, 0, &rig.now);
            assert!(posted.is_ok());
            rig.engine.drain().idle
        };
        (0..count).map(post).filter(|&woken| woken).count()
    };
    assert_eq!(posts(&mut rig, 1_000), 0);
    rig.advance(HOUR);
    rig.end_all();
    assert!(rig.engine.check_idle(&rig.now));
    assert_eq!(posts(&mut rig, 1_000), 0, "all has been told");
}

/// A caller of `wait_idle` that finds due entries is woken when the driver takes them.
#[test]
fn who_waits_for_what_is_due_hears_when_it_was_taken() {
    let mut rig = Rig::started(Options::default());
    let job = rig.submit(nothing().after(HOUR));
    let key = key_of(job.id());
    rig.now.pass(HOUR);
    assert!(!rig.engine.check_idle(&rig.now), "it is due");
    let (mode, why) = (CancelMode::Immediate, CancelReason::Requested);
    rig.engine.cancel(key, mode, why, &rig.now);
    assert!(!rig.engine.drain().idle, "its timer is still there");
    rig.engine.handle_timeout(&rig.now);
    assert!(rig.engine.drain().idle);
    assert!(rig.engine.check_idle(&rig.now));
}

/// The verdict about an instant, in seconds.
type Known = (i64, RunCause, Verdict);

/// Result of buffering many instants at once: the runs that start together, the records, and the
/// number of run ends after which only the first waiting run starts.
fn buffered(misfire: Misfire, instances: usize) -> (Vec<Vec<i64>>, Vec<Known>, usize) {
    let mut rig = Rig::started(Options::default().history(1_000));
    let begun = rig.now.wall();
    let every = Interval::every(HOUR).unwrap();
    let schedule = Schedule::new(every, Task::new(|_| async {})).id("s");
    let schedule = schedule.overlap(Overlap::BufferAll).misfire(misfire);
    rig.add(schedule.max_instances(instances)).unwrap();
    rig.sleep_through(HOUR * 200);
    let (mut rounds, mut in_order) = (Vec::new(), 0);
    while !rig.claims.is_empty() {
        rounds.push(rig.runs(begun));
        let key = rig.engine.schedules.iter().map(|(key, _)| key).next();
        let lane = rig.engine.schedules.lane(key.unwrap());
        in_order += usize::from(lane.unwrap().order().is_some());
        rig.end_oldest();
    }
    let known = |one: Decision| {
        (
            (one.span.from - begun).num_seconds(),
            one.cause,
            one.verdict,
        )
    };
    let history = rig.engine.history(&"s".into()).unwrap();
    (rounds, history.into_iter().map(known).collect(), in_order)
}

#[test]
fn the_end_of_a_run_does_not_go_over_all_that_is_buffered() {
    let all = Misfire::policy(MisfirePolicy::FireAll { max: 200 });
    for instances in [1, 3] {
        let (rounds, records, in_order) = buffered(all, instances);
        assert_eq!(in_order, 200 - instances, "each end starts the first alone");
        // A window that nothing is too old for has them looked at one by one.
        let (expected, wanted, looked_at) = buffered(all.window(HOUR * 10_000), instances);
        assert!(looked_at == 0 && rounds == expected && records == wanted);
    }
}

/// Creates a rig with `count` readers that want only clock jumps.
fn with_readers_of_other_events(count: usize) -> (Rig, Vec<EventStream>) {
    let mut rig = Rig::started(Options::default());
    rig.stop_reading();
    let other = || EventFilter::only([EventName::ClockJumped]);
    let streams = (0..count).map(|_| rig.read(other())).collect();
    // The first event finds that the rig's own stream is gone.
    rig.submit(nothing());
    rig.end_all();
    (rig, streams)
}

#[test]
fn an_event_that_nobody_wants_costs_one_test_whatever_the_number_of_readers() {
    for count in [1, 50, 1_000] {
        let (mut rig, streams) = with_readers_of_other_events(count);
        let looks = rig.engine.cx.outbox.readers.looks;
        for _ in 0..100 {
            rig.submit(nothing());
            rig.end_all();
        }
        assert_eq!(rig.engine.cx.outbox.readers.looks, looks, "{count} readers");
        let job = rig.submit(nothing());
        rig.claims.clear();
        let end = rig.engine.finish_quietly(key_of(job.id()));
        assert!(
            end.is_some(),
            "the end of a job is not a matter for readers"
        );
        rig.jump(HOUR.as_secs() as i64);
        rig.advance(HOUR);
        assert!(rig.engine.cx.outbox.readers.looks >= looks + count);
        drop(streams);
    }
}

#[test]
fn what_is_wanted_follows_from_the_readers_that_there_are() {
    let (mut rig, streams) = with_readers_of_other_events(3);
    let wants = |rig: &Rig, name| rig.engine.cx.outbox.readers.wants(name);
    assert!(wants(&rig, EventName::ClockJumped) && !wants(&rig, EventName::JobFinished));
    assert!(wants(&rig, EventName::StateChanged), "the last event");
    let mut ends = rig.read(EventFilter::only([EventName::JobFinished]));
    assert!(wants(&rig, EventName::JobFinished) && !wants(&rig, EventName::JobStarted));
    let pass = |rig: &mut Rig| {
        rig.submit(nothing());
        rig.end_all();
    };
    pass(&mut rig);
    assert!(ends.try_next().is_some());
    drop(ends);
    pass(&mut rig);
    assert!(!wants(&rig, EventName::JobFinished), "the stream is gone");
    assert!(wants(&rig, EventName::ClockJumped));
    drop(streams);
}

#[test]
fn streams_that_are_dropped_leave_no_trace_though_nothing_happens() {
    let mut rig = Rig::started(Options::default());
    rig.stop_reading();
    let stays = rig.read(EventFilter::jobs());
    for _ in 0..10_000 {
        drop(rig.read(EventFilter::only([EventName::ClockJumped])));
    }
    assert!(rig.engine.subscribers().len() <= 100);
    drop(stays);
}

/// Creates a schedule whose `count` instants became due at once, with a record of each.
fn caught_up(overlap: Overlap, count: u32) -> (Rig, DateTime<Utc>) {
    let mut rig = Rig::started(Options::default().history(count as usize));
    let begun = rig.now.wall();
    let every = Interval::every(HOUR).unwrap();
    let schedule = Schedule::new(every, Task::new(|_| async {})).id("s");
    let all = MisfirePolicy::FireAll {
        max: count as usize,
    };
    let schedule = schedule.overlap(overlap).misfire(Misfire::policy(all));
    rig.add(schedule).unwrap();
    rig.sleep_through(HOUR * count);
    (rig, begun)
}

fn ledger(rig: &Rig) -> &Ledger {
    let schedules = &rig.engine.schedules;
    let (_, record) = schedules.iter().next().unwrap();
    schedules.ledger(record.id()).unwrap().unwrap()
}

#[test]
fn a_record_is_found_without_a_look_at_the_others() {
    for overlap in [Overlap::AllowAll, Overlap::BufferAll] {
        let (mut rig, _) = caught_up(overlap, 300);
        while !rig.claims.is_empty() {
            rig.end_oldest();
        }
        let known = ledger(&rig);
        let ran = |one: &&Record| matches!(one.verdict, Verdict::Ran { .. });
        assert_eq!(known.records().filter(ran).count(), 300);
        assert!(known.looks.get() <= 300, "{}", known.looks.get());
    }
}

/// Returns how many active runs were examined until `count` concurrent runs have started and ended.
fn looks_at_runs(count: u32, newest_first: bool) -> usize {
    let (mut rig, _) = caught_up(Overlap::AllowAll, count);
    assert_eq!(rig.claims.len(), count as usize);
    if newest_first {
        rig.claims.reverse();
    }
    while !rig.claims.is_empty() {
        rig.end_oldest();
    }
    let key = rig.engine.schedules.iter().map(|(key, _)| key).next();
    let lane = rig.engine.schedules.lane(key.unwrap()).unwrap();
    assert_eq!(lane.active_len(), 0);
    lane.looks.get()
}

#[test]
fn the_end_of_a_run_does_not_go_over_all_that_run_beside_it() {
    for count in [100, 1_000] {
        for newest_first in [false, true] {
            let looks = looks_at_runs(count, newest_first);
            let most = count.ilog2() + 2;
            assert!(looks <= (count * most) as usize, "{looks} for {count}");
        }
    }
}
