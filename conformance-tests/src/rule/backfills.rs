//! Rules BF: backfills. Rules DT: schedules as data.

use super::{Family, must};

pub(super) const FAMILY: Family = Family {
    name: "BF: backfills",
    rules: &[
        must(
            "BF-001",
            "each instant of the range runs once, both ends included, with its own nominal time",
            "a repeated report must know its day",
        ),
        must(
            "BF-002",
            "a backfill does not affect the instants, overlaps and failure count of its schedule",
            "catching up on last month must not cost this morning's run",
        ),
        must(
            "BF-003",
            "runs start in the requested order and at the requested priority, and no more of them \
             than allowed wait or run at a time",
            "a year of runs at once is an outage of its own",
        ),
        must(
            "BF-004",
            "consecutive starts are at least the pace apart",
            "a service that gets a thousand requests in a row refuses",
        ),
        must(
            "BF-005",
            "the dry run returns the same instants in the same order and runs nothing",
            "operators check before they start a thousand runs",
        ),
        must(
            "BF-006",
            "a backfill starts no more runs than its limit, and reports where to continue",
            "a large range is caught up in portions, one each night",
        ),
        must(
            "BF-007",
            "a backfill that was stopped, or whose schedule or scheduler ended, starts no further \
             run and reports why",
            "a mistake must be stoppable, and an interruption visible",
        ),
        must(
            "BF-008",
            "a paused schedule is backfilled; a paused scheduler starts nothing",
            "a schedule is paused for a repair, and caught up before it continues",
        ),
        must(
            "BF-009",
            "waiting for a backfill inside one of its own runs returns WouldDeadlock",
            "neither would ever finish",
        ),
        must(
            "BF-010",
            "a range that ends before it begins, and a limit of zero, are refused by name",
            "nothing would run, without a visible reason",
        ),
        must(
            "BF-011",
            "the begin, the runs and the end of a backfill are published as events, and each \
             instant has a record",
            "the question why a report was made twice needs an answer",
        ),
        must(
            "BF-012",
            "a range of a year of seconds costs no more trigger calls than runs started",
            "a list of thirty million instants must not be built",
        ),
        must(
            "BF-013",
            "instants with a recorded run are run again or skipped, as requested",
            "after a month with two failures, two runs must be repeated",
        ),
    ],
};

pub(super) const DATA: Family = Family {
    name: "DT: schedules as data",
    rules: &[
        must(
            "DT-001",
            "a task built from a name and arguments runs with them, in schedules and as a job",
            "a file or a network message cannot contain a closure",
        )
        .unbreakable("a scheduler receives a function, and cannot know whether it was registered"),
        must(
            "DT-002",
            "arguments that a task does not accept are refused when it is built, with their path",
            "an error at three in the morning is too late",
        )
        .unbreakable("the registry checks the arguments, and no scheduler is involved"),
        must(
            "DT-003",
            "a schedule that is exported and imported is unchanged and due at the same instants",
            "a move to another process must not change a schedule",
        ),
        must(
            "DT-004",
            "an imported schedule continues at its cursor: misfires follow its policy, a pause \
             remains",
            "a deployment must neither lose an instant nor resume a paused schedule",
        ),
        must(
            "DT-005",
            "a schedule that cannot be exported is named with the reason, never silently omitted",
            "a gap in a backup is discovered when the backup is needed",
        ),
        must(
            "DT-006",
            "an import adds all schedules or none, and reports every problem with its place",
            "half an import is a state that no caller asked for",
        ),
        must(
            "DT-007",
            "a handover after the wall clock was set back changes nothing: repeated instants are \
             marked as repeated, and fixed times do not run twice",
            "a deployment in the hour of a clock correction must not send a report twice",
        ),
    ],
};
