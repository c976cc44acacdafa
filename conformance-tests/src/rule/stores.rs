//! Rules ST: durable jobs and schedules, and nodes that share a store.
//!
//! They bind stores and the core, not a backend: the contract of stores runs the cases of a store, and tests of the
//! core run a node beside a store in given time. So they affect no verdict of a backend.

use super::{Family, Rule, must, should};

/// Reason why no rule of this family affects the verdict of a backend.
pub(crate) const REASON: &str = "these rules bind stores and the core, not backends: `store_suite!` runs the named cases on a store, and tests of \
     the core run a node beside a store in given time";

/// Where a rule that no case of a store tests is tested, or why it is not.
pub(crate) const ELSEWHERE: &[(&str, &str)] = &[
    ("ST-001", "core: tests of the start"),
    ("ST-002", "core: `engine/desk/backoff.rs`"),
    ("ST-003", "core: `engine/desk/tests`"),
    ("ST-004", "core: `engine/desk/tests/losses.rs`"),
    ("ST-007", "core: `engine/desk/tests/losses.rs`"),
    ("ST-009", "not yet: it needs processes that are killed"),
    (
        "ST-011",
        "core: `engine/desk/clock.rs`; a store takes the time of no node",
    ),
    ("ST-013", "the tests of a store with a schema"),
    ("ST-014", "core: tests of a store that hangs"),
    ("ST-015", "core: `engine/desk/tests/losses.rs`"),
    ("ST-016", "core: tests of a pause and of a shutdown"),
    ("ST-020", "core: `engine/desk/tests/losses.rs`"),
    ("ST-022", "not yet"),
    ("ST-023", "the transactions of a store"),
    ("ST-032", "not yet: it needs plans of statements"),
    ("ST-038", "core: `store/run_rules.rs`"),
    ("ST-042", "core: `engine/desk/tests/schedules.rs`"),
    ("ST-044", "core: `engine/desk/tests/schedules.rs`"),
    ("ST-050", "not yet: it needs a server"),
    ("ST-051", "core: `engine/desk/tests/losses.rs`"),
    ("ST-052", "not yet: it needs a server"),
    ("ST-054", "not yet: it needs a server"),
    ("ST-057", "not yet: there is one version"),
    ("ST-058", "not yet: it needs a server"),
    ("ST-059", "not yet: it needs plans of statements"),
    (
        "ST-060",
        "core: `engine/desk/gathered.rs`; the rest needs a server",
    ),
    ("ST-061", "the name of a store"),
];

const RULES: &[Rule] = &[
    must(
        "ST-001",
        "a store that cannot be opened fails the start with its kind; the state is New again",
        "a program that cannot persist must not pretend to",
    ),
    must(
        "ST-002",
        "a failed call is reported and retried with a growing delay; the scheduler keeps running",
        "a store that is away for a minute must neither end the scheduler nor be stormed",
    ),
    must(
        "ST-003",
        "an end that cannot be written is retried while its lease lasts",
        "the run has ended, whether the store can be reached or not",
    ),
    must(
        "ST-004",
        "of several nodes one starts a run while its lease is valid",
        "a claim that is read and then written has two owners",
    ),
    must(
        "ST-005",
        "a run longer than its lease is not claimed again while its node is live",
        "a long run is not a dead one",
    ),
    must(
        "ST-006",
        "runs of a dead node are claimed again after the lease has expired, not before",
        "rows that stay claimed forever never run",
    ),
    must(
        "ST-007",
        "a node that wakes after its lease has expired can neither end nor renew the run",
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
        "a job that ends its process in each attempt is given up after the allowed number, and can be found and retried",
        "it would take down one node after the other",
    ),
    must(
        "ST-011",
        "clock differences between nodes change neither who owns a run nor what is due",
        "all times are compared by the clock of the store",
    ),
    must(
        "ST-012",
        "an instant of a schedule has one record among all nodes and restarts",
        "each node computes the same instants",
    ),
    must(
        "ST-013",
        "a store whose schema is newer than the program is refused at the start, and nothing is written",
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
    must(
        "ST-017",
        "a node is a number that the store gives at each start, and a random number of its own; both are compared",
        "names are reused, and a server that lost commits gives a number twice",
    ),
    must(
        "ST-018",
        "a claim is valid only while the row of its node exists, and only under the present token",
        "whatever frees only what is known to be dead keeps the rest indefinitely",
    ),
    must(
        "ST-019",
        "nothing of the turns of a removed node is applied; it comes back as another node",
        "its jobs may run elsewhere already",
    ),
    must(
        "ST-020",
        "a lease is trusted from the first sending of its turn, on the monotonic clock, and a margin shorter",
        "a repeated sending renews nothing in the store",
    ),
    must(
        "ST-021",
        "a step of the clock of the store makes no second owner and keeps no dead node",
        "a server that takes over may have another clock",
    ),
    should(
        "ST-022",
        "a node whose wall clock is more than a second off that of the store reports it once",
        "people read both clocks",
    ),
    must(
        "ST-023",
        "a turn is one transaction: all of it is stored, or nothing, also across a crash",
        "an end without its record, or a record without its run, cannot be mended",
    ),
    must(
        "ST-024",
        "a turn with a number is applied once; sent again, it returns what the store holds",
        "an answer can be lost",
    ),
    must(
        "ST-025",
        "a write that cannot be stored fails alone, with its reason",
        "one bad value must not stop the ends of other runs",
    ),
    must(
        "ST-026",
        "a submission without an answer is reported as such; under the same id it is stored once",
        "a caller must be able to repeat what may have happened",
    ),
    must(
        "ST-028",
        "a store that lost committed turns is noticed by the number of the next one",
        "a copy of a server that takes over may be behind",
    ),
    must(
        "ST-029",
        "arguments, results and notes come back byte for byte",
        "a database that understands a text rewrites it",
    ),
    must(
        "ST-030",
        "a turn claims no more jobs than it asked for, of each queue and in all",
        "a node would hold what it cannot run",
    ),
    must(
        "ST-031",
        "claims are ordered by class, due time and id, and never early by the clock of the store",
        "a job that waits longest comes first",
    ),
    must(
        "ST-032",
        "jobs in the future, held, or of unknown tasks do not slow a claim",
        "queues with many delayed jobs are common",
    ),
    must(
        "ST-033",
        "a job whose task is unknown, or refuses its arguments, stays as it is for other nodes",
        "during a deployment two versions of a program run",
    ),
    must(
        "ST-034",
        "a node holds nothing that it does not run: after a lost answer it asks, and gives back",
        "a claim can be lost with its answer",
    ),
    must(
        "ST-035",
        "a claimed job that was not begun, or that a shutdown interrupts, is given back without a counted attempt",
        "a deployment must not exhaust the attempts of a job",
    ),
    must(
        "ST-036",
        "age alone frees nothing: a run of a live node is its own, however long it takes",
        "a job of an hour is not a lost one",
    ),
    must(
        "ST-037",
        "the lease is that of the node: a turn renews it for all its claims",
        "the cost of staying alive must not grow with the number of runs",
    ),
    must(
        "ST-038",
        "the job says what a loss of its node means: it runs again, or it ends as lost",
        "some effects must not happen twice",
    ),
    must(
        "ST-039",
        "losses are counted apart from attempts, and a node claims one suspect at a time",
        "a job that ends its process must not take others to their limit",
    ),
    must(
        "ST-040",
        "the token of a claim grows with each claim of the job, also over a retry by hand",
        "a service outside can refuse the effect of an older claim",
    ),
    must(
        "ST-041",
        "a decision stores cursor, records and jobs together, only if version, revision and cursor are those it was made from",
        "two nodes decide at the same time",
    ),
    must(
        "ST-042",
        "any node may decide any schedule at any time",
        "a leader can be away, or two can lead",
    ),
    must(
        "ST-043",
        "a schedule that is overdue is shown to every node that knows its task",
        "the node that should have decided may be gone",
    ),
    must(
        "ST-044",
        "instants that came while no node ran follow the misfire policy from the stored cursor",
        "otherwise they are lost with the process",
    ),
    must(
        "ST-045",
        "open and kept runs are counted from their rows; a kept run starts once the others have ended",
        "a counter and the rows it counts come apart",
    ),
    must(
        "ST-046",
        "a decision about an older revision is void, and a schedule is not due before its last record",
        "a schedule can change while it is decided",
    ),
    must(
        "ST-047",
        "putting or removing a schedule changes no other one",
        "several programs share a store",
    ),
    must(
        "ST-048",
        "a pause of a schedule is stored, and counts on every node",
        "the caller does not know which node runs the schedule",
    ),
    must(
        "ST-049",
        "a cancellation ends a job that waits at once, and reaches one that runs on any node",
        "the caller does not know which node runs the job",
    ),
    must(
        "ST-050",
        "after a restart of the server everything continues by itself",
        "it is the commonest fault of all",
    ),
    must(
        "ST-051",
        "a call without an answer within its limit is given up, and a late answer changes nothing",
        "a connection can be open at one end only",
    ),
    must(
        "ST-052",
        "no rule depends on the state of a session",
        "a pool gives each transaction another session",
    ),
    must(
        "ST-053",
        "a notification only makes a claim sooner; a watch ends in its time",
        "notifications get lost",
    ),
    must(
        "ST-054",
        "a job that was stored in the transaction of a user exists if and only if that commits",
        "the job and its reason belong together",
    ),
    must(
        "ST-055",
        "a key is held by one job until its claim, its end, or a time, as asked; a waiting holder can be replaced",
        "events come more often than they can be handled",
    ),
    must(
        "ST-056",
        "ends and records are kept as long as asked, and are then removed in bounded steps",
        "a store must not grow indefinitely, nor stop while it is cleaned",
    ),
    must(
        "ST-057",
        "data of each released version can be read",
        "data outlives programs",
    ),
    must(
        "ST-058",
        "a long transaction of a user does not slow claims by more than a factor of three",
        "reports and backups hold transactions open",
    ),
    must(
        "ST-059",
        "the plan of each statement is tested, also with stale statistics",
        "a plan that flips is an outage",
    ),
    must(
        "ST-060",
        "turns of any number of nodes do not wait for each other in a circle",
        "a deadlock costs its timeout, and the victim may be the user",
    ),
    must(
        "ST-061",
        "the address of a store is shown without its password",
        "logs are read by many",
    ),
];

pub(crate) const FAMILY: Family = Family {
    name: "ST: durable and shared stores",
    rules: RULES,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store;

    #[test]
    fn every_case_of_a_store_cites_a_rule_and_every_rule_is_tested_somewhere() {
        for case in store::CASES {
            assert!(RULES.iter().any(|rule| rule.id == case.rule), "{case:?}");
        }
        for rule in RULES {
            let has_case = store::CASES.iter().any(|case| case.rule == rule.id);
            let is_elsewhere = ELSEWHERE.iter().any(|(id, _)| *id == rule.id);
            assert!(has_case != is_elsewhere, "{}", rule.id);
        }
    }
}
