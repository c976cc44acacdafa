//! What a shutdown does about what it meets.

use super::{Family, must};

pub(super) const FAMILY: Family = Family {
    name: "SD: shutdown",
    rules: &[
        must(
            "SD-001",
            "a further shutdown joins: the same report, and it changes no deadline",
            "one component's haste must not cut short the patience of another",
        ),
        must(
            "SD-002",
            "a shutdown that hurries makes the one that is going on shorter, never longer",
            "the second Ctrl-C has to help",
        ),
        must(
            "SD-003",
            "what a shutdown interrupts is cancelled, not failed, whatever it answers",
            "a deploy must not look like an outage",
        ),
        must(
            "SD-004",
            "every accepted job ends once, whatever it waits for when the shutdown comes",
            "somebody waits for each of them",
        ),
        must(
            "SD-005",
            "a job with a permit is run by a graceful shutdown, and not begun by an immediate one",
            "in aiojobs it depends on which of two close calls was used",
        ),
        must(
            "SD-007",
            "what is kept, paced or throttled when a graceful shutdown begins runs in its turn",
            "the last run of a day must not depend on the minute of a deploy",
        ),
        must(
            "SD-008",
            "running_only starts nothing that waits, immediate nothing at all; the report names it",
            "who has no time to drain has to know what was left",
        ),
        must(
            "SD-006",
            "what is abandoned reaches the error handler, once, with its origin",
            "aiojobs drops what survives its close out of every list and count",
        ),
    ],
};
