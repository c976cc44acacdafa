//! Mutants of the attempts, limits, handles and ends of jobs.

use super::super::{
    Mutant,
    Place::{Calls, Settings},
    ends,
    jobs::{self, Handles},
    policies, spawned,
    twist::twisted,
};

mutants! {
    120 "failed attempts are not retried" ["RY-001", "RY-002", "RY-005", "RY-006"]
        Calls(|scene| twisted(scene, policies::NO_RETRY));
    121 "panics are retried like failures" ["RY-004"]
        Calls(|scene| twisted(scene, policies::RETRIES_PANICS));
    122 "the jitter differs in each execution" ["RY-003"]
        Calls(|scene| twisted(scene, policies::RANDOM_JITTER));
    123 "attempts have no timeout" ["RY-007", "JC-004"]
        Calls(|scene| twisted(scene, policies::NO_ATTEMPT_TIMEOUT));
    124 "jobs have no total timeout" ["RY-008", "RY-009", "AJ-013"]
        Calls(|scene| twisted(scene, policies::NO_TIMEOUT));
    125 "jobs never expire before their start" ["RY-010"]
        Calls(|scene| twisted(scene, policies::NEVER_EXPIRES));
    126 "priorities are ignored" ["RY-011"]
        Calls(|scene| twisted(scene, policies::NO_PRIORITY));
    127 "rate limits are ignored" ["RY-012"]
        Calls(|scene| twisted(scene, policies::NO_RATE));
    128 "an unlimited job takes a permit" ["AJ-015"]
        Calls(|scene| twisted(scene, policies::NEEDS_PERMITS));
    129 "tags and metadata are dropped" ["JC-001"]
        Calls(|scene| twisted(scene, policies::NO_LABELS));
    130 "contradictory policies are removed, and the job accepted" ["RY-014"]
        Calls(|scene| twisted(scene, policies::TAKES_ANYTHING));
    131 "event filters are ignored" ["EV-008"]
        Calls(|scene| twisted(scene, policies::IgnoresFilters));
    132 "a joining shutdown shortens the first one" ["SD-001"]
        Calls(|scene| twisted(scene, policies::ALWAYS_HURRIES));
    133 "hurry has no effect" ["SD-002"]
        Calls(|scene| twisted(scene, policies::NEVER_HURRIES));
    134 "every shutdown is immediate" ["SD-005", "AJ-014"]
        Calls(|scene| twisted(scene, policies::ALWAYS_AT_ONCE));
    135 "a cancellation is acknowledged and not carried out" ["AJ-006", "AJ-008", "AJ-009", "JC-003"]
        Calls(|scene| twisted(scene, Handles(|| policies::OnlyPromises)));
    136 "a job ends with its waiter" ["AJ-010", "AJ-007"]
        Calls(|scene| twisted(scene, Handles(|| policies::EndsWithItsWaiter)));
    137 "a job that the shutdown interrupts counts as failed" ["SD-003"]
        Calls(|scene| twisted(scene, ends::COUNTS_INTERRUPTED_AS_FAILED));
    138 "a failure has no source location" ["AJ-012", "SD-006"]
        Settings(jobs::forgets_the_spawn_site);
    139 "a finished job is still listed" ["AJ-001"]
        Calls(|scene| twisted(scene, spawned::ListsFinishedJobs::default()));
    140 "the status of a job is the previous one" ["AJ-002"]
        Calls(|scene| twisted(scene, Handles(spawned::IsOneStatusBehind::default)));
    141 "a dropped submit continues" ["AJ-003", "FT-001"]
        Calls(|scene| twisted(scene, spawned::KeepsDroppedSubmits));
    142 "the last waiter gets the first slot" ["AJ-004"]
        Calls(|scene| twisted(scene, spawned::ServesTheLastWaiterFirst::default()));
    143 "a waiting submit is accepted during the shutdown, and its job lost" ["AJ-005"]
        Calls(|scene| twisted(scene, spawned::AcceptsAtTheEnd));
    144 "an end without a waiter is forgotten" ["AJ-011"]
        Calls(|scene| twisted(scene, Handles(spawned::ForgetsUnobservedEnds::default)));
    145 "cancelling one job cancels all jobs" ["AJ-014"]
        Calls(|scene| twisted(scene, spawned::CancelsAllJobs));
    146 "wait_idle returns while jobs run" ["AJ-016", "AJ-018"]
        Calls(|scene| twisted(scene, spawned::IsAlwaysIdle));
    147 "failures are missing in the shutdown report" ["AJ-017"]
        Calls(|scene| twisted(scene, ends::SWALLOWS_FAILURES));
    148 "every waiter gets a success" ["AJ-019", "JB-005"]
        Calls(|scene| twisted(scene, Handles(|| spawned::ReportsSuccessOnly)));
    149 "a shutdown waits for all further attempts" ["RY-013"]
        Calls(|scene| twisted(scene, ends::WaitsForRetries));
    460 "an error of a job is dropped, and the job succeeds" ["JB-018", "JB-005"]
        Calls(|scene| twisted(scene, jobs::DropsErrors));
    461 "a waiting submit runs outside the context of its job" ["AJ-023"]
        Calls(|scene| twisted(scene, spawned::SubmitsElsewhere));
    671 "a job that is cancelled while its retry is decided stays counted" ["RY-006"]
        Calls(|scene| twisted(scene, policies::CountsCancelledRetries));
    672 "a submit is refused as a deadlock while another one waits" ["AJ-024"]
        Calls(|scene| twisted(scene, spawned::OneSubmitWaits::default()));
    462 "a submit inside a job never waits" ["AJ-024"]
        Calls(|scene| twisted(scene, spawned::NeverWaits));
    220 "the body of a job runs in a separate task without the job's context" ["LC-012", "RT-009", "JB-017"]
        Calls(|scene| twisted(scene, spawned::RunsElsewhere));
    221 "jobs due at one instant start in arbitrary order, as from a hash table" ["JB-015", "CN-001"]
        Calls(|scene| twisted(scene, jobs::AnyComesFirst::default()));
    610 "cancelling an unknown job returns TooLate" ["JB-020"]
        Calls(|scene| twisted(scene, jobs::KnowsEveryJob));
}
