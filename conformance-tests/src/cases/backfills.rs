//! Cases of BF: backfills, which run the instants of a range on request.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use scheduler_core::{
    ErrorKind, EventKind, Job, Options, Overlap, Schedule, Task, Trigger,
    backfill::{Backfill, BackfillEnd, BackfillHandle, BackfillOrder, BackfillReport, Rerun},
    event::EventName,
    schedule::{RunCause, Verdict},
    trigger::Interval,
};

use super::{
    record::Record,
    stage::{SECOND, Stage, it_id},
};
use crate::{
    Backend,
    gate::{Counter, Gate},
    world::kind,
};

const TEN: Duration = Duration::from_secs(10);

/// Returns a schedule that is due every ten seconds, at 5 s, 15 s and so on, and was due long
/// before the stage began.
pub(super) fn schedule(stage: &Stage, task: Task) -> Schedule {
    let every = Interval::every(TEN).expect("not zero");
    let schedule = Schedule::new(every.starting_at(stage.at(-95)), task);
    schedule.id("it")
}

fn stage(backend: &dyn Backend) -> Stage {
    let stage = Stage::new(backend);
    stage.add(schedule(&stage, stage.record.task()));
    stage.world.settle();
    stage
}

/// Returns a backfill of the instants from second `first` to second `last` of the stage.
pub(super) fn range(stage: &Stage, first: i64, last: i64) -> Backfill {
    Backfill::new(stage.at(first)..=stage.at(last))
}

pub(super) fn begin(stage: &Stage, what: Backfill) -> BackfillHandle {
    let begun = stage.world.call(|it| it.schedule(&it_id()).backfill(what));
    let begun = begun.expect("begun");
    stage.world.settle();
    begun
}

pub(super) fn end_of(stage: &Stage, backfill: &BackfillHandle) -> BackfillReport {
    stage.world.run(backfill.wait()).expect("the backfill ends")
}

fn dry_run(stage: &Stage, what: &Backfill) -> Vec<i64> {
    let times = stage
        .world
        .call(|it| it.schedule(&it_id()).backfill_times(what));
    let times = times.expect("`next_times` returns");
    times.map(|at| stage.second(at)).collect()
}

pub(super) fn each_instant_of_the_range_runs_once(backend: &dyn Backend) {
    let stage = stage(backend);
    let backfill = begin(&stage, range(&stage, -35, -5));
    let report = end_of(&stage, &backfill);
    assert_eq!(stage.ran(), [-35, -25, -15, -5]);
    assert_eq!(stage.causes(), [RunCause::Backfill; 4]);
    assert!(report.is_success(), "{report}");
    assert_eq!(
        (report.started, report.succeeded, report.left),
        (4, 4, None)
    );
    let between = end_of(&stage, &begin(&stage, range(&stage, -34, -26)));
    assert!(between.is_success() && between.started == 0, "{between}");
}

/// A jump of the clock moves the range, although the interval itself counts elapsed time.
pub(super) fn a_range_is_wall_clock_time(backend: &dyn Backend) {
    for by in [5 * 3_600, -5 * 3_600] {
        let stage = stage(backend);
        stage.pause("only the backfill");
        stage.world.time.jump_wall(TimeDelta::seconds(by));
        let now = stage.world.wall();
        let what = Backfill::new(now - TimeDelta::seconds(40)..=now);
        assert_eq!(dry_run(&stage, &what), [-35, -25, -15, -5], "set by {by} s");
        let report = end_of(&stage, &begin(&stage, what));
        assert!(report.is_success(), "{report}");
        assert_eq!(stage.ran(), [-35, -25, -15, -5], "set by {by} s");
    }
}

pub(super) fn the_schedule_continues_during_a_backfill(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    let gate = Gate::default();
    let schedule = schedule(&stage, stage.record.held_task(&gate));
    stage.add(schedule.overlap(Overlap::Skip).pause_after_failures(1));
    let before = stage.info();
    let backfill = begin(&stage, range(&stage, -25, -15));
    assert_eq!(stage.info().next, before.next);
    stage.world.advance(TEN);
    assert_eq!(
        stage.ran(),
        [-25, 5],
        "the backfill and the schedule do not wait for each other"
    );
    stage.world.time.outside(|| gate.open());
    end_of(&stage, &backfill);
    assert_eq!(stage.ran(), [-25, 5, -15]);
    let after = stage.info();
    assert_eq!((after.started, after.last), (1, Some(stage.at(5))));
    assert!(!after.is_paused());
}

pub(super) fn failures_of_a_backfill_do_not_pause_the_schedule(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    let task = Task::new(|_| async { Err::<(), _>("no") });
    stage.add(schedule(&stage, task).pause_after_failures(1));
    let report = end_of(&stage, &begin(&stage, range(&stage, -25, -15)));
    assert_eq!(
        (report.end.clone(), report.failed),
        (Some(BackfillEnd::Completed), 2)
    );
    let named = report
        .failures
        .iter()
        .map(|failed| stage.second(failed.nominal));
    assert_eq!(named.collect::<Vec<_>>(), [-25, -15]);
    assert!(!stage.info().is_paused() && stage.info().failures == 0);
}

pub(super) fn a_backfill_keeps_its_concurrency(backend: &dyn Backend) {
    for (most, first) in [(1, vec![-45]), (3, vec![-45, -35, -25])] {
        let stage = Stage::new(backend);
        let gate = Gate::default();
        stage.add(schedule(&stage, stage.record.held_task(&gate)));
        let backfill = begin(&stage, range(&stage, -45, -5).max_concurrent(most));
        assert_eq!(stage.ran(), first);
        assert_eq!(backfill.report().running, most as u64);
        stage.world.time.outside(|| gate.open());
        assert!(end_of(&stage, &backfill).is_success());
        assert_eq!(stage.ran(), [-45, -35, -25, -15, -5]);
    }
    let stage = stage(backend);
    let newest = range(&stage, -35, -5).order(BackfillOrder::NewestFirst);
    assert_eq!(dry_run(&stage, &newest), [-5, -15, -25, -35]);
    end_of(&stage, &begin(&stage, newest));
    assert_eq!(stage.ran(), [-5, -15, -25, -35]);
}

pub(super) fn a_backfill_keeps_its_pace(backend: &dyn Backend) {
    let stage = stage(backend);
    stage.pause("only the backfill");
    let what = range(&stage, -35, -15).max_concurrent(9).pace(TEN);
    let backfill = begin(&stage, what);
    end_of(&stage, &backfill);
    assert_eq!(stage.ran(), [-35, -25, -15]);
    assert_eq!(stage.began(), [0, 10_000, 20_000]);
}

/// The first run waits half a minute for its permit.
pub(super) fn the_pace_of_a_backfill_is_between_starts(backend: &dyn Backend) {
    let stage = Stage::with(backend, Options::default().max_concurrent_jobs(1));
    stage.add(schedule(&stage, stage.record.task()).paused("only the backfill"));
    let gate = Gate::default();
    let task = Record::new(&stage.world.time).held_task(&gate);
    let posted = stage.world.call(|it| it.post(Job::from(task)));
    posted.expect("accepted");
    let what = range(&stage, -35, -15).max_concurrent(9).pace(TEN);
    let backfill = begin(&stage, what);
    stage.world.advance(3 * TEN);
    stage.world.time.outside(|| gate.open());
    end_of(&stage, &backfill);
    assert_eq!(stage.ran(), [-35, -25, -15]);
    assert_eq!(stage.began(), [30_000, 40_000, 50_000]);
}

pub(super) fn the_dry_run_runs_nothing(backend: &dyn Backend) {
    let stage = stage(backend);
    let what = range(&stage, -35, -5).limit(3);
    assert_eq!(dry_run(&stage, &what), [-35, -25, -15]);
    stage.world.settle();
    assert!(stage.ran().is_empty() && stage.history().is_empty());
    assert!(stage.world.call(|it| it.backfills()).is_empty());
    end_of(&stage, &begin(&stage, what));
    assert_eq!(stage.ran(), [-35, -25, -15]);
}

pub(super) fn the_limit_of_a_backfill_reports_where_to_continue(backend: &dyn Backend) {
    let stage = stage(backend);
    let first = end_of(&stage, &begin(&stage, range(&stage, -45, -5).limit(2)));
    assert_eq!(first.end, Some(BackfillEnd::LimitReached));
    assert_eq!((first.started, first.left), (2, Some(stage.at(-25))));
    let rest = Backfill::new(stage.at(-25)..=stage.at(-5));
    assert!(end_of(&stage, &begin(&stage, rest)).is_success());
    assert_eq!(stage.ran(), [-45, -35, -25, -15, -5]);
}

pub(super) fn a_paused_schedule_is_backfilled_and_a_paused_scheduler_waits(backend: &dyn Backend) {
    let stage = stage(backend);
    stage.pause("being repaired");
    end_of(&stage, &begin(&stage, range(&stage, -25, -15)));
    assert_eq!(stage.ran(), [-25, -15]);
    stage.world.call(|it| it.pause().expect("paused"));
    let held = begin(&stage, range(&stage, -45, -35));
    stage.world.advance(TEN);
    assert_eq!(stage.ran(), [-25, -15]);
    stage.world.call(|it| it.resume().expect("resumed"));
    assert!(end_of(&stage, &held).is_success());
    assert_eq!(stage.ran(), [-25, -15, -45, -35]);
}

pub(super) fn a_run_cannot_wait_for_its_own_backfill(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    let (gate, refused) = (Gate::default(), Counter::default());
    let own = Arc::new(OnceLock::<BackfillHandle>::new());
    let (passed, refusals, handle) = (gate.clone(), refused.clone(), own.clone());
    let task = Task::new(move |job| {
        let (passed, refusals, handle) = (passed.clone(), refusals.clone(), handle.clone());
        async move {
            passed.pass().await;
            let backfill = handle.get().expect("the backfill has begun");
            assert_eq!(Some(backfill.id()), job.backfill());
            if kind(backfill.wait().await) == Some(ErrorKind::WouldDeadlock) {
                refusals.add();
            }
        }
    });
    stage.add(schedule(&stage, task));
    let backfill = begin(&stage, range(&stage, -25, -15));
    drop(own.set(backfill.clone()));
    stage.world.time.outside(|| gate.open());
    assert!(end_of(&stage, &backfill).started <= 2);
    stage.world.settle();
    assert_eq!(refused.get(), 2);
}

pub(super) fn an_invalid_backfill_is_refused(backend: &dyn Backend) {
    let stage = stage(backend);
    for (what, field) in [
        (range(&stage, -5, -15), "backfill.range"),
        (
            range(&stage, -15, -5).max_concurrent(0),
            "backfill.max_concurrent",
        ),
    ] {
        let dry = stage
            .world
            .call(|it| it.schedule(&it_id()).backfill_times(&what));
        assert_eq!(kind(dry), Some(ErrorKind::InvalidConfig));
        let refused = stage.world.call(|it| it.schedule(&it_id()).backfill(what));
        let refused = refused.expect_err("the range is invalid");
        assert_eq!(refused.kind(), ErrorKind::InvalidConfig);
        assert!(refused.to_string().contains(field), "{refused}");
    }
    let what = range(&stage, -15, -5);
    let unknown = stage
        .world
        .call(|it| it.schedule(&"other".into()).backfill(what));
    assert_eq!(kind(unknown), Some(ErrorKind::NotFound));
    stage.world.settle();
    assert!(stage.ran().is_empty());
}

pub(super) fn a_backfill_publishes_its_begin_and_end(backend: &dyn Backend) {
    let mut stage = stage(backend);
    stage.world.events();
    let backfill = begin(&stage, range(&stage, -15, -5));
    end_of(&stage, &backfill);
    let events = stage.world.events();
    let backfilled = |kind: &EventKind| match kind {
        EventKind::BackfillStarted { backfill: id, .. } => Some(*id),
        EventKind::BackfillFinished {
            backfill: id,
            report,
            ..
        } => {
            assert!(report.is_success(), "{report}");
            Some(*id)
        }
        EventKind::JobScheduled { run, .. } => run.and_then(|run| run.backfill),
        _ => None,
    };
    let told: Vec<_> = events
        .iter()
        .filter_map(|event| Some((event.kind.name(), backfilled(&event.kind)?)))
        .collect();
    let wanted = [
        EventName::BackfillStarted,
        EventName::JobScheduled,
        EventName::JobScheduled,
        EventName::BackfillFinished,
    ];
    assert_eq!(told, wanted.map(|name| (name, backfill.id())));
    let verdicts = stage.verdicts();
    let ran = |(_, verdict): &(i64, Verdict)| matches!(verdict, Verdict::Ran { .. });
    assert!(
        verdicts.len() == 2 && verdicts.iter().all(ran),
        "{verdicts:?}"
    );
}

/// A trigger that is due every second and counts the calls of `next`.
#[derive(Debug)]
struct Counted(Arc<AtomicUsize>);

impl Trigger for Counted {
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        DateTime::from_timestamp(after.timestamp() + 1, 0)
    }
}

pub(super) fn a_year_of_seconds_is_read_in_portions(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    let asked = Arc::new(AtomicUsize::new(0));
    let schedule = Schedule::new(Counted(asked.clone()), stage.record.task());
    stage.add(schedule.id("it").paused("only backfilled"));
    stage.world.settle();
    asked.store(0, Ordering::SeqCst);
    let year = stage.begun - TimeDelta::days(365)..=stage.begun;
    let backfill = begin(&stage, Backfill::new(year.clone()).pace(SECOND));
    stage.world.advance(5 * SECOND);
    assert_eq!(stage.ran().len(), 6);
    assert!(
        asked.load(Ordering::SeqCst) < 1_000,
        "the trigger was called {asked:?} times"
    );
    stage.world.call(|_| backfill.stop());
    assert_eq!(end_of(&stage, &backfill).started, 6);
    asked.store(0, Ordering::SeqCst);
    let times = stage
        .world
        .call(|it| it.schedule(&it_id()).backfill_times(&Backfill::new(year)));
    assert_eq!(times.expect("`next_times` returns").take(10).count(), 10);
    assert!(
        asked.load(Ordering::SeqCst) < 1_000,
        "the trigger was called {asked:?} times"
    );
}

/// The history keeps two records of the schedule, and each run of the backfill adds one of its own.
pub(super) fn the_records_of_a_backfill_do_not_hide_earlier_runs(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    stage.add(schedule(&stage, stage.record.task()).history(2));
    end_of(&stage, &begin(&stage, range(&stage, -25, -15)));
    let before = stage.ran().len();
    let what = range(&stage, -55, -5).rerun(Rerun::Unsuccessful);
    let wanted = [-55, -45, -35, -5];
    assert_eq!(dry_run(&stage, &what), wanted);
    let report = end_of(&stage, &begin(&stage, what));
    assert_eq!(stage.ran()[before..], wanted);
    assert_eq!(report.skipped, 2);
}

pub(super) fn earlier_runs_are_skipped_on_request(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    let record = stage.record.clone();
    let fails = stage.at(-15);
    let task = Task::new(move |job| {
        record.note(&job);
        let failed = job.nominal() == fails;
        async move { if failed { Err("no") } else { Ok(()) } }
    });
    stage.add(schedule(&stage, task));
    end_of(&stage, &begin(&stage, range(&stage, -25, -15)));
    for (rerun, wanted) in [
        (Rerun::Unsuccessful, vec![-35, -15]),
        (Rerun::Nothing, vec![]),
        (Rerun::All, vec![-35, -25, -15]),
    ] {
        let before = stage.ran().len();
        let what = range(&stage, -35, -15).rerun(rerun);
        assert_eq!(dry_run(&stage, &what), wanted, "{rerun:?}");
        let report = end_of(&stage, &begin(&stage, what));
        assert_eq!(stage.ran()[before..], wanted, "{rerun:?}");
        assert_eq!(report.skipped, 3 - wanted.len() as u64);
    }
}
