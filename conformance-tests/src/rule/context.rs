//! What a job is told, and what it tells.

use super::{Family, must};

pub(super) const FAMILY: Family = Family {
    name: "JC: job context",
    rules: &[
        must(
            "JC-001",
            "a job knows its name, tags, metadata, attempt and instant, async or blocking",
            "a log line without them cannot be followed",
        ),
        must(
            "JC-002",
            "progress is seen at the handle, in the list and as events, in order",
            "a long job that says nothing looks like one that hangs",
        ),
        must(
            "JC-003",
            "a job that is told to end sees why",
            "what to save before the end depends on whether it comes back",
        ),
        must(
            "JC-004",
            "what holds the context of an attempt sees its end; the next attempt does not",
            "a late order must not end the wrong attempt",
        ),
        must(
            "JC-005",
            "a blocking sleep of a job ends early when the job is told to end",
            "a thread that sleeps through its cancellation has to be abandoned",
        ),
        must(
            "JC-006",
            "a job reaches its scheduler, submits to it and may wait for what it submitted",
            "work leads to further work",
        ),
    ],
};
