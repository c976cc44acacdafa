//! The first mutants, numbered from 1, for the core rules of every family.

use super::super::{
    Mutant,
    Place::{Between, Calls, Marked, Runtime, Settings},
    drops, ends, forge,
    jobs::{self, Handles},
    listeners, sleeps, spawned, starts, triggers,
    twist::twisted,
    waiting,
};

mutants! {
    1 "shutdown before start panics" ["LC-002"]
        Calls(|scene| twisted(scene, starts::EarlyShutdownPanics));
    2 "shutdown before start succeeds" ["LC-002", "TBL", "CN-001"]
        Calls(|scene| twisted(scene, starts::EarlyShutdownIsOk));
    3 "errors are logged, and the call succeeds" ["LC-010", "LC-003", "TBL"]
        Calls(|scene| twisted(scene, starts::PostsItsErrors));
    4 "a second start starts a second dispatcher" ["LC-004"]
        Calls(|scene| twisted(scene, starts::SpawnsTwice));
    5 "start checks the state and changes it in two steps" ["LC-005"]
        Calls(|scene| twisted(scene, starts::ChecksThenActs));
    6 "start works again after the end" ["LC-006", "TBL"]
        Calls(|scene| twisted(scene, starts::StartsAgain));
    7 "a shutdown that joins another one returns at once" ["LC-008"]
        Calls(|scene| twisted(scene, ends::SecondShutdownReturns));
    8 "a refused pause makes the later start come up paused" ["LC-009"]
        Calls(|scene| twisted(scene, starts::RefusedPauseSticks::default()));
    9 "shutdown inside a job waits for that job" ["LC-012", "TBL"]
        Calls(|scene| twisted(scene, ends::WaitsForItself));
    10 "shutdown inside a job cancels that job" ["LC-012", "LC-013"]
        Calls(|scene| twisted(scene, ends::CancelsTheCaller));
    11 "a shutdown waits past its deadline for a job that ignores its cancellation" ["LC-014", "LC-015"]
        Calls(|scene| twisted(scene, ends::IgnoresTheDeadline));
    12 "listeners receive an event after the end" ["LC-016"]
        Calls(|scene| twisted(scene, ends::PublishesAfterTheEnd::default()));
    13 "a shutdown runs all queued jobs" ["SD-008"]
        Calls(|scene| twisted(scene, ends::DrainsTheQueue));
    14 "a failed start leaves the state Starting" ["LC-019"]
        Calls(|scene| twisted(scene, starts::StaysStarting::default()));
    15 "dropping the future of a shutdown undoes it" ["LC-020"]
        Calls(|scene| twisted(scene, ends::UndoesTheShutdown));
    16 "a job submitted before the start runs at once" ["LC-021"]
        Calls(|scene| twisted(scene, starts::RunsBeforeTheStart::default()));
    17 "try_submit waits for a slot" ["LC-022"]
        Calls(|scene| twisted(scene, waiting::BlocksWhenFull));
    18 "a job submitted too late is accepted and lost" ["LC-023", "LC-025", "TBL", "CN-004"]
        Calls(|scene| twisted(scene, waiting::AcceptsAndLoses));
    19 "jobs begin for a moment after pause has returned" ["LC-026"]
        Calls(|scene| twisted(scene, waiting::PausesLater));
    20 "resuming a running scheduler publishes an event" ["LC-027", "CN-001", "CN-004"]
        Calls(|scene| twisted(scene, waiting::ResumesTwice));
    21 "every instant of a pause runs" ["LC-028", "TM-004"]
        Calls(|scene| twisted(scene, waiting::RunsAllThatWasMissed));
    22 "dropping the scheduler waits for running jobs" ["RT-001", "RT-002"]
        Calls(drops::blocks_when_dropped);
    23 "start panics on a thread outside the runtime" ["RT-006"]
        Runtime(drops::panics_outside);
    24 "a job can be awaited only inside its own runtime" ["RT-007", "RT-008"]
        Marked(|scene| twisted(scene, drops::NeedsItsReactor));
    25 "each scheduler leaves a thread behind" ["RT-012"]
        Calls(|scene| twisted(scene, ends::LeavesAThread));
    26 "a panicking job ends the only worker" ["JB-002", "JB-003"]
        Calls(jobs::panics_stop_the_worker);
    27 "a panicking job keeps its permit" ["JB-002", "JB-014", "FT-002"]
        Calls(jobs::panics_keep_the_permit);
    28 "the error handler is called twice" ["JB-004", "JB-005", "AJ-011", "SD-006"]
        Settings(jobs::handles_twice);
    29 "a second wait returns a default value" ["JB-006"]
        Calls(|scene| twisted(scene, Handles(jobs::ForgetsTheOutcome::default)));
    30 "dropping the handle ends the job" ["JB-007"]
        Calls(|scene| twisted(scene, jobs::AbortsWhenDropped));
    31 "a job that was cancelled before its start runs" ["JB-008"]
        Calls(|scene| twisted(scene, Handles(|| jobs::PreventsNothing)));
    32 "a job that is cancelled while it ends gets two outcomes" ["JB-011"]
        Calls(|scene| twisted(scene, forge::ends_twice()));
    33 "one job more than the limit runs" ["JB-014"]
        Settings(waiting::one_more);
    34 "after a listener panics, no listener is called" ["EV-003"]
        Calls(|scene| twisted(scene, listeners::OnePanicSilencesAll::default()));
    35 "a panic of the error handler is passed to that handler" ["EV-004"]
        Settings(jobs::handles_itself);
    36 "the submitting thread calls the listeners and waits for them" ["EV-005"]
        Calls(|scene| twisted(scene, listeners::CallsThemInline::default()));
    37 "each run of an interval moves the next instants" ["TM-001"]
        Calls(|scene| twisted(scene, triggers::DRIFTS));
    38 "elapsed time is read from the wall clock" ["TM-004", "TM-005"]
        Between(sleeps::measures_by_the_wall);
    39 "a trigger that does not advance is called until it does" ["TM-009"]
        Calls(|scene| twisted(scene, triggers::ASKS_AGAIN));
    40 "the result of a trigger is unwrapped" ["TM-010"]
        Calls(|scene| twisted(scene, triggers::UNWRAPS));
    42 "long sleeps are made of short ones" ["TM-014", "TM-015"]
        Between(sleeps::sleeps_in_slices);
    43 "a repeated local time runs twice" ["TM-017"]
        Calls(|scene| twisted(scene, triggers::REPEATS_THE_HOUR));
    44 "a job that is due earlier waits for a later one" ["TM-019"]
        Calls(|scene| twisted(scene, jobs::DoesNotRearm::default()));
    45 "a concurrency limit of zero means no limit" ["CF-001"]
        Settings(waiting::zero_is_no_limit);
    54 "the scheduler reads another clock than the runtime's" ["TM-021", "CN-002", "CN-003"]
        Between(sleeps::reads_the_system_clock);
    55 "of jobs due at one instant the last starts first" ["JB-015", "TM-020"]
        Calls(|scene| twisted(scene, jobs::LastComesFirst::default()));
    56 "each job is replaced by one that does nothing" ["LC-012", "LC-016", "LC-021", "LC-023", "LC-024", "RT-001", "RT-005", "RT-007", "RT-008", "JB-008", "JB-010", "JB-013", "JB-015", "JB-017", "JB-019", "AJ-001", "TM-002", "TM-014", "TM-015"]
        Calls(|scene| twisted(scene, spawned::RunsNothing));
}
