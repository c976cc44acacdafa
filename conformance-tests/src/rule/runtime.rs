//! RT: where calls come from and who goes first. R: what a runtime promises.

use super::{Family, must, should};

pub(super) const CONTEXT: Family = Family {
    name: "RT: runtime context and drop",
    rules: &[
        must(
            "RT-001",
            "dropping the last handle does not block; async jobs are dropped; a shutdown goes on",
            "a destructor that waits stalls whatever thread it happens on",
        ),
        must(
            "RT-002",
            "the same inside a task of its own runtime, or of another",
            "dropping a runtime inside itself is a panic in tokio",
        ),
        must(
            "RT-003",
            "dropping the last handle while the thread unwinds does not end the process",
            "a second panic during the first aborts, and takes everything with it",
        ),
        must(
            "RT-004",
            "dropping a new scheduler cancels the jobs it holds",
            "their waiters would wait for a start that cannot come",
        ),
        must(
            "RT-005",
            "the last handle may be owned by a running job",
            "a scheduler that joins its threads when dropped would then join itself",
        ),
        must(
            "RT-006",
            "a start on a bare thread is ok or NoRuntime with the state New; it never panics",
            "tokio::spawn panics outside a runtime; who tries has to be told instead",
        ),
        must(
            "RT-007",
            "calls from plain threads work",
            "signal handlers, C callbacks and tests call from wherever they are",
        ),
        must(
            "RT-008",
            "a job is awaited from another runtime, or from a plain thread",
            "a handle that needs one reactor cannot be handed around",
        ),
        must(
            "RT-009",
            "blocking calls inside an asynchronous job are WouldDeadlock",
            "they would block the very thread that has to go on",
        ),
        should(
            "RT-010",
            "blocking calls inside a task of another runtime answer, and do not panic or hang",
            "nobody can tell that they are there; still they must not take the task down",
        ),
        must(
            "RT-011",
            "a runtime that is dropped under the scheduler resolves every handle",
            "without a guard that travels with the tasks, shutdown hangs for ever: measured on tokio",
        ),
        must(
            "RT-012",
            "after the end no task, timer, thread, file or listener is left",
            "a service that reloads its configuration lives a thousand such lives",
        ),
        must(
            "RT-013",
            "scheduler and handle are Send, Sync and Clone, and what calls answer is Send",
            "else they cannot be used where they are needed",
        )
        .unbreakable("the compiler refuses a backend that breaks it"),
        must(
            "RT-014",
            "a job that blocks its thread delays no job that is due with it while a thread is left",
            "two bodies that slept for two seconds delayed siblings with six threads idle",
        ),
    ],
};

pub(super) const FAMILY: Family = Family {
    name: "R: the runtime contract",
    rules: &[
        must(
            "R1",
            "spawn does not poll inline",
            "the caller may hold a lock that the task takes",
        ),
        must(
            "R2",
            "a task is polled to its end or dropped, never leaked",
            "what is leaked never resolves its handle",
        ),
        must(
            "R3",
            "tasks that wait do not hold up each other",
            "a job that waits for another would stop everything",
        ),
        must(
            "R4",
            "a sleep is never lost",
            "a lost wake-up is a job that never runs, once in a million times",
        ),
        must(
            "R5",
            "a dropped sleep frees its timer",
            "each re-armed timer would leave a dead one behind",
        ),
        must(
            "R6",
            "what is idle does not spin",
            "a timer that polls all the time passes every other rule and drains the battery",
        ),
        must(
            "R7",
            "as many tasks as the runtime says it can poll at a time each have a thread",
            "a wake that starts no thread leaves a sleeper behind a job that computes",
        ),
    ],
};
