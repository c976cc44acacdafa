//! Settings, counts and values that outlast a change.

use super::super::{
    Mutant,
    Place::{Between, Calls},
    jobs::Handles,
    remembers, sleeps,
    twist::twisted,
};

mutants! {
    840 "a job that may be retried overtakes the others of its rate group" ["QU-010"]
        Calls(|scene| twisted(scene, remembers::RETRIES_FIRST));
    841 "the numbers of a rate group are those of its first job" ["RY-012"]
        Calls(|scene| twisted(scene, remembers::FirstNumbers::default()));
    842 "a jitter cannot be removed" ["SC-013"]
        Calls(|scene| twisted(scene, remembers::KEEPS_THE_JITTER));
    843 "a new pace has no effect while catch-up runs wait" ["MF-008"]
        Calls(|scene| twisted(scene, remembers::KEEPS_THE_PACE));
    844 "a new task of a schedule inherits the failures of the old one" ["SC-015"]
        Calls(|scene| twisted(scene, remembers::InheritsFailures::default()));
    845 "runs that were active when their schedule joined a group never leave it" ["OV-007"]
        Calls(|scene| twisted(scene, remembers::StaysInItsGroup::default()));
    846 "the waiters of a cancelled job learn that it succeeded" ["AJ-019", "AJ-008"]
        Calls(|scene| twisted(scene, Handles(|| remembers::HidesCancellations)));
    847 "every cancellation through a handle is immediate" ["AJ-008"]
        Calls(|scene| twisted(scene, Handles(|| remembers::CancelsAtOnce)));
    848 "a job ends with its first value, although that attempt was too late" ["AJ-025"]
        Calls(|scene| twisted(scene, remembers::FIRST_VALUE));
    849 "a sleep wakes its first waker only, though its task was moved" ["FT-009"]
        Between(sleeps::wakes_the_first);
    850 "the instants that a buffered run would have replaced stay part of it when it is given up" ["LG-003"]
        Calls(|scene| twisted(scene, remembers::PART_OF_WHAT_IS_GIVEN_UP));
    851 "a second pause of a queue moves the begin of the pause" ["QU-006"]
        Calls(|scene| twisted(scene, remembers::PausesAnew));
    852 "catch-up runs that are given up stay recorded as buffered" ["LG-003"]
        Calls(|scene| twisted(scene, remembers::STAYS_BUFFERED));
    853 "a schedule never leaves its group" ["OV-007"]
        Calls(|scene| twisted(scene, remembers::STAYS_IN_ITS_GROUP));
}
