//! Rules SD: the effect of a shutdown on jobs and runs.

use super::{Family, must};

pub(super) const FAMILY: Family = Family {
    name: "SD: shutdown",
    rules: &[
        must(
            "SD-001",
            "a further shutdown joins: it returns the same report and changes no deadline",
            "one component in a hurry must not shorten the deadline that another one set",
        ),
        must(
            "SD-002",
            "a hurrying shutdown makes the one in progress shorter, never longer",
            "the second Ctrl-C must have an effect",
        ),
        must(
            "SD-003",
            "a job that the shutdown interrupts is cancelled, not failed, whatever it returns",
            "a deployment must not look like an outage",
        ),
        must(
            "SD-004",
            "every accepted job ends once, whatever it waits for when the shutdown begins",
            "each of them may have a waiter",
        ),
        must(
            "SD-005",
            "a graceful shutdown runs a job that has a permit; an immediate one does not begin it",
            "in aiojobs it depends on which of two close calls was used",
        ),
        must(
            "SD-007",
            "runs that are buffered, paced or throttled when a graceful shutdown begins run in \
             turn",
            "the last run of a day must not depend on the minute of a deployment",
        ),
        must(
            "SD-008",
            "running_only starts no waiting job, immediate starts nothing; the report names them",
            "a caller without time to drain must know what was left",
        ),
        must(
            "SD-009",
            "an instant that is due when a shutdown begins runs in the drain, or is recorded with \
             the reason",
            "a deployment at nine o'clock must lose neither the report of nine o'clock nor its \
             record",
        ),
        must(
            "SD-010",
            "a graceful shutdown does not wait for waiting runs of a paused schedule; its report \
             counts them",
            "such a run could not start, and the shutdown would never end",
        ),
        must(
            "SD-006",
            "an abandoned job reaches the error handler once, with its origin",
            "aiojobs drops jobs that survive its close from every list and count",
        ),
    ],
};
