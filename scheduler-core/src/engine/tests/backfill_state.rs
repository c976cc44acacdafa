//! Events and reports of a backfill, and the memory it holds.

use std::sync::{Arc, Weak};

use chrono::{DateTime, TimeDelta, Utc};

use super::backfill::{Breaks, MINUTE, at, every_minute, fill, minutes};
use crate::{
    Backfill, BackfillControl, BackfillEnd, BackfillHandle, BackfillId, BackfillOrder,
    BackfillReport, Count, ErrorKind, Job, Options, Overlap, Rerun, Schedule, Shutdown, SkipReason,
    Span, Task, Verdict, block_on,
    engine::{Ended, key_of, rig::Rig},
    job::{CancelReason, JobControl, JobError, JobId, JobOutcome},
    schedule::BackfillCell,
    shell::Shared,
    trigger::Trigger,
};

fn rig(options: Options) -> Rig {
    let mut rig = Rig::started(options);
    rig.add(every_minute()).unwrap();
    rig
}

fn last_verdict(rig: &Rig) -> (Span, Verdict) {
    let history = rig.engine.history(&"s".into()).unwrap();
    let last = history.last().unwrap();
    (last.span, last.verdict)
}

#[test]
fn while_it_goes_it_is_listed_and_says_what_is_left() {
    let mut rig = rig(Options::default());
    let first = fill(&mut rig, minutes(0, 1));
    let second = fill(&mut rig, minutes(5, 5));
    assert_eq!((first.id().number(), second.id().number()), (1, 2));
    let going: Vec<_> = rig.engine.backfill_cells();
    assert_eq!(
        going.iter().map(|cell| cell.id()).collect::<Vec<_>>(),
        [first.id(), second.id()]
    );
    let left = |rig: &Rig| rig.engine.backfill_report(first.id()).unwrap().left;
    assert_eq!(left(&rig), Some(at(1)));
    rig.end_oldest();
    assert_eq!(left(&rig), None, "the last one runs");
    rig.end_all();
    assert!(rig.engine.backfill_cells().is_empty());
    assert!(rig.engine.is_idle(&rig.now), "nothing is being asked");
    let context = crate::job::JobContext::new;
    let cell = fill(&mut rig, minutes(7, 7));
    let run = context(rig.claims[0].cell.clone().unwrap());
    assert_eq!(run.backfill(), Some(cell.id()));
}

#[test]
fn the_rest_of_an_interrupted_one_is_noted_with_the_reason() {
    for (shuts_down, reason) in [
        (false, SkipReason::ScheduleRemoved),
        (true, SkipReason::Shutdown),
    ] {
        let mut rig = rig(Options::default());
        fill(&mut rig, minutes(0, 9));
        if shuts_down {
            rig.engine
                .shut_down(Shutdown::graceful(), &rig.now)
                .unwrap();
        } else {
            rig.engine.remove(&"s".into(), &rig.now).unwrap();
        }
        let (span, verdict) = last_verdict(&rig);
        assert_eq!(verdict, Verdict::Skipped(reason));
        let rest = (at(1), at(9), Count::AtLeast(9));
        assert_eq!((span.from, span.to, span.count), rest);
        rig.settle();
    }
}

#[test]
fn of_a_long_one_as_much_is_left_as_is_known() {
    let mut rig = rig(Options::default());
    fill(&mut rig, minutes(0, 99));
    rig.engine.remove(&"s".into(), &rig.now).unwrap();
    let (span, _) = last_verdict(&rig);
    assert_eq!((span.from, span.to), (at(1), at(99)));
    assert_eq!(span.count, Count::AtLeast(64), "63 and the one after them");
}

#[test]
fn runs_that_end_while_its_trigger_is_asked_do_not_end_it() {
    let mut rig = rig(Options::default());
    let cell = fill(&mut rig, minutes(0, 99).max_concurrent(2));
    (0..62).for_each(|_| rig.end_oldest());
    assert_eq!(
        rig.runs(at(0)),
        [62 * 60, 63 * 60],
        "these instants are known"
    );
    for claim in std::mem::take(&mut rig.claims) {
        let ended = Ended::Returned(Ok(()));
        rig.engine.handle_finished(claim.key, &ended, &rig.now);
        rig.engine.handle_timeout(&rig.now);
    }
    assert_eq!(rig.engine.cx.trigger_calls.len(), 1, "it is being asked");
    rig.settle();
    assert_eq!(rig.runs(at(0)), [64 * 60, 65 * 60]);
    while !rig.claims.is_empty() {
        rig.end_all();
    }
    assert_eq!(cell.report().succeeded, 100);
}

#[test]
fn what_runs_just_now_has_been_run() {
    let mut rig = rig(Options::default());
    fill(&mut rig, minutes(0, 0));
    for rerun in [Rerun::Nothing, Rerun::Unsuccessful] {
        let what = minutes(0, 1).rerun(rerun);
        let times = rig
            .engine
            .backfill_times(&"s".into(), &what, &rig.now)
            .unwrap();
        assert_eq!(times.collect::<Vec<_>>(), [at(1)], "{rerun:?}");
    }
}

#[test]
fn what_is_kept_to_run_later_is_left_alone() {
    let mut rig = Rig::started(Options::default());
    rig.add(every_minute().overlap(Overlap::BufferAll)).unwrap();
    rig.advance(3 * MINUTE);
    let known = rig.engine.history(&"s".into()).unwrap();
    let is_kept = |known: &&crate::Decision| known.verdict == Verdict::Buffered;
    assert_eq!((known.len(), known.iter().filter(is_kept).count()), (3, 2));
    let range = known[0].span.from..=known[2].span.to;
    for rerun in [Rerun::Nothing, Rerun::Unsuccessful] {
        let what = Backfill::new(range.clone()).rerun(rerun);
        let dry = rig.engine.backfill_times(&"s".into(), &what, &rig.now);
        assert_eq!(dry.unwrap().count(), 0, "{rerun:?}");
        let cell = fill(&mut rig, what);
        let report = cell.report();
        assert_eq!((report.started, report.skipped), (0, 3), "{rerun:?}");
    }
}

/// Instants of the trigger, in order.
#[derive(Debug)]
struct Listed([DateTime<Utc>; 3]);

impl Trigger for Listed {
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.0.into_iter().find(|&instant| instant > after)
    }
}

/// The records that a backfill adds evict those that it asked about.
#[test]
fn a_dry_run_and_the_run_agree_however_short_the_history() {
    for history in [0, 1, 2, 3, 10] {
        for rerun in [Rerun::Unsuccessful, Rerun::Nothing] {
            for order in [BackfillOrder::OldestFirst, BackfillOrder::NewestFirst] {
                let mut rig = rig(Options::default().history(history));
                let good = minutes(5, 9);
                fill(&mut rig, good);
                while !rig.claims.is_empty() {
                    rig.end_oldest();
                }
                let what = minutes(0, 9).rerun(rerun).order(order);
                let dry = rig.engine.backfill_times(&"s".into(), &what, &rig.now);
                let dry: Vec<_> = dry
                    .unwrap()
                    .map(|instant| (instant - at(0)).num_seconds())
                    .collect();
                let cell = fill(&mut rig, what);
                let mut ran = Vec::new();
                while !rig.claims.is_empty() {
                    ran.extend(rig.runs(at(0)));
                    rig.end_oldest();
                }
                assert_eq!(ran, dry, "history of {history}, {rerun:?}, {order:?}");
                assert_eq!(cell.report().skipped, 10 - dry.len() as u64);
                assert_eq!(dry.len(), 10 - history.min(5));
            }
        }
    }
}

#[test]
fn a_schedule_that_is_over_is_kept_while_a_backfill_of_it_pauses() {
    let mut rig = Rig::started(Options::default());
    let soon = rig.now.wall() + TimeDelta::minutes(1);
    let listed = Listed([at(0), at(1), soon]);
    let schedule = Schedule::new(listed, Task::new(|_| async {}));
    rig.add(schedule.id("s")).unwrap();
    let cell = fill(&mut rig, minutes(0, 1).pace(10 * MINUTE));
    rig.end_oldest();
    rig.advance(MINUTE);
    rig.end_oldest();
    assert!(rig.engine.schedule_info(&"s".into()).is_none(), "over");
    rig.advance(9 * MINUTE);
    assert_eq!(rig.runs(at(0)), [60]);
    rig.end_oldest();
    assert!(cell.report().is_success(), "{}", cell.report());
    let history = rig.engine.history(&"s".into()).unwrap();
    assert_eq!(history.len(), 3, "each run has its record");
}

#[test]
fn who_holds_the_only_permit_may_not_wait_for_one_that_pauses() {
    let mut rig = rig(Options::default().max_concurrent_jobs(1));
    let cell = fill(&mut rig, minutes(0, 1).pace(10 * MINUTE));
    rig.end_oldest();
    let job = rig.submit(Job::new(|_| async {}));
    let (waiter, target) = (key_of(job.id()), key_of(cell.id().as_target()));
    let refused = rig.engine.begin_wait(waiter, target).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::WouldDeadlock);
    let unknown = key_of(BackfillId::from_number(77).as_target());
    assert!(rig.engine.begin_wait(waiter, unknown).is_ok());
}

#[test]
fn a_handle_tells_how_it_ended() {
    let mut rig = rig(Options::default());
    let cell = fill(&mut rig, minutes(0, 0));
    rig.end_oldest();
    let handle = BackfillHandle::new(cell);
    assert!(handle.is_finished());
    for report in [
        block_on(handle.wait()),
        block_on(handle.wait_timeout(MINUTE)),
        handle.wait_blocking(),
    ] {
        let report = report.unwrap();
        assert_eq!((report.succeeded, report.is_success()), (1, true));
    }
}

#[test]
fn one_whose_scheduler_is_gone_was_interrupted() {
    let id = BackfillId::from_number(3);
    let cell = BackfillCell::new(id, "s".into(), Weak::<Shared>::new());
    let handle = BackfillHandle::new(Arc::new(cell));
    assert!(handle.is_finished());
    assert_eq!(handle.report().end, Some(BackfillEnd::Shutdown));
    let report = block_on(handle.wait()).unwrap();
    assert_eq!(report.end, Some(BackfillEnd::Shutdown));
    assert_eq!(format!("{id} {id:?}"), "backfill-3 BackfillId(3)");
}

#[test]
fn a_report_counts_everything_and_names_so_many_failures() {
    let mut report = BackfillReport::default();
    let job = JobId::from_bits(1);
    for minute in 0..150 {
        let failed = JobOutcome::Failed(JobError::failed("no"));
        report.note(at(minute), job, &failed);
    }
    for _ in 0..150 {
        let reason = CancelReason::Requested;
        report.note(at(0), job, &JobOutcome::Cancelled(reason));
    }
    assert_eq!((report.failed, report.cancelled), (150, 150));
    assert_eq!(report.failures.len(), 100);
    report.left = Some(at(5));
    let going = report.to_string();
    assert!(going.starts_with("going on: 0 started"), "{going}");
    assert!(going.ends_with("continue at 2026-01-01 00:05:00 UTC"));
    report.end = Some(BackfillEnd::Completed);
    assert!(!report.is_success());
    assert!(report.to_string().starts_with("completed: "));
}

#[test]
fn a_dry_run_says_that_the_trigger_broke() {
    let mut rig = Rig::started(Options::default());
    let schedule = Schedule::new(Breaks, Task::new(|_| async {}));
    rig.add(schedule.id("s")).unwrap();
    let times = |rig: &Rig, what: &Backfill| {
        let times = rig.engine.backfill_times(&"s".into(), what, &rig.now);
        times.unwrap()
    };
    let mut broken = times(&rig, &minutes(0, 9));
    assert_eq!(broken.by_ref().collect::<Vec<_>>(), [at(1), at(2)]);
    assert!(broken.fault().is_some_and(|why| why.contains("no further")));
    let mut whole = times(&rig, &minutes(0, 1));
    assert_eq!(whole.by_ref().count(), 1);
    assert_eq!(whole.fault(), None);
}
