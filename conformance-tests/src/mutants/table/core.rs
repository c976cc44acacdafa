//! Life, jobs and events: what the plan has rules for, and no mutant.

use super::super::{
    Mutant,
    Place::{Between, Calls, Marked, Settings},
    drops, ends, forge,
    jobs::{self, Handles},
    listeners, sleeps, starts,
    twist::twisted,
    waiting,
};

mutants! {
    57 "a thread that did not make a change sees the state before it" ["LC-011"]
        Calls(|scene| twisted(scene, starts::TellsOthersLate::default()));
    58 "building it starts a task" ["LC-001"]
        Calls(starts::spawns_when_built);
    59 "it is idle even before the start" ["LC-003", "TBL"]
        Calls(|scene| twisted(scene, starts::IdlesBeforeTheStart));
    60 "what happens to one scheduler of the process happens to all" ["LC-032"]
        Calls(|scene| twisted(scene, starts::SharesItsState));
    61 "the cause of an error is lost" ["CF-004"]
        Calls(|scene| twisted(scene, starts::LosesTheCause));
    62 "a shutdown after the end is ok" ["LC-007", "TBL"]
        Calls(|scene| twisted(scene, ends::EndsAgain));
    63 "a shutdown that comes during the start is lost" ["LC-018"]
        Calls(|scene| twisted(scene, ends::MissesTheSignal));
    64 "a shutdown while paused runs what was held first" ["LC-029"]
        Calls(|scene| twisted(scene, ends::ReleasesWhatIsHeld));
    65 "a job that is refused is neither run nor dropped" ["LC-023"]
        Calls(|scene| twisted(scene, waiting::LeaksTheRefused));
    66 "it knows one misfire policy only" ["TM-007"]
        Calls(|scene| twisted(scene, waiting::AlwaysSkips));
    67 "a schedule under an id that is taken is dropped without a word" ["CF-003"]
        Calls(|scene| twisted(scene, waiting::ReplacesSilently));
    68 "jobs cannot submit their successors" ["LC-024"]
        Calls(|scene| twisted(scene, waiting::TakesOneJob::default()));
    69 "buffers without room are taken for some" ["CF-002"]
        Settings(waiting::zero_is_some_room);
    70 "the error handler is never called" ["JB-004", "JB-005", "EV-004"]
        Settings(jobs::handles_nothing);
    71 "a running job that is to be cancelled is never told" ["JB-009", "JB-012", "JC-005"]
        Calls(|scene| twisted(scene, Handles(|| jobs::TellsNobody)));
    72 "a cancel after the end seems to do something" ["JB-010"]
        Calls(|scene| twisted(scene, Handles(|| jobs::CancelsTheDead)));
    73 "whoever waits for a job that the shutdown cancelled is not told" ["LC-025", "SD-004"]
        Calls(|scene| twisted(scene, Handles(|| jobs::ForgetsTheUnstarted)));
    74 "jobs that wait for a point in time are leaked" ["JB-013"]
        Calls(|scene| twisted(scene, jobs::LeaksTheDelayed));
    75 "one job of a thousand is lost" ["TM-020"]
        Calls(|scene| twisted(scene, jobs::LosesOneOfAThousand::default()));
    76 "the scheduler's own cancel knows no job" ["TBL"]
        Calls(|scene| twisted(scene, jobs::KnowsNoJob));
    77 "every cancel is told, also the second one" ["JB-012"]
        Calls(|scene| twisted(scene, forge::tells_every_cancel()));
    78 "everything is told twice" ["EV-001"]
        Calls(|scene| twisted(scene, forge::stammers()));
    79 "that a job was claimed is not told" ["EV-002"]
        Calls(|scene| twisted(scene, forge::skips_the_claim()));
    80 "that a job has ended is not told" ["JB-001"]
        Calls(|scene| twisted(scene, forge::skips_the_end()));
    81 "that it is starting is not told" ["LC-030"]
        Calls(|scene| twisted(scene, forge::skips_the_start()));
    82 "a lock is held while listeners are called, and taken by whoever submits" ["EV-006"]
        Calls(|scene| twisted(scene, listeners::HoldsItsLock));
    83 "a listener that was removed is still called" ["EV-007"]
        Calls(|scene| twisted(scene, listeners::RemovesNobody::default()));
    84 "dropping it inside a task panics" ["RT-002"]
        Marked(drops::panics_when_dropped_inside);
    85 "dropping it while the thread unwinds panics once more" ["RT-003"]
        Calls(drops::panics_when_unwinding);
    86 "what a new scheduler holds is kept when it is dropped" ["RT-004"]
        Calls(drops::keeps_what_it_held);
    87 "dropping it joins its threads, also from one of them" ["RT-005"]
        Calls(drops::joins_itself);
    88 "its clock is ahead of the one that it was given" ["TM-002"]
        Between(sleeps::is_ahead_of_time);
    89 "the wall clock is looked at once an hour only" ["TM-006"]
        Between(sleeps::looks_once_an_hour);
    420 "a removal does not wait for the call of the listener that is going on" ["EV-007"]
        Calls(|scene| twisted(scene, listeners::RemovesLater));
    421 "every other event bears an earlier time than the one before it" ["EV-001"]
        Calls(|scene| twisted(scene, forge::goes_back_in_time()));
    422 "every listener has a turn at every job, whatever it wants to hear" ["EV-009"]
        Calls(|scene| twisted(scene, listeners::AsksEachOfThem::default()));
    423 "whoever reads events after the end waits for ever" ["EV-010"]
        Calls(|scene| twisted(scene, listeners::NeverClosesLateStreams));
    424 "a lock is held while wakers run, and taken by whoever asks for the jobs" ["FT-008"]
        Calls(|scene| twisted(scene, waiting::WakesUnderItsLock::default()));
}
