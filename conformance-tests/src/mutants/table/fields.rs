//! Mutants with a flaw in a single field of a returned value or event.

use super::super::{Mutant, Place::Calls, fields::wrong_in, twist::twisted};

mutants! {
    680 "the counters count one success too many" ["RD-001"]
        Calls(|scene| twisted(scene, wrong_in("Scheduler::metrics.succeeded: one more")));
    681 "the list of schedules shows the last run a moment late" ["RD-002"]
        Calls(|scene| twisted(scene, wrong_in("Scheduler::schedules.each.last: a moment later")));
    682 "waiters of a backfill receive a report without failures" ["RD-003"]
        Calls(|scene| twisted(scene, wrong_in("BackfillHandle::wait.failures: empty")));
    683 "waiters for the end receive a report that lacks one cancelled job" ["RD-004"]
        Calls(|scene| twisted(scene, wrong_in("Scheduler::stopped.cancelled: without its last")));
    684 "the event that a store is back comes twice" ["RD-005"]
        Calls(|scene| twisted(scene, wrong_in("stream StoreBack: twice")));
    790 "the event of an end says that the job began a moment late" ["EV-011"]
        Calls(|scene| twisted(scene, wrong_in("stream JobFinished.began: a moment later")));
}
