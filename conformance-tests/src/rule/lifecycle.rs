//! TBL and LC: what may be called when, and what comes of it.

use super::{Family, must, should};

pub(super) const TABLE: Family = Family {
    name: "The lifecycle table",
    rules: &[must(
        "TBL",
        "each call in each state answers what the lifecycle table says, and leads where it says",
        "single regression tests are not enough: a scheduler that had its bug fixed still differed \
         from its siblings in three of ten call sequences",
    )],
};

pub(super) const FAMILY: Family = Family {
    name: "LC: lifecycle",
    rules: &[
        must(
            "LC-001",
            "a scheduler is built without a runtime: no task, timer or thread before start",
            "applications build their parts before anything runs; aiojobs needed a major release \
             until it could be built without a running loop",
        ),
        must(
            "LC-002",
            "shutdown before start is NotRunning; the state stays New; a later start works",
            "APScheduler raised AttributeError here on one of its backends only, in 2011 (#10) and \
             again in 2024 (#1019)",
        ),
        must(
            "LC-003",
            "pause, resume, run_now and wait_idle before start are NotRunning",
            "a call that silently does nothing is found out much later",
        ),
        must(
            "LC-004",
            "a second start is AlreadyRunning; the first is unaffected",
            "two dispatchers run every job twice",
        ),
        must(
            "LC-005",
            "of sixteen starts at a time one succeeds, fifteen are AlreadyRunning",
            "looking at the state and changing it are one step, or two threads both start it",
        ),
        must(
            "LC-006",
            "a start after the end is ShutDown",
            "what listeners, handles and reports said of the end stays true; pausing is the \
             reversible way",
        ),
        must(
            "LC-007",
            "a shutdown begun after the end is ShutDown",
            "the caller learns that it was not the one who ended it",
        ),
        must(
            "LC-008",
            "shutdowns at a time all succeed with the same report, none before the end",
            "whoever returned early would free what jobs still use",
        ),
        must(
            "LC-009",
            "a call that is refused changes nothing",
            "a pause that failed and still set its flag makes a later start come up paused",
        ),
        must(
            "LC-010",
            "an error is returned by the call that caused it, and told to nobody else",
            "APScheduler's asyncio scheduler posts the work to the loop: the call succeeds, the \
             error reaches the loop's log",
        ),
        must(
            "LC-011",
            "after a call has returned, every thread sees the state that it led to",
            "a health check on another thread must not read what is over",
        ),
        must(
            "LC-012",
            "a waiting call inside an own job or listener is WouldDeadlock; nothing changes",
            "the job would wait for its own end: APScheduler #338, django-crontask #53; aiojobs \
             recurses for ever",
        ),
        must(
            "LC-013",
            "request_shutdown inside a job is ok; the job's outcome is recorded",
            "a job that has found out that all is done has to be able to say so",
        ),
        should(
            "LC-014",
            "a job that waits for a shutdown through a helper is ended by the deadline",
            "nobody can see that the helper waits on the job's behalf; the deadline still holds",
        ),
        must(
            "LC-015",
            "a job that ignores its cancellation is abandoned, and named in the error",
            "an end that waits for one stuck thread never comes, and the operator must know which",
        ),
        must(
            "LC-016",
            "nothing starts and no event comes after the end, not even from abandoned jobs",
            "after the end its users free what it wrote to",
        ),
        must(
            "LC-017",
            "a graceful shutdown runs accepted jobs that are due; nothing new becomes due",
            "an accepted mail that is dropped although there was time is a lost mail",
        ),
        must(
            "LC-018",
            "a shutdown while starting aborts the start",
            "a signal may come at any moment, and must not be lost between two states",
        ),
        must(
            "LC-019",
            "a start that failed leaves New and nothing running; a retry works",
            "a scheduler stuck in Starting can be neither started nor ended",
        ),
        must(
            "LC-020",
            "a start or shutdown whose future is dropped goes on; nothing is stuck",
            "a caller with a timeout must not leave half a scheduler behind",
        ),
        must(
            "LC-021",
            "jobs submitted before the start run after it, first in, first out",
            "parts of an application submit while it is being put together",
        ),
        must(
            "LC-022",
            "a full queue answers QueueFull at once",
            "a caller that must not wait was blocked by aiojobs (#290)",
        ),
        must(
            "LC-023",
            "a job submitted during or after the end is dropped once and never polled",
            "an accepted job that nobody runs is lost work; one that runs late meets freed things",
        ),
        must(
            "LC-024",
            "a job may submit while the scheduler runs, not while it shuts down",
            "else jobs that submit their successors keep it from ending",
        ),
        must(
            "LC-025",
            "every accepted job has exactly one outcome at the end",
            "whoever waits for a job has to be told, whatever became of the scheduler",
        ),
        must(
            "LC-026",
            "no body begins after pause has returned, permit or not; running ones go on",
            "people pause before they touch what jobs use",
        ),
        must(
            "LC-027",
            "pausing twice, or resuming what is not paused, is ok and no event",
            "an event says that something changed",
        ),
        must(
            "LC-028",
            "what was due during a pause follows the misfire policy, not one run each",
            "a burst after a long pause hits exactly when things are fragile",
        ),
        must(
            "LC-029",
            "a shutdown while paused cancels the jobs that are held",
            "they cannot start any more, and their waiters have to know",
        ),
        must(
            "LC-030",
            "state events come once each and along the edges of the state diagram",
            "monitors rebuild the state from them",
        ),
        should(
            "LC-031",
            "a shutdown with nothing running takes no time",
            "an idle service has to restart quickly",
        ),
        must(
            "LC-032",
            "two schedulers do not affect each other",
            "libraries bring their own; hidden globals tie them together",
        ),
        must(
            "LC-033",
            "who waits for the end waits for every outcome and every error handler",
            "a program that exits then loses the failure of its last job",
        ),
        must(
            "LC-034",
            "an error handler that hangs is left after its grace, counted, and named",
            "a handler that waits for a dead mail server must not keep the process from ending",
        ),
    ],
};
