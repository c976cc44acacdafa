//! Rules JB: the outcome of a job.

use super::{Family, must, should};

pub(super) const FAMILY: Family = Family {
    name: "JB: jobs",
    rules: &[
        must(
            "JB-001",
            "the value reaches the waiter, and one event reports the end",
            "this is why the job was submitted",
        ),
        must(
            "JB-002",
            "a panic becomes the job's outcome; its permit is released; the next job runs",
            "one bad job must not end a worker or the scheduler",
        ),
        must(
            "JB-003",
            "any panic payload is handled, even one that panics when dropped",
            "a destructor that panics during panic handling aborts the process",
        ),
        must(
            "JB-004",
            "a failure without a waiter reaches the error handler exactly once",
            "otherwise errors of forgotten jobs vanish",
        ),
        must(
            "JB-005",
            "a failure with a waiter reaches the waiter, and the error handler once",
            "whether a waiter exists is a race, and must not decide who receives the failure",
        ),
        must(
            "JB-006",
            "waiting again, from clones, after the end returns an equal outcome",
            "aiojobs returned a default the second time (#29, #119)",
        ),
        must(
            "JB-007",
            "a job whose handle was dropped still runs",
            "a job must not depend on being watched",
        ),
        must(
            "JB-008",
            "a job that was cancelled before it started is never polled",
            "a prevented job must have had no effect",
        ),
        must(
            "JB-009",
            "a running job receives the request; async bodies are dropped at the next suspension",
            "a cancellation that waits for an endless job has no effect",
        ),
        must(
            "JB-010",
            "cancelling a finished job returns TooLate and changes nothing",
            "its outcome has been reported",
        ),
        must(
            "JB-011",
            "if a job is cancelled while it ends, one of the two wins, the same for all observers",
            "two ends of one job are counted, logged and paid twice",
        ),
        must(
            "JB-012",
            "a second cancellation adds no event",
            "repeated requests must not look like activity",
        ),
        must(
            "JB-013",
            "a body is dropped exactly once, however its job ends",
            "it owns connections, locks and files",
        ),
        must(
            "JB-014",
            "no more jobs run than the limit allows; permits are released on every path",
            "the limit protects something that breaks when it is exceeded",
        ),
        must(
            "JB-015",
            "jobs of one instant start in the order of their submission",
            "users submit urgent work first",
        ),
        should(
            "JB-016",
            "a blocking job delays no other job while permits remain",
            "blocking work is common, and declared for this reason",
        ),
        should(
            "JB-017",
            "waiting inside a job for one that can never start, or waits for it, is WouldDeadlock",
            "it would wait forever, for the last permit or in a circle",
        ),
        must(
            "JB-018",
            "an Err is a failure for every submitting call; handler and waiters share the error",
            "a failure that counts as a success is invisible",
        ),
        must(
            "JB-019",
            "awaiting a handle moves the value out, which needs neither Clone nor Sync",
            "a file or a channel receiver is a value too",
        ),
        should(
            "JB-020",
            "cancelling an id that no job of the scheduler has had returns Unknown, in every state",
            "TooLate would hide a wrong id behind a job that has seemingly ended",
        ),
        must(
            "JB-021",
            "a result is kept for the time that its policy asks for, with the value, and no longer",
            "who starts a job is often not who needs its value, and knows only the id",
        ),
        must(
            "JB-022",
            "at most kept_results results are kept; the one that would expire first makes room",
            "unread results must not fill the memory",
        ),
        must(
            "JB-023",
            "an unknown or unfinished job, an expired result and one not kept have errors of their own",
            "the caller waits in one case, and must not wait in the others",
        ),
    ],
};
