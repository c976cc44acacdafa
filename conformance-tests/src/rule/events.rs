//! Rules EV: events, their order, listeners and streams.

use super::{Family, must};

pub(super) const FAMILY: Family = Family {
    name: "EV: events",
    rules: &[
        must(
            "EV-001",
            "each transition publishes one event; sequence numbers increase, times never decrease, \
             and the end is last",
            "a reader must be able to detect a gap",
        ),
        must(
            "EV-002",
            "a job is scheduled, claimed, started and finished; a reader gets each of these events \
             after it subscribes",
            "durations and queue times are computed from these events",
        ),
        must(
            "EV-003",
            "a panicking listener stays registered, and the others still receive the event",
            "listeners belong to different owners",
        ),
        must(
            "EV-004",
            "a panic of the error handler is caught and counted, and not passed to the handler",
            "handling the failure of the handler would never end",
        ),
        must(
            "EV-005",
            "a slow listener or subscriber delays nothing, and learns how many events it missed",
            "a stuck metrics exporter must not stop the jobs",
        ),
        must(
            "EV-006",
            "a listener may submit jobs, remove schedules and request the shutdown",
            "reacting to events is the purpose of listeners",
        ),
        must(
            "EV-007",
            "removing a listener waits for a running call of it; no call begins afterwards",
            "the listener may use resources that are freed next",
        ),
        must(
            "EV-008",
            "a filter by kind, job, schedule or tag passes those events and no others",
            "a reader that waits for one job must not read a million other events",
        ),
        must(
            "EV-009",
            "a reader is not woken without an event, and a dropped reader retains no memory",
            "forgotten readers must not slow down jobs or retain their values",
        ),
        must(
            "EV-010",
            "a stream ends with its scheduler, also a stream that was opened after the end",
            "a reader that reads to the end must reach it",
        ),
        must(
            "EV-011",
            "the event of an end has the schedule, nominal time, begin, end and attempts of the job",
            "a report of runs must not keep every earlier event to know when a job began",
        ),
    ],
};
