//! Which jobs and runs a graceful shutdown still starts.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};

use crate::{
    Count, Error, EventKind, Job, LifecycleError, Misfire, MisfirePolicy, Options, Overlap,
    Schedule, Shutdown, ShutdownReport, SkipReason, State, Task, Verdict,
    engine::rig::{Rig, outcome},
    job::{JobCell, JobControl, JobPolicy, RateLimit, Retry},
    trigger::Interval,
};

const SECOND: Duration = Duration::from_secs(1);

fn job() -> Job {
    Job::new(|_| async {})
}

fn one_at_a_time() -> Rig {
    Rig::started(Options::default().max_concurrent_jobs(1))
}

fn shut_down(rig: &mut Rig, how: Shutdown) {
    rig.engine.shut_down(how, &rig.now).unwrap();
    rig.settle();
}

fn report(rig: &Rig) -> Arc<ShutdownReport> {
    rig.engine.report().expect("it has ended")
}

/// Returns the numbers of jobs that the drain finished, that were cancelled and that never started.
fn counts(rig: &Rig) -> [usize; 3] {
    let report = report(rig);
    assert_eq!(report.unstarted, report.never_started.len());
    [
        report.drained.len(),
        report.cancelled.len(),
        report.unstarted,
    ]
}

fn ended(job: &JobCell) -> Option<String> {
    outcome(job)
}

fn is_cancelled(job: &JobCell) -> bool {
    ended(job).is_some_and(|how| how.starts_with("cancelled"))
}

#[test]
fn accepted_jobs_that_are_due_run_and_nothing_new_becomes_due() {
    let mut rig = one_at_a_time();
    let jobs: Vec<_> = (0..4).map(|_| rig.submit(job())).collect();
    let later = rig.submit(job().after(SECOND).name("later"));
    shut_down(&mut rig, Shutdown::graceful());
    assert!(is_cancelled(&later));
    let refused = rig
        .engine
        .submit(job(), None, 0, &rig.now)
        .map_err(|no| no.0);
    let error = Error::Lifecycle(LifecycleError::ShutDown).to_string();
    assert_eq!(refused.err().map(|it| it.to_string()), Some(error));
    for job in &jobs {
        assert_eq!(rig.running(), [job.id()]);
        rig.advance(SECOND);
        rig.succeed(job);
    }
    assert_eq!(
        (rig.engine.state(), counts(&rig)),
        (State::ShutDown, [4, 0, 1])
    );
    assert_eq!(report(&rig).never_started[0].to_string(), "later");
}

#[test]
fn running_only_cancels_what_waits_and_an_immediate_one_everything() {
    for (how, running) in [(Shutdown::running_only(), 1), (Shutdown::immediate(), 0)] {
        let mut rig = one_at_a_time();
        let jobs = [rig.submit(job()), rig.submit(job())];
        shut_down(&mut rig, how);
        assert_eq!((is_cancelled(&jobs[1]), rig.running().len()), (true, 1));
        rig.succeed(&jobs[0]);
        assert_eq!(counts(&rig), [running, 1 - running, 1]);
    }
}

#[test]
fn when_the_time_is_over_what_waits_is_cancelled_and_named() {
    let mut rig = one_at_a_time();
    let jobs = [rig.submit(job()), rig.submit(job().name("late"))];
    shut_down(&mut rig, Shutdown::drain_within(SECOND));
    rig.advance(SECOND);
    assert!(is_cancelled(&jobs[1]));
    rig.succeed(&jobs[0]);
    assert_eq!((counts(&rig), rig.running().len()), ([0, 1, 1], 0));
    assert_eq!(report(&rig).never_started[0].to_string(), "late");
}

#[test]
fn a_shutdown_that_hurries_ends_the_drain() {
    for how in [
        Shutdown::immediate().hurry(),
        Shutdown::running_only().hurry(),
    ] {
        let mut rig = one_at_a_time();
        let jobs = [rig.submit(job()), rig.submit(job())];
        shut_down(&mut rig, Shutdown::graceful());
        shut_down(&mut rig, how);
        assert!(is_cancelled(&jobs[1]));
        rig.succeed(&jobs[0]);
        assert_eq!(report(&rig).unstarted, 1);
    }
}

#[test]
fn the_rate_holds_to_the_end() {
    let mut rig = Rig::started(Options::default());
    let limit = || JobPolicy::default().rate_limit(RateLimit::new("g", 1, SECOND));
    let jobs: Vec<_> = (0..3).map(|_| rig.submit(job().policy(limit()))).collect();
    shut_down(&mut rig, Shutdown::drain_within(5 * SECOND));
    for job in &jobs {
        assert_eq!(rig.running(), [job.id()]);
        rig.succeed(job);
        rig.advance(SECOND);
    }
    assert_eq!(counts(&rig), [3, 0, 0]);
}

fn failing(rig: &mut Rig, after: Duration) -> Arc<JobCell> {
    let task = Task::new(|_| async {}).retry(Retry::fixed(2, after));
    let job = rig.submit(task);
    rig.fail(&job);
    job
}

#[test]
fn an_attempt_begins_if_it_is_due_within_the_time() {
    let mut rig = Rig::started(Options::default());
    let (near, far) = (
        failing(&mut rig, 3 * SECOND),
        failing(&mut rig, 10 * SECOND),
    );
    let task = |after| Task::new(|_| async {}).retry(Retry::fixed(2, after));
    let (soon, late) = (rig.submit(task(SECOND)), rig.submit(task(10 * SECOND)));
    shut_down(&mut rig, Shutdown::drain_within(5 * SECOND));
    assert_eq!((is_cancelled(&near), is_cancelled(&far)), (false, true));
    rig.fail(&soon);
    rig.fail(&late);
    assert_eq!(ended(&late).as_deref(), Some("no"), "the failure is final");
    rig.advance(3 * SECOND);
    rig.succeed(&near);
    rig.succeed(&soon);
    assert_eq!(counts(&rig), [2, 1, 0]);
    assert_eq!(report(&rig).failed.len(), 1);
}

fn every_second(overlap: Overlap) -> Schedule {
    let every = Interval::every(SECOND).unwrap();
    Schedule::new(every, Task::new(|_| async {}))
        .id("s")
        .overlap(overlap)
}

fn verdicts(rig: &Rig) -> Vec<Verdict> {
    let history = rig.engine.history(&"s".into()).unwrap();
    history
        .into_iter()
        .map(|decision| decision.verdict)
        .collect()
}

#[test]
fn kept_instants_run_one_after_the_other_and_no_further_one_comes() {
    let mut rig = Rig::started(Options::default());
    let begun = rig.now.wall();
    rig.add(every_second(Overlap::BufferAll)).unwrap();
    rig.advance(3 * SECOND);
    shut_down(&mut rig, Shutdown::graceful());
    for instant in 1..=3 {
        assert_eq!(rig.runs(begun), [instant]);
        rig.advance(SECOND);
        rig.end_oldest();
    }
    assert_eq!(
        (rig.engine.state(), counts(&rig)),
        (State::ShutDown, [3, 0, 0])
    );
    let ran = |verdict: &Verdict| matches!(verdict, Verdict::Ran { .. });
    assert_eq!(
        (verdicts(&rig).len(), verdicts(&rig).iter().all(ran)),
        (3, true)
    );
}

#[test]
fn kept_instants_that_do_not_come_to_run_say_why() {
    let mut rig = Rig::started(Options::default());
    rig.add(every_second(Overlap::BufferAll)).unwrap();
    rig.advance(3 * SECOND);
    shut_down(&mut rig, Shutdown::drain_within(SECOND));
    rig.advance(SECOND);
    rig.end_oldest();
    let shutdown = Verdict::Skipped(SkipReason::Shutdown);
    assert_eq!(verdicts(&rig)[1..], [shutdown, shutdown]);
}

#[test]
fn what_a_paused_schedule_keeps_does_not_run() {
    let mut rig = Rig::started(Options::default());
    rig.add(every_second(Overlap::BufferAll)).unwrap();
    rig.advance(2 * SECOND);
    rig.engine
        .pause_schedule(&"s".into(), "no", &rig.now)
        .unwrap();
    rig.settle();
    shut_down(&mut rig, Shutdown::graceful());
    rig.end_oldest();
    assert_eq!(
        (rig.engine.state(), rig.running().len()),
        (State::ShutDown, 0)
    );
    assert_eq!(verdicts(&rig)[1], Verdict::Skipped(SkipReason::Shutdown));
}

/// Returns the nominal times of the runs that start, with the seconds at which they do.
fn starts(rig: &mut Rig, begun: DateTime<Utc>, seconds: u32) -> Vec<(u32, i64)> {
    let mut starts = Vec::new();
    for second in 0..seconds {
        starts.extend(rig.runs(begun).into_iter().map(|run| (second, run)));
        rig.end_all();
        rig.advance(SECOND);
    }
    starts
}

#[test]
fn catch_up_runs_keep_their_pace_to_the_end() {
    let mut rig = Rig::started(Options::default());
    let begun = rig.now.wall();
    let late = Misfire::policy(MisfirePolicy::FireAll { max: 3 }).grace(SECOND / 2);
    let schedule = every_second(Overlap::AllowAll).misfire(late.pace(2 * SECOND));
    rig.add(schedule).unwrap();
    rig.engine.pause(&rig.now).unwrap();
    rig.sleep_through(10 * SECOND + SECOND * 6 / 10);
    rig.engine.resume(&rig.now).unwrap();
    rig.settle();
    shut_down(&mut rig, Shutdown::graceful());
    let starts = starts(&mut rig, begun, 6);
    assert_eq!(starts, [(0, 8), (2, 9), (4, 10)]);
    assert_eq!(
        (rig.engine.state(), counts(&rig)),
        (State::ShutDown, [3, 0, 0])
    );
}

#[test]
fn a_paused_scheduler_starts_nothing_and_names_what_waited() {
    let mut rig = one_at_a_time();
    let jobs = [rig.submit(job()), rig.submit(job().name("waits"))];
    rig.engine.pause(&rig.now).unwrap();
    shut_down(&mut rig, Shutdown::graceful());
    assert!(is_cancelled(&jobs[1]));
    rig.succeed(&jobs[0]);
    assert_eq!(counts(&rig), [1, 0, 1]);
    assert_eq!(report(&rig).never_started[0].to_string(), "waits");
}

#[test]
fn a_runtime_that_goes_leaves_nothing_to_drain() {
    let mut rig = one_at_a_time();
    let jobs = [rig.submit(job()), rig.submit(job())];
    shut_down(&mut rig, Shutdown::graceful());
    rig.engine.handle_driver_gone(&BTreeSet::new(), &rig.now);
    rig.settle();
    assert_eq!(rig.engine.state(), State::ShutDown);
    assert!(jobs.iter().all(|job| ended(job).is_some()));
}

#[test]
fn what_is_due_and_undecided_has_a_record_and_is_told_however_it_ends() {
    let ends = [
        Shutdown::graceful(),
        Shutdown::drain_within(SECOND),
        Shutdown::running_only(),
        Shutdown::immediate(),
    ];
    for how in ends {
        for pauses_all in [false, true] {
            let mut rig = Rig::started(Options::default());
            rig.add(every_second(Overlap::Skip)).unwrap();
            if pauses_all {
                rig.engine.pause(&rig.now).unwrap();
            } else {
                let id = "s".into();
                rig.engine.pause_schedule(&id, "no", &rig.now).unwrap();
            }
            rig.sleep_through(3 * SECOND);
            rig.all_events();
            shut_down(&mut rig, how);
            let history = rig.engine.history(&"s".into()).unwrap();
            let [all] = &history[..] else {
                panic!("{history:?}")
            };
            let shutdown = Verdict::Skipped(SkipReason::Shutdown);
            assert_eq!((all.span.count, all.verdict), (Count::Exactly(3), shutdown));
            let is_told = |event: &EventKind| matches!(event, EventKind::OccurrencesSkipped { span, .. } if *span == all.span);
            let events = rig.all_events();
            assert_eq!(events.iter().filter(|event| is_told(event)).count(), 1);
            let over = |event: Option<&EventKind>| {
                let to = State::ShutDown;
                matches!(event, Some(EventKind::StateChanged { to: now, .. }) if *now == to)
            };
            assert!(over(events.last()), "no event follows the end");
        }
    }
}
