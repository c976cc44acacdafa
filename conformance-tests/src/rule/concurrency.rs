//! Rules CN: rules about arbitrary call sequences, checked by random scenarios.

use super::{Family, must};

pub(super) const FAMILY: Family = Family {
    name: "Scenarios",
    rules: &[
        must(
            "CN-001",
            "for any sequence of calls, the events are those that the model of these rules allows",
            "each rule covers one aspect; interactions of calls, jobs and faults appear only in \
             combination",
        ),
        must(
            "CN-002",
            "the same scenario in virtual time leaves the same trace when it is repeated",
            "behaviour that depends on chance, hash order or a second clock cannot be tested",
        ),
        must(
            "CN-003",
            "the same scenario in virtual time leaves the same trace on every runtime",
            "a program that moves to another executor must not behave differently",
        ),
        must(
            "CN-004",
            "each concurrent client and job observes its calls and the events in an order that the \
             model allows",
            "in virtual time one call follows another; a lock that is released too early fails only \
             with real threads",
        ),
    ],
};
