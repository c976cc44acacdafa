//! Rules RT: calling contexts and drops. Rules R: the contract of a runtime.

use super::{Family, must, should};

pub(super) const CONTEXT: Family = Family {
    name: "RT: runtime context and drop",
    rules: &[
        must(
            "RT-001",
            "dropping the last handle does not block; async jobs are dropped; a shutdown \
             continues",
            "a destructor that waits stalls the thread that drops",
        ),
        must(
            "RT-002",
            "RT-001 also holds inside a task of the same runtime or of another",
            "tokio panics when a runtime is dropped inside itself",
        ),
        must(
            "RT-003",
            "dropping the last handle while the thread unwinds does not abort the process",
            "a second panic during unwinding aborts the whole process",
        ),
        must(
            "RT-004",
            "dropping a scheduler that was not started cancels its jobs",
            "their waiters would wait for a start that can never happen",
        ),
        must(
            "RT-005",
            "a running job may own the last handle of its scheduler",
            "a scheduler that joins its threads when dropped would join itself",
        ),
        must(
            "RT-006",
            "start on a bare thread succeeds or returns NoRuntime with the state New; it never \
             panics",
            "tokio::spawn panics outside a runtime; the caller must get an error instead",
        ),
        must(
            "RT-007",
            "all calls work on plain threads",
            "signal handlers, C callbacks and tests call from any thread",
        ),
        must(
            "RT-008",
            "a job can be awaited in another runtime or on a plain thread",
            "a handle that needs one particular reactor cannot be passed around",
        ),
        must(
            "RT-009",
            "a blocking call inside an asynchronous job returns WouldDeadlock",
            "it would block the thread that must continue",
        ),
        should(
            "RT-010",
            "a blocking call inside a task of another runtime returns, without a panic or a hang",
            "the scheduler cannot detect it, but must not take the task down",
        ),
        must(
            "RT-011",
            "when the runtime is dropped under the scheduler, every handle resolves",
            "without a guard that travels with the tasks, shutdown hangs forever: measured on \
             tokio",
        ),
        must(
            "RT-012",
            "after the end no task, timer, thread, file or listener is left",
            "a service that reloads its configuration lives a thousand such lives",
        ),
        must(
            "RT-013",
            "scheduler and handle are Send, Sync and Clone; returned futures are Send",
            "otherwise they cannot be used where they are needed",
        )
        .unbreakable("the compiler refuses a backend that breaks it"),
        must(
            "RT-014",
            "a job that blocks its thread delays no job that is due with it while a thread is \
             free",
            "two bodies that slept for two seconds delayed other jobs although six threads were \
             idle",
        ),
        must(
            "RT-015",
            "a sleep of the scheduler ends in time on any thread, even after its runtime has \
             ended",
            "tokio's timers panic on the thread that waits when their runtime ends",
        ),
    ],
};

pub(super) const FAMILY: Family = Family {
    name: "R: the runtime contract",
    rules: &[
        must(
            "R1",
            "spawn does not poll the task inline",
            "the caller may hold a lock that the task takes",
        ),
        must(
            "R2",
            "a task is polled to its end or dropped, never leaked; a refused one has been dropped",
            "a leaked task never resolves its handle",
        ),
        must(
            "R3",
            "pending tasks do not delay each other",
            "a job that waits for another job would stop everything",
        ),
        must(
            "R4",
            "a sleep is never lost",
            "a lost wake-up is a job that never runs, once in a million times",
        ),
        must(
            "R5",
            "dropping a sleep frees its timer",
            "each rearmed timer would leave a dead one behind",
        ),
        must(
            "R6",
            "an idle runtime does not spin",
            "a timer that polls continuously passes every other rule and drains the battery",
        ),
        must(
            "R7",
            "the runtime polls as many runnable tasks at the same time as it reports",
            "a wake-up that starts no thread leaves a task behind a job that computes",
        ),
        must(
            "R8",
            "elapsed time never goes back, on any thread, and keeps the pace of the system's clock",
            "timeouts, rates and intervals count it: a tenth of a percent is a minute and a half a \
             day",
        ),
        must(
            "R9",
            "the wall clock is the system's, and advances",
            "calendars follow it: an hour off, each schedule runs an hour off",
        ),
        must(
            "R10",
            "sleeps follow the runtime's own clock: most do not end before their deadline, however \
             far it is",
            "a sleep that ends early is restarted endlessly: a counter of 32 bits lasts 49 \
             days",
        ),
        must(
            "R11",
            "a sleep ends soon after its deadline, as the system's own sleeps do",
            "a timer wheel with coarse slots makes every job late, and no other rule detects it",
        ),
        must(
            "R12",
            "blocking work does not wait for tasks or for other blocking work, dozens of pieces at once; none is lost",
            "a small pool delays every job that blocks, and deadlocks those that wait for each \
             other",
        ),
        must(
            "R14",
            "a runtime holds no lock of its own while it polls or drops a task or calls a waker",
            "a destructor that spawns, or a waker that begins a sleep, would wait for its own thread",
        ),
        should(
            "R13",
            "a sleep during which the machine was suspended ends soon after it resumes",
            "timers that count processor ticks sleep through the night together with the machine",
        )
        .untested("a suite cannot suspend the machine on which it runs"),
    ],
};
