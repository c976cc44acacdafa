//! Mutants of the lifecycle, of jobs and of events.

use super::super::{
    Mutant,
    Place::{Between, Calls, Marked, Settings},
    drops, ends, forge,
    jobs::{self, Handles},
    latecomers, listeners, runtimes, sleeps, spawned, starts,
    twist::twisted,
    waiting, wakers,
};

mutants! {
    57 "other threads see the state before a change" ["LC-011"]
        Calls(|scene| twisted(scene, starts::PublishesStatesLate::default()));
    58 "building a scheduler spawns a task" ["LC-001"]
        Calls(starts::spawns_when_built);
    59 "wait_idle succeeds before the start" ["LC-003", "TBL"]
        Calls(|scene| twisted(scene, starts::IdlesBeforeTheStart));
    60 "schedulers of one process share their state" ["LC-032"]
        Calls(|scene| twisted(scene, starts::SharesItsState));
    61 "the source of an error is lost" ["CF-004"]
        Calls(|scene| twisted(scene, starts::LosesTheCause));
    62 "shutdown after the end succeeds" ["LC-007", "TBL"]
        Calls(|scene| twisted(scene, ends::EndsAgain));
    63 "a shutdown during the start is lost" ["LC-018"]
        Calls(|scene| twisted(scene, ends::LosesTheShutdown));
    64 "a shutdown while paused runs the held jobs first" ["LC-029"]
        Calls(|scene| twisted(scene, ends::ReleasesWhatIsHeld));
    65 "a refused job is neither run nor dropped" ["LC-023"]
        Calls(|scene| twisted(scene, waiting::LeaksTheRefused));
    66 "every misfire policy acts as the same one" ["TM-007"]
        Calls(|scene| twisted(scene, waiting::AlwaysSkips));
    67 "a schedule with an existing id is dropped silently" ["CF-003"]
        Calls(|scene| twisted(scene, waiting::ReplacesSilently));
    68 "jobs cannot submit their successors" ["LC-024"]
        Calls(|scene| twisted(scene, waiting::TakesOneJob::default()));
    69 "an event capacity of zero is raised to one" ["CF-002"]
        Settings(waiting::zero_is_some_room);
    70 "the error handler is never called" ["JB-004", "JB-005", "EV-004"]
        Settings(jobs::handles_nothing);
    71 "a running job does not receive the cancellation request" ["JB-009", "JB-012", "JC-005"]
        Calls(|scene| twisted(scene, Handles(|| jobs::HidesTheCancellation)));
    72 "cancelling a finished job returns a success" ["JB-010"]
        Calls(|scene| twisted(scene, Handles(|| jobs::CancelsFinishedJobs)));
    73 "waiters of a job that the shutdown cancelled are not woken" ["LC-025", "SD-004"]
        Calls(|scene| twisted(scene, Handles(|| jobs::ForgetsTheUnstarted)));
    74 "delayed jobs are leaked" ["JB-013"]
        Calls(|scene| twisted(scene, jobs::LeaksTheDelayed));
    75 "one job of a thousand is lost" ["TM-020"]
        Calls(|scene| twisted(scene, jobs::LosesOneOfAThousand::default()));
    76 "Scheduler::cancel finds no job" ["TBL"]
        Calls(|scene| twisted(scene, jobs::FindsNoJob));
    77 "a second cancellation publishes a second event" ["JB-012"]
        Calls(|scene| twisted(scene, forge::tells_every_cancel()));
    78 "every event is published twice" ["EV-001"]
        Calls(|scene| twisted(scene, forge::stammers()));
    79 "JobClaimed is not published" ["EV-002"]
        Calls(|scene| twisted(scene, forge::skips_the_claim()));
    80 "JobFinished is not published" ["JB-001"]
        Calls(|scene| twisted(scene, forge::skips_the_end()));
    81 "the state Starting is not published" ["LC-030"]
        Calls(|scene| twisted(scene, forge::skips_the_start()));
    82 "a lock is held during listener calls, and taken by submit" ["EV-006"]
        Calls(|scene| twisted(scene, listeners::HoldsItsLock));
    83 "a removed listener is still called" ["EV-007"]
        Calls(|scene| twisted(scene, listeners::RemovesNoListener::default()));
    84 "dropping the scheduler inside a task panics" ["RT-002"]
        Marked(drops::panics_when_dropped_inside);
    85 "dropping the scheduler during unwinding panics again" ["RT-003"]
        Calls(drops::panics_when_unwinding);
    86 "dropping a new scheduler keeps its jobs" ["RT-004"]
        Calls(drops::keeps_what_it_held);
    87 "dropping the scheduler joins its threads, even from one of them" ["RT-005"]
        Calls(drops::joins_itself);
    88 "the clock is ahead of the runtime's" ["TM-002"]
        Between(sleeps::is_ahead_of_time);
    89 "the wall clock is read only once an hour" ["TM-006"]
        Between(sleeps::looks_once_an_hour);
    420 "removing a listener does not wait for a running call" ["EV-007"]
        Calls(|scene| twisted(scene, listeners::RemovesLater));
    421 "every other event has an earlier time than its predecessor" ["EV-001"]
        Calls(|scene| twisted(scene, forge::goes_back_in_time()));
    422 "every listener is called for every job, whatever its filter" ["EV-009"]
        Calls(|scene| twisted(scene, listeners::IgnoresListenerFilters::default()));
    423 "reading events after the end waits forever" ["EV-010"]
        Calls(|scene| twisted(scene, listeners::NeverClosesLateStreams));
    424 "a lock is held while wakers run, and taken by jobs()" ["FT-008"]
        Calls(|scene| twisted(scene, waiting::WakesUnderItsLock::default()));
    540 "a reader that subscribes while there are jobs misses the next JobStarted" ["EV-002"]
        Calls(|scene| twisted(scene, latecomers::MissesAStart));
    541 "a reader that subscribes while a job runs receives a JobStarted for it" ["EV-002"]
        Calls(|scene| twisted(scene, latecomers::MakesUpStarts));
    542 "the events of a dropped stream are kept" ["EV-009"]
        Calls(|scene| twisted(scene, latecomers::KeepsWhatWasTold::default()));
    543 "a waker that panics stops the wakes of the waiters behind it" ["FT-009"]
        Calls(|scene| twisted(scene, wakers::WakesInARow::default()));
    544 "waiters of wait_idle are woken at every submission" ["FT-009"]
        Calls(|scene| twisted(scene, wakers::WakesAtEachJob::default()));
    545 "the wakers of past wait_idle calls are kept" ["FT-009"]
        Calls(|scene| twisted(scene, wakers::KeepsWakers::default()));
    546 "the last waker of each task is kept after the task has ended" ["FT-009"]
        Between(wakers::keeps_wakers_of_tasks);
    547 "a task is leaked if its runtime panics while spawning it" ["FT-003"]
        Between(runtimes::leaks_at_a_panic);
    548 "a sleep panics after its runtime has ended" ["RT-015"]
        Between(sleeps::panics_after_the_end);
    549 "a lock is held while wakers run, and wait_idle takes it" ["FT-009"]
        Calls(|scene| twisted(scene, wakers::WaitsForItsOwnLock::default()));
    550 "a waiting submit looks for a slot once a second only" ["AJ-022"]
        Calls(|scene| twisted(scene, spawned::LooksOnceASecond));
}
