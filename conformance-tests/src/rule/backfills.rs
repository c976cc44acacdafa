//! BF and DT: ranges that are made up for on request, and schedules as data.

use super::{Family, must};

pub(super) const FAMILY: Family = Family {
    name: "BF: backfills",
    rules: &[
        must(
            "BF-001",
            "each instant of the range runs once, both ends included, with its own nominal time",
            "a report that is made again has to know for which day",
        ),
        must(
            "BF-002",
            "the schedule goes on as if there were no backfill: its instants, overlaps, failures",
            "making up for last month must not cost this morning's run",
        ),
        must(
            "BF-003",
            "no more of its runs wait or go at a time than allowed, in the order asked for",
            "a year of runs at once is an outage of its own",
        ),
        must(
            "BF-004",
            "between two of its starts lies its pace at least",
            "whoever is asked a thousand times in a row ends by refusing",
        ),
        must(
            "BF-005",
            "the dry run names the instants, in the same order, and runs nothing",
            "one looks before one starts a thousand runs",
        ),
        must(
            "BF-006",
            "it starts no more than its limit, and says where a further one has to go on",
            "a large range is made up for in portions, one each night",
        ),
        must(
            "BF-007",
            "stopped, or with its schedule removed, or shut down, it starts nothing and says so",
            "what was begun by mistake has to have an end, and what was interrupted a mark",
        ),
        must(
            "BF-008",
            "a paused schedule is backfilled; while the scheduler is paused nothing starts",
            "a schedule is paused to be repaired, and made up for before it goes on",
        ),
        must(
            "BF-009",
            "waiting for a backfill inside one of its own runs is refused",
            "neither would ever end",
        ),
        must(
            "BF-010",
            "a range that ends before it begins and a limit of no run are refused by name",
            "nothing would run, and nobody would know why",
        ),
        must(
            "BF-011",
            "its begin, its runs and its end are told, and each instant has a record",
            "who asks why a report was made twice needs an answer",
        ),
        must(
            "BF-012",
            "a year of seconds takes no more questions to its trigger than it starts runs",
            "a list of thirty million instants is not to be made",
        ),
        must(
            "BF-013",
            "what is known to have been run is run again, or left alone, as asked for",
            "of a month with two failures two runs are to be made up for",
        ),
    ],
};

pub(super) const DATA: Family = Family {
    name: "DT: schedules as data",
    rules: &[
        must(
            "DT-001",
            "a task made of a name and arguments runs with them, in schedules and as a job",
            "what comes out of a file or over a wire is no closure",
        )
        .unbreakable("a scheduler is given a function, and cannot tell where it comes from"),
        must(
            "DT-002",
            "arguments that a task does not take are refused where it is made, with their place",
            "an error at three in the morning is too late",
        )
        .unbreakable("no scheduler is asked"),
        must(
            "DT-003",
            "written out and read in again, a schedule is as it was, and due at the same instants",
            "what moves to another process must not change on the way",
        ),
        must(
            "DT-004",
            "it goes on where it stood: what has passed goes by its policy, a pause stays",
            "a deploy must neither lose an instant nor wake what was put to sleep",
        ),
        must(
            "DT-005",
            "what cannot be data is named, each with the reason, and not left out in silence",
            "a backup that lacks something is found out when it is needed",
        ),
        must(
            "DT-006",
            "of several schedules all are added, or none; all that is wrong is told, and where",
            "half an import is a state that nobody has ever asked for",
        ),
    ],
};
