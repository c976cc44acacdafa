//! Mutants of schedules: of their identity, pauses, misfires, overlaps and history.

use super::super::{
    Mutant,
    Place::{Calls, Settings},
    by_hand, combinations, forge, given_up, last_runs, schedule_handles, schedule_history,
    schedule_settings, schedules, spawned, triggers,
    twist::twisted,
};

mutants! {
    150 "labels of schedules are not shown" ["SC-001"]
        Calls(|scene| twisted(scene, schedules::HidesLabels));
    151 "a schedule with an existing id replaces it" ["SC-002"]
        Calls(|scene| twisted(scene, schedule_settings::ALWAYS_REPLACES));
    152 "a schedule with an existing id is refused under every policy" ["SC-003"]
        Calls(|scene| twisted(scene, schedule_settings::ALWAYS_REFUSES));
    153 "a replacement removes the old schedule and adds the new one" ["SC-004", "OV-012"]
        Calls(|scene| twisted(scene, schedules::ReplacesByRemoving));
    154 "a paused schedule is shown as paused, and runs" ["SC-005"]
        Calls(|scene| twisted(scene, schedules::OnlyPromisesToPause));
    155 "the first reason of a pause is never replaced" ["SC-006"]
        Calls(|scene| twisted(scene, schedules::KeepsTheFirstReason));
    156 "half of a refused change is applied" ["SC-007"]
        Calls(|scene| twisted(scene, schedules::MakesHalfAChange));
    157 "a change is acknowledged and not applied" ["SC-008", "OV-008"]
        Calls(|scene| twisted(scene, schedules::OnlyPromisesToChange));
    158 "after ResumeFrom::Now the instants of the pause run" ["SC-009"]
        Calls(|scene| twisted(scene, schedules::RESUMES_WHERE_IT_STOOD));
    159 "after any resumption the instants of the pause are skipped" ["SC-010"]
        Calls(|scene| twisted(scene, schedules::RESUMES_FROM_NOW));
    160 "run_now submits an unrelated job" ["SC-011", "SC-012"]
        Calls(|scene| twisted(scene, schedules::RunsAnyJob::default()));
    161 "a removed schedule is only paused" ["SC-012"]
        Calls(|scene| twisted(scene, schedules::OnlyPausesWhatIsRemoved));
    162 "jitter is ignored" ["SC-013"]
        Calls(|scene| twisted(scene, schedule_settings::NO_JITTER));
    163 "settings that let nothing run are removed" ["SC-014"]
        Calls(|scene| twisted(scene, schedule_settings::DROPS_INVALID_SETTINGS));
    164 "consecutive failures pause nothing" ["SC-015"]
        Calls(|scene| twisted(scene, schedule_settings::NEVER_PAUSES_ON_FAILURES));
    165 "the preview begins one instant too late" ["SC-016"]
        Calls(|scene| twisted(scene, schedules::PreviewsTooLate));
    170 "an instant exactly as late as the grace is a misfire" ["MF-001"]
        Calls(|scene| twisted(scene, schedule_settings::EXCLUDES_THE_GRACE));
    171 "Skip runs once" ["MF-002"]
        Calls(|scene| twisted(scene, schedule_settings::NEVER_SKIPS));
    172 "FireOnce takes the earliest instant for the latest" ["MF-003"]
        Calls(|scene| twisted(scene, schedule_settings::MISTAKES_THE_FIRST_FOR_THE_LAST));
    173 "a run that replaces several instants does not know them" ["MF-004"]
        Calls(|scene| twisted(scene, schedule_settings::COVERS_NOTHING));
    174 "FireAll runs one instant more than its limit" ["MF-005"]
        Calls(|scene| twisted(scene, schedule_settings::FIRES_ONE_MORE));
    175 "the catch-up window is ignored" ["MF-006"]
        Calls(|scene| twisted(scene, schedule_settings::NOTHING_IS_TOO_OLD));
    176 "the hours of late runs are ignored" ["MF-007"]
        Calls(|scene| twisted(scene, schedule_settings::AT_ANY_HOUR));
    177 "the pace of catch-up runs is ignored" ["MF-008"]
        Calls(|scene| twisted(scene, schedule_settings::NO_PACE));
    178 "a trigger is called a thousand times for each question" ["MF-009"]
        Calls(|scene| twisted(scene, triggers::ASKS_A_THOUSAND_TIMES));
    179 "every late instant counts as on time" ["MF-010"]
        Calls(|scene| twisted(scene, schedule_settings::IS_NEVER_LATE));
    180 "each overlap policy acts as another one" ["OV-001", "OV-002", "OV-003", "OV-004", "OV-005", "OV-006"]
        Calls(|scene| twisted(scene, schedule_settings::MIXES_UP_OVERLAPS));
    182 "groups of schedules are ignored" ["OV-007"]
        Calls(|scene| twisted(scene, schedule_settings::NO_GROUPS));
    183 "max_instances is always one" ["OV-009"]
        Calls(|scene| twisted(scene, schedule_settings::ONE_AT_A_TIME));
    184 "the buffer has no limit" ["OV-010"]
        Calls(|scene| twisted(scene, schedule_settings::KEEPS_ANY_NUMBER));
    185 "skipped instants are not reported" ["OV-011"]
        Calls(|scene| twisted(scene, forge::hushes_what_is_not_run()));
    186 "each instant has two records" ["LG-001"]
        Calls(|scene| twisted(scene, schedule_history::WRITES_TWICE));
    187 "a record is not updated after the start of its run" ["LG-002"]
        Calls(|scene| twisted(scene, schedule_history::FORGETS_THE_END));
    188 "every instant that does not run has the same reason" ["LG-003"]
        Calls(|scene| twisted(scene, schedule_history::HAS_ONE_REASON));
    189 "no record is ever dropped" ["LG-004"]
        Calls(|scene| twisted(scene, schedule_settings::NEVER_FORGETS));
    190 "explain returns nothing without a record" ["LG-005"]
        Calls(|scene| twisted(scene, schedule_history::ExplainsRecordsOnly));
    191 "the history is dropped with its schedule" ["LG-006"]
        Calls(|scene| twisted(scene, schedule_history::DropsTheHistory));
    816 "the record of a finished run has no report" ["LG-008"]
        Calls(|scene| twisted(scene, schedule_history::REPORTS_NO_RUN));
    817 "no record names the run that its instant met" ["LG-009"]
        Calls(|scene| twisted(scene, schedule_history::MEETS_NOBODY));
    192 "progress is not published" ["JC-002"]
        Calls(|scene| twisted(scene, forge::skips_the_progress()));
    193 "one job runs at a time, whatever the limit" ["JC-006"]
        Settings(spawned::one_at_a_time);
    380 "a schedule that is never due is not found" ["TM-022"]
        Calls(|scene| twisted(scene, schedules::HidesTheNeverDue));
    219 "the task of each schedule is replaced by one that does nothing" ["TM-001", "LC-028", "OV-011", "LG-006"]
        Calls(|scene| twisted(scene, schedule_settings::RUNS_NOTHING));
    360 "no trigger is equal to another" ["SC-017"]
        Calls(|scene| twisted(scene, triggers::EQUALS_NOTHING));
    361 "a schedule whose trigger has ended is not listed" ["SC-019"]
        Calls(|scene| twisted(scene, schedules::HidesTheExhausted));
    362 "due instants of a replaced trigger have no record" ["SC-018"]
        Calls(|scene| twisted(scene, schedule_history::FORGETS_WHAT_IS_GIVEN_UP));
    363 "ResumeFrom::Now skips instants from before the pause too" ["SC-009"]
        Calls(|scene| twisted(scene, schedules::SkipsFromBeforeThePause));
    364 "a change of jitter has no effect on a paused schedule" ["SC-013"]
        Calls(|scene| twisted(scene, schedules::KeepsThePausedJitter));
    520 "a change of max_instances takes effect only while no run is active or waits" ["OV-013"]
        Calls(|scene| twisted(scene, schedules::NarrowsIdleSchedulesOnly));
    860 "a page of the history ignores its range" ["LG-010"]
        Calls(|scene| twisted(scene, schedule_history::IgnoresTheRange));
    861 "every page of a history is the first one" ["LG-010"]
        Calls(|scene| twisted(scene, schedule_history::BeginsAgain));
    582 "a repeated instant that does not run is recorded as if it came for the first time" ["LG-007"]
        Calls(|scene| twisted(scene, given_up::GIVES_UP_THE_FIRST_PASS));
    583 "a paused schedule leaves the list when its trigger has ended" ["SC-019"]
        Calls(|scene| twisted(scene, given_up::HidesPausedEnds));
    584 "a schedule whose trigger has ended stays listed after its last run" ["SC-019"]
        Calls(|scene| twisted(scene, given_up::ListsEndedSchedules::default()));
    560 "the history of an unknown schedule is empty" ["SC-020"]
        Calls(|scene| twisted(scene, schedule_handles::InventsAHistory));
    561 "an unknown schedule has no further instant" ["SC-020"]
        Calls(|scene| twisted(scene, schedule_handles::InventsAnEnd));
    562 "changes of an unknown schedule succeed" ["SC-020"]
        Calls(|scene| twisted(scene, schedule_handles::ChangesNothing));
    563 "the error about an unknown schedule names another one" ["SC-020"]
        Calls(|scene| twisted(scene, schedule_handles::NamesAnother));
    564 "a handle serves only the schedule for which it was made" ["SC-021"]
        Calls(|scene| twisted(scene, schedule_handles::ServesTheFirst::default()));
    565 "a handle keeps its scheduler alive" ["SC-022"]
        Calls(|scene| twisted(scene, schedule_handles::KeepsTheScheduler));
    566 "the calls of a handle are refused while a job runs" ["SC-023"]
        Calls(|scene| twisted(scene, schedule_handles::RefusesDuringJobs));
    611 "a schedule leaves the list with its last instant, although the run waits for a permit" ["SC-019"]
        Calls(|scene| twisted(scene, last_runs::HidesTheLastRun));
    612 "a schedule that has ended keeps its id until its last run has ended" ["SC-024"]
        Calls(|scene| twisted(scene, last_runs::KeepsTheId));
    613 "the history of a schedule is empty once its scheduler was dropped" ["SC-022"]
        Calls(|scene| twisted(scene, last_runs::ForgetsItsScheduler));
    614 "the name of a job may be any text" ["SC-025"]
        Calls(|scene| twisted(scene, last_runs::TakesAnyName));
    771 "a next instant that is set by hand comes a second later" ["SC-026"]
        Calls(|scene| twisted(scene, by_hand::ComesLater));
    772 "a schedule is live from now on, whatever it says" ["SC-027"]
        Calls(|scene| twisted(scene, by_hand::ALWAYS_LIVE_NOW));
    773 "all schedules are removed one after the other" ["SC-028"]
        Calls(|scene| twisted(scene, by_hand::RemovesEach));
    615 "the reason of a pause may be any text" ["SC-025"]
        Calls(|scene| twisted(scene, last_runs::TakesAnyReason));
    651 "after a pause of the scheduler, catch-up runs that wait for their pace never start" ["MF-008"]
        Calls(|scene| twisted(scene, combinations::StopsThePaced));
    652 "an imported pause begins at the import" ["DT-004"]
        Calls(|scene| twisted(scene, combinations::PausesAnew));
    653 "a shorter history drops nothing until the next record" ["LG-004"]
        Calls(|scene| twisted(scene, combinations::KeepsTheOldHistory::default()));
    654 "the instants that a skipped run would have replaced are recorded as part of it" ["LG-003"]
        Calls(|scene| twisted(scene, combinations::PART_OF_A_SKIPPED_RUN));
    655 "an instant within the grace is recorded as too late" ["LG-003"]
        Calls(|scene| twisted(scene, combinations::LATE_WITHIN_THE_GRACE));
    656 "runs under AllowAll count for the other schedules of their group" ["OV-007"]
        Calls(|scene| twisted(scene, combinations::COUNTS_ALL_OF_A_GROUP));
}
