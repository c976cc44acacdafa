//! Rules AJ: spawned jobs: the behaviours of aiojobs, and those that it lacks.

use super::{Family, must, should};

pub(super) const FAMILY: Family = Family {
    name: "AJ: spawned jobs",
    rules: &[
        must(
            "AJ-001",
            "jobs are listed, and found by their id, until they finish; the list is a snapshot",
            "aiojobs' set changes during iteration, which then fails",
        ),
        must(
            "AJ-002",
            "when a waiter of a job resumes, the next job in the queue has its permit",
            "a caller that counts after a wait must see the new state",
        ),
        must(
            "AJ-003",
            "a submit whose future is dropped while it waits for a slot has submitted nothing",
            "a caller that gave up must not find its job running later",
        ),
        must(
            "AJ-004",
            "waiting submits get slots in the order of their calls, and their jobs run",
            "in aiojobs a later spawn overtakes a blocked one, and a full queue once hung forever",
        ),
        must(
            "AJ-005",
            "a waiting submit is refused by a shutdown; its job never runs",
            "aiojobs runs such a job on a closed scheduler",
        ),
        must(
            "AJ-006",
            "the concurrency limit holds after any cancellation of queued jobs",
            "aiojobs at limit 2 ran twenty, because it derived one count from another",
        ),
        must(
            "AJ-007",
            "a wait that times out leaves its job unchanged, queued or running",
            "aiojobs starts the queued job, above the limit (#67, open since 2018)",
        ),
        must(
            "AJ-008",
            "a wait can cancel its job at the timeout",
            "aiojobs does this, and it is often wanted",
        ),
        must(
            "AJ-009",
            "closing a job waits for its end, or returns Timeout while the job continues",
            "a call that reports success while the job runs is worse than none",
        ),
        must(
            "AJ-010",
            "a dropped waiter does not affect its job",
            "a client that disconnects must not undo the work of another",
        ),
        must(
            "AJ-011",
            "an unobserved end is reported to every later waiter, and to the handler only once",
            "aiojobs returned nothing (#29, #119), then reported twice (#354)",
        ),
        must(
            "AJ-012",
            "the error handler receives the job, its name, its error and its origin",
            "an error without its origin cannot be located",
        ),
        must(
            "AJ-013",
            "an error of the job, a timeout of the job and a timeout of a wait are distinct",
            "in aiojobs all three are one TimeoutError",
        ),
        must(
            "AJ-014",
            "an unlimited job outlives its waiter, and a shutdown waits for it",
            "some work must not be cut short by its caller",
        ),
        must(
            "AJ-015",
            "an unlimited job needs no permit",
            "a job at the limit that waits for it would wait forever",
        ),
        must(
            "AJ-016",
            "wait_and_close accepts and awaits new jobs meanwhile, and cancels the rest at the \
             end",
            "the most requested feature of aiojobs took six years (#35 to #495)",
        ),
        must(
            "AJ-017",
            "a failure during the close reaches the handler once, and the report",
            "aiojobs 1.3 swallowed the errors of a closing scheduler (#546)",
        ),
        must(
            "AJ-018",
            "a scheduler that runs for a scope ends with it, also when the scope is dropped",
            "work that is tied to a scope must not outlive it",
        ),
        must(
            "AJ-019",
            "a scope waits for its jobs and those that they add, and reports how they ended",
            "structured concurrency: jobs that begin together end together",
        ),
        should(
            "AJ-020",
            "a scope that is dropped, or past its timeout, cancels its jobs",
            "a guard that leaks its jobs guards nothing",
        ),
        must(
            "AJ-021",
            "failures during wait_and_close or run_scoped are in the report, once each",
            "the caller wants every failure, regardless of when it happened during the close",
        ),
        must(
            "AJ-022",
            "a waiting submit owns the next slot; free slots beyond those are available at once",
            "a slot that counts twice makes a queue that is not full return QueueFull",
        ),
        must(
            "AJ-023",
            "a submit inside a job returns WouldDeadlock if only that job could unblock it",
            "if jobs that wait for a slot hold every permit, no slot is ever freed",
        ),
        must(
            "AJ-024",
            "a submit inside a job waits if another job or time can unblock it",
            "a job may fill a queue faster than the queue drains",
        ),
        must(
            "AJ-025",
            "each way to submit, waiting or not, can keep the value, with the settings of any job",
            "a user chooses each property alone, and must not lose another one for it",
        ),
    ],
};
