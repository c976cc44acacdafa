//! Mutants of named queues.

use super::super::{Mutant, Place::Calls, queues, twist::twisted};

mutants! {
    760 "every job is in the default queue" ["QU-001", "QU-002", "QU-003", "QU-004", "QU-006", "QU-007", "QU-008"]
        Calls(|scene| twisted(scene, queues::ONE_QUEUE));
    761 "jobs of a named queue need no permit" ["QU-002", "QU-005"]
        Calls(|scene| twisted(scene, queues::NO_PERMITS));
    762 "priorities hold in the default queue only" ["QU-005"]
        Calls(|scene| twisted(scene, queues::NO_ORDER));
    763 "a job of an unknown queue is put into the default queue" ["QU-001"]
        Calls(|scene| twisted(scene, queues::GuessesTheQueue));
    764 "QueueFull names the default queue, whichever is full" ["QU-003"]
        Calls(|scene| twisted(scene, queues::BlamesTheDefault));
    765 "a job is refused while any queue is full" ["QU-003"]
        Calls(|scene| twisted(scene, queues::WaitsForAllQueues));
    766 "the pause of a queue has no effect" ["QU-006", "QU-009"]
        Calls(|scene| twisted(scene, queues::KeepsQueuesGoing));
    767 "the pause of a queue pauses every queue" ["QU-006"]
        Calls(|scene| twisted(scene, queues::PausesAllQueues));
    768 "a paused queue cannot be resumed" ["QU-006"]
        Calls(|scene| twisted(scene, queues::NeverResumesQueues));
    769 "the list of queues counts running jobs as queued" ["QU-007"]
        Calls(|scene| twisted(scene, queues::MiscountsQueues));
    670 "all jobs of a rate group are in the queue of the first one" ["QU-010"]
        Calls(|scene| twisted(scene, queues::OneQueueForAGroup::default()));
    800 "submitted jobs do not count for the limit of their task" ["QU-011", "QU-012", "QU-013"]
        Calls(|scene| twisted(scene, queues::NO_TASK_LIMIT));
    801 "the limit of a task holds in each queue by itself" ["QU-011"]
        Calls(|scene| twisted(scene, queues::LIMITS_EACH_QUEUE));
    802 "jobs of a limited task start in the order of their submission" ["QU-012"]
        Calls(|scene| twisted(scene, queues::NO_ORDER_OF_A_TASK));
    803 "two jobs of a task are always allowed" ["QU-011"]
        Calls(|scene| twisted(scene, queues::ONE_TOO_MANY));
}
