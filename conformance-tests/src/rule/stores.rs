//! Rules ST: durable and shared stores. No backend has a store yet: these rules keep their ids and are
//! explained, but affect no verdict.

use super::{Family, must, should};

/// Reason why no rule of this family has a case.
pub(crate) const REASON: &str = "no backend has a store yet: jobs and schedules live in memory, and \
 these rules cannot be tested";

pub(crate) const FAMILY: Family = Family {
    name: "ST: durable and shared stores, not yet",
    rules: &[
        must(
            "ST-001",
            "a store that cannot be opened fails the start with its kind; the state is New again",
            "a program that cannot persist must not pretend to",
        ),
        must(
            "ST-002",
            "a failed claim is reported and retried with a growing delay; the scheduler keeps \
             running",
            "a store that is away for a minute must neither end the scheduler nor be stormed",
        ),
        must(
            "ST-003",
            "a completion that cannot be written is retried while its lease lasts; its waiter \
             gets the outcome regardless",
            "a waiter in the same process does not need the store",
        ),
        must(
            "ST-004",
            "of several nodes one starts a run while its lease is valid",
            "a claim that is read and then written has two owners",
        ),
        must(
            "ST-005",
            "a run longer than its lease is not claimed again while its heartbeats succeed",
            "a long run is not a dead one",
        ),
        must(
            "ST-006",
            "runs of a dead node are claimed again after the lease has expired, not before, as \
             another attempt",
            "rows that stay `running` forever never run",
        ),
        must(
            "ST-007",
            "a node that wakes after its lease has expired can neither complete nor renew the run",
            "it must not overwrite the record of the next owner",
        ),
        must(
            "ST-008",
            "an accepted job is durable before the call returns",
            "a success before the commit is a promise that a crash breaks",
        ),
        must(
            "ST-009",
            "a crash at any point loses no run, and repeats none whose lease is valid",
            "a process can die before or after each step of a claim",
        ),
        must(
            "ST-010",
            "a job that ends its process in each attempt is given up after the allowed number",
            "it would take down one node after the other",
        ),
        must(
            "ST-011",
            "clock differences between nodes change neither who owns a run nor whose lease has \
             expired",
            "leases are compared by the store's clock, or not at all",
        ),
        must(
            "ST-012",
            "an instant of a schedule runs once among all nodes that have the schedule",
            "each node computes the same instants",
        ),
        must(
            "ST-013",
            "a store whose schema is newer than the program is refused at the start, and nothing \
             is written",
            "an older program would destroy data that it does not know",
        ),
        must(
            "ST-014",
            "while a store hangs, a shutdown keeps its deadline and in-memory jobs run",
            "one database must not stop everything",
        ),
        should(
            "ST-015",
            "a node that cannot renew stops claiming and cancels its runs before its lease ends",
            "the next owner starts when the lease ends",
        ),
        must(
            "ST-016",
            "a pause or a shutdown of one node affects that node only",
            "a deployment goes from node to node",
        ),
    ],
};
