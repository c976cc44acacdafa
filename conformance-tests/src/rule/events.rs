//! EV: what is told, to whom, and in which order.

use super::{Family, must};

pub(super) const FAMILY: Family = Family {
    name: "EV: events",
    rules: &[
        must(
            "EV-001",
            "one event for each transition, strictly increasing, in the order of time, the end last",
            "whoever missed one has to be able to tell",
        ),
        must(
            "EV-002",
            "a job is scheduled, claimed, started, finished, in that order",
            "durations and queues are computed from them",
        ),
        must(
            "EV-003",
            "a panicking listener stays, and the others still get the event",
            "listeners belong to different people",
        ),
        must(
            "EV-004",
            "a panicking error handler is caught and counted, not handed to itself",
            "handling the failure of the handler never ends",
        ),
        must(
            "EV-005",
            "a slow listener or subscriber delays nothing, and is told how much it missed",
            "a stuck metrics exporter must not stop the jobs",
        ),
        must(
            "EV-006",
            "a listener may submit and request the shutdown",
            "reacting to what happens is what listeners are for",
        ),
        must(
            "EV-007",
            "no call of a listener begins after its removal, which waits for one that has begun",
            "what it needs may be gone by then",
        ),
        must(
            "EV-008",
            "a filter by kind, job, schedule or tag passes those events and no others",
            "whoever wants one job's end must not wade through a million others",
        ),
        must(
            "EV-009",
            "a reader for whom there is nothing is not woken, and one that is gone keeps nothing",
            "readers that are forgotten must not slow the jobs down, or keep what they held",
        ),
        must(
            "EV-010",
            "a stream ends with its scheduler, also one that is begun after the end",
            "whoever reads to the end has to come to it",
        ),
    ],
};
