//! JB: what becomes of a job.

use super::{Family, must, should};

pub(super) const FAMILY: Family = Family {
    name: "JB: jobs",
    rules: &[
        must(
            "JB-001",
            "the value reaches the waiter; one event says so",
            "that is what it was submitted for",
        ),
        must(
            "JB-002",
            "a panic is the job's outcome; the permit is free; the next job runs",
            "one bad job must not take a worker, or the scheduler, with it",
        ),
        must(
            "JB-003",
            "a panic with an odd payload, even one that panics when dropped, is like any",
            "a destructor that panics while a panic is handled aborts the process",
        ),
        must(
            "JB-004",
            "a failure nobody waits for reaches the error handler exactly once",
            "errors of forgotten jobs vanish otherwise",
        ),
        must(
            "JB-005",
            "a failure somebody waits for reaches the waiter, and the handler once",
            "whether somebody waits is a race that must not decide who hears of it",
        ),
        must(
            "JB-006",
            "waiting again, from clones, after the end gives an equal outcome",
            "aiojobs answered a default the second time (#29, #119)",
        ),
        must(
            "JB-007",
            "a job whose handle was dropped still runs",
            "work does not stop because nobody looks",
        ),
        must(
            "JB-008",
            "a job cancelled before it started is never polled",
            "prevented has to mean that nothing happened",
        ),
        must(
            "JB-009",
            "a running job is told; async bodies are dropped at the next suspension",
            "a cancel that waits for the end of an endless job is none",
        ),
        must(
            "JB-010",
            "a cancel after the end is TooLate and changes nothing",
            "the outcome was told to others already",
        ),
        must(
            "JB-011",
            "of a cancel and an end at a time one wins, the same one for all observers",
            "two ends of one job are counted, logged and paid twice",
        ),
        must(
            "JB-012",
            "a second cancel adds no event",
            "impatience must not look like activity",
        ),
        must(
            "JB-013",
            "a body is dropped exactly once, however its job ends",
            "it owns connections, locks and files",
        ),
        must(
            "JB-014",
            "never more jobs run than the limit allows; permits return on every path",
            "the limit protects something that breaks when it is exceeded",
        ),
        must(
            "JB-015",
            "jobs of one instant start in the order of their submission",
            "people put what must come first first",
        ),
        should(
            "JB-016",
            "a job that blocks delays no other while permits remain",
            "blocking work is common, and is told apart for that reason",
        ),
        should(
            "JB-017",
            "waiting inside a job for one that can never start, or waits for it, is WouldDeadlock",
            "with the last permit in hand, or in a circle, it would wait for ever",
        ),
        must(
            "JB-018",
            "an Err is a failure, whatever call took the job; handler and waiters share the error",
            "a failure that counts as a success is one that nobody hears of",
        ),
        must(
            "JB-019",
            "awaiting a handle moves the value out: it needs neither Clone nor Sync",
            "a file or a receiver is a value as well",
        ),
    ],
};
