//! Failures whose error handler has not returned.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use super::backfill::{every_minute, fill, minutes};
use crate::{
    BackfillControl, BackfillEnd, Job, JobFailure, Options, Shutdown, State,
    engine::{
        Ended, key_of,
        rig::{Rig, outcome},
    },
    job::{JobCell, JobError, JobStatus},
};

const SECOND: Duration = Duration::from_secs(1);

/// Creates a scheduler whose error handlers do not return, with a failed job.
fn failed(options: Options) -> (Rig, Arc<JobCell>) {
    let mut rig = Rig::started(options.on_error(|_: &JobFailure| {}));
    rig.handlers_hang = true;
    let job = rig.submit(Job::new(|_| async {}).name("mail"));
    rig.fail(&job);
    (rig, job)
}

fn shut_down(rig: &mut Rig, how: Shutdown) {
    rig.engine.shut_down(how, &rig.now).unwrap();
    rig.settle();
}

fn hung(rig: &Rig) -> Vec<String> {
    let report = rig.engine.report().expect("it has ended");
    let names = report.hung_handlers.iter();
    names.map(ToString::to_string).collect()
}

#[test]
fn a_job_is_there_until_its_failure_has_been_handled() {
    let (mut rig, _) = failed(Options::default());
    assert_eq!(rig.engine.metrics().jobs(), 1);
    assert!(!rig.engine.is_idle(&rig.now));
    shut_down(&mut rig, Shutdown::graceful());
    assert_eq!(rig.engine.state(), State::ShuttingDown);
    let key = rig.engine.jobs.handling_keys()[0];
    assert!(rig.engine.handle_handled(key, &rig.now).is_some());
    assert_eq!(rig.engine.state(), State::ShutDown);
    assert_eq!((rig.engine.metrics().jobs(), hung(&rig).len()), (0, 0));
}

#[test]
fn a_job_is_shown_until_its_failure_has_been_handled() {
    let (mut rig, job) = failed(Options::default());
    let shown = rig.info(&job).expect("it has no outcome yet");
    assert_eq!(
        (shown.status, shown.name.as_deref()),
        (JobStatus::Handling, Some("mail"))
    );
    assert_eq!(rig.engine.job_infos().len(), 1);
    rig.engine.handle_handled(key_of(shown.id), &rig.now);
    assert!(rig.info(&job).is_none() && rig.engine.job_infos().is_empty());
    assert_eq!(rig.engine.status(key_of(shown.id)), JobStatus::Finished);
}

#[test]
fn a_handle_can_be_had_while_a_failure_is_being_handled() {
    let mut rig = Rig::started(Options::default().on_error(|_: &JobFailure| {}));
    rig.handlers_hang = true;
    let posted = rig.engine.submit(Job::new(|_| async {}), None, 0, &rig.now);
    let posted = key_of(posted.expect("accepted"));
    rig.settle();
    let failed = Ended::Returned(Err(JobError::failed("no")));
    rig.engine.handle_finished(posted, &failed, &rig.now);
    rig.settle();
    let cell = rig.engine.attach_cell(posted).expect("it has not ended");
    assert!(outcome(&cell).is_none());
    rig.engine.handle_handled(posted, &rig.now);
    assert_eq!(outcome(&cell).as_deref(), Some("no"));
    assert!(rig.engine.attach_cell(posted).is_none());
}

#[test]
fn a_handler_is_waited_for_until_its_grace_is_over() {
    let (mut rig, job) = failed(Options::default().handler_grace(2 * SECOND));
    rig.advance(2 * SECOND - Duration::from_nanos(1));
    assert_eq!(rig.engine.metrics().jobs(), 1);
    rig.advance(Duration::from_nanos(1));
    let metrics = rig.engine.metrics();
    assert_eq!((metrics.jobs(), metrics.hung_handlers), (0, 1));
    assert!(rig.engine.is_idle(&rig.now));
    assert_eq!(outcome(&job).as_deref(), Some("no"));
}

#[test]
fn a_handler_that_is_written_off_leaves_no_job_without_an_outcome() {
    let (mut rig, job) = failed(Options::default());
    let (_, mut targets) = rig.engine.parts();
    targets.write_off_handlers(&BTreeSet::new());
    // Nothing has been carried out yet, and others see the scheduler as it is now.
    assert!(rig.engine.is_idle(&rig.now));
    assert_eq!(outcome(&job).as_deref(), Some("no"));
}

#[test]
fn a_backfill_ends_after_the_last_handler() {
    for written_off in [false, true] {
        let mut rig = Rig::started(Options::default().on_error(|_: &JobFailure| {}));
        rig.handlers_hang = true;
        rig.add(every_minute()).unwrap();
        let cell = fill(&mut rig, minutes(0, 1));
        for _ in 0..2 {
            let run = rig.claims[0].cell.clone().expect("it has a handle");
            rig.fail(&run);
        }
        let going = rig.engine.backfill_report(cell.id());
        let going = going.expect("handlers have not returned");
        assert_eq!((going.failed, going.end), (2, None));
        assert_eq!(rig.engine.backfill_cells().len(), 1);
        for key in rig.engine.jobs.handling_keys() {
            assert!(rig.engine.backfill_report(cell.id()).is_some());
            if !written_off {
                rig.engine.handle_handled(key, &rig.now);
            }
        }
        if written_off {
            rig.advance(5 * SECOND);
        }
        rig.settle();
        assert_eq!(cell.report().end, Some(BackfillEnd::Completed));
        assert!(rig.engine.backfill_report(cell.id()).is_none());
        assert!(rig.engine.backfill_cells().is_empty());
    }
}

#[test]
fn a_shutdown_names_the_handlers_that_hang() {
    let (mut rig, _) = failed(Options::default());
    shut_down(&mut rig, Shutdown::graceful());
    rig.advance(5 * SECOND);
    assert_eq!(hung(&rig), ["mail"]);
}

#[test]
fn the_time_of_a_shutdown_is_that_of_the_handlers_too() {
    let how = Shutdown::drain_within(SECOND).cancel_grace(SECOND);
    for grace in [60 * SECOND, Duration::MAX] {
        let (mut rig, _) = failed(Options::default().handler_grace(grace));
        shut_down(&mut rig, how.abandon_after(SECOND));
        rig.advance(3 * SECOND - Duration::from_nanos(1));
        assert_eq!(rig.engine.state(), State::ShuttingDown);
        rig.advance(Duration::from_nanos(1));
        assert_eq!((rig.engine.state(), hung(&rig).len()), (State::ShutDown, 1));
    }
}

#[test]
fn a_shutdown_that_hurries_shortens_the_wait_for_handlers() {
    let (mut rig, _) = failed(Options::default().handler_grace(60 * SECOND));
    shut_down(&mut rig, Shutdown::graceful());
    rig.advance(SECOND);
    shut_down(&mut rig, Shutdown::immediate().hurry());
    rig.advance(SECOND);
    assert_eq!((rig.engine.state(), hung(&rig).len()), (State::ShutDown, 1));
}

#[test]
fn nobody_waits_for_handlers_when_the_runtime_is_gone() {
    for grace in [SECOND, Duration::MAX] {
        let (mut rig, job) = failed(Options::default().handler_grace(grace));
        rig.engine.handle_driver_gone(&BTreeSet::new(), &rig.now);
        rig.settle();
        assert_eq!((rig.engine.state(), hung(&rig).len()), (State::ShutDown, 1));
        assert_eq!(outcome(&job).as_deref(), Some("no"));
    }
}

#[test]
fn a_backfill_ends_with_the_runtime_before_the_handlers_that_are_still_called() {
    let mut rig = Rig::started(Options::default().on_error(|_: &JobFailure| {}));
    rig.handlers_hang = true;
    rig.add(every_minute()).unwrap();
    let cell = fill(&mut rig, minutes(0, 1));
    let run = rig.claims[0].cell.clone().expect("it has a handle");
    rig.fail(&run);
    // One failure is in line, and the other run is lost with the runtime.
    let told = rig.engine.jobs.handling_keys().into_iter().collect();
    rig.engine.handle_driver_gone(&told, &rig.now);
    assert_eq!(rig.engine.jobs.handling_keys().len(), 2);
    let report = cell.report();
    assert!(report.end.is_some(), "{report:?}");
    assert_eq!(report.failed, 2, "{report:?}");
}
