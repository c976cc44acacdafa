//! Reports of the scheduler: failures, skipped instants and jumps of the clock.

use std::sync::Arc;

use chrono::TimeDelta;
use scheduler_core::{
    Event, EventFilter, EventKind, Scheduler, failure::JobFailure, schedule::SkipReason,
    text::visible,
};

use crate::{
    command,
    installed::{self, Known},
    log::{Log, Record},
};

/// Reports failures other than the exit of a command, which is logged where it happens: timeouts and late starts.
pub(crate) fn failure(failure: &JobFailure, log: &Log) {
    if failure.error.downcast_ref::<command::Failure>().is_none() {
        log.note(visible(&failure.to_string()));
    }
}

/// Writes records of skipped instants, in the zones of their schedules, and of jumps of the clock.
pub(crate) fn listen(scheduler: &dyn Scheduler, known: Known, log: &Log) {
    let skips = log.clone();
    let report = move |event: &Event| report_skips(event, &known, &skips);
    scheduler.add_listener(EventFilter::schedules(), Arc::new(report));
    let jumps = log.clone();
    let report = move |event: &Event| report_jumps(event, &jumps);
    scheduler.add_listener(EventFilter::scheduler(), Arc::new(report));
}

/// Reports that the wall clock was set; schedules follow it.
fn report_jumps(event: &Event, log: &Log) {
    let EventKind::ClockJumped { by } = event.kind else {
        return;
    };
    let direction = if by < TimeDelta::zero() {
        "back"
    } else {
        "forward"
    };
    let seconds = by.abs().num_seconds();
    log.note(format_args!(
        "the wall clock was set {direction} by {seconds} s"
    ));
}

/// Reports skipped instants, in the time zone of their schedule.
fn report_skips(event: &Event, known: &Known, log: &Log) {
    let EventKind::OccurrencesSkipped {
        schedule,
        span,
        reason,
        ..
    } = &event.kind
    else {
        return;
    };
    let why = match reason {
        SkipReason::Overlap => "it is still running".to_owned(),
        SkipReason::Misfire => "it was noticed too late".to_owned(),
        other => other.to_string(),
    };
    let zone = installed::zone(known, schedule);
    log.write(&Record::Skipped {
        entry: schedule.as_str(),
        nominal: command::shown(&zone, span.from),
        count: span.count.to_string(),
        reason: why,
    });
}
