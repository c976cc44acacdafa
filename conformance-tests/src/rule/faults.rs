//! Rules FT: one fault, injected at every point where it can happen.

use super::{Family, must};

pub(super) const FAMILY: Family = Family {
    name: "FT: faults, at every point where they can occur",
    rules: &[
        must(
            "FT-001",
            "a call whose future is dropped after any number of polls leaves nothing stuck",
            "a timeout around a call can end it between any two of its steps",
        ),
        must(
            "FT-002",
            "a job that panics at any of its polls harms only itself",
            "the first poll, a later one and the last one take different paths",
        ),
        must(
            "FT-003",
            "whichever task or thread is refused, every job ends and the scheduler can shut down",
            "threads run out when everything else fails too",
        ),
        must(
            "FT-004",
            "on a runtime whose sleeps end early nothing runs early, twice or not at all",
            "a runtime may end sleeps early; only the clock decides",
        ),
        must(
            "FT-005",
            "on a runtime whose sleeps end late everything runs once, as soon as possible",
            "timers are late under load, so the scheduler must read the clock",
        ),
        must(
            "FT-006",
            "a listener that panics at any event harms nothing",
            "some events are published while a state changes",
        ),
        must(
            "FT-007",
            "a panicking destructor of any user value harms nothing; each job ends once",
            "destructors run in unexpected places, where a panic can end a worker or the process",
        ),
        must(
            "FT-008",
            "user values may call the scheduler when run, woken, cloned, displayed or dropped",
            "a scheduler that held its lock during such a call would wait for itself",
        ),
        must(
            "FT-009",
            "a waker is called only for its own wait, stops no other wake if it panics, and is not \
             kept",
            "wakers are user code, and own values of the waiting task",
        ),
    ],
};
