//! Attempts, limits and handles of jobs, and how they end.

use super::super::{
    Mutant,
    Place::{Calls, Settings},
    ends,
    jobs::{self, Handles},
    policies, spawned,
    twist::twisted,
};

mutants! {
    120 "what has failed is not tried again" ["RY-001", "RY-002", "RY-005", "RY-006"]
        Calls(|scene| twisted(scene, policies::NO_RETRY));
    121 "a panic is tried again like any failure" ["RY-004"]
        Calls(|scene| twisted(scene, policies::RETRIES_PANICS));
    122 "the jitter is another one each time" ["RY-003"]
        Calls(|scene| twisted(scene, policies::RANDOM_JITTER));
    123 "an attempt may take as long as it likes" ["RY-007", "JC-004"]
        Calls(|scene| twisted(scene, policies::NO_ATTEMPT_TIMEOUT));
    124 "all attempts together may take as long as they like" ["RY-008", "RY-009", "AJ-013"]
        Calls(|scene| twisted(scene, policies::NO_TIMEOUT));
    125 "a job may wait for its start as long as it likes" ["RY-010"]
        Calls(|scene| twisted(scene, policies::NEVER_EXPIRES));
    126 "priorities are forgotten" ["RY-011"]
        Calls(|scene| twisted(scene, policies::NO_PRIORITY));
    127 "rates are forgotten" ["RY-012"]
        Calls(|scene| twisted(scene, policies::NO_RATE));
    128 "a shielded job takes a permit" ["AJ-015"]
        Calls(|scene| twisted(scene, policies::NEEDS_PERMITS));
    129 "tags and metadata are forgotten" ["JC-001"]
        Calls(|scene| twisted(scene, policies::NO_LABELS));
    130 "what makes no sense is left out, and the job accepted" ["RY-014"]
        Calls(|scene| twisted(scene, policies::TAKES_ANYTHING));
    131 "filters of events are ignored" ["EV-008"]
        Calls(|scene| twisted(scene, policies::IgnoresFilters));
    132 "a further shutdown shortens the first one" ["SD-001"]
        Calls(|scene| twisted(scene, policies::ALWAYS_HURRIES));
    133 "no shutdown can be shortened" ["SD-002"]
        Calls(|scene| twisted(scene, policies::NEVER_HURRIES));
    134 "every shutdown is an immediate one" ["SD-005", "AJ-014"]
        Calls(|scene| twisted(scene, policies::ALWAYS_AT_ONCE));
    135 "a cancellation is promised, and not made" ["AJ-006", "AJ-008", "AJ-009", "JC-003"]
        Calls(|scene| twisted(scene, Handles(|| policies::OnlyPromises)));
    136 "a job ends with whoever waits for it" ["AJ-010", "AJ-007"]
        Calls(|scene| twisted(scene, Handles(|| policies::EndsWithItsWaiter)));
    137 "what a shutdown interrupts is said to have failed" ["SD-003"]
        Calls(|scene| twisted(scene, ends::CALLS_IT_A_FAILURE));
    138 "a failure is told without where its job was made" ["AJ-012", "SD-006"]
        Settings(jobs::forgets_the_spawn_site);
    139 "a job that has ended is still listed" ["AJ-001"]
        Calls(|scene| twisted(scene, spawned::ListsTheDead::default()));
    140 "the status of a job is the one that it had before" ["AJ-002"]
        Calls(|scene| twisted(scene, Handles(spawned::IsOneStatusBehind::default)));
    141 "a submit that is given up goes on by itself" ["AJ-003", "FT-001"]
        Calls(|scene| twisted(scene, spawned::SubmitsByItself));
    142 "of those who wait for room the last one gets it first" ["AJ-004"]
        Calls(|scene| twisted(scene, spawned::LetsTheLastInFirst::default()));
    143 "a submit that waits for room is accepted at the end, and lost" ["AJ-005"]
        Calls(|scene| twisted(scene, spawned::AcceptsAtTheEnd));
    144 "an end that nobody waited for is forgotten" ["AJ-011"]
        Calls(|scene| twisted(scene, Handles(spawned::ForgetsWhatNobodySaw::default)));
    145 "cancelling one job cancels all there are" ["AJ-014"]
        Calls(|scene| twisted(scene, spawned::CancelsTheFamily));
    146 "it is idle, whatever runs" ["AJ-016", "AJ-018"]
        Calls(|scene| twisted(scene, spawned::IsAlwaysIdle));
    147 "failures are not in the report of the end" ["AJ-017"]
        Calls(|scene| twisted(scene, ends::SWALLOWS_FAILURES));
    148 "whoever waits is told of a success" ["AJ-019", "JB-005"]
        Calls(|scene| twisted(scene, Handles(|| spawned::KnowsSuccessOnly)));
    149 "a shutdown waits for the attempts to come" ["RY-013"]
        Calls(|scene| twisted(scene, ends::WaitsForRetries));
    460 "an error of a job is logged by nobody, and the job has succeeded" ["JB-018", "JB-005"]
        Calls(|scene| twisted(scene, jobs::ForgivesErrors));
    461 "a submit that waits does so where nobody knows which job made it" ["AJ-023"]
        Calls(|scene| twisted(scene, spawned::SubmitsElsewhere));
    462 "a submit inside a job never waits" ["AJ-024"]
        Calls(|scene| twisted(scene, spawned::NeverWaits));
    220 "what a job does is a task of its own, in which nobody knows that it is a job" ["LC-012", "RT-009", "JB-017"]
        Calls(|scene| twisted(scene, spawned::RunsElsewhere));
    221 "jobs that are due at one instant start in any order, as from a table by hash" ["JB-015", "CN-001"]
        Calls(|scene| twisted(scene, jobs::AnyComesFirst::default()));
}
