//! Rules RD: the values that callers and readers of events receive.

use super::{Family, must};

pub(super) const FAMILY: Family = Family {
    name: "RD: values that callers read",
    rules: &[
        must(
            "RD-001",
            "every field of a job's info, events and counters follows from the calls, in every way \
             to read it",
            "a dashboard that shows one wrong field sends its operator to the wrong job",
        ),
        must(
            "RD-002",
            "every field of a schedule's info, events, history and explanations follows from the \
             calls, in every way to read it",
            "an operator who asks why the report is missing must read its true reason",
        ),
        must(
            "RD-003",
            "every field of a backfill's report and events follows from its runs, in every way to \
             read it",
            "a backfill continues where its report says that it ended",
        ),
        must(
            "RD-004",
            "every field of a shutdown report follows from how the jobs ended, for every caller",
            "the report is all that remains of the jobs that the shutdown ended",
        ),
        must(
            "RD-005",
            "the events of a node with a store follow from what the store returns",
            "an operator has nothing else to see a store that is down, and nodes that are gone",
        ),
    ],
};
