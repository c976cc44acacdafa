//! Rules QU: named queues.

use super::{Family, must};

pub(super) const FAMILY: Family = Family {
    name: "QU: queues",
    rules: &[
        must(
            "QU-001",
            "a job is in the queue that its policy names, else in default; an unknown one is refused",
            "a misspelled name must not put mails among the jobs that users wait for",
        ),
        must(
            "QU-002",
            "each queue has its own permits; a full queue delays no job of another",
            "with one limit for everything, ten slow mails starve a schedule of 100 ms",
        ),
        must(
            "QU-003",
            "each queue has its own slots and waiters; QueueFull names the queue",
            "waiters for a slot of one queue must not delay submissions to another",
        ),
        must(
            "QU-004",
            "the rate of a queue spaces its starts, and those of no other queue",
            "a provider that allows ten mails a second blocks a program that sends eleven",
        ),
        must(
            "QU-005",
            "within a queue priorities and the order of submission hold",
            "a queue is a line, not a bag",
        ),
        must(
            "QU-006",
            "after the pause of a queue has returned, none of its bodies begins; other queues continue",
            "an operator pauses the mails because the mail server is down, and nothing else",
        ),
        must(
            "QU-007",
            "queues lists every queue, default first, with its limits, pause and counts",
            "an operator must see which queue is stuck, and why",
        ),
        must(
            "QU-008",
            "a wait is refused as a deadlock only if the queue that it needs can never continue",
            "a job of one queue may wait for a job of another, as parents wait for children",
        ),
        must(
            "QU-009",
            "runs and retries are in the queue of their task; a shutdown cancels those of a paused one",
            "a retry in another queue would evade the limit that the first attempt kept",
        ),
        must(
            "QU-010",
            "a token of a group goes to the first job, by priority and age, whose queue can start it",
            "a paused or full queue must not stop the jobs of another that share its rate",
        ),
        must(
            "QU-011",
            "no more jobs of a task run than its limit allows, over schedules, jobs and queues",
            "an import that runs twice at the same time reads half of what the other one writes",
        ),
        must(
            "QU-012",
            "a job that waits for its task holds up no other; the next is the first that can start",
            "ten waiting imports must not keep the permits that mails need",
        ),
        must(
            "QU-013",
            "a wait for a job whose task can never continue is refused as a deadlock",
            "a task with a limit of one that waits for a further job of its own would hang",
        ),
    ],
};
