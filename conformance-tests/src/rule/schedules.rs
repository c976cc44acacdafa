//! Rules SC, MF, OV and LG: schedules, misfires, overlaps and the ledger.

use super::{Family, must};

pub(super) const FAMILY: Family = Family {
    name: "SC: schedules",
    rules: &[
        must(
            "SC-001",
            "a schedule is shown as defined, and runs alike when added before or after the start",
            "an operator at night needs its owner and its purpose",
        ),
        must(
            "SC-002",
            "adding an existing id is refused, and the existing schedule is unaffected",
            "a refused definition must not replace half of the existing one",
        ),
        must(
            "SC-003",
            "with the policy to keep, add returns the existing id and drops the new schedule",
            "programs add their schedules at each start (APScheduler needed replace_existing)",
        ),
        must(
            "SC-004",
            "runs of a replaced schedule continue and count; its pause and history remain",
            "a deployment must not start a second run beside the first, or resume a paused \
             schedule",
        ),
        must(
            "SC-005",
            "a paused schedule begins nothing; begun runs continue, buffered ones stay, others \
             run",
            "one job causes trouble, and the other jobs of the night must run",
        ),
        must(
            "SC-006",
            "pausing again changes the reason, not the start of the pause; resuming twice has no \
             effect",
            "the second person who pauses a schedule knows more than the first",
        ),
        must(
            "SC-007",
            "a change is applied as a whole, or not at all if any part of it is invalid",
            "half a change is a state that no caller asked for",
        ),
        must(
            "SC-008",
            "a new trigger counts from now: due instants of the old one are recorded, not run",
            "moving a job from two o'clock to three must not run it at once, nor lose it silently",
        ),
        must(
            "SC-009",
            "after ResumeFrom::Now the instants of the pause are skipped, not missed",
            "the pause was intended",
        ),
        must(
            "SC-010",
            "after other resumptions the instants of the pause follow the misfire policy",
            "a pause for maintenance must not lose the day's invoices",
        ),
        must(
            "SC-011",
            "run_now creates a separate run, with its own instant and cause, and affects no other instant",
            "a test at noon must not cost the run at midnight",
        ),
        must(
            "SC-012",
            "a removed schedule starts nothing: waiting jobs are cancelled, running ones continue",
            "APScheduler runs jobs that were submitted before, and reports nothing",
        ),
        must(
            "SC-013",
            "jitter delays starts up to its limit, the same in every execution; nominal times \
             stay",
            "a random shift of the instants drifts, and cannot be tested",
        ),
        must(
            "SC-014",
            "settings that let nothing run are InvalidConfig, when added or changed",
            "the schedule would wait forever without a message",
        ),
        must(
            "SC-015",
            "a configured number of consecutive failures pauses a schedule, with the last error \
             as reason",
            "a job that fails every minute hides other failures",
        ),
        must(
            "SC-016",
            "the preview returns the instants that will run, and changes nothing",
            "people check a rule before they trust it",
        ),
        must(
            "SC-017",
            "an equal trigger keeps its cursor in a replacement or change; due instants stay due",
            "a program that adds its schedules at each start must not lose due instants, or run \
             nothing",
        ),
        must(
            "SC-018",
            "instants that were due when their trigger or schedule was replaced are recorded",
            "a caller that moves or removes a job must see which instants do not run",
        ),
        must(
            "SC-019",
            "a schedule whose trigger has ended is listed and can be stopped until its last run has \
             ended",
            "an invisible schedule cannot be stopped",
        ),
        must(
            "SC-020",
            "every call of a handle returns UnknownSchedule with its id while no schedule has it; \
             records remain",
            "a caller must have to match one error, not eleven",
        ),
        must(
            "SC-021",
            "a handle serves the schedule that has its id now, also after a replacement",
            "a program that replaces its schedules keeps the handles it has given away",
        ),
        must(
            "SC-022",
            "a handle keeps no scheduler alive; after the drop its calls return the same results as \
             after a shutdown, and history and explain UnknownSchedule",
            "a forgotten handle must not keep a thread running",
        ),
        must(
            "SC-023",
            "inside jobs of its own scheduler a handle's calls have the same results",
            "a job that finds its input gone removes its own schedule",
        ),
        must(
            "SC-024",
            "the id of a schedule that has ended is free once no run of it is buffered",
            "a job that adds the next one under its own id must not meet itself",
        ),
        must(
            "SC-025",
            "ids, names and reasons that are blank, too long or no visible line are InvalidConfig",
            "a name that turns the direction of text or ends a line forges what people read",
        ),
        must(
            "SC-026",
            "a next instant that is set by hand runs once, and the rule continues after it",
            "a run is moved to a better time without a new rule",
        ),
        must(
            "SC-027",
            "the instants since a schedule is live in the past follow its misfire policy",
            "a report that was due while the program was down must not be lost silently",
        ),
        must(
            "SC-028",
            "remove_all removes every schedule in one step",
            "otherwise a schedule whose turn comes later begins a run meanwhile",
        ),
    ],
};

pub(super) const MISFIRES: Family = Family {
    name: "MF: late instants",
    rules: &[
        must(
            "MF-001",
            "an instant exactly as late as the grace is on time; a nanosecond later it is a \
             misfire",
            "implementations differ at the boundary",
        ),
        must(
            "MF-002",
            "Skip runs no late instant and reports each of them; an instant on time runs",
            "a report for an hour that has passed is useless",
        ),
        must(
            "MF-003",
            "FireOnce runs once for all late instants, for the latest or for the earliest of them",
            "APScheduler coalesces to the latest only, and users ask for the other",
        ),
        must(
            "MF-004",
            "a run that replaces several instants knows the first, the last and their number",
            "an import must know which days it covers",
        ),
        must(
            "MF-005",
            "FireAll runs the latest instants, up to its limit, in order; the others are reported",
            "without a limit, a long night becomes a thousand runs in the morning",
        ),
        must(
            "MF-006",
            "instants older than the catch-up window, which is inclusive, are dropped, even at \
             their start",
            "yesterday's reminder does harm today",
        ),
        must(
            "MF-007",
            "outside its hours no late run starts; a run on time starts at any hour",
            "a nightly job that catches up at noon slows the shop",
        ),
        must(
            "MF-008",
            "starts of catch-up runs are at least the pace apart; runs on time do not wait",
            "a hundred runs at once overload the service that they call",
        ),
        must(
            "MF-009",
            "a gap of any length costs bounded work: a year of seconds is a few trigger calls",
            "a list of the missed instants has thirty million entries",
        ),
        must(
            "MF-010",
            "a catch-up run is marked as one, and keeps its nominal time",
            "the invoice is for the third, even if it is written on the fifth",
        ),
    ],
};

pub(super) const OVERLAPS: Family = Family {
    name: "OV: overlap",
    rules: &[
        must(
            "OV-001",
            "Skip skips instants that come while an earlier run is active",
            "two concurrent backups corrupt each other",
        ),
        must(
            "OV-002",
            "BufferOne buffers the first instant that meets an active run, and skips further ones \
             until its run has begun",
            "one more run after the last change is enough",
        ),
        must(
            "OV-003",
            "BufferAll buffers all instants that meet an active run, and runs them one after the \
             other",
            "each instant may have its own input",
        ),
        must(
            "OV-004",
            "CancelOther requests the end of the earlier run, and runs after its end or grace",
            "the newer run has the newer data",
        ),
        must(
            "OV-005",
            "TerminateOther drops the earlier run at its suspension, and runs at once",
            "a hanging run does not react to requests",
        ),
        must(
            "OV-006",
            "AllowAll starts every run concurrently",
            "the runs of some tasks are independent of each other",
        ),
        must(
            "OV-007",
            "the schedules of a group overlap with each other, each by its own policy",
            "a resource may be used by more than one schedule",
        ),
        must(
            "OV-008",
            "the policy that is set when a buffered run's turn comes decides about it",
            "a caller that changes the policy wants waiting runs to follow it",
        ),
        must(
            "OV-009",
            "max_instances runs may be active before the overlap policy applies",
            "a resource may allow two concurrent runs but not three",
        ),
        must(
            "OV-010",
            "the buffer holds no more runs than its limit; a run that does not fit is reported",
            "an unbounded buffer is a leak with a delay",
        ),
        must(
            "OV-011",
            "each instant that does not run is reported once, counted, and has its reason",
            "\"it did not run\" is the question of every morning",
        ),
        must(
            "OV-012",
            "active runs count for the present policy, whichever policy they began under",
            "a caller that switches back to one run at a time needs it at once",
        ),
        must(
            "OV-013",
            "no body begins beside more active runs than its schedule allows now, after any \
             change",
            "a run that waited for its permit must not process the same file a second time",
        ),
    ],
};

pub(super) const LEDGER: Family = Family {
    name: "LG: the ledger",
    rules: &[
        must(
            "LG-001",
            "each instant has exactly one record, alone or in a range",
            "a history with gaps proves nothing",
        ),
        must(
            "LG-002",
            "a record follows its run: buffered, started, and how it ended",
            "a start does not prove a success",
        ),
        must(
            "LG-003",
            "an instant that did not run is skipped or missed, with the reason that applied",
            "the cause decides what must be done",
        ),
        must(
            "LG-004",
            "the latest records are kept, up to the configured number, oldest first",
            "memory is bounded, and old news is the first to go",
        ),
        must(
            "LG-005",
            "explain returns the decision about any instant, or why it has no record",
            "\"why did it not run at nine?\" has five different explanations",
        ),
        must(
            "LG-006",
            "the history outlives its schedule and the scheduler, and continues under the same id",
            "questions come after the schedule is gone",
        ),
        must(
            "LG-007",
            "a repeated instant is recorded with the cause ClockRepeat(n), even if it does not run",
            "the record of the first pass would hide that the repetition did not run",
        ),
        must(
            "LG-008",
            "the record of a finished run has its begin, end, number of attempts and error text",
            "\"ran\" alone says neither how late, nor how long, nor why it failed",
        ),
        must(
            "LG-009",
            "an instant that is skipped or buffered because of an active run names that run",
            "the next question after why an instant did not run is which run was in its way",
        ),
        must(
            "LG-010",
            "the pages of a history have every record of the range once, in order",
            "a view that shows a long history at once is slow, and one that guesses its pages \
             loses records",
        ),
    ],
};
