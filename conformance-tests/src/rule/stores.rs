//! ST: durable and shared stores. There is none yet, and no backend claims to have one: these rules
//! keep their ids, are explained, and decide no verdict.

use super::{Family, must, should};

/// Why none of them has a case.
pub(crate) const REASON: &str =
    "no backend has a store yet: jobs and schedules live in memory, and none of these can be asked";

pub(crate) const FAMILY: Family = Family {
    name: "ST: durable and shared stores, not yet",
    rules: &[
        must(
            "ST-001",
            "a store that cannot be opened fails the start, with its kind; the state is New again",
            "a program that cannot remember must not pretend to",
        ),
        must(
            "ST-002",
            "a claim that fails is told, tried again with a growing delay, and the scheduler runs on",
            "a store that is away for a minute must not be the end, nor be stormed",
        ),
        must(
            "ST-003",
            "a completion that cannot be written is tried again while its lease lasts; its waiter gets the outcome all the same",
            "who waits in the same process has the answer already",
        ),
        must(
            "ST-004",
            "of several nodes one starts a run while its lease is valid",
            "a claim that is read and then written has two owners",
        ),
        must(
            "ST-005",
            "a run longer than its lease is not claimed again while its heartbeats work",
            "long is not dead",
        ),
        must(
            "ST-006",
            "what a dead node ran is claimed again when the lease has expired, not before, as another attempt",
            "rows that stay `running` for ever are never run",
        ),
        must(
            "ST-007",
            "a node that wakes after its lease has expired can neither complete nor renew the run",
            "it must not overwrite what the next owner wrote",
        ),
        must(
            "ST-008",
            "what was accepted is durable before the call answers",
            "an answer before the commit is a promise that a crash breaks",
        ),
        must(
            "ST-009",
            "a crash at any point loses no run, and doubles none whose lease is valid",
            "each step of a claim has two sides on which one can fall",
        ),
        must(
            "ST-010",
            "a job that ends its process in each attempt is given up after as many as allowed",
            "it would take one node after the other with it",
        ),
        must(
            "ST-011",
            "clocks of nodes that differ change neither who owns a run nor whose lease has expired",
            "leases are compared by the store's clock, or not at all",
        ),
        must(
            "ST-012",
            "an instant of a schedule runs once among all nodes that have the schedule",
            "each node computes the same instants",
        ),
        must(
            "ST-013",
            "a store whose schema is newer than the program is refused at the start, and nothing is written",
            "an older program would destroy what it does not know",
        ),
        must(
            "ST-014",
            "while a store hangs, a shutdown keeps its deadline and jobs in memory run",
            "one database must not hold everything",
        ),
        should(
            "ST-015",
            "a node that cannot renew stops claiming and cancels its runs before its lease ends",
            "the next owner starts when the lease is over",
        ),
        must(
            "ST-016",
            "a pause or a shutdown of one node affects that node only",
            "a deploy goes from node to node",
        ),
    ],
};
