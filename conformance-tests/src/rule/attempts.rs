//! Rules RY: attempts, retries, timeouts, priorities and rates.

use super::{Family, must};

pub(super) const FAMILY: Family = Family {
    name: "RY: attempts and limits",
    rules: &[
        must(
            "RY-001",
            "after a failed attempt and its delay another one begins, until one succeeds",
            "the oldest wish of APScheduler's users (#410, #282), still open there",
        ),
        must(
            "RY-002",
            "the failure of the last attempt is the outcome, reported to the handler once",
            "an alarm for each attempt trains people to ignore alarms",
        ),
        must(
            "RY-003",
            "jitter stays within its bounds and is the same in every execution",
            "a test that depends on chance proves nothing",
        ),
        must(
            "RY-004",
            "a panic is retried only if the policy says so",
            "a panic is a bug, and a retry may make it worse",
        ),
        must(
            "RY-005",
            "a user's function decides about attempts; if it panics, there is no further attempt",
            "user code must not take the scheduler down",
        ),
        must(
            "RY-006",
            "between attempts a job holds no permit and can be cancelled",
            "a job that waits must not delay jobs that could run",
        ),
        must(
            "RY-007",
            "an attempt past its timeout is dropped and may be retried",
            "requested since 2012 (APScheduler #17, aiojobs #484)",
        ),
        must(
            "RY-008",
            "the total timeout ends the job; no attempt begins after it",
            "the caller needs an upper bound for the whole wait",
        ),
        must(
            "RY-009",
            "a blocking job past its timeout sees the reason, and has timed out when it returns",
            "a thread cannot be dropped, only asked to return",
        ),
        must(
            "RY-010",
            "a job that does not start in time is cancelled as expired and never polled",
            "a response that comes too late is only load",
        ),
        must(
            "RY-011",
            "jobs of one instant, or in the queue, start by priority; equal ones in order of \
             submission",
            "important work must come first",
        ),
        must(
            "RY-012",
            "the jobs of a group start no faster than its rate; other jobs overtake them",
            "external services enforce their limits by bans",
        ),
        must(
            "RY-013",
            "during a shutdown a retry begins only if it is due in time; otherwise the report names \
             its job",
            "a shutdown with a deadline must not wait for an attempt past it, nor drop one before \
             it",
        ),
        must(
            "RY-015",
            "the timeout of an attempt counts from its first poll, which also decides whether it is \
             too late to begin",
            "a busy executor must not time out jobs that have not begun",
        ),
        must(
            "RY-014",
            "a contradictory policy returns InvalidConfig when the job is submitted",
            "aiojobs discovers it in a callback, and never frees the slot",
        ),
    ],
};
