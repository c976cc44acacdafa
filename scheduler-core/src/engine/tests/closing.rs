//! Cancelled jobs, and calls after the end of the scheduler.

use std::{collections::BTreeSet, time::Duration};

use crate::{
    Job, Options, Shutdown, State,
    engine::{id_of, rig::Rig},
    job::{CancelMode, CancelReason, CancelRequest},
};

const HOUR: Duration = Duration::from_secs(3_600);

#[test]
fn what_has_ended_has_ended_when_the_runtime_drops_the_driver() {
    let mut rig = Rig::started(Options::default());
    rig.engine
        .shut_down(Shutdown::graceful(), &rig.now)
        .unwrap();
    rig.settle();
    rig.events();
    let report = rig.engine.report().unwrap();
    rig.engine.handle_driver_gone(&BTreeSet::new(), &rig.now);
    rig.settle();
    assert_eq!(rig.engine.state(), State::ShutDown);
    assert!(rig.events().is_empty());
    assert_eq!(rig.engine.report().unwrap().cause, report.cause);
}

/// Cancels a running job without a handle. Returns the request that it receives.
fn told(modes: &[CancelMode]) -> CancelRequest {
    let mut rig = Rig::started(Options::default());
    let posted = rig.engine.submit(Job::new(|_| async {}), None, 0, &rig.now);
    assert!(posted.is_ok());
    rig.settle();
    let key = rig.claims[0].key;
    for &mode in modes {
        let why = CancelReason::Requested;
        rig.engine.cancel(key, mode, why, &rig.now);
        rig.settle();
    }
    let cell = rig.engine.attach_cell(key).expect("it runs");
    assert_eq!(crate::job::JobControl::id(&*cell), id_of(key));
    cell.cancel_request()
}

#[test]
fn a_later_call_makes_it_more_urgent_and_never_less() {
    let (in_an_hour, at_once) = (CancelMode::Graceful(HOUR), CancelMode::Immediate);
    assert_eq!(told(&[]), CancelRequest::Nothing);
    assert_eq!(told(&[in_an_hour]), CancelRequest::Graceful);
    assert_eq!(told(&[at_once]), CancelRequest::Immediate);
    assert_eq!(told(&[in_an_hour, at_once]), CancelRequest::Immediate);
    assert_eq!(told(&[at_once, in_an_hour]), CancelRequest::Immediate);
}
