//! Rules about everything at once, which random scenarios look for.

use super::{Family, must};

pub(super) const FAMILY: Family = Family {
    name: "Scenarios",
    rules: &[
        must(
            "CN-001",
            "whatever is called in whatever order, what happens is what the model of these rules allows",
            "each rule looks at one thing; what several calls, jobs and faults make of each other is \
             seen only where they meet",
        ),
        must(
            "CN-002",
            "the same scenario in virtual time leaves the same trace when it is run again",
            "what depends on luck, the order of a hash map or a second clock cannot be tested by anyone",
        ),
        must(
            "CN-003",
            "the same scenario in virtual time leaves the same trace on this runtime as on another one",
            "a program that is moved to another executor must not behave in another way",
        ),
        must(
            "CN-004",
            "clients and jobs that really run at a time keep each their own order, and the order of the events, as the model allows",
            "in virtual time one thing happens after another; a lock that is let go too early shows only \
             where several threads come at once",
        ),
    ],
};
