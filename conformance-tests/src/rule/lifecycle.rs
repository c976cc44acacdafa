//! Rules TBL and LC: calls in each state, and their effects.

use super::{Family, must, should};

pub(super) const TABLE: Family = Family {
    name: "The lifecycle table",
    rules: &[must(
        "TBL",
        "every call in every state returns the result, and leads to the state, of the \
             lifecycle table",
        "regression tests for single calls are not enough: a scheduler with its bug fixed \
             still differed from its siblings in three of ten call sequences",
    )],
};

pub(super) const FAMILY: Family = Family {
    name: "LC: lifecycle",
    rules: &[
        must(
            "LC-001",
            "a scheduler can be built without a runtime: no task, timer or thread exists before \
             start",
            "applications construct their parts before anything runs; aiojobs needed a major \
             release before it could be built without a running loop",
        ),
        must(
            "LC-002",
            "shutdown before start returns NotRunning; the state stays New; a later start works",
            "APScheduler raised AttributeError here on one of its backends only, in 2011 (#10) \
             and again in 2024 (#1019)",
        ),
        must(
            "LC-003",
            "pause, resume, run_now and wait_idle before start return NotRunning",
            "a call that silently does nothing is discovered much later",
        ),
        must(
            "LC-004",
            "a second start returns AlreadyRunning; the first one is unaffected",
            "two dispatchers would run every job twice",
        ),
        must(
            "LC-005",
            "of sixteen concurrent starts one succeeds and fifteen return AlreadyRunning",
            "checking the state and changing it must be one step, or two threads both start the \
             scheduler",
        ),
        must(
            "LC-006",
            "start after the end returns ShutDown",
            "the end that listeners, handles and reports announced must be final; pause is \
             reversible",
        ),
        must(
            "LC-007",
            "shutdown after the end returns ShutDown",
            "the caller learns that another caller ended the scheduler",
        ),
        must(
            "LC-008",
            "concurrent shutdowns all succeed with the same report, none before the end",
            "a caller that returned early would free resources that jobs still use",
        ),
        must(
            "LC-009",
            "a refused call changes nothing",
            "a failed pause that still sets its flag makes a later start come up paused",
        ),
        must(
            "LC-010",
            "an error is returned by the call that caused it, and reported nowhere else",
            "APScheduler's asyncio scheduler posts the work to the loop: the call succeeds, and \
             the error appears in the loop's log",
        ),
        must(
            "LC-011",
            "after a call has returned, every thread sees the new state",
            "a health check on another thread must not read an outdated state",
        ),
        must(
            "LC-012",
            "a waiting call inside an own job or listener returns WouldDeadlock and changes \
             nothing",
            "the job would wait for its own end: APScheduler #338, django-crontask #53; aiojobs \
             recurses without end",
        ),
        must(
            "LC-013",
            "request_shutdown inside a job succeeds; the outcome of the job is recorded",
            "a job that discovers that all work is done must be able to end the scheduler",
        ),
        should(
            "LC-014",
            "a job that waits for a shutdown through a helper thread is ended by the deadline",
            "the scheduler cannot see that the helper waits for the job; the deadline still holds",
        ),
        must(
            "LC-015",
            "a job that ignores its cancellation is abandoned and named in the error",
            "a shutdown that waits for one stuck thread never ends, and the operator must know \
             which job it is",
        ),
        must(
            "LC-016",
            "no job starts and no event is published after the end, not even by abandoned jobs",
            "users free the resources of their jobs after the end",
        ),
        must(
            "LC-017",
            "a graceful shutdown runs accepted jobs that are due; nothing new becomes due",
            "an accepted mail that is dropped although there was time is a lost mail",
        ),
        must(
            "LC-018",
            "shutdown while starting aborts the start",
            "a signal may arrive at any moment, and must not be lost between two states",
        ),
        must(
            "LC-019",
            "a failed start leaves the state New and nothing running; a retry works",
            "a scheduler stuck in Starting can be neither started nor shut down",
        ),
        must(
            "LC-020",
            "a start or shutdown whose future is dropped continues; nothing is stuck",
            "a caller with a timeout must not leave a half-started scheduler behind",
        ),
        must(
            "LC-021",
            "jobs submitted before the start run after it, first in, first out",
            "parts of an application submit jobs while it is being assembled",
        ),
        must(
            "LC-022",
            "try_submit to a full queue returns QueueFull immediately",
            "aiojobs blocked callers that must not wait (#290)",
        ),
        must(
            "LC-023",
            "a job submitted during or after the shutdown is dropped once and never polled",
            "an accepted job that never runs is lost work; one that runs late uses freed \
             resources",
        ),
        must(
            "LC-024",
            "a job may submit jobs while the scheduler runs, but not while it shuts down",
            "otherwise jobs that submit their successors prevent the end",
        ),
        must(
            "LC-025",
            "every accepted job has exactly one outcome at the end",
            "every waiter must wake, however the scheduler ended",
        ),
        must(
            "LC-026",
            "no body begins after pause has returned, even with a permit; begun bodies continue",
            "operators pause before they change resources that jobs use",
        ),
        must(
            "LC-027",
            "pausing twice, or resuming a running scheduler, succeeds without an event",
            "an event says that something changed",
        ),
        must(
            "LC-028",
            "instants that were due during a pause follow the misfire policy, not one run each",
            "a burst after a long pause arrives when the system is most fragile",
        ),
        must(
            "LC-029",
            "shutdown while paused cancels the jobs that the pause holds",
            "they can no longer start, and their waiters must wake",
        ),
        must(
            "LC-030",
            "each state event is published once, along an edge of the state diagram",
            "monitors reconstruct the state from these events",
        ),
        should(
            "LC-031",
            "a shutdown with no running job returns without delay",
            "an idle service must restart quickly",
        ),
        must(
            "LC-032",
            "two schedulers do not affect each other",
            "libraries bring their own schedulers; hidden globals would couple them",
        ),
        must(
            "LC-033",
            "waiting for the end includes every outcome and every error handler",
            "otherwise a program that exits then loses the failure of its last job",
        ),
        must(
            "LC-034",
            "an error handler that hangs is not awaited after its grace; it is counted, and named \
             in the report",
            "a handler that waits for a dead mail server must not keep the process alive",
        ),
    ],
};
