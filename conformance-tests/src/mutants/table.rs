//! Every mutant, and the rules whose cases have to notice it. The numbers up to 56 are those of the
//! plan by which the suite was made; those that are missing here need stores, which come later.

use super::{
    Mutant,
    Place::{Between, Calls, Marked, Runtime, Settings},
    backfills, drops, ends, forge,
    jobs::{self, Handles},
    listeners, policies, runtimes, schedules, sleeps, spawned, starts, triggers,
    twist::twisted,
    waiting,
};

macro_rules! mutants {
    ($($id:literal $flaw:literal [$($rule:literal),+] $place:expr;)*) => {
        /// Every mutant.
        pub const MUTANTS: &[Mutant] = &[$(
            Mutant { id: $id, flaw: $flaw, rules: &[$($rule),+], place: $place },
        )*];
    };
}

mutants! {
    1 "a shutdown before the start panics" ["LC-002"]
        Calls(|scene| twisted(scene, starts::EarlyShutdownPanics));
    2 "a shutdown before the start is ok" ["LC-002", "TBL", "CN-001"]
        Calls(|scene| twisted(scene, starts::EarlyShutdownIsOk));
    3 "errors go to a log, and the call is ok" ["LC-010", "LC-003", "TBL"]
        Calls(|scene| twisted(scene, starts::PostsItsErrors));
    4 "a second start has a second dispatcher running" ["LC-004"]
        Calls(|scene| twisted(scene, starts::SpawnsTwice));
    5 "the start looks at the state, and acts on it later" ["LC-005"]
        Calls(|scene| twisted(scene, starts::ChecksThenActs));
    6 "it starts again after the end" ["LC-006", "TBL"]
        Calls(|scene| twisted(scene, starts::StartsAgain));
    7 "a shutdown that finds another going on returns at once" ["LC-008"]
        Calls(|scene| twisted(scene, ends::SecondShutdownReturns));
    8 "a pause that is refused has the start come up paused" ["LC-009"]
        Calls(|scene| twisted(scene, starts::RefusedPauseSticks::default()));
    9 "a shutdown inside a job waits for that job" ["LC-012", "TBL"]
        Calls(|scene| twisted(scene, ends::WaitsForItself));
    10 "a shutdown inside a job cancels that job" ["LC-012", "LC-013"]
        Calls(|scene| twisted(scene, ends::CancelsTheCaller));
    11 "a job that ignores its cancellation is waited for past the deadline" ["LC-014", "LC-015"]
        Calls(|scene| twisted(scene, ends::IgnoresTheDeadline));
    12 "listeners hear of something after the end" ["LC-016"]
        Calls(|scene| twisted(scene, ends::TalksAfterTheEnd::default()));
    13 "a shutdown runs all that is still queued" ["LC-017"]
        Calls(|scene| twisted(scene, ends::DrainsTheQueue));
    14 "a start that failed stays Starting" ["LC-019"]
        Calls(|scene| twisted(scene, starts::StaysStarting::default()));
    15 "a shutdown whose future is dropped is undone" ["LC-020"]
        Calls(|scene| twisted(scene, ends::GivesUpTheEnd));
    16 "a job submitted before the start runs at once" ["LC-021"]
        Calls(|scene| twisted(scene, starts::RunsBeforeTheStart::default()));
    17 "a call that must not wait waits for room in the queue" ["LC-022"]
        Calls(|scene| twisted(scene, waiting::BlocksWhenFull));
    18 "a job that comes too late is accepted, and lost" ["LC-023", "TBL"]
        Calls(|scene| twisted(scene, waiting::AcceptsAndLoses));
    19 "jobs start for a moment after a pause" ["LC-026"]
        Calls(|scene| twisted(scene, waiting::PausesLater));
    20 "resuming what runs is told as if it had been paused" ["LC-027", "CN-001"]
        Calls(|scene| twisted(scene, waiting::ResumesTwice));
    21 "each instant that was missed is run" ["LC-028", "TM-004"]
        Calls(|scene| twisted(scene, waiting::RunsAllThatWasMissed));
    22 "dropping it waits for running jobs" ["RT-001", "RT-002"]
        Calls(drops::blocks_when_dropped);
    23 "starting it on a thread that is not the runtime's panics" ["RT-006"]
        Runtime(drops::panics_outside);
    24 "a job can be awaited inside its own runtime only" ["RT-007", "RT-008"]
        Marked(|scene| twisted(scene, drops::NeedsItsReactor));
    25 "each life leaves a thread behind" ["RT-012"]
        Calls(|scene| twisted(scene, ends::LeavesAThread));
    26 "a job that panics takes the only worker with it" ["JB-002", "JB-003"]
        Calls(jobs::panics_stop_the_worker);
    27 "a job that panics keeps its permit" ["JB-002", "JB-014", "FT-002"]
        Calls(jobs::panics_keep_the_permit);
    28 "the error handler is called twice" ["JB-004", "JB-005", "AJ-011", "SD-006"]
        Settings(jobs::handles_twice);
    29 "whoever waits again is told a default" ["JB-006"]
        Calls(|scene| twisted(scene, Handles(jobs::ForgetsTheOutcome::default)));
    30 "dropping the handle ends the job" ["JB-007"]
        Calls(|scene| twisted(scene, jobs::AbortsWhenDropped));
    31 "a job whose start was prevented starts all the same" ["JB-008"]
        Calls(|scene| twisted(scene, Handles(|| jobs::PreventsNothing)));
    32 "a job that is cancelled while it ends is told to have ended twice" ["JB-011"]
        Calls(|scene| twisted(scene, forge::ends_twice()));
    33 "one job more than the limit runs" ["JB-014"]
        Settings(waiting::one_more);
    34 "when one listener panics, nobody is called any more" ["EV-003"]
        Calls(|scene| twisted(scene, listeners::OnePanicSilencesAll::default()));
    35 "a panic of the error handler is handed to it" ["EV-004"]
        Settings(jobs::handles_itself);
    36 "listeners are called by whoever submits, who waits for them" ["EV-005"]
        Calls(|scene| twisted(scene, listeners::CallsThemInline::default()));
    37 "each run of an interval moves the next ones" ["TM-001"]
        Calls(|scene| twisted(scene, triggers::DRIFTS));
    38 "elapsed time is read off the wall clock" ["TM-004", "TM-005"]
        Between(sleeps::measures_by_the_wall);
    39 "a trigger that does not advance is asked again until it does" ["TM-009"]
        Calls(|scene| twisted(scene, triggers::ASKS_AGAIN));
    40 "the answer of a trigger is unwrapped" ["TM-010"]
        Calls(|scene| twisted(scene, triggers::UNWRAPS));
    42 "long sleeps are made of short ones" ["TM-014", "TM-015"]
        Between(sleeps::sleeps_in_slices);
    43 "a local time that comes twice runs twice" ["TM-017"]
        Calls(|scene| twisted(scene, triggers::REPEATS_THE_HOUR));
    44 "a job that is due earlier than another waits for it" ["TM-019"]
        Calls(|scene| twisted(scene, jobs::DoesNotRearm::default()));
    45 "a limit of no job is taken for no limit" ["CF-001"]
        Settings(waiting::zero_is_no_limit);
    54 "the clock that it was given is not the one that it reads" ["TM-021", "CN-002", "CN-003"]
        Between(sleeps::reads_the_system_clock);
    55 "of jobs that are due at one instant the last comes first" ["JB-015", "TM-020"]
        Calls(|scene| twisted(scene, jobs::LastComesFirst::default()));
    56 "in place of each job another one runs, which does nothing" ["LC-016", "LC-023", "RT-008", "JB-017", "AJ-001"]
        Calls(|scene| twisted(scene, spawned::RunsNothing));
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
    78 "everything is told twice" ["EV-001", "CN-004"]
        Calls(|scene| twisted(scene, forge::stammers()));
    79 "that a job was claimed is not told" ["EV-002", "CN-004"]
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
    91 "a task is polled once by whoever spawns it" ["R1"]
        Runtime(runtimes::polls_inline);
    92 "a task that is dropped before its end is leaked" ["RT-011"]
        Between(runtimes::leaks_what_is_dropped);
    93 "tasks run one after the other, each to its end" ["R3"]
        Runtime(runtimes::runs_one_after_the_other);
    94 "a sleep wakes whoever polled it first" ["R4"]
        Runtime(sleeps::wakes_the_first);
    95 "the timer of a sleep that was dropped is kept" ["R5"]
        Runtime(sleeps::keeps_dropped_timers);
    96 "a sleep is a loop that looks at the clock" ["R6"]
        Runtime(sleeps::sleeps_by_looking);
    97 "a thread of the runtime looks for work all the time" ["R6"]
        Runtime(sleeps::has_a_busy_thread);
    98 "of two sleeps at a time only the longer one ends" ["R4"]
        Runtime(sleeps::keeps_one_timer);
    99 "one task of eight is never polled, and never dropped" ["R2"]
        Runtime(runtimes::forgets_some);
    100 "intervals follow the wall clock" ["TM-004"]
        Calls(|scene| twisted(scene, triggers::INTERVALS_ON_THE_WALL));
    101 "an instant in the past is passed over" ["TM-008"]
        Calls(|scene| twisted(scene, triggers::FORGETS_THE_PAST));
    102 "a trigger that panics stops the scheduler" ["TM-011"]
        Calls(|scene| twisted(scene, triggers::STOPS_AT_A_PANIC));
    103 "a local time that is left out is not run" ["TM-016"]
        Calls(|scene| twisted(scene, triggers::SKIPS_THE_HOUR));
    104 "clock changes are taken for whole hours" ["TM-018"]
        Calls(|scene| twisted(scene, triggers::ROUNDS_THE_SHIFT));
    105 "after a clock was set back, what ran is run again" ["TM-005"]
        Calls(triggers::repeats_after_a_step_back);
    106 "a start whose future is dropped stays Starting" ["FT-001"]
        Calls(|scene| twisted(scene, starts::StuckWhenGivenUp::default()));
    107 "whoever waits for a job that was lost is not told" ["FT-003", "RT-011"]
        Calls(|scene| twisted(scene, Handles(|| jobs::ForgetsTheLost)));
    108 "when a sleep has ended its deadline has come, whatever the clock says" ["FT-004"]
        Between(sleeps::believes_its_timer);
    109 "what is late by anything at all is not run" ["FT-005"]
        Calls(|scene| twisted(scene, waiting::ForgivesNothing));
    110 "when a listener panics, the scheduler pauses" ["FT-006", "EV-003"]
        Calls(|scene| twisted(scene, listeners::OnePanicPausesAll));
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
    150 "labels of schedules are not shown" ["SC-001"]
        Calls(|scene| twisted(scene, schedules::HidesLabels));
    151 "a schedule under an id that is taken takes its place" ["SC-002"]
        Calls(|scene| twisted(scene, schedules::ALWAYS_REPLACES));
    152 "a schedule under an id that is taken is refused, whatever it asks for" ["SC-003"]
        Calls(|scene| twisted(scene, schedules::ALWAYS_REFUSES));
    153 "what is replaced is removed, and the new one added" ["SC-004"]
        Calls(|scene| twisted(scene, schedules::ReplacesByRemoving));
    154 "a schedule is said to be paused, and goes on" ["SC-005"]
        Calls(|scene| twisted(scene, schedules::OnlyPromisesToPause));
    155 "the first reason of a pause stays for ever" ["SC-006"]
        Calls(|scene| twisted(scene, schedules::KeepsTheFirstReason));
    156 "half of a change that is refused is made" ["SC-007"]
        Calls(|scene| twisted(scene, schedules::MakesHalfAChange));
    157 "a change is promised, and not made" ["SC-008", "OV-008"]
        Calls(|scene| twisted(scene, schedules::OnlyPromisesToChange));
    158 "after a pause of a schedule everything is made up for" ["SC-009"]
        Calls(|scene| twisted(scene, schedules::RESUMES_WHERE_IT_STOOD));
    159 "after a pause of a schedule nothing is made up for" ["SC-010"]
        Calls(|scene| twisted(scene, schedules::RESUMES_FROM_NOW));
    160 "a run on request is a job like any" ["SC-011"]
        Calls(|scene| twisted(scene, schedules::RunsAnyJob::default()));
    161 "a schedule that is removed is only paused" ["SC-012"]
        Calls(|scene| twisted(scene, schedules::OnlyPausesWhatIsRemoved));
    162 "starts are not shifted" ["SC-013"]
        Calls(|scene| twisted(scene, schedules::NO_JITTER));
    163 "settings that make no sense are left out" ["SC-014"]
        Calls(|scene| twisted(scene, schedules::MAKES_SENSE));
    164 "failures in a row pause nothing" ["SC-015"]
        Calls(|scene| twisted(scene, schedules::NEVER_GIVES_UP));
    165 "the preview begins with the instant after the next" ["SC-016"]
        Calls(|scene| twisted(scene, schedules::PreviewsTooLate));
    170 "the last instant of the grace is late" ["MF-001"]
        Calls(|scene| twisted(scene, schedules::EXCLUDES_THE_GRACE));
    171 "what is to be skipped is made up for once" ["MF-002"]
        Calls(|scene| twisted(scene, schedules::NEVER_SKIPS));
    172 "the earliest instant is taken for the latest" ["MF-003"]
        Calls(|scene| twisted(scene, schedules::MISTAKES_THE_FIRST_FOR_THE_LAST));
    173 "one run for several does not know what it is for" ["MF-004"]
        Calls(|scene| twisted(scene, schedules::COVERS_NOTHING));
    174 "one more is made up for than allowed" ["MF-005"]
        Calls(|scene| twisted(scene, schedules::FIRES_ONE_MORE));
    175 "nothing is too old to be made up for" ["MF-006"]
        Calls(|scene| twisted(scene, schedules::NOTHING_IS_TOO_OLD));
    176 "late runs come at any hour" ["MF-007"]
        Calls(|scene| twisted(scene, schedules::AT_ANY_HOUR));
    177 "what is made up for runs all at once" ["MF-008"]
        Calls(|scene| twisted(scene, schedules::NO_PACE));
    178 "a trigger is asked each question a thousand times" ["MF-009"]
        Calls(|scene| twisted(scene, triggers::ASKS_A_THOUSAND_TIMES));
    179 "whatever is late counts as on time" ["MF-010"]
        Calls(|scene| twisted(scene, schedules::IS_NEVER_LATE));
    180 "each overlap policy is taken for another one" ["OV-001", "OV-002", "OV-003", "OV-004", "OV-005", "OV-006"]
        Calls(|scene| twisted(scene, schedules::MIXES_UP_OVERLAPS));
    182 "groups of schedules are forgotten" ["OV-007"]
        Calls(|scene| twisted(scene, schedules::NO_GROUPS));
    183 "one run at a time, whatever a schedule allows" ["OV-009"]
        Calls(|scene| twisted(scene, schedules::ONE_AT_A_TIME));
    184 "any number of instants is kept" ["OV-010"]
        Calls(|scene| twisted(scene, schedules::KEEPS_ANY_NUMBER));
    185 "instants that are not run are not told" ["OV-011"]
        Calls(|scene| twisted(scene, forge::hushes_what_is_not_run()));
    186 "each instant has two records" ["LG-001"]
        Calls(|scene| twisted(scene, schedules::WRITES_TWICE));
    187 "a record ends with the start of its run" ["LG-002"]
        Calls(|scene| twisted(scene, schedules::FORGETS_THE_END));
    188 "there is one reason for everything that is not run" ["LG-003"]
        Calls(|scene| twisted(scene, schedules::HAS_ONE_REASON));
    189 "no record ever gives way" ["LG-004"]
        Calls(|scene| twisted(scene, schedules::NEVER_FORGETS));
    190 "what has no record is not explained" ["LG-005"]
        Calls(|scene| twisted(scene, schedules::LooksInTheBooksOnly));
    191 "the history goes with its schedule" ["LG-006"]
        Calls(|scene| twisted(scene, schedules::BurnsTheBooks));
    192 "how far a job has come is not told" ["JC-002"]
        Calls(|scene| twisted(scene, forge::skips_the_progress()));
    193 "one job runs at a time, whatever the limit" ["JC-006"]
        Settings(spawned::one_at_a_time);
    200 "the end of a range is not backfilled" ["BF-001"]
        Calls(|scene| twisted(scene, backfills::ENDS_EARLY));
    201 "a schedule is paused by its backfill" ["BF-002"]
        Calls(|scene| twisted(scene, backfills::HoldsTheSchedule));
    202 "a backfill runs everything at once" ["BF-003"]
        Calls(|scene| twisted(scene, backfills::FLOODS));
    203 "a backfill has no pace" ["BF-004", "BF-012"]
        Calls(|scene| twisted(scene, backfills::HAS_NO_PACE));
    204 "a dry run is none" ["BF-005"]
        Calls(|scene| twisted(scene, backfills::RunsDry));
    205 "a backfill has no limit" ["BF-006"]
        Calls(|scene| twisted(scene, backfills::HAS_NO_LIMIT));
    206 "a backfill that was begun goes to its end" ["BF-007", "BF-012"]
        Calls(|scene| twisted(scene, backfills::WeakHandles { ends: false, waits: true }));
    207 "a paused schedule is not backfilled" ["BF-008"]
        Calls(|scene| twisted(scene, backfills::RespectsThePause));
    208 "whoever waits for a backfill is told at once how it stands" ["BF-004", "BF-009"]
        Calls(|scene| twisted(scene, backfills::WeakHandles { ends: true, waits: false }));
    209 "a backfill that makes no sense is taken for one that does" ["BF-010"]
        Calls(|scene| twisted(scene, backfills::MEANS_WELL));
    210 "what a backfill did is in no history" ["BF-011"]
        Calls(|scene| twisted(scene, backfills::KeepsNoRecord));
    211 "the instants of a backfill are listed first" ["BF-012"]
        Calls(|scene| twisted(scene, backfills::ListsFirst));
    212 "a backfill runs again whatever has been run" ["BF-013"]
        Calls(|scene| twisted(scene, backfills::RUNS_AGAIN));
    213 "what schedules are made of is not told" ["DT-003", "DT-005"]
        Calls(|scene| twisted(scene, backfills::TellsNoDefinition));
    214 "whatever it is told, a schedule begins anew" ["DT-004"]
        Calls(|scene| twisted(scene, backfills::BeginsAnew));
    215 "of several schedules those before the wrong one are added" ["DT-006"]
        Calls(|scene| twisted(scene, backfills::AddsSome));
    216 "what failed before the shutdown began is forgotten" ["AJ-021"]
        Calls(|scene| twisted(scene, ends::ForgetsWhatCameBefore));
    217 "while a submit waits for room, nobody else gets any" ["AJ-022"]
        Calls(|scene| twisted(scene, spawned::LetsNobodyPass::default()));
    218 "a listener is destroyed by whoever removes it, and panics there" ["FT-007"]
        Calls(|scene| twisted(scene, listeners::KeepsThem::default()));
}
