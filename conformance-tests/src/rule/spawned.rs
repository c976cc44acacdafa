//! Spawned jobs: the behaviours of aiojobs, and those that it lacks.

use super::{Family, must, should};

pub(super) const FAMILY: Family = Family {
    name: "AJ: spawned jobs",
    rules: &[
        must(
            "AJ-001",
            "jobs are listed, and found by their id, until they end; the list is a snapshot",
            "aiojobs' set changes while one iterates over it, and fails",
        ),
        must(
            "AJ-002",
            "when a waiter of a job resumes, the next in the queue has its permit already",
            "whoever counts after a wait must see the new state, not the old one",
        ),
        must(
            "AJ-003",
            "a submit that is dropped while it waits for room has submitted nothing",
            "a caller that gave up must not find its job running later",
        ),
        must(
            "AJ-004",
            "submits that wait for room get it in their order, and their jobs run",
            "in aiojobs a later spawn overtakes a blocked one, and a full queue once hung for ever",
        ),
        must(
            "AJ-005",
            "a submit that waits for room is refused by a shutdown; its job never runs",
            "aiojobs runs such a job on a scheduler that is closed",
        ),
        must(
            "AJ-006",
            "the limit holds whatever queued jobs are cancelled",
            "aiojobs at limit 2 ran twenty, because it derived one count from another",
        ),
        must(
            "AJ-007",
            "a wait that runs out of time leaves its job as it is, queued or running",
            "aiojobs starts the queued job, above the limit (#67, open since 2018)",
        ),
        must(
            "AJ-008",
            "a wait may ask its job to end when the time is over",
            "it is what aiojobs does, and often what is wanted",
        ),
        must(
            "AJ-009",
            "closing a job waits for its end, or says Timeout while the job goes on",
            "a call that says done while the job runs on is worse than none",
        ),
        must(
            "AJ-010",
            "a waiter that is dropped does not disturb its job",
            "a client that disconnects must not undo the work of another",
        ),
        must(
            "AJ-011",
            "an end that nobody saw is told to every later waiter, and to the handler only once",
            "aiojobs answered nothing (#29, #119), then reported twice (#354)",
        ),
        must(
            "AJ-012",
            "the error handler is told the job, its name, its error and where it was made",
            "an error without its origin is a riddle",
        ),
        must(
            "AJ-013",
            "an error of the job, its time limit and the time limit of a wait are told apart",
            "in aiojobs all three are one TimeoutError",
        ),
        must(
            "AJ-014",
            "a shielded job outlives its waiter, and a shutdown waits for it",
            "some work must not be cut short by whoever asked for it",
        ),
        must(
            "AJ-015",
            "a shielded job needs no permit",
            "a job at the limit that waits for it would wait for ever",
        ),
        must(
            "AJ-016",
            "wait_and_close takes and awaits what comes meanwhile, and cancels the rest in the end",
            "the most asked-for feature of aiojobs took six years (#35 to #495)",
        ),
        must(
            "AJ-017",
            "a failure while it closes reaches the handler once, and the report",
            "aiojobs 1.3 swallowed the errors of a closing scheduler (#546)",
        ),
        must(
            "AJ-018",
            "a scheduler that runs for a scope ends with it, also when the scope is dropped",
            "what is tied to a scope must not outlive it unseen",
        ),
        must(
            "AJ-019",
            "a scope of jobs waits for them and for those they add, and says how they ended",
            "structured concurrency: what was begun together ends together",
        ),
        should(
            "AJ-020",
            "a scope that is dropped, or past its limit, tells its jobs to end",
            "a guard that leaks its jobs guards nothing",
        ),
        must(
            "AJ-021",
            "what fails while wait_and_close waits, or in the scope of run_scoped, is in the report, once",
            "whoever closes wants to know what went wrong, not at which moment of the close",
        ),
        must(
            "AJ-022",
            "a waiting submit has the next place; what is free beyond such places is taken at once",
            "a place that counts twice is QueueFull for a while in a queue that is not full",
        ),
        must(
            "AJ-023",
            "a submit inside a job that only its caller could unblock is WouldDeadlock",
            "with every permit held by jobs that wait for a slot, none is ever freed",
        ),
        must(
            "AJ-024",
            "a submit inside a job that another job or time unblocks waits for that",
            "a job that feeds a queue slower than it could is no mistake",
        ),
    ],
};
