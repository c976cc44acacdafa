//! Attempts, limits of time, and who goes first.

use super::{Family, must};

pub(super) const FAMILY: Family = Family {
    name: "RY: attempts and limits",
    rules: &[
        must(
            "RY-001",
            "a failed attempt is followed by another after its delay, until one succeeds",
            "the oldest wish of APScheduler's users (#410, #282), still open there",
        ),
        must(
            "RY-002",
            "after the last attempt its failure is the outcome, told to the handler once",
            "an alarm for each attempt trains people to ignore alarms",
        ),
        must(
            "RY-003",
            "jitter stays within its bounds, and is the same in every run",
            "a test that is random proves nothing",
        ),
        must(
            "RY-004",
            "a panic is tried again only if that is asked for",
            "a panic is a bug: trying again may make it worse",
        ),
        must(
            "RY-005",
            "own functions decide about attempts; one that panics means no",
            "user code must not take the scheduler down with it",
        ),
        must(
            "RY-006",
            "between attempts a job holds no permit, and can be cancelled",
            "what rests must not hold up what could run",
        ),
        must(
            "RY-007",
            "an attempt past its limit is dropped, and may be tried again",
            "killing what runs too long is asked for since 2012 (APScheduler #17, aiojobs #484)",
        ),
        must(
            "RY-008",
            "the limit of all attempts ends the job; none begins past it",
            "whoever waits wants to know how long at most",
        ),
        must(
            "RY-009",
            "a job that blocks past its limit sees why, and has timed out when it returns",
            "a thread cannot be dropped: it has to be told",
        ),
        must(
            "RY-010",
            "a job that is not started in time is cancelled as expired, and never polled",
            "an answer that comes too late is only load",
        ),
        must(
            "RY-011",
            "of one instant, and in the queue, the higher priority starts first; equals in order",
            "people put what must come first first",
        ),
        must(
            "RY-012",
            "the jobs of a group start no faster than its rate; others pass them",
            "somebody else's service has a limit, and says so with a ban",
        ),
        must(
            "RY-013",
            "while it shuts down an attempt begins only if due in time; else its job is named",
            "a shutdown with a deadline must not wait for an attempt past it, nor drop one before it",
        ),
        must(
            "RY-015",
            "limits of an attempt count from its first poll, where it is also too late to begin",
            "a busy executor must not make jobs time out that have never begun",
        ),
        must(
            "RY-014",
            "a policy that makes no sense is InvalidConfig when the job is submitted",
            "aiojobs notices in a callback, and never frees the place",
        ),
    ],
};
