//! FT: one thing goes wrong, at every point where it can.

use super::{Family, must};

pub(super) const FAMILY: Family = Family {
    name: "FT: faults, at every point where they can come",
    rules: &[
        must(
            "FT-001",
            "a call that is given up, after however many polls, leaves nothing stuck",
            "a timeout around a call may end it between any two of its steps",
        ),
        must(
            "FT-002",
            "a job that panics, at whichever of its polls, harms nothing but itself",
            "the first poll, a later one and the last one take different ways",
        ),
        must(
            "FT-003",
            "whichever task or thread cannot be had, every job ends and the scheduler can be ended",
            "threads run out when everything else is going wrong, too",
        ),
        must(
            "FT-004",
            "a runtime whose sleeps end early has nothing run early, twice or not at all",
            "timers are allowed to; the clock decides",
        ),
        must(
            "FT-005",
            "a runtime whose sleeps end late has everything run, once, as soon as it can",
            "under load they do, and nobody may count on one",
        ),
        must(
            "FT-006",
            "a listener that panics, at whichever event, harms nothing",
            "some events are told while a state changes",
        ),
        must(
            "FT-007",
            "a destructor that panics, of whatever was handed over, harms nothing; each job ends once",
            "destructors run in the oddest places, where a panic takes a worker or the process along",
        ),
        must(
            "FT-008",
            "whatever was handed over may call the scheduler where it is run, woken, cloned, shown or destroyed",
            "a lock that is held there is one that its own holder waits for",
        ),
    ],
};
