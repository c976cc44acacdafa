//! Rules JC: facts that a job reads from its context, and progress that it reports through it.

use super::{Family, must};

pub(super) const FAMILY: Family = Family {
    name: "JC: job context",
    rules: &[
        must(
            "JC-001",
            "a job knows its name, tags, metadata, attempt and nominal time, async or blocking",
            "a log line without them cannot be attributed",
        ),
        must(
            "JC-002",
            "progress appears at the handle, in the list and as events, in order",
            "a long job that reports nothing looks like a hanging one",
        ),
        must(
            "JC-003",
            "a job that receives a cancellation request sees the reason",
            "what to save depends on whether the job will run again",
        ),
        must(
            "JC-004",
            "the context of an attempt sees that attempt's cancellation; the next attempt does \
             not",
            "a late request must not end the wrong attempt",
        ),
        must(
            "JC-005",
            "a blocking sleep of a job returns early when the job is cancelled",
            "a thread that sleeps through its cancellation must be abandoned",
        ),
        must(
            "JC-006",
            "a job reaches its scheduler, can submit to it and can wait for what it submitted",
            "jobs often discover further work",
        ),
    ],
};
